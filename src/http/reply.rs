//! What all responses have in common.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::HttpSettings;
use super::body;
use super::drain::Opened;
use super::problem::Problem;
use super::request_log::RequestSpan;
use crate::telemetry::request::waiting_for;

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every handler's response passes here: it gets the common headers and its id, and a panic becomes
/// a 500 instead of a cut connection.
pub async fn finished(request: &HttpRequest, work: impl Future<Output = HttpResponse>) -> HttpResponse {
    let span = RequestSpan::now();
    let connection = request.conn_data::<Opened>();
    if let Some(connection) = connection {
        connection.request();
    }
    let result = waiting_for(span.id, AssertUnwindSafe(work).catch_unwind()).await;
    let mut response = result.unwrap_or_else(|_| {
        let id = span.id.as_str();
        tracing::error!(request = id, "a request panicked; the sender got a 500");
        Problem::Internal.response()
    });
    let strict = request
        .app_data::<web::Data<HttpSettings>>()
        .is_some_and(|settings| settings.hsts);
    common_headers(response.headers_mut(), strict && request.app_config().secure());
    if connection.is_some_and(Opened::is_last) {
        response = last(response);
    }
    if let Ok(id) = HeaderValue::from_maybe_shared(Bytes::copy_from_slice(span.id.as_str().as_bytes())) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    span.log_end(request, response.status());
    response
}

/// A short JSON text with status 200.
pub fn json(text: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .body(text.into())
}

/// Refuses what does more than read.
///
/// # Errors
/// [`Problem::Method`].
pub fn reading(request: &HttpRequest) -> Result<(), Problem> {
    match *request.method() {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Problem::Method { allow: "GET, HEAD" }),
    }
}

/// The same response as the last of its connection: a client without a valid key gets no second
/// request that it could send slowly, since the HTTP library limits the time of the first headers
/// only.
pub fn last(mut response: HttpResponse) -> HttpResponse {
    response.head_mut().set_connection_type(ConnectionType::Close);
    response
}

/// An error response. A short rest of the body is read first, so that the connection can be reused;
/// if more would follow, or too slowly, the connection is closed after the response.
pub async fn error_response(problem: Problem, rest: Payload) -> HttpResponse {
    error_response_with(problem.response(), rest).await
}

/// The same for an error response of another form.
pub async fn error_response_with(response: HttpResponse, mut rest: Payload) -> HttpResponse {
    if !matches!(
        response.status(),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
    ) {
        body::discard(&mut rest).await;
    }
    let response = response.map_body(|_, text| {
        let text = text.try_into_bytes().unwrap_or_default();
        Closing {
            text: Some(text),
            _rest: rest,
        }
    });
    response.map_into_boxed_body()
}

/// No such path.
pub async fn path_unknown(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    finished(&request, error_response(Problem::PathUnknown, payload.into_inner())).await
}

/// A body that holds the request's unread payload until it is sent.
///
/// The HTTP library reads a dropped chunked payload without any bound. While the payload is held,
/// the library responds with `Connection: close`, reads what arrives for a short time, so that the
/// sender sees the response and no reset, and closes.
struct Closing {
    text: Option<Bytes>,
    _rest: Payload,
}

impl MessageBody for Closing {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.text.as_ref().map_or(0, |text| text.len() as u64))
    }

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(self.get_mut().text.take().map(Ok))
    }
}

/// `strict`: browsers come back by TLS only, for two years.
fn common_headers(headers: &mut HeaderMap, strict: bool) {
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    if strict {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_with_a_problem() {
        let request = TestRequest::default().to_http_request();
        let response = finished(&request, async { panic!("on purpose") }).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            response.headers().get(CONTENT_TYPE).unwrap(),
            "application/problem+json"
        );
        assert_eq!(response.headers().get(CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(response.headers().get(REQUEST_ID).unwrap().len(), 16);
    }

    #[tokio::test]
    async fn an_id_that_is_sent_is_not_taken() {
        let request = TestRequest::default().insert_header((REQUEST_ID, "forged"));
        let request = request.to_http_request();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let response = finished(&request, async { json("{}") }).await;
            ids.push(response.headers().get(REQUEST_ID).unwrap().clone());
        }
        assert!(ids[0] != ids[1] && !ids.contains(&HeaderValue::from_static("forged")));
    }

    #[test]
    fn every_answer_has_the_common_headers() {
        for strict in [true, false] {
            let mut headers = HeaderMap::new();
            common_headers(&mut headers, strict);
            assert_eq!(headers.contains_key(STRICT_TRANSPORT_SECURITY), strict);
            assert_eq!(headers.get(X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
            assert_eq!(headers.get(REFERRER_POLICY).unwrap(), "no-referrer");
            assert_eq!(headers.get(ROBOTS).unwrap(), "noindex");
        }
    }
}
