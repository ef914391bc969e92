//! What the tests of this room have in common: an issuer on a ledger of its own.

use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::app::{Appliance, Birth};
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::client::{ClientSecret, ClientSettings};
use crate::domain::rights::WEBHOOK_SERVICE_ID;
use crate::domain::signing_key::Algorithm;
use crate::secret::client_secret_hash;

pub const URL: &str = "https://h.example:8443";

/// A client without secrets, of `WebhookService`.
pub fn client(id: &str, scopes: &[&str]) -> crate::domain::client::Client {
    crate::domain::client::Client {
        client_id: id.to_owned(),
        created_on: Timestamp(0),
        settings: ClientSettings {
            name: format!("Client {id}"),
            application_url: String::new(),
            description: String::new(),
            active: true,
            user: WEBHOOK_SERVICE_ID,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            allowed_addresses: Vec::new(),
            algorithm: Algorithm::ES256,
            token_lifetime: 3600,
            endpoint_audience: false,
        },
        secrets: Vec::new(),
        keys: Vec::new(),
        epoch: 1,
    }
}

pub fn secret(clear: &str, expires_on: Option<i64>) -> ClientSecret {
    ClientSecret {
        id: Uuid::new_v5(&Uuid::NAMESPACE_URL, clear.as_bytes()),
        hash: client_secret_hash(clear),
        hint: clear.chars().take(3).collect(),
        created_on: Timestamp(0),
        expires_on: expires_on.map(Timestamp),
        sealed: None,
    }
}
