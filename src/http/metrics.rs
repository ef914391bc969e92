//! `/metrics`, and who may read numbers: callers with an access token with the scope
//! `metrics:read`, and callers from an address in `metrics.allow`.

use actix_web::http::header::{CONTENT_TYPE, FORWARDED, HeaderName, HeaderValue, VIA};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::{Api, HttpSettings, bearer, reply, request_log};
use crate::domain::client::SCOPE_METRICS;
use crate::identity::{BearerError, Issuer, Resource};
use crate::manage::health::Health;
use crate::manage::metrics::metrics_text;
use crate::metrics::text;

/// Headers that proxies add. A proxy on this machine may forward requests from anywhere.
const PROXIED: [HeaderName; 6] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// All numbers, in the text format of Prometheus.
pub async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    health: Data<Health>,
    api: Data<Api>,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let response = async {
        let authorized = reply::reading(&request).and_then(|()| authorize_read(&request, &api, &issuer, &settings));
        if let Err(problem) = authorized {
            return reply::error_response(problem, payload.into_inner()).await;
        }
        let health = health.into_inner();
        match request_log::block(move || metrics_text(&health)).await {
            Ok(page) => HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, HeaderValue::from_static(text::CONTENT_TYPE)))
                .body(page),
            Err(_) => reply::error_response(Problem::Internal, payload.into_inner()).await,
        }
    };
    reply::finished(&request, response).await
}

/// Whether the caller may read the numbers of the server. A token decides if there is one;
/// otherwise the address does, if nothing shows that another party is behind it: no proxy, and no
/// web page whose name resolves to this server.
///
/// # Errors
/// What is wrong with the token.
pub fn authorize_read(
    request: &HttpRequest,
    api: &Api,
    issuer: &Issuer,
    settings: &HttpSettings,
) -> Result<(), Problem> {
    match bearer::caller(request, issuer, Resource::Metrics, SCOPE_METRICS) {
        Ok(_) => Ok(()),
        Err(BearerError::Missing) if is_near(request, settings) && api.hosts.knows(request) => Ok(()),
        Err(error) => Err(Problem::Token(error)),
    }
}

fn is_near(request: &HttpRequest, settings: &HttpSettings) -> bool {
    let headers = request.headers();
    let address = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let allowed = |address| settings.metrics_allow.iter().any(|network| network.contains(&address));
    address.is_some_and(allowed) && !PROXIED.iter().any(|name| headers.contains_key(name))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_the_addresses_themselves_are_near() {
        let settings = HttpSettings {
            metrics_allow: ["127.0.0.0/8", "::1/128", "10.1.0.0/16"]
                .map(|net| net.parse().unwrap())
                .into(),
            ..crate::http::tests::settings()
        };
        for (address, near) in [
            ("127.0.0.1:1", true),
            ("127.9.9.9:1", true),
            ("[::1]:1", true),
            ("[::ffff:127.0.0.1]:1", true),
            ("10.1.255.255:1", true),
            ("10.2.0.1:1", false),
            ("[::2]:1", false),
            ("192.0.2.1:1", false),
        ] {
            let request = || TestRequest::default().peer_addr(address.parse().unwrap());
            assert_eq!(is_near(&request().to_http_request(), &settings), near, "{address}");
            for name in PROXIED {
                let proxied = request().insert_header((name.clone(), "x")).to_http_request();
                assert!(!is_near(&proxied, &settings), "{address} {name}");
            }
        }
        let local = TestRequest::default().peer_addr("127.0.0.1:1".parse().unwrap());
        let nowhere = HttpSettings {
            metrics_allow: Vec::new(),
            ..settings
        };
        assert!(!is_near(&local.to_http_request(), &nowhere));
    }
}
