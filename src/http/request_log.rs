//! The id of each request, and its line in the log.
//!
//! A line contains nothing that the sender chose: paths are the patterns of routes, without names and keys,
//! methods are known ones, and an id that a sender provides is ignored.

use std::time::Instant;

use actix_web::error::BlockingError;
use actix_web::http::{Method, StatusCode};
use actix_web::web;
use actix_web::{HttpMessage as _, HttpRequest};
use uuid::Uuid;

use crate::telemetry::request::{RequestId, working_for};

/// A request from its start to its response.
pub struct RequestSpan {
    pub id: RequestId,
    /// When it came; known while the log wants lines of requests.
    at: Option<Instant>,
}

impl RequestSpan {
    /// Starts a request.
    pub fn now() -> Self {
        Self {
            id: RequestId::new(),
            at: tracing::enabled!(tracing::Level::DEBUG).then(Instant::now),
        }
    }

    /// Its line.
    pub fn log_end(&self, request: &HttpRequest, status: StatusCode) {
        let Some(at) = self.at else { return };
        let extensions = request.extensions();
        let about = extensions.get::<Sent>();
        tracing::debug!(
            request = self.id.as_str(),
            method = method(request.method()),
            path = pattern(request).as_str(),
            status = status.as_u16(),
            micros = u64::try_from(at.elapsed().as_micros()).unwrap_or(u64::MAX),
            source = about.map(|sent| sent.source.as_str()),
            webhook = about.and_then(|sent| sent.webhook).map(tracing::field::display),
            remote = request.peer_addr().map(|peer| tracing::field::display(peer.ip())),
            "answered"
        );
    }
}

/// Does something in a thread that may wait, for the same request.
///
/// # Errors
/// When it panics.
pub async fn block<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, BlockingError> {
    let request = RequestId::current();
    web::block(move || working_for(request, work)).await
}

/// What else the line of a request to a Webhook URL says.
struct Sent {
    /// The source, by the name that an administrator gave it.
    source: String,
    /// The webhook that was accepted.
    webhook: Option<Uuid>,
}

/// Whose webhook it was, for the line of its request.
pub fn sent(request: &HttpRequest, source: &str, webhook: Option<Uuid>) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        let source = source.to_owned();
        request.extensions_mut().insert(Sent { source, webhook });
    }
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The path of a route, in its data.
#[derive(Clone, Copy)]
pub struct Pattern(pub &'static str);

/// The path of the operation of the API that a request reached.
struct OperationPath(&'static str);

/// Notes which operation of the API a request reached, for its line.
pub fn operation(request: &HttpRequest, path: &'static str) {
    if tracing::enabled!(tracing::Level::DEBUG) {
        request.extensions_mut().insert(OperationPath(path));
    }
}

/// The pattern of the path by which the request was dispatched. It contains no key and no name.
pub fn pattern(request: &HttpRequest) -> String {
    let route = request.app_data::<Pattern>().map_or("(unknown)", |pattern| pattern.0);
    let extensions = request.extensions();
    let operation = extensions.get::<OperationPath>().map_or("", |operation| operation.0);
    format!("{route}{operation}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_is_not_known_is_not_named() {
        assert_eq!(method(&Method::from_bytes(b"SECRET").unwrap()), "other");
        assert_eq!(method(&Method::PATCH), "PATCH");
    }
}
