//! Revokes a token before it expires (RFC 7009). A revoked token is stored until it would have
//! expired.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::Issuer;
use super::body::Endpoint;
use super::error::{BearerError, TokenError};
use super::request::{Incoming, form, token_of};
use super::verify::LEEWAY;
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::{SessionChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::ledger::ChangeError;

/// How often revoked tokens that have expired are removed, in microseconds.
const FORGET_EVERY: i64 = 3600 * 1_000_000;

/// A token to revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    token: Uuid,
    expires: Timestamp,
    by: Actor,
}

impl Issuer {
    /// Parses a revocation request: the token to revoke, or nothing if the token is not valid
    /// anyway.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn revocation(&self, incoming: &Incoming<'_>) -> Result<Option<Revocation>, TokenError> {
        self.revocation_at(incoming, clock::now())
    }

    pub(super) fn revocation_at(
        &self,
        incoming: &Incoming<'_>,
        now: Timestamp,
    ) -> Result<Option<Revocation>, TokenError> {
        let form = form(incoming, Endpoint::Revocation)?;
        form.one("token")?;
        form.one("token_type_hint")?;
        let catalog = self.ledger.catalog();
        let asker = self.client(incoming, &form, self.urls()?, &catalog, now)?;
        self.active_check(&catalog, &asker, incoming.remote, now)?;
        let token = token_of(&form, Endpoint::Revocation)?;
        let (signed, client) = match self.live(token, LEEWAY, now) {
            Ok(live) => live,
            Err(BearerError::Unavailable) => return Err(TokenError::Unavailable),
            Err(_) => return Ok(None),
        };
        if client.client_id != asker.client_id {
            return Err(TokenError::NotYours);
        }
        Ok(Some(Revocation {
            token: signed.claims.jti,
            expires: Timestamp(signed.claims.exp.saturating_add(LEEWAY + 1).saturating_mul(1_000_000)),
            by: Actor::TechnicalUser(client.settings.user),
        }))
    }

    /// Revokes a token. Afterwards no part of this server accepts it. Blocks: do not call it from
    /// async code.
    ///
    /// # Errors
    /// [`TokenError::Unavailable`]. Then the token is still valid.
    pub fn revoke(&self, revocation: Revocation) -> Result<(), TokenError> {
        let change = Entry::one(
            clock::now(),
            revocation.by,
            SessionChange::TokenRevoked {
                token: revocation.token,
                expires: revocation.expires,
            },
        );
        // Must come before the change: when that is in the store, every check must look there.
        self.any_revoked.store(true, Ordering::Release);
        self.ledger.commit(change).map(|_| ()).map_err(|error| {
            tracing::error!(%error, "a token cannot be revoked");
            TokenError::Unavailable
        })
    }

    /// Removes revoked tokens that have expired, once an hour. Blocks. Called by housekeeping.
    ///
    /// # Errors
    /// If the change could not be applied.
    pub fn tokens_forget_if_due(&self) -> Result<(), ChangeError> {
        self.tokens_forget_at(clock::now())
    }

    pub(super) fn tokens_forget_at(&self, now: Timestamp) -> Result<(), ChangeError> {
        let mut last = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        if now.0.saturating_sub(last.0) < FORGET_EVERY {
            return Ok(());
        }
        *last = now;
        let reader = self.ledger.store().reader();
        if reader
            .and_then(|reader| reader.tokens_revoked_count())
            .is_ok_and(|count| count == 0)
        {
            return Ok(());
        }
        self.ledger
            .commit(Entry::one(now, Actor::System, UpkeepChange::TokensForgotten))
            .map(|_| ())
    }
}
