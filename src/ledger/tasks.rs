//! Continuing tasks, one bounded step after the other.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::{ChangeError, Ledger};
use crate::domain::actor::Actor;
use crate::domain::change::TaskChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;

/// Records of one step: what intake has to wait for at most.
const STEP: u32 = 2000;

impl Ledger {
    /// Whether a task waits for its next step.
    #[must_use]
    pub fn task_waits(&self) -> bool {
        self.inner.load.task_waits.load(Ordering::Acquire)
    }

    /// Waits until a task waits for its next step, the ledger is being closed or has failed, or
    /// time is up.
    pub fn task_wait(&self, at_most: Duration) {
        self.inner
            .progress
            .wait(at_most, |_| self.task_waits() || self.ending());
    }

    /// Whether the ledger is being closed or has failed.
    #[must_use]
    pub fn ending(&self) -> bool {
        self.inner.load.closing.load(Ordering::Acquire) || self.inner.progress.failed()
    }

    /// Waits until the ledger is being closed or has failed, or time is up.
    pub fn ending_wait(&self, at_most: Duration) {
        self.inner.progress.wait(at_most, |_| self.ending());
    }

    /// One step of the oldest task of an index, behind what arrives. Gives whether there is more to
    /// do for indexes.
    ///
    /// # Errors
    /// [`ChangeError`]; the step can be tried later.
    pub fn index_step(&self, at: Timestamp) -> Result<bool, ChangeError> {
        self.give_way();
        let step = TaskChange::IndexStepped { limit: STEP };
        let applied = self.commit(Entry::one(at, Actor::System, step))?;
        Ok(applied.resume.is_some())
    }

    /// Held from choosing what a step of a bulk task deals with until the step is applied.
    pub fn bulk_turn(&self) -> MutexGuard<'_, ()> {
        self.inner.bulk_turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
