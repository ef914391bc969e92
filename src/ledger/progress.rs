//! The progress of the store, and waiting for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The last applied sequence, and whether more can follow.
#[derive(Debug, Default)]
pub(super) struct Progress {
    applied: AtomicU64,
    /// Grows each time the thread of the store completes a round.
    rounds: AtomicU64,
    failed: AtomicBool,
    lock: Mutex<()>,
    moved: Condvar,
}

impl Progress {
    pub fn new(applied: u64) -> Self {
        Self {
            applied: AtomicU64::new(applied),
            ..Self::default()
        }
    }

    pub fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    pub fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Acquire)
    }

    /// The thread of the store completed a round.
    pub fn round(&self) {
        self.rounds.fetch_add(1, Ordering::Release);
    }

    pub fn advance(&self, applied: u64) {
        self.applied.store(applied, Ordering::Release);
        self.wake();
    }

    /// The store applies nothing more.
    pub fn fail(&self) {
        self.failed.store(true, Ordering::Release);
        self.wake();
    }

    /// Makes all waiting callers check again.
    pub fn wake(&self) {
        // Taking the lock makes sure that no caller is between checking and waiting.
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.moved.notify_all();
    }

    /// Waits until `reached` returns true for the position, the store fails, or time is up. Returns
    /// whether it was reached.
    pub fn wait(&self, at_most: Duration, mut reached: impl FnMut(u64) -> bool) -> bool {
        let until = Instant::now() + at_most;
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if reached(self.applied()) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.failed() || left.is_zero() {
                return false;
            }
            guard = self
                .moved
                .wait_timeout(guard, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(guard, _)| guard);
        }
    }
}
