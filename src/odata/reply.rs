//! Responses, free of HTTP's types.

use std::borrow::Cow;
use std::error::Error;

use serde::Serialize;

use super::odata_error::ODataError;

/// A response, free of HTTP library types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// Headers besides `Content-Type` and `OData-Version`, which are always present.
    pub headers: Vec<(&'static str, String)>,
    /// The content type; none without a body.
    pub content_type: Option<Cow<'static, str>>,
    pub body: Vec<u8>,
}

/// The response to a request, or why it failed.
pub type HandlerResult = Result<Response, ODataError>;

/// The content type of JSON responses.
pub const JSON: &str = "application/json; odata.metadata=minimal; charset=utf-8";

/// The content type of JSON responses with numbers as texts.
pub const JSON_NUMBERS_AS_TEXT: &str =
    "application/json; odata.metadata=minimal; IEEE754Compatible=true; charset=utf-8";

/// The response to a request that failed. Errors of the server go to the log, once.
pub fn error_response(error: &ODataError) -> Response {
    let cause = error as &(dyn Error + 'static);
    if error.status() == 500 {
        tracing::error!(error = cause, "OData: the database could not be read");
    }
    let mut response = error_response_from_parts(error.status(), error.code(), &error.to_string(), error.target());
    match error {
        ODataError::Method { allow, .. } => response.headers.push(("Allow", (*allow).to_owned())),
        error if error.status() == 503 => response.headers.push(("Retry-After", "5".to_owned())),
        _ => {}
    }
    response
}

/// A response that says why a request failed.
#[must_use]
pub fn error_response_from_parts(status: u16, code: &str, message: &str, target: Option<&str>) -> Response {
    #[derive(Serialize)]
    struct Document<'a> {
        error: Parts<'a>,
    }
    #[derive(Serialize)]
    struct Parts<'a> {
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<&'a str>,
    }
    let error = Parts { code, message, target };
    Response {
        status,
        headers: Vec::new(),
        content_type: Some(Cow::Borrowed(JSON)),
        // Texts can always be written.
        body: serde_json::to_vec(&Document { error }).unwrap_or_default(),
    }
}

/// A response in JSON.
pub(super) const fn json_response(numbers_as_text: bool, body: Vec<u8>) -> Response {
    let content_type = if numbers_as_text { JSON_NUMBERS_AS_TEXT } else { JSON };
    Response {
        status: 200,
        headers: Vec::new(),
        content_type: Some(Cow::Borrowed(content_type)),
        body,
    }
}

/// A response in plain text.
pub(super) const fn text_response(body: Vec<u8>) -> Response {
    Response {
        status: 200,
        headers: Vec::new(),
        content_type: Some(Cow::Borrowed("text/plain; charset=utf-8")),
        body,
    }
}

/// A response without a body.
pub(super) const fn empty_response(status: u16) -> Response {
    Response {
        status,
        headers: Vec::new(),
        content_type: None,
        body: Vec::new(),
    }
}
