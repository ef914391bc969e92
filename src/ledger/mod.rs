//! Journal and store together: append an entry, wait until it is durable or applied, read.
//!
//! A ledger has two threads, which end with [`Ledger::close`]: one writes and syncs the journal,
//! the other folds synced entries into the store.

mod append;
mod audit_log;
mod catch_up;
pub mod derive;
mod error;
pub mod folder;
mod follow;
mod progress;
mod pulse;
mod queue;
mod read;
pub mod rebuild;
pub mod restore;
mod rights;
pub mod shorten;
pub mod survey;
mod tasks;
mod touched;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use crate::journal::{NotSynced, Synced};
pub use crate::store::Applied;
pub use catch_up::CatchUp;
pub use error::{ChangeError, OpenError};
pub use pulse::{Ended, Heartbeat, Position};
pub use queue::Work;

use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::entry::Entry;
use crate::journal::disk::Disk;
use crate::journal::{Batch, Journal, JournalOptions, journal_start};
use crate::space::Guard;
use crate::store::{Store, StoreWriter};
use follow::Follower;
use progress::Progress;
use touched::Touched;

/// The handle of journal and store; cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Journal<Item>,
    store: Store,
    catalog: Arc<ArcSwap<Catalog>>,
    progress: Arc<Progress>,
    load: Arc<Load>,
    touched: Arc<Touched>,
    guard: Guard,
    limits: LedgerLimits,
    /// The last comparison found that journal and database differ.
    disagrees: AtomicBool,
    bulk_turn: Mutex<()>,
    work: Sender<Work>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The parts of a ledger.
pub struct LedgerParts {
    /// The disk that holds the journal's files.
    pub disk: Arc<dyn Disk>,
    /// The store that the journal is applied to.
    pub store: StoreWriter,
    /// The appliance that both must belong to.
    pub appliance: Uuid,
    /// How the journal is stored.
    pub journal: JournalOptions,
    /// The limits of waiting work.
    pub limits: LedgerLimits,
}

/// The limits of waiting work, beyond which Hookgate slows its senders down.
#[derive(Debug, Clone, Copy)]
pub struct LedgerLimits {
    /// The maximum number of entries by which the store may lag behind the journal.
    pub lag: u64,
    /// The maximum size of these entries in bytes.
    pub lag_bytes: u64,
    /// The maximum number of webhooks that wait to be processed.
    pub unprocessed: u64,
}

/// What accompanies an entry after its sync.
struct Item {
    entry: Arc<Entry>,
    bytes: u64,
    reply: Option<oneshot::Sender<Result<Applied, ApplyError>>>,
}

/// The current amount of waiting work.
#[derive(Debug, Default)]
struct Load {
    /// The last sequence that the journal passed on.
    handed: AtomicU64,
    /// Bytes of entries that are synced but not applied.
    bytes: AtomicU64,
    /// Webhooks passed to processing that are not finished.
    unprocessed: AtomicU64,
    /// Webhooks of `Work::Reprocess` that are not finished.
    reprocess: AtomicU64,
    /// A task is pending and waits for its next step.
    task_waits: AtomicBool,
    /// The largest lag of the store so far, in entries.
    lag_peak: AtomicU64,
    /// The ledger is being closed.
    closing: AtomicBool,
}

/// Applies the journal to the store up to its end, then starts both. `progress` is called while old
/// entries are applied. The receiver is for the code that processes webhooks.
///
/// # Errors
/// If journal or store are damaged or do not belong together.
pub fn ledger_start(
    mut parts: LedgerParts,
    progress: impl FnMut(CatchUp),
) -> Result<(Ledger, Receiver<Work>), OpenError> {
    let tail = catch_up::catch_up(&*parts.disk, parts.appliance, &mut parts.store, progress)?;
    let catalog = Arc::new(ArcSwap::new(parts.store.catalog()));
    let progress = Arc::new(Progress::new(parts.store.applied()));
    let load = Arc::new(Load::default());
    let touched = Arc::new(Touched::default());
    load.handed.store(parts.store.applied(), Ordering::Release);
    let waits = parts.store.store().reader()?.task_list()?;
    load.task_waits
        .store(waits.iter().any(|(_, task)| task.is_open()), Ordering::Release);
    let store = parts.store.store();
    let guard = parts.disk.guard();
    let (work, receiver) = channel();
    let (batches, incoming) = channel();
    let hand_on = hand_on(
        batches,
        work.clone(),
        Arc::clone(&progress),
        Arc::clone(&load),
        parts.limits,
    );
    // Start the journal first: if that fails, the store is closed before the error is returned.
    let (journal, writing) = journal_start(parts.disk, parts.appliance, tail, parts.journal, hand_on)?;
    let follower = Follower {
        store: parts.store,
        incoming,
        catalog: Arc::clone(&catalog),
        progress: Arc::clone(&progress),
        load: Arc::clone(&load),
        touched: Arc::clone(&touched),
        guard: guard.clone(),
        work: work.clone(),
    };
    let following = std::thread::Builder::new()
        .name("store".into())
        .spawn(move || follower.run())
        .map_err(OpenError::Thread)?;
    let inner = Inner {
        journal,
        store,
        catalog,
        progress,
        load,
        touched,
        guard,
        limits: parts.limits,
        disagrees: AtomicBool::new(false),
        bulk_turn: Mutex::new(()),
        work,
        threads: Mutex::new(vec![writing, following]),
    };
    let ledger = Ledger { inner: Arc::new(inner) };
    Ok((ledger, receiver))
}

/// What the journal's thread does with each synced batch: passes it to the store and to processing,
/// and slows down while the store lags too far behind.
fn hand_on(
    batches: Sender<Batch<Item>>,
    work: Sender<Work>,
    progress: Arc<Progress>,
    load: Arc<Load>,
    limits: LedgerLimits,
) -> impl FnMut(Batch<Item>) + Send + 'static {
    move |batch| {
        let mut bytes = 0;
        let mut arrived = Vec::new();
        for (seq, item) in (batch.first..).zip(&batch.items) {
            bytes += item.bytes;
            if item.entry.webhook_received().is_some() {
                arrived.push((seq, Arc::clone(&item.entry)));
            }
        }
        let last = batch.first + batch.items.len() as u64 - 1;
        load.bytes.fetch_add(bytes, Ordering::AcqRel);
        load.unprocessed.fetch_add(arrived.len() as u64, Ordering::AcqRel);
        load.lag_peak
            .fetch_max(last.saturating_sub(progress.applied()), Ordering::Relaxed);
        // Both receivers outlive the journal, except after a failure, which ends the process
        // anyway.
        let _ = batches.send(batch);
        if !arrived.is_empty() {
            let _ = work.send(Work::Arrived(arrived));
        }
        load.handed.store(last, Ordering::Release);
        // The store may have been faster than this line, so waiting callers must check again.
        progress.wake();
        let near = |applied: u64| {
            last.saturating_sub(applied) <= limits.lag && load.bytes.load(Ordering::Acquire) <= limits.lag_bytes
        };
        if !near(progress.applied()) {
            while !progress.failed() && !progress.wait(Duration::from_secs(1), near) {}
        }
    }
}

impl Ledger {
    /// The database, for operations on all of it.
    #[must_use]
    pub fn store(&self) -> Store {
        self.inner.store.clone()
    }

    /// Writes and applies all waiting entries, then ends. Later changes are rejected.
    pub fn close(&self) {
        self.inner.load.closing.store(true, Ordering::Release);
        self.inner.progress.wake();
        self.inner.journal.close();
        let threads = std::mem::take(&mut *self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}
