//! Assertions that were used: each is taken once. Bounded in memory.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::domain::time::Timestamp;

/// The most assertions that are remembered; with more, none is taken until some expire.
const REMEMBERED_MOST: usize = 100_000;

/// What was used, until it expires.
#[derive(Debug, Default)]
pub struct Used {
    hasher: RandomState,
    until: Mutex<HashMap<u64, Timestamp>>,
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

impl Used {
    /// Notes the use of a client's assertion by its `jti`, which counts until a moment.
    pub fn note(&self, client: &str, jti: &str, until: Timestamp, now: Timestamp) -> Use {
        let key = self.hasher.hash_one((client, jti));
        let mut used = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if used.get(&key).is_some_and(|until| now <= *until) {
            return Use::Again;
        }
        if used.len() >= REMEMBERED_MOST {
            used.retain(|_, until| now <= *until);
            if used.len() >= REMEMBERED_MOST {
                return Use::Full;
            }
        }
        used.insert(key, until);
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
        assert_eq!(used.note("a", "x", Timestamp(20), Timestamp(11)), Use::First);
    }
}
