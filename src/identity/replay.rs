//! Stores used assertions, so that each is accepted once. Limited in memory.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// The maximum number of stored assertions of one client. Beyond it, no assertion of the client is
/// accepted until some expire.
const MAX_REMEMBERED: usize = 20_000;

/// The used assertions by client, until they expire. Only authenticated clients add entries, so
/// there are no more entries than clients.
#[derive(Debug, Default)]
pub struct Used {
    hasher: RandomState,
    clients: Mutex<HashMap<String, OfClient>>,
}

#[derive(Debug, Default)]
struct OfClient {
    until: HashMap<u64, Timestamp>,
    /// When expired entries were last removed.
    cleaned: Timestamp,
}

/// Whether an assertion may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The assertion was not used before.
    First,
    /// The assertion was used before.
    Replayed,
    /// Too many assertions are stored.
    Full,
}

/// The minimum time between two removals of expired entries, in microseconds: removing takes time.
const CLEAN_EVERY: i64 = 1_000_000;

impl Used {
    /// Notes that a client used an assertion, identified by its `jti`, which expires at `until`.
    pub fn note(&self, client: &str, jti: &str, until: Timestamp, now: Timestamp) -> Use {
        let key = self.hasher.hash_one(jti);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if !clients.contains_key(client) {
            clients.insert(client.to_owned(), OfClient::default());
        }
        let Some(used) = clients.get_mut(client) else {
            return Use::Full;
        };
        if used.until.get(&key).is_some_and(|until| now <= *until) {
            return Use::Replayed;
        }
        if used.until.len() >= MAX_REMEMBERED {
            if now.0.saturating_sub(used.cleaned.0).abs() >= CLEAN_EVERY {
                used.cleaned = now;
                used.until.retain(|_, until| now <= *until);
            }
            if used.until.len() >= MAX_REMEMBERED {
                return Use::Full;
            }
        }
        used.until.insert(key, until);
        Use::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_until_it_expires() {
        let used = Used::default();
        let at = Timestamp;
        assert_eq!(used.note("a", "1", at(10), at(0)), Use::First);
        assert_eq!(used.note("a", "1", at(10), at(10)), Use::Replayed);
        assert_eq!(used.note("b", "1", at(10), at(0)), Use::First);
        assert_eq!(used.note("a", "2", at(10), at(0)), Use::First);
        assert_eq!(used.note("a", "1", at(20), at(11)), Use::First);
    }

    #[test]
    fn when_full_nothing_is_taken_until_some_expire() {
        let used = Used::default();
        for number in 0..MAX_REMEMBERED {
            assert_eq!(
                used.note("a", &number.to_string(), Timestamp(10), Timestamp(0)),
                Use::First
            );
        }
        assert_eq!(used.note("a", "x", Timestamp(10), Timestamp(5)), Use::Full);
        let later = Timestamp(CLEAN_EVERY * 2);
        assert_eq!(used.note("a", "x", Timestamp(later.0 + 9), later), Use::First);
    }

    #[test]
    fn one_client_fills_nobody_elses_room() {
        let used = Used::default();
        for number in 0..MAX_REMEMBERED {
            used.note("a", &number.to_string(), Timestamp(10), Timestamp(0));
        }
        assert_eq!(used.note("a", "x", Timestamp(10), Timestamp(5)), Use::Full);
        assert_eq!(used.note("b", "x", Timestamp(10), Timestamp(5)), Use::First);
    }
}
