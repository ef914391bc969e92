//! All paths.

use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Scope};

use super::request_log::Pattern;
use super::{api, assets, connect, health, metrics, odata, openapi, reply, webhook, well_known};
use crate::identity::{INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH};

/// One path. Its pattern is what the log says of a request, which never has a key or a name in it.
fn at(pattern: &'static str) -> Resource {
    web::resource(pattern).app_data(Pattern(pattern))
}

/// All paths that begin with this one; `pattern` is what the log says of them.
fn below(prefix: &'static str, pattern: &'static str) -> Scope {
    web::scope(prefix).app_data(Pattern(pattern))
}

/// What senders reach. A scope compares a fixed prefix; a pattern with the key in it would
/// cost a regular expression for each webhook.
pub fn webhooks(config: &mut ServiceConfig) {
    config.service(below("/webhooks", "/webhooks/{key}").default_service(web::to(webhook::receive)));
}

/// The key in the path after `/webhooks`. A trailing slash is accepted: some senders add one.
pub fn key(rest: &str) -> Option<&str> {
    let key = rest.strip_prefix('/')?;
    let key = key.strip_suffix('/').unwrap_or(key);
    (!key.is_empty() && !key.contains('/')).then_some(key)
}

/// All paths except the Webhook URLs.
pub fn operations(config: &mut ServiceConfig) {
    config
        .service(at("/").to(assets::root))
        .service(below("/admin", "/admin").default_service(web::to(assets::serve)))
        .service(below("/api/v1", "/api/v1").default_service(web::to(api::serve)))
        .service(at("/livez").to(health::live))
        .service(at("/readyz").to(health::ready))
        .service(at("/metrics").to(metrics::serve))
        .service(at(TOKEN_PATH).to(connect::token))
        .service(at(INTROSPECTION_PATH).to(connect::introspect))
        .service(at(REVOCATION_PATH).to(connect::revoke))
        .service(at(JWKS_PATH).to(well_known::jwks))
        // Some clients look for the keys where another product has them.
        .service(at("/.well-known/openid-configuration/jwks").to(well_known::jwks))
        .service(at("/.well-known/oauth-authorization-server").to(well_known::metadata))
        .service(at("/.well-known/oauth-authorization-server/{path:.*}").to(well_known::metadata))
        .service(at("/.well-known/openid-configuration").to(well_known::metadata))
        .service(at("/api/openapi.json").to(openapi::serve));
}

/// What programs reach with an access token.
pub fn programs(config: &mut ServiceConfig) {
    config
        .service(below("/0/odata", "/0/odata").default_service(web::to(odata::serve)))
        .service(below("/odata", "/odata").default_service(web::to(odata::serve)));
}

/// Any other path.
pub fn unknown(config: &mut ServiceConfig) {
    config.default_service(web::to(reply::path_unknown));
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_and_read_body, init_service};
    use actix_web::{App, HttpRequest};

    use super::*;
    use crate::http::request_log::pattern;

    #[tokio::test]
    async fn the_pattern_of_a_request_has_no_key_and_no_name() {
        async fn shown(request: HttpRequest) -> String {
            pattern(&request)
        }
        let app = App::new()
            .service(at("/").to(shown))
            .service(below("/webhooks", "/webhooks/{key}").default_service(web::to(shown)))
            .service(below("/odata", "/odata").default_service(web::to(shown)))
            .service(at("/.well-known/oauth-authorization-server/{path:.*}").to(shown))
            .service(at("/readyz").to(shown))
            .default_service(web::to(shown));
        let app = init_service(app).await;
        for (uri, expected) in [
            ("/", "/"),
            ("/webhooks/whk_secret", "/webhooks/{key}"),
            ("/webhooks/whk_secret/more", "/webhooks/{key}"),
            ("/webhook/whk_secret", "(unknown)"),
            ("/whk_secret", "(unknown)"),
            ("/odata/Contact('secret')?$filter=secret", "/odata"),
            (
                "/.well-known/oauth-authorization-server/secret",
                "/.well-known/oauth-authorization-server/{path:.*}",
            ),
            ("/readyz?secret", "/readyz"),
        ] {
            let text = call_and_read_body(&app, TestRequest::with_uri(uri).to_request()).await;
            assert_eq!(text, expected, "{uri}");
        }
    }

    #[test]
    fn a_webhook_url_holds_one_key() {
        assert_eq!(key("/whk_abc"), Some("whk_abc"));
        assert_eq!(key("/whk_abc/"), Some("whk_abc"));
        for other in ["", "/", "//", "/whk_abc//", "/whk_abc/more", "whk_abc"] {
            assert_eq!(key(other), None, "{other}");
        }
    }
}
