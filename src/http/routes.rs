//! All paths.

use actix_web::web::{self, ServiceConfig};

use super::{health, reply, webhook};

/// A slash after the key is let through: some senders add one.
const WEBHOOK: &str = "/webhooks/{key:[^/]+/?}";

/// What senders reach.
pub fn webhooks(config: &mut ServiceConfig) {
    config.service(web::resource(WEBHOOK).to(webhook::answer));
}

/// What everybody else reaches.
pub fn operations(config: &mut ServiceConfig) {
    config
        .service(web::resource("/livez").to(health::live))
        .service(web::resource("/readyz").to(health::ready));
}

/// Any other path.
pub fn unknown(config: &mut ServiceConfig) {
    config.default_service(web::to(reply::path_unknown));
}

#[cfg(test)]
mod tests {
    use actix_web::dev::{Path, ResourceDef};

    use super::*;

    fn key(address: &str) -> Option<String> {
        let mut path = Path::new(address);
        ResourceDef::new(WEBHOOK)
            .capture_match_info(&mut path)
            .then(|| path.get("key").unwrap_or_default().to_owned())
    }

    #[test]
    fn a_webhook_url_holds_one_key() {
        assert_eq!(key("/webhooks/whk_abc").as_deref(), Some("whk_abc"));
        assert_eq!(key("/webhooks/whk_abc/").as_deref(), Some("whk_abc/"));
        for other in [
            "/webhooks",
            "/webhooks/",
            "/webhooks//",
            "/webhooks/whk_abc//",
            "/webhooks/whk_abc/more",
            "/other/webhooks/whk_abc",
        ] {
            assert_eq!(key(other), None, "{other}");
        }
    }
}
