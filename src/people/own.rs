//! What people change on their own account, after they proved who they are once more.

use std::net::IpAddr;

use super::login::LoginError;
use super::password::password_checked;
use super::session::Live;
use super::{People, after, lock, totp};
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::person::{Password, Person};
use crate::domain::time::Timestamp;
use crate::secret::random;

/// How long a second factor may take from its begin to its first code.
const CONFIRM_WITHIN: std::time::Duration = std::time::Duration::from_secs(600);

/// A second factor that is not confirmed yet.
pub struct Pending {
    secret: [u8; totp::SECRET_BYTES],
    /// The sealed factor that was on when this was begun, and so was proved. It replaces no other.
    replaces: Option<Vec<u8>>,
    begun: Timestamp,
}

#[cfg(test)]
impl Pending {
    pub fn secret(&self) -> [u8; totp::SECRET_BYTES] {
        self.secret
    }
}

/// A second factor for an authenticator to learn. Secrets.
pub struct TotpBegun {
    /// To be typed: base32.
    pub secret: String,
    /// To be shown as a QR code.
    pub uri: String,
}

impl People {
    /// A new password, which ends all other sessions of theirs.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn password_change(
        &self,
        live: &Live,
        old: &Password,
        new: &Password,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), LoginError> {
        let person = &live.person;
        password_checked(&new.0, &person.name)?;
        self.password_prove(person, old, address, now)?;
        let password = self.password_hash(&new.0)?.ok_or(LoginError::Busy)?;
        self.ledger.change(Change::PersonPasswordSet {
            at: now,
            by: Actor::Person(person.id),
            id: person.id,
            password,
            link: None,
            keep: Some(live.key),
        })?;
        Ok(())
    }

    /// Sets the password of somebody else, or of nobody yet: as it is stored.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn password_of(&self, name: &str, password: &Password) -> Result<String, LoginError> {
        password_checked(&password.0, name)?;
        self.password_hash(&password.0)?.ok_or(LoginError::Busy)
    }

    /// Begins a second factor; it counts once a code of it was shown. Who has one already proves
    /// it with a code of that one.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn totp_begin(
        &self,
        person: &Person,
        password: &Password,
        code: Option<&str>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<TotpBegun, LoginError> {
        self.person_prove(person, password, code, address, now)?;
        let secret = random()?;
        let begun = TotpBegun {
            secret: totp::base32(&secret),
            uri: totp::uri(&person.name, &secret),
        };
        let mut pending = lock(&self.pending);
        pending.retain(|_, pending| now < after(pending.begun, CONFIRM_WITHIN));
        let replaces = person.totp.clone();
        let begun_now = Pending {
            secret,
            replaces,
            begun: now,
        };
        pending.insert(person.id, begun_now);
        Ok(begun)
    }

    /// Switches the second factor on that was begun; gives the recovery codes, to be shown once.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn totp_confirm(&self, person: &Person, code: &str, now: Timestamp) -> Result<Vec<String>, LoginError> {
        let mut pending = lock(&self.pending);
        let known = pending.get(&person.id);
        let known = known.filter(|pending| now < after(pending.begun, CONFIRM_WITHIN));
        let known = known.filter(|pending| pending.replaces == person.totp);
        let secret = known.ok_or(LoginError::NothingBegun)?.secret;
        let step = totp::code_step(&secret, code.trim(), now, i64::MIN).ok_or(LoginError::Failed)?;
        pending.remove(&person.id);
        drop(pending);
        let (codes, recovery) = totp::recovery_new()?;
        self.ledger.change(Change::PersonTotpSet {
            at: now,
            by: Actor::Person(person.id),
            id: person.id,
            totp: Some(self.secrets.totp_seal(person.id, &secret)?),
            recovery,
        })?;
        lock(&self.steps).insert(person.id, step);
        Ok(codes)
    }

    /// Switches somebody's second factor off, their recovery codes with it.
    ///
    /// # Errors
    /// [`LoginError`].
    pub fn totp_off(&self, by: Actor, person: &Person, now: Timestamp) -> Result<(), LoginError> {
        self.ledger.change(Change::PersonTotpSet {
            at: now,
            by,
            id: person.id,
            totp: None,
            recovery: Vec::new(),
        })?;
        Ok(())
    }
}
