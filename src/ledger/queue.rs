//! Work that is passed to processing, and its completion.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Ledger;
use super::read::READ_WAIT;
use crate::domain::entry::Entry;

/// Work for processing.
pub enum Work {
    /// New webhooks whose entries are synced. Every entry contains a webhook.
    Arrived(Vec<(u64, Arc<Entry>)>),
    /// Webhooks that became New again. They must be read from the store.
    Reprocess(Vec<u64>),
    /// Finish the work passed on before this, then end.
    Stop,
}

impl Ledger {
    /// Processing has finished this many webhooks of [`Work::Arrived`].
    pub fn work_done(&self, webhooks: u64) {
        self.inner.load.unprocessed.fetch_sub(webhooks, Ordering::AcqRel);
    }

    /// Processing has finished this many webhooks of [`Work::Reprocess`].
    pub fn reprocess_done(&self, webhooks: u64) {
        self.inner.load.reprocess.fetch_sub(webhooks, Ordering::AcqRel);
        self.inner.progress.wake();
    }

    /// Waits until all webhooks to reprocess are finished, the ledger fails, or time is up. Returns
    /// how many are left.
    #[must_use]
    pub fn reprocess_wait(&self, at_most: Duration) -> u64 {
        let left = || self.inner.load.reprocess.load(Ordering::Acquire);
        self.inner.progress.wait(at_most, |_| left() == 0);
        left()
    }

    /// Passes all synced entries to processing, followed by the request to stop.
    pub fn work_stop(&self) {
        let handed = || self.inner.load.handed.load(Ordering::Acquire) >= self.inner.journal.durable();
        self.inner.progress.wait(READ_WAIT, |_| handed());
        // An error means that processing has ended already.
        let _ = self.inner.work.send(Work::Stop);
    }

    /// Enables or disables recording which webhooks change, for [`Ledger::changed_take`].
    pub fn changed_watch(&self, on: bool) {
        self.inner.touched.watch(on);
    }

    /// The sequences of webhooks that are new or changed since the last call. If there are many,
    /// the newest. There can be only one watcher.
    #[must_use]
    pub fn changed_take(&self) -> BTreeSet<u64> {
        self.inner.touched.take()
    }
}
