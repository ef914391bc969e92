//! What is handed to processing, and what became of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Ledger;
use super::read::READ_WAIT;
use crate::domain::entry::Entry;

/// What processing has to do.
pub enum Work {
    /// These arrived and are synced: every entry brings a webhook.
    Arrived(Vec<(u64, Arc<Entry>)>),
    /// These became New another time and wait in the store.
    Reprocess(Vec<u64>),
    /// Finish what was handed over before this, then end.
    Stop,
}

impl Ledger {
    /// Processing has finished this many of [`Work::Arrived`].
    pub fn work_done(&self, webhooks: u64) {
        self.inner.load.unprocessed.fetch_sub(webhooks, Ordering::AcqRel);
    }

    /// Processing has finished this many of [`Work::Reprocess`].
    pub fn reprocess_done(&self, webhooks: u64) {
        self.inner.load.reprocess.fetch_sub(webhooks, Ordering::AcqRel);
        self.inner.progress.wake();
    }

    /// Waits until all webhooks that are to be processed again are finished, the ledger has
    /// failed, or time is up. Gives how many are left.
    #[must_use]
    pub fn reprocess_wait(&self, at_most: Duration) -> u64 {
        let left = || self.inner.load.reprocess.load(Ordering::Acquire);
        self.inner.progress.wait(at_most, |_| left() == 0);
        left()
    }

    /// Hands what is synced to processing, behind it the word to stop.
    pub fn work_stop(&self) {
        let handed = || self.inner.load.handed.load(Ordering::Acquire) >= self.inner.journal.durable();
        self.inner.progress.wait(READ_WAIT, |_| handed());
        // An error means that it has ended already.
        let _ = self.inner.work.send(Work::Stop);
    }

    /// Begins or ends to remember which webhooks change, for [`Ledger::changed_take`].
    pub fn changed_watch(&self, on: bool) {
        self.inner.touched.watch(on);
    }

    /// Webhooks that are new or changed since this was last asked, by sequence; of many, the
    /// newest. For one watcher.
    #[must_use]
    pub fn changed_take(&self) -> BTreeSet<u64> {
        self.inner.touched.take()
    }
}
