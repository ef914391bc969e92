//! Going on with tasks, one bounded step after the other.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{ChangeError, Ledger};
use crate::domain::actor::Actor;
use crate::domain::change::UpkeepChange;
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

    /// One step of the oldest task, after what arrives. Gives whether there is more to do.
    ///
    /// # Errors
    /// [`ChangeError`]; the step can be tried later.
    pub fn task_step(&self, at: Timestamp) -> Result<bool, ChangeError> {
        self.give_way();
        let step = UpkeepChange::TaskStep { limit: STEP };
        let applied = self.commit(Entry::one(at, Actor::System, step))?;
        Ok(applied.resume.is_some())
    }
}
