//! Verifies access tokens (RFC 9068 section 4): accepts only its own, and checks each time whether
//! they are still valid.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aws_lc_rs::digest::{SHA256, digest};

use super::error::BearerError;
use super::resource::{Resource, Urls};
use super::token::Claims;
use super::verified::Signed;
use super::{Issuer, unix};
use crate::clock;
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;
use crate::domain::client::Client;
use crate::domain::time::Timestamp;

/// The maximum length of a token.
const MAX_TOKEN: usize = 8 * 1024;

/// How much clocks may differ, in seconds: a token is accepted this long after it expires, and may
/// have been issued this far in the future. A token from later was issued with a wrong clock, or by
/// an attacker who has the key and wants a token that lasts.
pub const LEEWAY: i64 = 60;

impl Issuer {
    /// The program that sent this token to a resource.
    ///
    /// # Errors
    /// [`BearerError`].
    pub fn verify(&self, token: &str, resource: Resource) -> Result<Caller, BearerError> {
        self.verify_at(token, resource, clock::now())
    }

    /// Same as [`Issuer::verify`], with a scope that the token must have.
    ///
    /// # Errors
    /// [`BearerError`].
    pub fn verify_scope(&self, token: &str, resource: Resource, scope: &'static str) -> Result<Caller, BearerError> {
        let caller = self.verify(token, resource)?;
        if caller.has_scope(scope) {
            Ok(caller)
        } else {
            Err(BearerError::Scope(scope))
        }
    }

    pub(super) fn verify_at(&self, token: &str, resource: Resource, now: Timestamp) -> Result<Caller, BearerError> {
        let urls = self.urls.get().ok_or(BearerError::Unavailable)?;
        let (signed, client) = self.live(token, LEEWAY, now)?;
        if is_from_the_future(&signed.claims, now) {
            return Err(BearerError::Invalid);
        }
        if !is_for(&signed.claims, resource, urls) {
            return Err(BearerError::Audience);
        }
        Ok(Caller {
            client_id: client.client_id.clone(),
            user: client.settings.user,
            scopes: scopes(&signed.claims, &client).map(str::to_owned).collect(),
        })
    }

    /// A token for any resource that is valid now or later, and its client. Tokens from the future
    /// are included, so that they can be revoked.
    pub(super) fn live(
        &self,
        token: &str,
        leeway: i64,
        now: Timestamp,
    ) -> Result<(Arc<Signed>, Arc<Client>), BearerError> {
        let urls = self.urls.get().ok_or(BearerError::Unavailable)?;
        let catalog = self.ledger.catalog();
        let signed = self.signed(token, &catalog, now)?;
        let claims = &signed.claims;
        if claims.iss != urls.issuer || unix(now) >= claims.exp.saturating_add(leeway) {
            return Err(BearerError::Invalid);
        }
        let client = catalog.clients.get(&claims.client_id).ok_or(BearerError::Invalid)?;
        let counts =
            claims.sub == claims.client_id && claims.hookgate_epoch == client.epoch && catalog.client_active(client);
        if !counts || self.revoked(claims)? {
            return Err(BearerError::Invalid);
        }
        Ok((signed, Arc::clone(client)))
    }

    /// A token with the signature of a key of the ring.
    fn signed(&self, token: &str, catalog: &Catalog, now: Timestamp) -> Result<Arc<Signed>, BearerError> {
        if token.len() > MAX_TOKEN {
            return Err(BearerError::Invalid);
        }
        let ring = self.ring(catalog);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some(signed) = self.verified.get(&hash) {
            return ring.key(&signed.kid, now).map(|_| signed).ok_or(BearerError::Invalid);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| BearerError::Invalid)?;
        let typ = header.typ.as_deref().unwrap_or_default();
        let fits = ["at+jwt", "application/at+jwt"]
            .iter()
            .any(|known| typ.eq_ignore_ascii_case(known));
        if !fits || header.crit.is_some() {
            return Err(BearerError::Invalid);
        }
        let kid = header.kid.as_deref().ok_or(BearerError::Invalid)?;
        let key = ring.key(kid, now).ok_or(BearerError::Invalid)?;
        // Uses the algorithm of the key, not the one in the header.
        let read = jsonwebtoken::decode::<Claims>(token, &key.decoding, &key.validation);
        let claims = read.map_err(|_| BearerError::Invalid)?.claims;
        let signed = Arc::new(Signed {
            kid: key.kid.clone(),
            claims,
        });
        self.verified.put(hash, Arc::clone(&signed), unix(now));
        Ok(signed)
    }

    /// Whether the token was revoked. A revocation waits until it is in the store, so reading the
    /// store is sufficient.
    fn revoked(&self, claims: &Claims) -> Result<bool, BearerError> {
        if !self.any_revoked.load(Ordering::Acquire) {
            return Ok(false);
        }
        let revoked = self
            .ledger
            .store()
            .reader()
            .and_then(|reader| reader.token_revoked(claims.jti));
        match revoked {
            Ok(until) => Ok(until.is_some()),
            Err(error) => {
                tracing::error!(%error, "the list of revoked tokens cannot be read");
                Err(BearerError::Unavailable)
            }
        }
    }
}

/// Whether a token was issued in the future.
pub(super) const fn is_from_the_future(claims: &Claims, now: Timestamp) -> bool {
    claims.iat > unix(now).saturating_add(LEEWAY)
}

/// The scopes that the token still has: scopes that were removed from its client are not valid any
/// more.
pub(super) fn scopes<'a>(claims: &'a Claims, client: &'a Client) -> impl Iterator<Item = &'a str> {
    let has = |scope: &&str| client.settings.scopes.iter().any(|has| has == scope);
    claims.scope.split(' ').filter(has)
}

fn is_for(claims: &Claims, resource: Resource, urls: &Urls) -> bool {
    let mut audience = claims.aud.all().iter().filter_map(|url| urls.resource(url));
    audience.any(|of| of == Resource::Issuer || of == resource)
}
