//! When clients last got a token: kept in memory and stored from time to time, so that issuing a
//! token does not write to the disk.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Issuer;
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::UpkeepChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::ledger::ChangeError;

/// The minimum time between two writes, in microseconds.
const STORE_EVERY: i64 = 60 * 1_000_000;

/// The uses that are not stored yet.
#[derive(Debug, Default)]
pub struct LastUsed {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: HashMap<String, Timestamp>,
    stored: Timestamp,
}

impl LastUsed {
    /// Notes that a client got a token.
    pub fn note(&self, client: &str, now: Timestamp) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = state.used.get_mut(client) {
            *last = (*last).max(now);
        } else {
            state.used.insert(client.to_owned(), now);
        }
    }

    /// The uses to store, by client id; none if it is too early, or nothing is new.
    fn take(&self, now: Timestamp, at_once: bool) -> Option<Vec<(String, Timestamp)>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let soon = now.0.saturating_sub(state.stored.0) < STORE_EVERY;
        if state.used.is_empty() || soon && !at_once {
            return None;
        }
        state.stored = now;
        let mut used: Vec<_> = state.used.drain().collect();
        used.sort();
        Some(used)
    }
}

impl Issuer {
    /// Stores when clients last got a token, at most once a minute. Blocks. Called by housekeeping.
    ///
    /// # Errors
    /// If the change could not be applied.
    pub fn clients_used_flush(&self) -> Result<(), ChangeError> {
        self.clients_used_store(clock::now(), false)
    }

    /// Same as [`Issuer::clients_used_flush`], for a stop: stores regardless of the last time.
    ///
    /// # Errors
    /// If the change could not be applied.
    pub fn clients_used_last(&self) -> Result<(), ChangeError> {
        self.clients_used_store(clock::now(), true)
    }

    pub(super) fn clients_used_store(&self, at: Timestamp, at_once: bool) -> Result<(), ChangeError> {
        match self.used.take(at, at_once) {
            None => Ok(()),
            Some(used) => self
                .ledger
                .commit(Entry::one(at, Actor::System, UpkeepChange::ClientsUsed { used }))
                .map(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_use_of_each_client_once_a_minute() {
        let (used, second) = (LastUsed::default(), 1_000_000);
        let start = 1_000 * second;
        assert_eq!(used.take(Timestamp(start), false), None);
        used.note("b", Timestamp(start));
        used.note("a", Timestamp(start + 2));
        used.note("a", Timestamp(start + 1));
        let expected = vec![
            ("a".to_owned(), Timestamp(start + 2)),
            ("b".to_owned(), Timestamp(start)),
        ];
        assert_eq!(used.take(Timestamp(start + 3), false), Some(expected));
        used.note("a", Timestamp(start + 4));
        assert_eq!(used.take(Timestamp(start + 59 * second), false), None);
        assert!(used.take(Timestamp(start + 59 * second), true).is_some());
        assert_eq!(used.take(Timestamp(start + 200 * second), false), None);
    }
}
