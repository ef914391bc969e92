//! An OAuth client: a program that gets access tokens and acts as a technical user.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bytes;
use super::signing_key::Algorithm;
use super::time::Timestamp;

/// The name of the shipped client, which acts as `WebhookService`.
pub const WEBHOOK_IDENTITY: &str = "Webhook Account Service Identity";

/// Every client id starts with this, so that a client id cannot be mistaken for a user's id.
pub const CLIENT_ID_PREFIX: &str = "hgc_";

/// Every client secret starts with this, so that secret scanners recognize it.
pub const CLIENT_SECRET_PREFIX: &str = "hgs_";

/// May use `OData`.
pub const SCOPE_ODATA: &str = "odata";
/// May send webhooks to sources that require an access token.
pub const SCOPE_WEBHOOK_SEND: &str = "webhook:send";
/// May introspect tokens of other clients.
pub const SCOPE_INTROSPECT: &str = "token:introspect";
/// May use at `/api/v1` what an Operator may use.
pub const SCOPE_API: &str = "api";
/// May use at `/api/v1` what an Administrator may use.
pub const SCOPE_API_ADMIN: &str = "api:admin";

/// May read the metrics.
pub const SCOPE_METRICS: &str = "metrics:read";

/// All scopes, in the order in which lists show them.
pub const SCOPES: [&str; 6] = [
    SCOPE_ODATA,
    SCOPE_WEBHOOK_SEND,
    SCOPE_INTROSPECT,
    SCOPE_API,
    SCOPE_API_ADMIN,
    SCOPE_METRICS,
];

/// The default lifetime of an access token in seconds.
pub const TOKEN_LIFETIME: u32 = 3600;

/// The shortest and the longest lifetime of an access token, in seconds.
pub const TOKEN_LIFETIMES: std::ops::RangeInclusive<u32> = 60..=86_400;

/// The maximum number of valid secrets: the new one, and the previous one during a rotation.
pub const MAX_SECRETS: usize = 2;

/// The maximum number of keys of a client for `private_key_jwt`.
pub const MAX_KEYS: usize = 8;

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The id that Hookgate generated: letters, digits, `_` and `-` only.
    pub client_id: String,
    pub created_on: Timestamp,
    pub settings: ClientSettings,
    /// The secrets of the client, newest first.
    pub secrets: Vec<ClientSecret>,
    /// The public keys of the client, for `private_key_jwt`.
    pub keys: Vec<ClientKey>,
    /// Contained in its tokens. Revoking all tokens increments it, which makes older tokens
    /// invalid.
    pub epoch: u32,
}

/// What an administrator can set on a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSettings {
    /// The name for people; unique without regard to case.
    pub name: String,
    /// Where the program can be found. Only for people.
    pub application_url: String,
    pub description: String,
    /// Whether it gets tokens and its tokens are valid.
    pub active: bool,
    /// The technical user that the client acts as.
    pub user: Uuid,
    /// The scopes that its tokens may have: values of [`SCOPES`], in that order.
    pub scopes: Vec<String>,
    /// Addresses and networks (`10.0.0.0/8`) that may request tokens; empty allows all.
    pub allowed_addresses: Vec<String>,
    pub algorithm: Algorithm,
    /// The lifetime of its tokens in seconds.
    pub token_lifetime: u32,
    /// Whether assertions may also have the token endpoint as audience, as older libraries send it,
    /// in addition to the issuer.
    pub endpoint_audience: bool,
}

/// A client secret as stored: only its hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSecret {
    /// Identifies the secret when it is revoked.
    pub id: Uuid,
    /// SHA-256 of the secret, which is 256 random bits.
    #[serde(with = "bytes")]
    pub hash: [u8; 32],
    /// The first characters, which identify the secret in lists.
    pub hint: String,
    pub created_on: Timestamp,
    /// The moment from which the secret is no longer valid; none means no expiry.
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
    /// The key id that the client uses, or the thumbprint of the key (RFC 7638).
    pub kid: String,
    /// The only algorithm that the key may be used with.
    pub algorithm: Algorithm,
    /// The key as a JWK (RFC 7517), public members only.
    pub jwk: String,
    pub created_on: Timestamp,
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientSecret({}…)", self.hint)
    }
}

impl Client {
    /// The secrets that are valid at this moment.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
        self.secrets.iter().filter(move |secret| secret.is_taken(now))
    }
}

impl ClientSecret {
    /// Whether the secret is valid at this moment.
    #[must_use]
    pub fn is_taken(&self, now: Timestamp) -> bool {
        self.expires_on.is_none_or(|end| now < end)
    }
}
