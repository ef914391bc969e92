//! Issues access tokens (RFC 6749 section 4.4, RFC 9068).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audience::Audience;
use super::body::Endpoint;
use super::error::TokenError;
use super::request::{Incoming, form, grant_check};
use super::scope::{Granted, granted};
use super::{Issuer, unix};
use crate::clock;
use crate::domain::client::Client;
use crate::domain::time::Timestamp;
use crate::metrics::recorded;

/// The claims of an access token: those of RFC 9068, and the epoch of the client, which allows
/// revoking all its tokens at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub exp: i64,
    pub aud: Audience,
    pub sub: String,
    pub client_id: String,
    pub iat: i64,
    pub jti: Uuid,
    pub scope: String,
    pub hookgate_epoch: u32,
}

/// The same claims for writing, without copies.
#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    exp: i64,
    aud: OneOrMany<'a>,
    sub: &'a str,
    client_id: &'a str,
    iat: i64,
    jti: Uuid,
    scope: &'a str,
    hookgate_epoch: u32,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OneOrMany<'a> {
    One(&'a str),
    Many(&'a [&'a str]),
}

#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u32,
    scope: &'a str,
}

impl Issuer {
    /// Responds to a token request: the JSON of RFC 6749 section 5.1.
    ///
    /// # Errors
    /// [`TokenError`], whose table contains the response.
    pub fn token(&self, incoming: &Incoming<'_>) -> Result<Vec<u8>, TokenError> {
        self.token_at(incoming, clock::now())
            .inspect(|_| recorded::TOKENS_ISSUED.one())
            .inspect_err(|error| recorded::TOKENS_REFUSED.one(error.row().error))
    }

    pub(super) fn token_at(&self, incoming: &Incoming<'_>, now: Timestamp) -> Result<Vec<u8>, TokenError> {
        let form = form(incoming, Endpoint::Token)?;
        grant_check(&form)?;
        let urls = self.urls()?;
        let catalog = self.ledger.catalog();
        let client = self.client(incoming, &form, urls, &catalog, now)?;
        self.active_check(&catalog, &client, incoming.remote, now)?;
        let granted = granted(&client, &form, urls)
            .inspect_err(|error| self.request_refused(&client, *error, incoming.remote, now))?;
        let scope = granted.scopes.join(" ");
        let claims = claims(&client, &granted, &scope, &urls.issuer, now)?;
        let ring = self.ring(&catalog);
        let signer = ring
            .signer(client.settings.algorithm, now)
            .ok_or(TokenError::NotReady)?;
        let token = signer.token(&claims).map_err(|error| {
            tracing::error!(%error, "a token cannot be signed");
            TokenError::Unavailable
        })?;
        let answer = TokenResponse {
            access_token: &token,
            token_type: "Bearer",
            expires_in: client.settings.token_lifetime,
            scope: &scope,
        };
        let json = serde_json::to_vec(&answer).map_err(|_| TokenError::Unavailable)?;
        self.used.note(&client.client_id, now);
        Ok(json)
    }
}

fn claims(
    client: &Client,
    granted: &Granted<'_>,
    scope: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Vec<u8>, TokenError> {
    let written = Written {
        iss: issuer,
        exp: unix(now) + i64::from(client.settings.token_lifetime),
        aud: match granted.audience.as_slice() {
            [one] => OneOrMany::One(one),
            many => OneOrMany::Many(many),
        },
        sub: &client.client_id,
        client_id: &client.client_id,
        iat: unix(now),
        jti: clock::new_id(),
        scope,
        hookgate_epoch: client.epoch,
    };
    serde_json::to_vec(&written).map_err(|_| TokenError::Unavailable)
}
