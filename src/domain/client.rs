//! An OAuth client: a program that gets tokens, in the name of a technical user.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bytes;
use super::signing_key::Algorithm;
use super::time::Timestamp;

/// The name of the client that ships, tied to `WebhookService`.
pub const WEBHOOK_IDENTITY: &str = "Webhook Account Service Identity";

/// What every client id starts with: no client id looks like a user's.
pub const CLIENT_ID_PREFIX: &str = "hgc_";

/// What every client secret starts with, so that secret scanners know it.
pub const CLIENT_SECRET_PREFIX: &str = "hgs_";

/// May use `OData`.
pub const SCOPE_ODATA: &str = "odata";
/// May send webhooks to sources that demand a token.
pub const SCOPE_WEBHOOK_SEND: &str = "webhook:send";
/// May ask about tokens of other clients.
pub const SCOPE_INTROSPECT: &str = "token:introspect";
/// May do at `/api/v1` what an Operator may.
pub const SCOPE_API: &str = "api";
/// May do at `/api/v1` what an Administrator may.
pub const SCOPE_API_ADMIN: &str = "api:admin";

/// May read the metrics.
pub const SCOPE_METRICS: &str = "metrics:read";

/// Every scope there is.
pub const SCOPES: [&str; 6] = [
    SCOPE_ODATA,
    SCOPE_WEBHOOK_SEND,
    SCOPE_INTROSPECT,
    SCOPE_API,
    SCOPE_API_ADMIN,
    SCOPE_METRICS,
];

/// Seconds that an access token lives, where the client says nothing else.
pub const TOKEN_LIFETIME: u32 = 3600;

/// The shortest and the longest life of an access token, in seconds.
pub const TOKEN_LIFETIMES: std::ops::RangeInclusive<u32> = 60..=86_400;

/// The most secrets that are taken at once: the new one, and the old one while it is replaced.
pub const MAX_SECRETS: usize = 2;

/// The most keys that a client can have for `private_key_jwt`.
pub const MAX_KEYS: usize = 8;

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// What it calls itself: made by Hookgate, letters, digits, `_` and `-` only.
    pub client_id: String,
    /// When it was made.
    pub created_on: Timestamp,
    /// What an administrator can set.
    pub settings: ClientSettings,
    /// Its secrets, the newest first.
    pub secrets: Vec<ClientSecret>,
    /// Its public keys for `private_key_jwt`.
    pub keys: Vec<ClientKey>,
    /// Named by its tokens: grows when they are ended, so that those of before count no more.
    pub epoch: u32,
}

/// What an administrator can set on a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSettings {
    /// Its name; unique without regard to case.
    pub name: String,
    /// Where the program is found; for people.
    pub application_url: String,
    /// What it is for.
    pub description: String,
    /// Whether it gets tokens, and its tokens count.
    pub active: bool,
    /// The technical user in whose name it acts.
    pub user: Uuid,
    /// What its tokens may be used for; of [`SCOPES`], in that order.
    pub scopes: Vec<String>,
    /// Addresses and networks (`10.0.0.0/8`) from which tokens may be fetched; empty for all.
    pub allowed_addresses: Vec<String>,
    /// How its tokens are signed.
    pub algorithm: Algorithm,
    /// Seconds that its tokens live.
    pub token_lifetime: u32,
    /// Takes assertions whose audience is the token endpoint, as older libraries make them,
    /// and not only those for the issuer.
    pub endpoint_audience: bool,
}

/// A secret as it is stored: never in the clear.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSecret {
    /// Its id, to name it.
    pub id: Uuid,
    /// SHA-256 of the secret, which is 256 random bits.
    #[serde(with = "bytes")]
    pub hash: [u8; 32],
    /// Its first characters, to tell secrets apart in lists.
    pub hint: String,
    /// When it was made.
    pub created_on: Timestamp,
    /// From when on it is taken no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Timestamp>,
    /// The secret, encrypted with the master key; only for the client that Hookgate itself uses.
    #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Vec<u8>>,
}

/// A public key of a client, for `private_key_jwt`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientKey {
    /// Its key id, as the client names it, or its thumbprint (RFC 7638).
    pub kid: String,
    /// The one algorithm that it is used with.
    pub algorithm: Algorithm,
    /// The key as a JWK (RFC 7517), public members only.
    pub jwk: String,
    /// When it was put there.
    pub created_on: Timestamp,
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientSecret({}…)", self.hint)
    }
}

impl Client {
    /// The secrets that are taken at this moment.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
        self.secrets.iter().filter(move |secret| secret.is_taken(now))
    }
}

impl ClientSecret {
    /// Whether it is taken at this moment.
    #[must_use]
    pub fn is_taken(&self, now: Timestamp) -> bool {
        self.expires_on.is_none_or(|end| now < end)
    }
}
