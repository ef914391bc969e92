//! Changes of a user's own account, after authenticating again.

use std::net::IpAddr;

use uuid::Uuid;

use super::login::LoginError;
use super::password::password_checked;
use super::session::ActiveSession;
use super::{People, after, lock, totp};
use crate::domain::actor::Actor;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, User};
use crate::secret::random;

/// The maximum time from starting a second factor to its first code.
const CONFIRM_WITHIN: std::time::Duration = std::time::Duration::from_secs(600);

/// A second factor that is not confirmed yet.
pub struct Pending {
    secret: [u8; totp::SECRET_BYTES],
    /// The sealed factor that was enabled, and authenticated, at the start. It may replace only
    /// this one.
    replaces: Option<Vec<u8>>,
    begun: Timestamp,
}

#[cfg(test)]
impl Pending {
    pub fn secret(&self) -> [u8; totp::SECRET_BYTES] {
        self.secret
    }
}

/// A new second factor for an authenticator app. Both fields are secrets.
pub struct TotpBegun {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The URI for a QR code.
    pub uri: String,
}

impl People {
    /// Changes the password and ends all other sessions of the user.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn password_change(
        &self,
        live: &ActiveSession,
        old: &Password,
        new: &Password,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let user = &live.user;
        password_checked(&new.0, &user.name)?;
        self.password_prove(user, old, address, now)?;
        let password = self.password_hash(&new.0)?.ok_or(LoginError::Busy)?;
        self.ledger.commit(Entry::one(
            now,
            Actor::User(user.id),
            AccessChange::UserPasswordSet {
                id: user.id,
                password,
                link: None,
                keep: Some(live.key),
            },
        ))?;
        Ok(())
    }

    /// Checks a password for another user, or for a new one, and returns the hash to store.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn password_of(&self, name: &str, password: &Password) -> Result<String, LoginError> {
        password_checked(&password.0, name)?;
        self.password_hash(&password.0)?.ok_or(LoginError::Busy)
    }

    /// Starts enabling a second factor, which is valid after a first code. If one is enabled
    /// already, its code is required.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn totp_begin(
        &self,
        user: &User,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<TotpBegun, LoginError> {
        let spent = self.user_prove(user, password, code, address, now)?;
        self.code_spend(user.id, spent, Vec::new(), now)?;
        let secret = random()?;
        let begun = TotpBegun {
            secret: totp::base32(&secret),
            uri: totp::uri(&user.name, &secret),
        };
        let mut pending = lock(&self.pending);
        pending.retain(|_, pending| now < after(pending.begun, CONFIRM_WITHIN));
        let replaces = user.totp.clone();
        let begun_now = Pending {
            secret,
            replaces,
            begun: now,
        };
        pending.insert(user.id, begun_now);
        Ok(begun)
    }

    /// Enables the second factor that was started. Returns the recovery codes, which are shown
    /// once.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn totp_confirm(&self, user: &User, code: &str, now: Timestamp) -> Result<Vec<String>, LoginError> {
        let mut pending = lock(&self.pending);
        let known = pending.get(&user.id);
        let known = known.filter(|pending| now < after(pending.begun, CONFIRM_WITHIN));
        let known = known.filter(|pending| pending.replaces == user.totp);
        let secret = known.ok_or(LoginError::NothingBegun)?.secret;
        let step = totp::code_step(&secret, code.trim(), now, i64::MIN).ok_or(LoginError::Failed)?;
        pending.remove(&user.id);
        drop(pending);
        let (codes, recovery) = totp::recovery_new()?;
        self.ledger.commit(Entry::one(
            now,
            Actor::User(user.id),
            AccessChange::UserTotpSet {
                id: user.id,
                totp: Some(self.secrets.totp_seal(user.id, &secret)?),
                recovery,
            },
        ))?;
        lock(&self.steps).insert(user.id, step);
        Ok(codes)
    }

    /// Disables the user's own second factor and removes the recovery codes.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn totp_off(
        &self,
        user: &User,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let spent = self.user_prove(user, password, code, address, now)?;
        // A factor that was enabled meanwhile was not authenticated.
        if user.totp.is_none() {
            return Ok(());
        }
        self.code_spend(user.id, spent, vec![totp_disabled(user.id).into()], now)
    }
}

/// The change that disables a user's second factor.
#[must_use]
pub const fn totp_disabled(user: Uuid) -> AccessChange {
    AccessChange::UserTotpSet {
        id: user,
        totp: None,
        recovery: Vec::new(),
    }
}
