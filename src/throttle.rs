//! Failed attempts: counted per account and address, and per address, with a wait that doubles.
//! Bounded in memory.
//!
//! An account is a client of the token issuer, or a user. Because its failures are counted for each
//! network separately, no attacker elsewhere can lock it out by guessing.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;

/// What is let through, and how long waits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Failed attempts of one account from one network before there is a wait.
    pub free_account: u32,
    /// Failed attempts of all accounts from one network before there is a wait.
    pub free_network: u32,
    /// The longest wait in seconds.
    pub wait_most: u64,
    /// After this many seconds without another failure it is forgotten.
    pub forget: u64,
}

/// The most counters; beyond, old ones make room.
const MAX_COUNTERS: usize = 20_000;

const SECOND: i64 = 1_000_000;

/// The counters.
#[derive(Debug)]
pub struct Throttle {
    policy: Policy,
    hasher: RandomState,
    counters: Mutex<HashMap<u64, Counter>>,
    /// How many there are, so that a good request need not lock when there is none.
    count: AtomicUsize,
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    failures: u32,
    last: Timestamp,
    until: Timestamp,
}

impl Throttle {
    /// No failures yet.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            hasher: RandomState::new(),
            counters: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// Whether a wait runs for this account from this address: how many seconds of it are left.
    pub fn waits(&self, account: &str, address: IpAddr, now: Timestamp) -> Option<u64> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let counters = self.lock();
        let left = self.keys(account, address).into_iter().filter_map(|(key, _)| {
            let counter = counters.get(&key)?;
            (now < counter.until).then(|| seconds_between(now, counter.until))
        });
        left.max()
    }

    /// Counts a failed attempt, unless a wait runs: its seconds then. Attempts during a wait do
    /// not make it longer.
    pub fn failed(&self, account: &str, address: IpAddr, now: Timestamp) -> Option<u64> {
        if let Some(left) = self.waits(account, address, now) {
            return Some(left);
        }
        let mut counters = self.lock();
        for (key, free) in self.keys(account, address) {
            if counters.len() >= MAX_COUNTERS && !counters.contains_key(&key) {
                make_room(&mut counters, self.policy, now);
            }
            let counter = counters.entry(key).or_insert(Counter {
                failures: 0,
                last: now,
                until: now,
            });
            if forgotten(counter, self.policy, now) {
                counter.failures = 0;
            }
            counter.failures = counter.failures.saturating_add(1);
            counter.last = now;
            counter.until = Timestamp(
                now.0
                    .saturating_add(wait(counter.failures, free, self.policy.wait_most) * SECOND),
            );
        }
        self.count.store(counters.len(), Ordering::Release);
        None
    }

    /// The account proved who it is: its failures from this address are forgotten.
    pub fn succeeded(&self, account: &str, address: IpAddr) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let [(key, _), _] = self.keys(account, address);
        let mut counters = self.lock();
        if counters.remove(&key).is_some() {
            self.count.store(counters.len(), Ordering::Release);
        }
    }

    /// An attempt that was counted as failed before it was made did not fail: it is as if it had
    /// not been, at the address as well.
    pub fn undone(&self, account: &str, address: IpAddr, now: Timestamp) {
        let mut counters = self.lock();
        for (key, _) in self.keys(account, address) {
            if let Some(counter) = counters.get_mut(&key) {
                counter.failures = counter.failures.saturating_sub(1);
                counter.until = now;
                if counter.failures == 0 {
                    counters.remove(&key);
                }
            }
        }
        self.count.store(counters.len(), Ordering::Release);
    }

    /// The counter of the account at the address and that of the address, with what is free.
    fn keys(&self, account: &str, address: IpAddr) -> [(u64, u32); 2] {
        let network = network(address);
        [
            (self.hasher.hash_one((account, network)), self.policy.free_account),
            (self.hasher.hash_one(network), self.policy.free_network),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Counter>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is forgotten; if that is nothing, any one: an attacker with that many addresses
/// would get round any counter.
fn make_room(counters: &mut HashMap<u64, Counter>, policy: Policy, now: Timestamp) {
    counters.retain(|_, counter| !forgotten(counter, policy, now));
    if counters.len() >= MAX_COUNTERS {
        let any: Vec<u64> = counters.keys().copied().take(MAX_COUNTERS / 10).collect();
        for key in any {
            counters.remove(&key);
        }
    }
}

const fn forgotten(counter: &Counter, policy: Policy, now: Timestamp) -> bool {
    now.0.saturating_sub(counter.last.0) > policy.forget.cast_signed().saturating_mul(SECOND)
}

/// The part of an address that one person is likely to have: /24, or /64 in IPv6.
#[must_use]
pub fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(u32::from(address) >> 8),
        IpAddr::V6(address) => u64::try_from(u128::from(address) >> 64).unwrap_or(u64::MAX),
    }
}

/// Seconds to wait after this many failures.
fn wait(failures: u32, free: u32, most: u64) -> i64 {
    let over = failures.saturating_sub(free);
    if over == 0 {
        return 0;
    }
    let seconds = 1_u64.checked_shl(over - 1).unwrap_or(most).min(most);
    i64::try_from(seconds).unwrap_or(i64::MAX / SECOND)
}

/// Whole seconds, rounded up: never a moment too early.
fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    let micros = u64::try_from(to.0.saturating_sub(from.0)).unwrap_or_default();
    micros.div_ceil(1_000_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const NEIGHBOUR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 3, 1));

    const POLICY: Policy = Policy {
        free_account: 5,
        free_network: 50,
        wait_most: 60,
        forget: 900,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * SECOND)
    }

    #[test]
    fn waits_double_up_to_the_most() {
        let expected = [
            (1, 0),
            (5, 0),
            (6, 1),
            (7, 2),
            (8, 4),
            (11, 32),
            (12, 60),
            (100, 60),
            (u32::MAX, 60),
        ];
        for (failures, seconds) in expected {
            assert_eq!(wait(failures, 5, 60), seconds, "{failures}");
        }
    }

    #[test]
    fn an_account_waits_at_its_address_only() {
        let throttle = Throttle::new(POLICY);
        for _ in 0..6 {
            assert_eq!(throttle.failed("a", HERE, at(0)), None);
        }
        assert_eq!(throttle.failed("a", HERE, at(0)), Some(1));
        assert_eq!(throttle.failed("a", NEIGHBOUR, at(0)), Some(1));
        assert_eq!(throttle.failed("b", HERE, at(0)), None);
        assert_eq!(throttle.failed("a", THERE, at(0)), None);
        // Attempts during the wait did not make it longer.
        assert_eq!(throttle.waits("a", HERE, at(1)), None);
        assert_eq!(throttle.failed("a", HERE, at(1)), None);
        assert_eq!(throttle.failed("a", HERE, at(1)), Some(2));
    }

    #[test]
    fn a_success_forgets_the_accounts_failures() {
        let throttle = Throttle::new(POLICY);
        for _ in 0..6 {
            throttle.failed("a", HERE, at(0));
        }
        throttle.succeeded("a", HERE);
        assert_eq!(throttle.waits("a", HERE, at(0)), None);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_too() {
        let throttle = Throttle::new(POLICY);
        for account in 0..51 {
            assert_eq!(throttle.failed(&account.to_string(), HERE, at(0)), None, "{account}");
        }
        assert_eq!(throttle.failed("new", HERE, at(0)), Some(1));
        assert_eq!(throttle.failed("new", THERE, at(0)), None);
    }

    #[test]
    fn failures_are_forgotten_after_a_while() {
        let throttle = Throttle::new(POLICY);
        for _ in 0..6 {
            throttle.failed("a", HERE, at(0));
        }
        assert_eq!(throttle.failed("a", HERE, at(2000)), None);
        assert_eq!(throttle.waits("a", HERE, at(2000)), None);
    }

    #[test]
    fn an_attempt_that_did_not_fail_leaves_what_was_before() {
        let throttle = Throttle::new(POLICY);
        for _ in 0..5 {
            throttle.failed("a", HERE, at(0));
        }
        assert_eq!(throttle.failed("a", HERE, at(0)), None);
        throttle.undone("a", HERE, at(0));
        assert_eq!(throttle.waits("a", HERE, at(0)), None);
        assert_eq!(throttle.failed("a", HERE, at(0)), None);
        assert_eq!(throttle.failed("a", HERE, at(0)), Some(1));
        let throttle = Throttle::new(POLICY);
        throttle.failed("a", HERE, at(0));
        throttle.undone("a", HERE, at(0));
        assert!(throttle.lock().is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::new(POLICY);
        for account in 0..u32::try_from(MAX_COUNTERS).unwrap() + 100 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from(account << 8));
            throttle.failed("a", address, at(0));
        }
        assert!(throttle.lock().len() <= MAX_COUNTERS);
    }
}
