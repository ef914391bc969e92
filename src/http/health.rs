//! Whether the server lives and takes webhooks, for whoever watches it.

use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::metrics::may_read;
use super::problem::Problem;
use super::{Api, HttpSettings, reply, request_log};
use crate::identity::Issuer;
use crate::manage::health::{Check, Health, State};

/// The process answers.
pub async fn live(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let answer = async {
        match reply::reading(&request) {
            Ok(()) => reply::last(reply::json("{\"status\":\"alive\"}")),
            Err(problem) => reply::refused(problem, payload.into_inner()).await,
        }
    };
    reply::finished(&request, answer).await
}

/// Webhooks are taken: each part, how it is, and what to do about it. Strangers read the words;
/// whoever may read the metrics reads the numbers as well.
pub async fn ready(
    request: HttpRequest,
    payload: web::Payload,
    health: Data<Health>,
    api: Data<Api>,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let answer = async {
        if let Err(problem) = reply::reading(&request) {
            return reply::refused(problem, payload.into_inner()).await;
        }
        let numbers = may_read(&request, &api, &issuer, &settings).is_ok();
        let health = health.into_inner();
        match request_log::block(move || health.checks()).await {
            Ok(checks) => reply::last(told(&checks, numbers)),
            Err(_) => reply::refused(Problem::Internal, payload.into_inner()).await,
        }
    };
    reply::finished(&request, answer).await
}

fn told(checks: &[Check], numbers: bool) -> HttpResponse {
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
