//! `/connect/…`: where programs get, introspect and revoke access tokens. Only POST is accepted, so
//! the secrets of a form never appear in a URL.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::{HttpSettings, body, head, reply, request_log};
use crate::identity::{Incoming, Issuer, MAX_BODY, TokenError};

/// Makes a token.
pub async fn token(
    request: HttpRequest,
    payload: web::Payload,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    respond(&request, payload, &settings, async |incoming| issuer.token(&incoming)).await
}

/// Says what a token is worth.
pub async fn introspect(
    request: HttpRequest,
    payload: web::Payload,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    respond(&request, payload, &settings, async |incoming| {
        issuer.introspect(&incoming)
    })
    .await
}

/// Revokes a token: responds once no part of the server accepts it.
pub async fn revoke(
    request: HttpRequest,
    payload: web::Payload,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let revoke = async |incoming: Incoming<'_>| {
        let Some(revocation) = issuer.revocation(&incoming)? else {
            return Ok(Vec::new());
        };
        let issuer = Data::clone(&issuer);
        // It waits for the disk.
        let revoked = request_log::block(move || issuer.revoke(revocation)).await;
        revoked.map_err(|_| TokenError::Unavailable)??;
        Ok(Vec::new())
    };
    respond(&request, payload, &settings, revoke).await
}

/// Reads a form and responds to it.
async fn respond(
    request: &HttpRequest,
    payload: web::Payload,
    settings: &HttpSettings,
    work: impl AsyncFnOnce(Incoming<'_>) -> Result<Vec<u8>, TokenError>,
) -> HttpResponse {
    let response = async {
        let mut payload = payload.into_inner();
        let body = match read(request, &mut payload, settings).await {
            Ok(body) => body,
            Err(response) => return reply::error_response_with(response, payload).await,
        };
        let headers = request.headers();
        let authorization: Vec<&[u8]> = headers.get_all(AUTHORIZATION).map(HeaderValue::as_bytes).collect();
        let incoming = Incoming {
            content_type: head::content_type(headers),
            authorization: &authorization,
            body: &body,
            remote: request
                .peer_addr()
                .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip()),
        };
        match work(incoming).await {
            Ok(json) if json.is_empty() => HttpResponse::Ok().finish(),
            Ok(json) => reply::json(json),
            Err(error) => token_error_response(error),
        }
    };
    let mut response = reply::finished(request, response).await;
    // For caches of HTTP/1.0, as RFC 6749 wants it.
    response
        .headers_mut()
        .insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn read(request: &HttpRequest, payload: &mut Payload, settings: &HttpSettings) -> Result<Vec<u8>, HttpResponse> {
    if request.method() != Method::POST {
        return Err(token_error_response(TokenError::Method));
    }
    let read = body::receive(request, payload, MAX_BODY, settings).await;
    read.map_err(|problem| match problem {
        Problem::BodyTooLarge { .. } => token_error_response(TokenError::BodyTooLarge),
        problem => problem.response(),
    })
}

/// The error response of RFC 6749 section 5.2.
pub fn token_error_response(error: TokenError) -> HttpResponse {
    let row = error.row();
    let status = StatusCode::from_u16(row.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    if row.challenge {
        let challenge = HeaderValue::from_static("Basic realm=\"hookgate\", charset=\"UTF-8\"");
        response.insert_header((WWW_AUTHENTICATE, challenge));
    }
    if let Some(seconds) = row.retry_after {
        response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    if error == TokenError::Method {
        response.insert_header((ALLOW, HeaderValue::from_static("POST")));
    }
    // A client that did not authenticate gets no second request that it could send slowly.
    if matches!(row.status, 401 | 405 | 413 | 429) {
        response.force_close();
    }
    response.body(error.json())
}
