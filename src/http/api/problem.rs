//! Refusals as problem documents.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::json;

use crate::api::problem::{retry_after, status, title};
use crate::domain::catalog::ApplyError;
use crate::http::problem::Problem;
use crate::manage::ManageError;
use crate::people::LoginError;

/// Why a request is not done.
#[derive(Debug)]
pub enum ApiError {
    /// `manage` rejected the request.
    Manage(ManageError),
    /// What is wrong with requests anywhere.
    Plain(Problem),
    /// There is no administrator yet.
    SetupNeeded,
    /// The Host header has a name that is not this server's.
    HostUnknown,
    /// A foreign page may have sent the change.
    Origin,
    /// The body is of another content type.
    NotJson,
    /// The path accepts these methods only.
    Method(String),
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        Self::Manage(error)
    }
}

impl From<LoginError> for ApiError {
    fn from(error: LoginError) -> Self {
        Self::Manage(error.into())
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Plain(problem)
    }
}

impl ApiError {
    /// The response; `setup` says whether there is no administrator yet.
    pub fn response(self, setup: bool) -> HttpResponse {
        match self {
            Self::Manage(error) => manage(&error, setup),
            Self::Plain(problem) => problem.response(),
            Self::SetupNeeded => setup_needed(),
            Self::HostUnknown => host_unknown(),
            Self::Origin => origin(),
            Self::NotJson => not_json(),
            Self::Method(allow) => method(&allow),
        }
    }
}

fn manage(error: &ManageError, setup: bool) -> HttpResponse {
    let mut extra = json!({});
    if setup {
        extra = json!({ "setup": true });
    }
    if let ManageError::Values(errors) = error {
        extra = json!({ "errors": errors });
    }
    let mut detail = sentence(&error.to_string());
    detail.push_str(match error {
        ManageError::Login(LoginError::ConfirmNeeded) => {
            " Send it to POST /api/v1/session/confirm, then repeat the request."
        }
        ManageError::Login(LoginError::LinkDead) | ManageError::Refused(ApplyError::SetupLinkDead) => {
            " Make a new one with 'hookgate user setup-link' on the server."
        }
        _ => "",
    });
    let status = StatusCode::from_u16(status(error)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = document(status, error.code(), title(error), &detail, &extra);
    if let Some(seconds) = retry_after(error) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// There is no administrator yet.
fn setup_needed() -> HttpResponse {
    document(
        StatusCode::SERVICE_UNAVAILABLE,
        "setup-needed",
        "Hookgate is not set up",
        "There is no administrator yet. Open the set-up link, or run 'hookgate user setup-link' on the server.",
        &json!({ "setup": true }),
    )
}

/// A name that is not this server's.
pub fn host_unknown() -> HttpResponse {
    let mut response = document(
        StatusCode::MISDIRECTED_REQUEST,
        "host-unknown",
        "This server is not known under this name",
        "Use a name that the server is configured with, or add this name to the setting admin.hosts.",
        &json!({}),
    );
    response
        .head_mut()
        .set_connection_type(actix_web::http::ConnectionType::Close);
    response
}

/// A change that a foreign page may have sent.
fn origin() -> HttpResponse {
    document(
        StatusCode::FORBIDDEN,
        "origin-refused",
        "Only a page of this server can make changes",
        "Send X-Hookgate: 1 and Content-Type: application/json from the same origin, or use an access token.",
        &json!({}),
    )
}

/// A body of another content type.
fn not_json() -> HttpResponse {
    document(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-type",
        "This content type is not supported",
        "Send the body as application/json.",
        &json!({}),
    )
}

/// Other methods only.
fn method(allow: &str) -> HttpResponse {
    let mut response = document(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "This method is not allowed",
        &format!("Use one of: {allow}."),
        &json!({}),
    );
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// As errors are written for the command line: begun with a capital, ended with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let stop = if text.ends_with(['.', '!', '?', ')']) { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), letters.as_str())
}

fn document(status: StatusCode, code: &str, title: &str, detail: &str, extra: &serde_json::Value) -> HttpResponse {
    let mut document = json!({
        "type": format!("urn:hookgate:problem:{code}"),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    if let (Some(document), Some(extra)) = (document.as_object_mut(), extra.as_object()) {
        document.extend(extra.clone());
    }
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
    response.body(document.to_string())
}
