//! Changes the key ring: at the first start, by schedule, and in an emergency. All functions block,
//! and creating an RSA key takes long: do not call them from async code.

use std::sync::{Arc, PoisonError, Weak};

use super::keys::{KeyError, key_new};
use super::ring::{RingPlan, ring_now, ring_step};
use super::{Issuer, RingPolicy};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use crate::domain::signing_key::{Algorithm, SigningKey};
use crate::domain::time::Timestamp;

impl Issuer {
    /// Creates the first ES256 key if there is none, which is fast. The first RS256 key takes
    /// longer: see [`keys_complete`].
    ///
    /// # Errors
    /// If it could not be created or stored.
    pub fn keys_first(&self) -> Result<(), KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = &self.ledger.catalog().signing_keys;
        if keys.iter().any(|key| key.algorithm == Algorithm::ES256) {
            return Ok(());
        }
        let now = clock::now();
        let plan = RingPlan {
            keep: keys.to_vec(),
            make: vec![(Algorithm::ES256, now)],
        };
        self.ring_set(plan, now, Actor::System)
    }

    /// Does what is due: publishes the next keys, and removes old ones. Called by housekeeping.
    ///
    /// # Errors
    /// If a key could not be created or stored.
    pub fn keys_rotate_if_due(&self) -> Result<(), KeyError> {
        self.keys_rotate_at(clock::now(), self.policy)
    }

    /// For emergencies: new keys sign immediately and the old ones are removed, so that all earlier
    /// tokens become invalid.
    ///
    /// # Errors
    /// If a key could not be created or stored.
    pub fn keys_rotate_now(&self, by: Actor) -> Result<(), KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now();
        self.ring_set(ring_now(now), now, by)
    }

    /// Rotates the keys before it is due: new keys are published now and sign a day later. If the
    /// next keys are published already, nothing changes.
    ///
    /// # Errors
    /// If a key could not be created or stored.
    pub fn keys_rotate_soon(&self, by: Actor) -> Result<(), KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::now();
        let policy = RingPolicy {
            period: 0,
            ..self.policy
        };
        match ring_step(&self.ledger.catalog().signing_keys, now, policy) {
            None => Ok(()),
            Some(plan) => self.ring_set(plan, now, by),
        }
    }

    pub(super) fn keys_rotate_at(&self, now: Timestamp, policy: RingPolicy) -> Result<(), KeyError> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match ring_step(&self.ledger.catalog().signing_keys, now, policy) {
            None => Ok(()),
            Some(plan) => self.ring_set(plan, now, Actor::System),
        }
    }

    /// Applies a plan. The caller holds `changing`.
    fn ring_set(&self, plan: RingPlan, now: Timestamp, by: Actor) -> Result<(), KeyError> {
        let mut keys = plan.keep;
        for (algorithm, from) in plan.make {
            keys.push(key_new(&self.secrets, algorithm, now, from)?);
        }
        self.ring_store(keys, now, by)
    }

    fn ring_store(&self, mut keys: Vec<SigningKey>, at: Timestamp, by: Actor) -> Result<(), KeyError> {
        keys.sort_by_key(|key| key.active_from);
        let ids: Vec<&str> = keys.iter().map(|key| key.kid.as_str()).collect();
        tracing::info!(keys = ids.join(" "), "the signing keys change");
        self.ledger
            .commit(Entry::one(at, by, AccessChange::SigningKeysSet { keys }))?;
        Ok(())
    }
}

/// Creates the first RS256 key on its own thread, if there is none. The thread holds only a weak
/// reference, so it does not keep a stopped server alive.
///
/// # Errors
/// If the thread could not be started.
pub fn keys_complete(issuer: &Arc<Issuer>) -> std::io::Result<()> {
    let has = |issuer: &Issuer| {
        let keys = &issuer.ledger.catalog().signing_keys;
        keys.iter().any(|key| key.algorithm == Algorithm::RS256)
    };
    if has(issuer) {
        return Ok(());
    }
    let secrets = Arc::clone(&issuer.secrets);
    let issuer: Weak<Issuer> = Arc::downgrade(issuer);
    std::thread::Builder::new().name("signing key".into()).spawn(move || {
        let now = clock::now();
        let made = key_new(&secrets, Algorithm::RS256, now, now);
        let Some(issuer) = issuer.upgrade() else { return };
        let _alone = issuer.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if has(&issuer) {
            return;
        }
        let stored = made.and_then(|key| {
            let mut keys = issuer.ledger.catalog().signing_keys.to_vec();
            keys.push(key);
            issuer.ring_store(keys, now, Actor::System)
        });
        if let Err(error) = stored {
            tracing::error!(%error, "the first RS256 key cannot be created; Hookgate retries within the hour");
        }
    })?;
    Ok(())
}
