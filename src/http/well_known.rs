//! `/.well-known/…`: the metadata and public keys of the token issuer.

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::{connect, reply};
use crate::identity::{Issuer, JWKS_MAX_AGE, TokenError};

/// The metadata document of RFC 8414, which is that of `OpenID` Connect Discovery as well.
pub async fn metadata(request: HttpRequest, payload: web::Payload, issuer: Data<Issuer>) -> HttpResponse {
    let here = issuer.is_path(request.match_info().get("path").unwrap_or_default());
    let document = here.then(|| issuer.metadata());
    published(&request, payload, document).await
}

/// The public keys.
pub async fn jwks(request: HttpRequest, payload: web::Payload, issuer: Data<Issuer>) -> HttpResponse {
    published(&request, payload, Some(issuer.jwks())).await
}

async fn published(
    request: &HttpRequest,
    payload: web::Payload,
    document: Option<Result<String, TokenError>>,
) -> HttpResponse {
    let response = async {
        let problem = match (request.method(), document) {
            (_, None) => Problem::PathUnknown,
            (&Method::GET | &Method::HEAD, Some(Ok(document))) => {
                let mut response = reply::json(document);
                if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={JWKS_MAX_AGE}")) {
                    response.headers_mut().insert(CACHE_CONTROL, value);
                }
                return reply::last(response);
            }
            (&Method::GET | &Method::HEAD, Some(Err(error))) => {
                return reply::error_response_with(connect::token_error_response(error), payload.into_inner()).await;
            }
            _ => Problem::Method { allow: "GET, HEAD" },
        };
        reply::error_response(problem, payload.into_inner()).await
    };
    reply::finished(request, response).await
}
