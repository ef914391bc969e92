//! Errors as they are sent: problem documents after RFC 9457.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use serde::Serialize;

use super::bearer;
use crate::identity::BearerError;
use crate::intake::NotAdmitted;

/// The accepted content types, for the response to another one.
const ACCEPTED: &str = "application/json, multipart/form-data, application/x-www-form-urlencoded";

/// Everything that can be wrong with a request, or with the server while it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing at this path.
    PathUnknown,
    /// No enabled source has this key. Never says which of the two it is.
    KeyUnknown,
    /// The path accepts other methods.
    Method {
        /// The methods that the path accepts, for `Allow`.
        allow: &'static str,
    },
    /// The content type is not accepted.
    ContentType,
    /// The body is compressed.
    ContentEncoding,
    /// The body is over the limit.
    BodyTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The body stopped coming, or came too slowly.
    BodyStalled,
    /// The body ended too soon, or its framing is broken.
    BodyBroken,
    /// Request line and headers are over the limit.
    HeadTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The source exceeded its rate limit.
    RateLimit {
        /// The time after which it may send again.
        wait: Duration,
    },
    /// Journal or store are too far behind.
    Busy,
    /// The disk is nearly full.
    DiskFull,
    /// Too many files are open for the journal's next one.
    OpenFiles,
    /// Nothing is accepted: the disk failed or the server is stopping.
    Stopped,
    /// A fault in Hookgate itself.
    Internal,
    /// The access token is missing or does not do.
    Token(BearerError),
}

impl From<NotAdmitted> for Problem {
    fn from(why: NotAdmitted) -> Self {
        match why {
            NotAdmitted::DiskFull => Self::DiskFull,
            NotAdmitted::ContentType => Self::ContentType,
            NotAdmitted::RateLimit { wait } => Self::RateLimit { wait },
            NotAdmitted::Busy => Self::Busy,
        }
    }
}

/// The parts of a problem document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
}

impl Problem {
    /// The one table: status, last part of the type, title, and what to do.
    fn table(self) -> (StatusCode, &'static str, &'static str, Cow<'static, str>) {
        use StatusCode as S;
        match self {
            Self::PathUnknown => (
                S::NOT_FOUND,
                "path-unknown",
                "Not found",
                "Check the URL. Webhooks are posted to /webhooks/ followed by the key of their source.".into(),
            ),
            Self::KeyUnknown => (
                S::NOT_FOUND,
                "webhook-url-unknown",
                "This Webhook URL does not accept webhooks",
                "Check that the Webhook URL was copied completely, and ask the administrator whether it is still valid.".into(),
            ),
            Self::Method { allow } => (
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This method is not allowed",
                format!("Use one of: {allow}.").into(),
            ),
            Self::ContentType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "content-type",
                "This content type is not supported",
                format!("Send the webhook with one of these content types: {ACCEPTED}.").into(),
            ),
            Self::ContentEncoding => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "content-encoding",
                "Compressed bodies are not supported",
                "Send the body uncompressed, without a Content-Encoding header.".into(),
            ),
            Self::BodyTooLarge { limit } => (
                S::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
                format!(
                    "The limit is {limit} bytes, and nothing was stored. Send less, or ask the administrator to raise the limit of this webhook source."
                )
                .into(),
            ),
            Self::BodyStalled => (
                S::REQUEST_TIMEOUT,
                "body-stalled",
                "The body did not arrive in time",
                "Nothing was stored. Send the webhook again, with the body without pauses.".into(),
            ),
            Self::BodyBroken => (
                S::BAD_REQUEST,
                "body-broken",
                "The body is incomplete",
                "The body ended before its announced length, or its framing is invalid; nothing was stored. Send the webhook again.".into(),
            ),
            Self::HeadTooLarge { limit } => (
                S::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers-too-large",
                "The headers are too large",
                format!("URL and headers together must not exceed {limit} bytes. Send fewer or shorter headers.").into(),
            ),
            Self::RateLimit { wait } => (
                S::TOO_MANY_REQUESTS,
                "rate-limit",
                "This webhook source exceeds its rate limit",
                format!(
                    "Nothing was stored. Send the webhook again after {} seconds, or ask the administrator to raise the rate limit of this webhook source.",
                    seconds(wait)
                )
                .into(),
            ),
            Self::Busy => (
                S::SERVICE_UNAVAILABLE,
                "busy",
                "Hookgate is overloaded",
                "Nothing was stored. Send the webhook again in a few seconds.".into(),
            ),
            Self::DiskFull => (
                S::SERVICE_UNAVAILABLE,
                "disk-full",
                "The disk of Hookgate is nearly full",
                "Nothing was stored. Send the webhook again later; the administrator must free up disk space.".into(),
            ),
            Self::OpenFiles => (
                S::SERVICE_UNAVAILABLE,
                "open-files",
                "Hookgate cannot open another file",
                "Nothing was stored. Send the webhook again later; the administrator must raise the limit of open files."
                    .into(),
            ),
            Self::Stopped => (
                S::SERVICE_UNAVAILABLE,
                "stopped",
                "Hookgate accepts no webhooks at the moment",
                "The server is stopping or cannot write to its disk. Send the webhook again later.".into(),
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Internal error in Hookgate",
                "Send the webhook again; if it fails again, the administrator finds details in the log.".into(),
            ),
            Self::Token(BearerError::Unavailable) => (
                S::SERVICE_UNAVAILABLE,
                "token-unchecked",
                "Access tokens cannot be checked at the moment",
                "Nothing was done. Send the request again in a few seconds.".into(),
            ),
            Self::Token(BearerError::Scope(scope)) => (
                S::FORBIDDEN,
                "token-scope",
                "The access token does not allow this",
                format!("It does not have the scope {scope}. Request this scope, or ask the administrator to add it to the client.")
                    .into(),
            ),
            Self::Token(BearerError::Missing) => (
                S::UNAUTHORIZED,
                "token-missing",
                "An access token is required",
                "Get one at /connect/token and send it in the Authorization header, after the word Bearer.".into(),
            ),
            Self::Token(BearerError::Invalid | BearerError::Audience) => (
                S::UNAUTHORIZED,
                "token-invalid",
                "The access token is not valid",
                "It is malformed, expired or revoked, or was issued for another resource. Get a new one.".into(),
            ),
        }
    }

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        self.table().1
    }

    /// The header that belongs to it.
    fn header(self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Method { allow } => Some((ALLOW, HeaderValue::from_static(allow))),
            Self::ContentType => Some((
                HeaderName::from_static("accept-post"),
                HeaderValue::from_static(ACCEPTED),
            )),
            Self::ContentEncoding => Some((ACCEPT_ENCODING, HeaderValue::from_static("identity"))),
            Self::RateLimit { wait } => Some((RETRY_AFTER, HeaderValue::from(seconds(wait)))),
            Self::Busy | Self::Token(BearerError::Unavailable) => Some((RETRY_AFTER, HeaderValue::from(2_u64))),
            Self::Token(error) => bearer::challenge(error).map(|challenge| (WWW_AUTHENTICATE, challenge)),
            Self::Stopped | Self::OpenFiles => Some((RETRY_AFTER, HeaderValue::from(10_u64))),
            Self::DiskFull => Some((RETRY_AFTER, HeaderValue::from(60_u64))),
            _ => None,
        }
    }

    /// Whether it closes the connection.
    ///
    /// The HTTP library limits the time of the headers for the first request of a connection only.
    /// So a client without a valid key gets no second request that it could send slowly.
    fn ends_connection(self) -> bool {
        matches!(
            self,
            Self::PathUnknown
                | Self::KeyUnknown
                | Self::BodyTooLarge { .. }
                | Self::BodyStalled
                | Self::BodyBroken
                | Self::Token(_)
        )
    }

    /// The response with its headers.
    pub fn response(self) -> HttpResponse {
        let (status, kind, title, detail) = self.table();
        let document = Document {
            r#type: format!("urn:hookgate:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: &detail,
            code: kind,
        };
        // A document of texts and a number can always be written.
        let text = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        if let Some(header) = self.header() {
            response.insert_header(header);
        }
        if self.ends_connection() {
            response.force_close();
        }
        response.body(text)
    }
}

/// Whole seconds, rounded up: never a moment too early.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;
    use crate::metrics::recorded;

    const ALL: [(Problem, u16); 19] = [
        (Problem::PathUnknown, 404),
        (Problem::KeyUnknown, 404),
        (Problem::Method { allow: "POST" }, 405),
        (Problem::ContentType, 415),
        (Problem::ContentEncoding, 415),
        (Problem::BodyTooLarge { limit: 1 }, 413),
        (Problem::BodyStalled, 408),
        (Problem::BodyBroken, 400),
        (Problem::HeadTooLarge { limit: 1 }, 431),
        (
            Problem::RateLimit {
                wait: Duration::from_millis(1500),
            },
            429,
        ),
        (Problem::Busy, 503),
        (Problem::Stopped, 503),
        (Problem::DiskFull, 503),
        (Problem::OpenFiles, 503),
        (Problem::Internal, 500),
        (Problem::Token(BearerError::Missing), 401),
        (Problem::Token(BearerError::Invalid), 401),
        (Problem::Token(BearerError::Scope("odata")), 403),
        (Problem::Token(BearerError::Unavailable), 503),
    ];

    #[tokio::test]
    async fn each_is_a_problem_document() {
        let mut kinds = std::collections::BTreeSet::new();
        for (problem, status) in ALL {
            let response = problem.response();
            assert_eq!(response.status().as_u16(), status, "{problem:?}");
            assert_eq!(
                response.headers().get(CONTENT_TYPE).unwrap(),
                "application/problem+json"
            );
            let text = to_bytes(response.into_body()).await.unwrap();
            let document: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(document["status"], status);
            assert!(document["title"].as_str().is_some_and(|title| !title.is_empty()));
            assert!(document["detail"].as_str().is_some_and(|detail| detail.ends_with('.')));
            assert!(
                kinds.insert(document["type"].as_str().unwrap().to_owned()),
                "{problem:?}"
            );
        }
    }

    #[test]
    fn each_is_counted_under_its_own_code() {
        for (problem, _) in ALL.iter().filter(|(problem, _)| *problem != Problem::PathUnknown) {
            recorded::WEBHOOKS_REJECTED.one(problem.code());
        }
        let counted: Vec<_> = recorded::WEBHOOKS_REJECTED.all().collect();
        assert!(counted.iter().all(|(_, count)| *count > 0), "{counted:?}");
        assert!(counted.iter().all(|(code, _)| *code != "other"), "{counted:?}");
    }

    #[test]
    fn headers_say_what_is_taken_and_when() {
        let header = |problem: Problem, name: &str| {
            let response = problem.response();
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let limit = Problem::RateLimit {
            wait: Duration::from_millis(1500),
        };
        assert_eq!(header(limit, "retry-after").unwrap(), "2");
        assert!(header(Problem::Busy, "retry-after").is_some());
        assert!(header(Problem::Stopped, "retry-after").is_some());
        assert!(header(Problem::DiskFull, "retry-after").is_some());
        assert!(header(Problem::Token(BearerError::Missing), "www-authenticate").is_some());
        assert_eq!(
            header(Problem::Method { allow: "GET, HEAD" }, "allow").unwrap(),
            "GET, HEAD"
        );
        assert_eq!(header(Problem::ContentType, "accept-post").unwrap(), ACCEPTED);
        assert_eq!(header(Problem::ContentEncoding, "accept-encoding").unwrap(), "identity");
    }
}
