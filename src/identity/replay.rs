//! Assertions that were used: each is taken once. Bounded in memory.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// The most assertions of one client that are remembered; with more, none of that client is
/// taken until some expire.
const REMEMBERED_MOST: usize = 20_000;

/// What was used, by client, until it expires. Only clients that proved who they are come here,
/// so there are no more than there are clients.
#[derive(Debug, Default)]
pub struct Used {
    hasher: RandomState,
    clients: Mutex<HashMap<String, OfClient>>,
}

#[derive(Debug, Default)]
struct OfClient {
    until: HashMap<u64, Timestamp>,
    /// When what has expired was last looked for.
    cleaned: Timestamp,
}

/// Whether an assertion may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is the first time.
    First,
    /// It was used before.
    Again,
    /// Too many are remembered.
    Full,
}

/// Looking for what has expired takes time, so it is done at most so often, in microseconds.
const CLEAN_EVERY: i64 = 1_000_000;

impl Used {
    /// Notes the use of a client's assertion by its `jti`, which counts until a moment.
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
            return Use::Again;
        }
        if used.until.len() >= REMEMBERED_MOST {
            if now.0.saturating_sub(used.cleaned.0).abs() >= CLEAN_EVERY {
                used.cleaned = now;
                used.until.retain(|_, until| now <= *until);
            }
            if used.until.len() >= REMEMBERED_MOST {
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
        assert_eq!(used.note("a", "1", at(10), at(10)), Use::Again);
        assert_eq!(used.note("b", "1", at(10), at(0)), Use::First);
        assert_eq!(used.note("a", "2", at(10), at(0)), Use::First);
        assert_eq!(used.note("a", "1", at(20), at(11)), Use::First);
    }

    #[test]
    fn when_full_nothing_is_taken_until_some_expire() {
        let used = Used::default();
        for number in 0..REMEMBERED_MOST {
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
        for number in 0..REMEMBERED_MOST {
            used.note("a", &number.to_string(), Timestamp(10), Timestamp(0));
        }
        assert_eq!(used.note("a", "x", Timestamp(10), Timestamp(5)), Use::Full);
        assert_eq!(used.note("b", "x", Timestamp(10), Timestamp(5)), Use::First);
    }
}
