//! All paths.

use actix_web::web::{self, ServiceConfig};

use super::{health, reply, webhook};

/// What senders reach. A slash after the key is let through: some senders add one.
pub fn webhooks(config: &mut ServiceConfig) {
    config.service(web::resource("/webhooks/{key:[^/]+/?}").to(webhook::answer));
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
