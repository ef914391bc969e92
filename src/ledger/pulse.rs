//! Whether journal and store live, and how far behind they are.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Ledger, LedgerLimits};
use crate::space::Guard;

/// Numbers that grow whenever their thread has been round, with work or because it was asked.
/// One that stands still after [`Ledger::heartbeat_ask`] is that of a thread that is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// Of the thread that writes and syncs the journal.
    pub journal: u64,
    /// Of the thread by which the store follows.
    pub store: u64,
}

/// Which parts take nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The journal was closed, or its disk failed.
    pub journal: bool,
    /// The journal's disk failed.
    pub disk: bool,
    /// The database, or another part without which nothing can go on.
    pub store: bool,
}

/// How things stand, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The last sequence that is synced.
    pub durable: u64,
    /// The last sequence that is applied.
    pub applied: u64,
    /// Entries that wait for their sync.
    pub waiting: u64,
    /// Webhooks that wait to be processed.
    pub unprocessed: u64,
    /// The most entries that the store was ever behind.
    pub lag_peak: u64,
}

impl Ledger {
    /// Whether changes are accepted. Once false, the process must end and start again.
    #[must_use]
    pub fn healthy(&self) -> bool {
        !self.inner.progress.failed() && !self.inner.journal.failed()
    }

    /// The room on the disk, for those who want to know before they begin.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.inner.guard
    }

    /// Which parts take nothing more.
    #[must_use]
    pub fn ended(&self) -> Ended {
        Ended {
            journal: self.inner.journal.closed(),
            disk: self.inner.journal.failed(),
            store: self.inner.progress.failed(),
        }
    }

    /// What may pile up.
    #[must_use]
    pub fn limits(&self) -> LedgerLimits {
        self.inner.limits
    }

    /// Told by a part without which nothing can go on: nothing more is accepted, and the
    /// process must end and start again.
    pub fn fail(&self) {
        self.inner.progress.fail();
    }

    /// What journal and store have shown of life so far.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        Heartbeat {
            journal: self.inner.journal.rounds(),
            store: self.inner.progress.rounds(),
        }
    }

    /// Asks for a heartbeat: the question goes through the journal's thread and the store's,
    /// behind all that waits there. Does not wait itself.
    pub fn heartbeat_ask(&self) {
        self.inner.journal.beat();
    }

    /// How things stand, in numbers.
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

    /// Notes what comparing the journal with the database gave.
    pub fn comparison_note(&self, equal: bool) {
        self.inner.disagrees.store(!equal, Ordering::Release);
    }

    /// Whether journal and database held something else when they were last compared.
    #[must_use]
    pub fn disagrees(&self) -> bool {
        self.inner.disagrees.load(Ordering::Acquire)
    }

    /// For long work that can wait: gives way for a moment while the store is behind the journal.
    pub fn give_way(&self) {
        const MOMENT: Duration = Duration::from_millis(200);
        const NEAR: u64 = 1000;
        let near = |applied| self.inner.journal.durable().saturating_sub(applied) <= NEAR;
        self.inner.progress.wait(MOMENT, near);
    }
}
