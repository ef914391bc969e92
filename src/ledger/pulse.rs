//! Whether journal and store are alive, and how far the store lags behind.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Ledger, LedgerLimits};
use crate::space::Guard;

/// Counters that grow when their thread completes a round, with work or on request. If one does not
/// grow after [`Ledger::heartbeat_ask`], its thread is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// The rounds of the thread that writes and syncs the journal.
    pub journal: u64,
    /// The rounds of the thread that applies the journal to the store.
    pub store: u64,
}

/// The parts that accept nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The journal was closed, or its disk failed.
    pub journal: bool,
    /// The journal's disk failed.
    pub disk: bool,
    /// The database, or another essential part, failed.
    pub store: bool,
}

/// The current position of journal and store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The last synced sequence.
    pub durable: u64,
    /// The last applied sequence.
    pub applied: u64,
    /// Entries that wait for their sync.
    pub waiting: u64,
    /// Webhooks that wait to be processed.
    pub unprocessed: u64,
    /// The largest lag of the store so far, in entries.
    pub lag_peak: u64,
}

impl Ledger {
    /// Whether changes are accepted. If false, the process must end and start again.
    #[must_use]
    pub fn healthy(&self) -> bool {
        !self.inner.progress.failed() && !self.inner.journal.failed()
    }

    /// The guard of the disk, for checking the room before an operation starts.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.inner.guard
    }

    /// The parts that accept nothing more.
    #[must_use]
    pub fn ended(&self) -> Ended {
        Ended {
            journal: self.inner.journal.closed(),
            disk: self.inner.journal.failed(),
            store: self.inner.progress.failed(),
        }
    }

    /// The limits of waiting work.
    #[must_use]
    pub fn limits(&self) -> LedgerLimits {
        self.inner.limits
    }

    /// Called when an essential part fails: nothing more is accepted, and the process must end and
    /// start again.
    pub fn fail(&self) {
        self.inner.progress.fail();
    }

    /// The rounds of the threads of journal and store.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        Heartbeat {
            journal: self.inner.journal.rounds(),
            store: self.inner.progress.rounds(),
        }
    }

    /// Requests a heartbeat: the request passes through the threads of the journal and the store,
    /// after everything that waits there. Returns immediately.
    pub fn heartbeat_ask(&self) {
        self.inner.journal.beat();
    }

    /// The current position of journal and store.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            durable: self.inner.journal.durable(),
            applied: self.inner.progress.applied(),
            waiting: self.inner.journal.waiting(),
            unprocessed: self.inner.load.unprocessed.load(Ordering::Acquire),
            lag_peak: self.inner.load.lag_peak.load(Ordering::Relaxed),
        }
    }

    /// Stores the result of comparing the journal with the database.
    pub fn comparison_note(&self, equal: bool) {
        self.inner.disagrees.store(!equal, Ordering::Release);
    }

    /// Whether journal and database differed in the last comparison.
    #[must_use]
    pub fn disagrees(&self) -> bool {
        self.inner.disagrees.load(Ordering::Acquire)
    }

    /// For long background work: waits for a moment if the store lags behind the journal.
    pub fn give_way(&self) {
        const MOMENT: Duration = Duration::from_millis(200);
        const NEAR: u64 = 1000;
        let near = |applied| self.inner.journal.durable().saturating_sub(applied) <= NEAR;
        self.inner.progress.wait(MOMENT, near);
    }
}
