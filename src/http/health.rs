//! Whether the server lives and takes webhooks, for whoever watches it.

use actix_web::http::Method;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::reply;
use crate::intake::Intake;

/// The process answers.
pub async fn live(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    state(request, payload, "{\"status\":\"alive\"}", Ok(())).await
}

/// Webhooks are taken.
pub async fn ready(request: HttpRequest, payload: web::Payload, intake: Data<Intake>) -> HttpResponse {
    let ready = if intake.ready() { Ok(()) } else { Err(Problem::Stopped) };
    state(request, payload, "{\"status\":\"ready\"}", ready).await
}

async fn state(
    request: HttpRequest,
    payload: web::Payload,
    good: &'static str,
    state: Result<(), Problem>,
) -> HttpResponse {
    let answer = async {
        let problem = match (request.method(), state) {
            (&Method::GET | &Method::HEAD, Ok(())) => return reply::last(reply::json(good)),
            (&Method::GET | &Method::HEAD, Err(problem)) => problem,
            _ => Problem::Method { allow: "GET, HEAD" },
        };
        reply::refused(problem, payload.into_inner()).await
    };
    reply::finished(&request, answer).await
}
