//! Token introspection (RFC 7662).

use serde::Serialize;
use uuid::Uuid;

use super::Issuer;
use super::audience::Audience;
use super::body::Endpoint;
use super::error::{BearerError, TokenError};
use super::request::{Incoming, form, token_of};
use super::verify::{is_from_the_future, scopes};
use crate::clock;
use crate::domain::client::SCOPE_INTROSPECT;
use crate::domain::time::Timestamp;

/// The response for a token that is not valid, or that the client may not introspect.
const INACTIVE: &[u8] = b"{\"active\":false}";

#[derive(Serialize)]
struct IntrospectionResponse<'a> {
    active: bool,
    scope: &'a str,
    client_id: &'a str,
    token_type: &'static str,
    exp: i64,
    iat: i64,
    sub: &'a str,
    aud: &'a Audience,
    iss: &'a str,
    jti: Uuid,
}

impl Issuer {
    /// Responds to an introspection request. A client may introspect its own tokens; for other
    /// tokens it needs the scope `token:introspect`.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn introspect(&self, incoming: &Incoming<'_>) -> Result<Vec<u8>, TokenError> {
        self.introspect_at(incoming, clock::now())
    }

    pub(super) fn introspect_at(&self, incoming: &Incoming<'_>, now: Timestamp) -> Result<Vec<u8>, TokenError> {
        let form = form(incoming, Endpoint::Introspection)?;
        form.one("token")?;
        form.one("token_type_hint")?;
        let catalog = self.ledger.catalog();
        let asker = self.client(incoming, &form, self.urls()?, &catalog, now)?;
        self.active_check(&catalog, &asker, incoming.remote, now)?;
        let token = token_of(&form, Endpoint::Introspection)?;
        let (signed, client) = match self.live(token, 0, now) {
            Ok(live) => live,
            Err(BearerError::Unavailable) => return Err(TokenError::Unavailable),
            Err(_) => return Ok(INACTIVE.to_vec()),
        };
        if is_from_the_future(&signed.claims, now) {
            return Ok(INACTIVE.to_vec());
        }
        let may_see_all = || asker.settings.scopes.iter().any(|scope| scope == SCOPE_INTROSPECT);
        if client.client_id != asker.client_id && !may_see_all() {
            return Ok(INACTIVE.to_vec());
        }
        let claims = &signed.claims;
        let scope = scopes(claims, &client).collect::<Vec<_>>().join(" ");
        let answer = IntrospectionResponse {
            active: true,
            scope: &scope,
            client_id: &claims.client_id,
            token_type: "Bearer",
            exp: claims.exp,
            iat: claims.iat,
            sub: &claims.sub,
            aud: &claims.aud,
            iss: &claims.iss,
            jti: claims.jti,
        };
        serde_json::to_vec(&answer).map_err(|_| TokenError::Unavailable)
    }
}
