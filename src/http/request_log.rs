//! The id of each request, and its line in the log.
//!
//! A line contains nothing that the sender chose: paths are known patterns, without names and keys,
//! methods are known ones, and an id that a sender provides is ignored.

use std::time::Instant;

use actix_web::error::BlockingError;
use actix_web::http::{Method, StatusCode};
use actix_web::web;
use actix_web::{HttpMessage as _, HttpRequest};
use uuid::Uuid;

use crate::api::table::{self, BASE, Found};
use crate::identity::{INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH};
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
            path = path(request).as_str(),
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

/// The pattern of the requested path, so that it contains no key and no name.
fn path(request: &HttpRequest) -> String {
    /// What addresses begin with, and what is shown of them.
    const KNOWN: [(&str, &str); 13] = [
        ("/webhooks/", "/webhooks/{key}"),
        ("/0/odata", "/0/odata"),
        ("/odata", "/odata"),
        ("/admin", "/admin"),
        (TOKEN_PATH, TOKEN_PATH),
        (INTROSPECTION_PATH, INTROSPECTION_PATH),
        (REVOCATION_PATH, REVOCATION_PATH),
        ("/.well-known/", "/.well-known/"),
        ("/api/openapi.json", "/api/openapi.json"),
        (BASE, BASE),
        ("/livez", "/livez"),
        ("/readyz", "/readyz"),
        ("/metrics", "/metrics"),
    ];
    let path = request.path();
    if let Found::Operation(operation, _) = table::find(request.method().as_str(), path) {
        return format!("{BASE}{}", operation.path);
    }
    let known = KNOWN.iter().find(|(begin, _)| path.starts_with(begin));
    let shown = if path == "/" { path } else { "(unknown)" };
    known.map_or(shown, |(_, shown)| shown).to_owned()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn no_line_has_a_key_or_a_name() {
        for (uri, known) in [
            ("/", "/"),
            ("/webhooks/whk_secret", "/webhooks/{key}"),
            ("/webhooks/whk_secret/more", "/webhooks/{key}"),
            ("/webhook/whk_secret", "(unknown)"),
            ("/whk_secret", "(unknown)"),
            ("/0/odata/Contact('secret')?$filter=secret", "/0/odata"),
            ("/odata/secret", "/odata"),
            ("/admin/secret", "/admin"),
            ("/api/v1/sources/secret", "/api/v1/sources/{name}"),
            ("/api/v1/secret", "/api/v1"),
            ("/connect/token?secret", "/connect/token"),
            ("/.well-known/secret", "/.well-known/"),
            ("/readyz?secret", "/readyz"),
        ] {
            let request = TestRequest::with_uri(uri).to_http_request();
            let shown = path(&request);
            assert_eq!(shown, known, "{uri}");
            assert!(!shown.contains("secret"), "{uri}");
        }
        assert_eq!(method(&Method::from_bytes(b"SECRET").unwrap()), "other");
    }
}
