//! All paths.

use actix_web::web::{self, ServiceConfig};

use super::{api, assets, connect, health, metrics, odata, openapi, reply, webhook, well_known};
use crate::identity::{INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH};

/// What senders reach. A scope compares a fixed prefix; a pattern with the key in it would
/// cost a regular expression for each webhook.
pub fn webhooks(config: &mut ServiceConfig) {
    config.service(web::scope("/webhooks").default_service(web::to(webhook::receive)));
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
        .service(web::resource("/").to(assets::root))
        .service(web::scope("/admin").default_service(web::to(assets::serve)))
        .service(web::scope("/api/v1").default_service(web::to(api::serve)))
        .service(web::resource("/livez").to(health::live))
        .service(web::resource("/readyz").to(health::ready))
        .service(web::resource("/metrics").to(metrics::serve))
        .service(web::resource(TOKEN_PATH).to(connect::token))
        .service(web::resource(INTROSPECTION_PATH).to(connect::introspect))
        .service(web::resource(REVOCATION_PATH).to(connect::revoke))
        // Some clients look for the keys where another product has them.
        .service(web::resource([JWKS_PATH, "/.well-known/openid-configuration/jwks"]).to(well_known::jwks))
        .service(
            web::resource([
                "/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server/{path:.*}",
                "/.well-known/openid-configuration",
            ])
            .to(well_known::metadata),
        )
        .service(web::resource("/api/openapi.json").to(openapi::serve));
}

/// What programs reach with an access token.
pub fn programs(config: &mut ServiceConfig) {
    config
        .service(web::scope("/0/odata").default_service(web::to(odata::serve)))
        .service(web::scope("/odata").default_service(web::to(odata::serve)));
}

/// Any other path.
pub fn unknown(config: &mut ServiceConfig) {
    config.default_service(web::to(reply::path_unknown));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_url_holds_one_key() {
        assert_eq!(key("/whk_abc"), Some("whk_abc"));
        assert_eq!(key("/whk_abc/"), Some("whk_abc"));
        for other in ["", "/", "//", "/whk_abc//", "/whk_abc/more", "whk_abc"] {
            assert_eq!(key(other), None, "{other}");
        }
    }
}
