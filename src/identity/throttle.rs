//! Attempts that failed: counted per client and address, and per address, with a wait that
//! doubles. Bounded in memory.
//!
//! Secrets have 256 random bits, so no number of guesses is a danger, and a request with the
//! right secret is taken at any time: nobody can lock a client out by guessing. What a wait
//! does: wrong secrets get 429 with a time instead of 401, and assertions, which cost the check
//! of a signature, are refused unread while it runs, at most [`WAIT_MOST`] seconds.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::time::Timestamp;

/// Failed attempts of one client from one address before there is a wait.
const FREE_CLIENT: u32 = 5;

/// Failed attempts of all clients from one address before there is a wait.
const FREE_ADDRESS: u32 = 50;

/// The longest wait in seconds.
pub const WAIT_MOST: u64 = 60;

/// After so many seconds without a further failure it is forgotten.
const FORGET: u64 = 900;

/// The most counters; beyond, old ones make room.
const COUNTERS_MOST: usize = 20_000;

const SECOND: i64 = 1_000_000;

/// The counters.
#[derive(Debug, Default)]
pub struct Throttle {
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
    /// Whether a wait runs for this client from this address: how many seconds of it are left.
    pub fn waits(&self, client: &str, address: IpAddr, now: Timestamp) -> Option<u64> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let counters = self.lock();
        let left = self.keys(client, address).into_iter().filter_map(|(key, _)| {
            let counter = counters.get(&key)?;
            (now < counter.until).then(|| seconds_between(now, counter.until))
        });
        left.max()
    }

    /// Counts a failed attempt, unless a wait runs: its seconds then. Attempts during a wait do
    /// not make it longer.
    pub fn failed(&self, client: &str, address: IpAddr, now: Timestamp) -> Option<u64> {
        if let Some(left) = self.waits(client, address, now) {
            return Some(left);
        }
        let mut counters = self.lock();
        for (key, free) in self.keys(client, address) {
            if counters.len() >= COUNTERS_MOST && !counters.contains_key(&key) {
                make_room(&mut counters, now);
            }
            let counter = counters.entry(key).or_insert(Counter {
                failures: 0,
                last: now,
                until: now,
            });
            if forgotten(counter, now) {
                counter.failures = 0;
            }
            counter.failures = counter.failures.saturating_add(1);
            counter.last = now;
            counter.until = Timestamp(now.0.saturating_add(wait(counter.failures, free) * SECOND));
        }
        self.count.store(counters.len(), Ordering::Release);
        None
    }

    /// The client proved who it is: its failures from this address are forgotten.
    pub fn succeeded(&self, client: &str, address: IpAddr) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let [(key, _), _] = self.keys(client, address);
        let mut counters = self.lock();
        if counters.remove(&key).is_some() {
            self.count.store(counters.len(), Ordering::Release);
        }
    }

    /// The counter of the client at the address and that of the address, with what is free.
    fn keys(&self, client: &str, address: IpAddr) -> [(u64, u32); 2] {
        let network = network(address);
        [
            (self.hasher.hash_one((client, network)), FREE_CLIENT),
            (self.hasher.hash_one(network), FREE_ADDRESS),
        ]
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Counter>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is forgotten; if that is nothing, any one: an attacker with that many addresses
/// would get round any counter.
fn make_room(counters: &mut HashMap<u64, Counter>, now: Timestamp) {
    counters.retain(|_, counter| !forgotten(counter, now));
    if counters.len() >= COUNTERS_MOST {
        let any: Vec<u64> = counters.keys().copied().take(COUNTERS_MOST / 10).collect();
        for key in any {
            counters.remove(&key);
        }
    }
}

const fn forgotten(counter: &Counter, now: Timestamp) -> bool {
    now.0.saturating_sub(counter.last.0) > FORGET as i64 * SECOND
}

/// The part of an address that one person is likely to have: /24, or /64 in IPv6.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(u32::from(address) >> 8),
        IpAddr::V6(address) => u64::try_from(u128::from(address) >> 64).unwrap_or(u64::MAX),
    }
}

/// Seconds of wait after so many failures.
fn wait(failures: u32, free: u32) -> i64 {
    let over = failures.saturating_sub(free);
    if over == 0 {
        return 0;
    }
    let seconds = 1_u64.checked_shl(over - 1).unwrap_or(WAIT_MOST).min(WAIT_MOST);
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
            assert_eq!(wait(failures, 5), seconds, "{failures}");
        }
    }

    #[test]
    fn a_client_waits_at_its_address_only() {
        let throttle = Throttle::default();
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
    fn a_success_forgets_the_clients_failures() {
        let throttle = Throttle::default();
        for _ in 0..6 {
            throttle.failed("a", HERE, at(0));
        }
        throttle.succeeded("a", HERE);
        assert_eq!(throttle.waits("a", HERE, at(0)), None);
    }

    #[test]
    fn an_address_that_tries_many_clients_waits_too() {
        let throttle = Throttle::default();
        for client in 0..51 {
            assert_eq!(throttle.failed(&client.to_string(), HERE, at(0)), None, "{client}");
        }
        assert_eq!(throttle.failed("new", HERE, at(0)), Some(1));
        assert_eq!(throttle.failed("new", THERE, at(0)), None);
    }

    #[test]
    fn failures_are_forgotten_after_a_while() {
        let throttle = Throttle::default();
        for _ in 0..6 {
            throttle.failed("a", HERE, at(0));
        }
        assert_eq!(throttle.failed("a", HERE, at(2000)), None);
        assert_eq!(throttle.waits("a", HERE, at(2000)), None);
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for client in 0..COUNTERS_MOST as u32 + 100 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from(client << 8));
            throttle.failed("a", address, at(0));
        }
        assert!(throttle.lock().len() <= COUNTERS_MOST);
    }
}
