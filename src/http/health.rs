//! Whether the server is alive and accepts webhooks, for monitoring.

use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::metrics::authorize_read;
use super::problem::Problem;
use super::{Api, HttpSettings, reply, request_log};
use crate::identity::Issuer;
use crate::manage::health::{Check, Health, State};

/// The process is alive.
pub async fn live(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let response = async {
        match reply::reading(&request) {
            Ok(()) => reply::last(reply::json("{\"status\":\"alive\"}")),
            Err(problem) => reply::error_response(problem, payload.into_inner()).await,
        }
    };
    reply::finished(&request, response).await
}

/// Whether webhooks are accepted: each part, its state, and what to do about it. Anonymous callers
/// see the texts; callers that may read the metrics see the numbers as well.
pub async fn ready(
    request: HttpRequest,
    payload: web::Payload,
    health: Data<Health>,
    api: Data<Api>,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let response = async {
        if let Err(problem) = reply::reading(&request) {
            return reply::error_response(problem, payload.into_inner()).await;
        }
        let numbers = authorize_read(&request, &api, &issuer, &settings).is_ok();
        let health = health.into_inner();
        match request_log::block(move || health.checks()).await {
            Ok(checks) => reply::last(checks_response(&checks, numbers)),
            Err(_) => reply::error_response(Problem::Internal, payload.into_inner()).await,
        }
    };
    reply::finished(&request, response).await
}

fn checks_response(checks: &[Check], numbers: bool) -> HttpResponse {
    let worst = State::worst(checks);
    let list: Vec<Value> = checks.iter().map(|check| one(check, numbers)).collect();
    let text = json!({"status": worst.name(), "checks": list}).to_string();
    if worst < State::Fail {
        return reply::json(text);
    }
    HttpResponse::ServiceUnavailable()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((RETRY_AFTER, HeaderValue::from(10_u64)))
        .body(text)
}

fn one(check: &Check, numbers: bool) -> Value {
    let whole = || serde_json::to_value(check).unwrap_or_default();
    let words = || json!({"name": check.name, "status": check.status, "text": check.text});
    if numbers { whole() } else { words() }
}
