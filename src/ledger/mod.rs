//! Journal and store together: append a change, wait until it is safe or applied, read.

mod audit_log;
mod catch_up;
pub mod derive;
mod error;
pub mod folder;
mod follow;
mod progress;
pub mod rebuild;
pub mod restore;
mod rights;
pub mod shorten;
pub mod survey;
mod touched;

use std::collections::BTreeSet;
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

use crate::domain::catalog::{Catalog, Refusal};
use crate::domain::change::Change;
use crate::domain::webhook::{Status, Webhook};
use crate::journal::disk::Disk;
use crate::journal::{AppendError, Batch, Journal, JournalOptions, journal_start};
use crate::space::Guard;
use crate::store::{Reader, Steps, Store, StoreError, StoreWriter};
use follow::Follower;
use progress::Progress;
use touched::Touched;

/// The handle on journal and store; cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Journal<Item>,
    store: Store,
    steps: Steps,
    catalog: Arc<ArcSwap<Catalog>>,
    progress: Arc<Progress>,
    load: Arc<Load>,
    touched: Arc<Touched>,
    guard: Guard,
    limits: LedgerLimits,
    /// Journal and database were found to hold something else.
    disagrees: AtomicBool,
    work: Sender<Work>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What a ledger is made of.
pub struct LedgerParts {
    /// Where the journal's files are.
    pub disk: Arc<dyn Disk>,
    /// The store that follows it.
    pub store: StoreWriter,
    /// The appliance that both must belong to.
    pub appliance: Uuid,
    /// How the journal is kept.
    pub journal: JournalOptions,
    /// What may pile up.
    pub limits: LedgerLimits,
}

/// What may pile up before Hookgate slows its senders down.
#[derive(Debug, Clone, Copy)]
pub struct LedgerLimits {
    /// Entries that the store may be behind the journal.
    pub lag: u64,
    /// Bytes that these may hold in memory.
    pub lag_bytes: u64,
    /// Webhooks that may wait to be processed.
    pub unprocessed: u64,
}

impl Default for LedgerLimits {
    fn default() -> Self {
        Self {
            lag: 32_768,
            lag_bytes: 64 << 20,
            unprocessed: 65_536,
        }
    }
}

/// What travels with an entry after its sync.
struct Item {
    change: Arc<Change>,
    bytes: u64,
    reply: Option<oneshot::Sender<Result<Applied, Refusal>>>,
}

/// What piles up, in numbers.
#[derive(Debug, Default)]
struct Load {
    /// The last sequence that was handed on by the journal.
    handed: AtomicU64,
    /// Bytes of entries that are synced but not applied.
    bytes: AtomicU64,
    /// Webhooks handed to processing and not finished there.
    unprocessed: AtomicU64,
    /// Webhooks of `Work::Again` that are not finished.
    again: AtomicU64,
    /// The most entries that the store was ever behind.
    lag_peak: AtomicU64,
    /// The ledger is being closed.
    closing: AtomicBool,
}

/// What the one who processes webhooks is told.
pub enum Work {
    /// These arrived and are synced: every change is a `WebhookReceived`.
    Arrived(Vec<(u64, Arc<Change>)>),
    /// These are New in the store and wait to be processed.
    Again(Vec<u64>),
    /// Finish what was handed over before this, then end.
    Stop,
}

/// How long a reader waits for the store to reach what was acknowledged before.
const READ_WAIT: Duration = Duration::from_secs(5);

/// How often a snapshot is taken until it goes with the catalog.
const CATALOG_TRIES: usize = 100;

/// Brings the store up to the journal's end, then starts both. `progress` is told the position
/// while old entries are applied. Whoever processes webhooks gets the receiver.
///
/// # Errors
/// When journal or store are damaged or do not belong together.
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
    let (store, steps) = (parts.store.store(), parts.store.steps());
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
    // First the journal: when it is refused, the store is closed before that is told.
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
        steps,
        catalog,
        progress,
        load,
        touched,
        guard,
        limits: parts.limits,
        disagrees: AtomicBool::new(false),
        work,
        threads: Mutex::new(vec![writing, following]),
    };
    let ledger = Ledger { inner: Arc::new(inner) };
    Ok((ledger, receiver))
}

/// What the journal's thread does with each synced batch: give it to the store and to
/// processing, and slow down while the store is too far behind.
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
            if matches!(*item.change, Change::WebhookReceived(_)) {
                arrived.push((seq, Arc::clone(&item.change)));
            }
        }
        let last = batch.first + batch.items.len() as u64 - 1;
        load.bytes.fetch_add(bytes, Ordering::AcqRel);
        load.unprocessed.fetch_add(arrived.len() as u64, Ordering::AcqRel);
        load.lag_peak
            .fetch_max(last.saturating_sub(progress.applied()), Ordering::Relaxed);
        // Both ends outlive the journal, but for a failure, which ends the process anyway.
        let _ = batches.send(batch);
        if !arrived.is_empty() {
            let _ = work.send(Work::Arrived(arrived));
        }
        load.handed.store(last, Ordering::Release);
        // The store may have been quicker than this line: whoever waits for it looks again.
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
    /// Appends a webhook. The receiver gets its sequence once it is synced to disk.
    ///
    /// # Errors
    /// At once [`ChangeError::Busy`] when too much waits already, [`ChangeError::DiskFull`], or
    /// [`ChangeError::Stopped`].
    pub fn webhook_append(&self, webhook: Webhook) -> Result<Synced, ChangeError> {
        if self.inner.guard.full() {
            return Err(ChangeError::DiskFull);
        }
        if self.inner.load.unprocessed.load(Ordering::Acquire) > self.inner.limits.unprocessed {
            return Err(ChangeError::Busy);
        }
        self.append(Change::WebhookReceived(webhook), None)
    }

    /// Appends a change and waits until it is applied, so that the next read sees it. Blocks:
    /// not for async code.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub fn change(&self, change: Change) -> Result<Applied, ChangeError> {
        if change.needs_room() && self.inner.guard.full() {
            return Err(ChangeError::DiskFull);
        }
        let (reply, applied) = oneshot::channel();
        let mut synced = self.append(change, Some(reply))?;
        match applied.blocking_recv() {
            Ok(answer) => Ok(answer?),
            // Either the journal had no room for it, or the store has none for what it does.
            Err(_) => match synced.try_recv() {
                Ok(Err(NotSynced::DiskFull)) => Err(ChangeError::DiskFull),
                Ok(Err(NotSynced::OpenFiles)) => Err(ChangeError::OpenFiles),
                Ok(Ok(_)) if !self.inner.progress.failed() => Err(ChangeError::DiskFull),
                _ => Err(ChangeError::Stopped),
            },
        }
    }

    /// Appends a change that nobody waits for.
    ///
    /// # Errors
    /// [`ChangeError::Stopped`].
    pub fn change_unanswered(&self, change: Change) -> Result<(), ChangeError> {
        if self.inner.progress.failed() {
            return Err(ChangeError::Stopped);
        }
        let bytes = change.encode();
        let item = item(change, &bytes, None);
        self.inner
            .journal
            .append_unanswered(bytes, item)
            .map_err(|_| ChangeError::Stopped)
    }

    fn append(
        &self,
        change: Change,
        reply: Option<oneshot::Sender<Result<Applied, Refusal>>>,
    ) -> Result<Synced, ChangeError> {
        if self.inner.progress.failed() {
            return Err(ChangeError::Stopped);
        }
        if self.inner.guard.exhausted() {
            return Err(ChangeError::DiskFull);
        }
        let bytes = change.encode();
        let item = item(change, &bytes, reply);
        self.inner.journal.append(bytes, item).map_err(|error| match error {
            AppendError::Full => ChangeError::Busy,
            AppendError::TooLarge => ChangeError::TooLarge,
            AppendError::Closed(_) => ChangeError::Stopped,
        })
    }

    /// The configuration as last applied.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalog.load_full()
    }

    /// The version of [`Ledger::catalog`], at hardly any cost.
    #[must_use]
    pub fn catalog_version(&self) -> u64 {
        self.inner.catalog.load().version
    }

    /// A snapshot that holds all that was acknowledged before this call: waits for it, but not
    /// for long.
    ///
    /// # Errors
    /// When the store is too far behind, or fails.
    pub fn read(&self) -> Result<Reader, StoreError> {
        let durable = self.inner.journal.durable();
        if !self.inner.progress.wait(READ_WAIT, |applied| applied >= durable) {
            return Err(StoreError::Behind {
                behind: durable.saturating_sub(self.inner.progress.applied()),
            });
        }
        self.inner.store.reader()
    }

    /// As [`Ledger::read`], with the catalog by which the snapshot's rows are kept. With another
    /// one, an index would be looked up that has no rows yet, or none any more.
    ///
    /// # Errors
    /// As [`Ledger::read`]; also while the catalog changes all the time.
    pub fn read_with_catalog(&self) -> Result<(Reader, Arc<Catalog>), StoreError> {
        for _ in 0..CATALOG_TRIES {
            let reader = self.read()?;
            let version = reader.catalog_version()?;
            let catalog = self.catalog();
            if catalog.version == version {
                return Ok((reader, catalog));
            }
            // It is published right after the commit.
            let published = |_| self.catalog_version() >= version;
            if !self.inner.progress.wait(READ_WAIT, published) {
                break;
            }
        }
        Err(StoreError::Behind { behind: 0 })
    }

    /// Waits until the webhook with this sequence is neither New nor Processing (or is gone).
    /// Gives false when time is up.
    ///
    /// # Errors
    /// When the store fails.
    pub fn wait_processed(&self, seq: u64, at_most: Duration) -> Result<bool, StoreError> {
        self.wait_status(seq, at_most, |status| {
            !matches!(status, Status::New | Status::Processing)
        })
    }

    /// Waits until the status of the webhook with this sequence is one that `reached` is true
    /// of (or the webhook is gone). Gives false when time is up.
    ///
    /// # Errors
    /// When the store fails.
    pub fn wait_status(
        &self,
        seq: u64,
        at_most: Duration,
        reached: impl Fn(Status) -> bool,
    ) -> Result<bool, StoreError> {
        let mut failure = None;
        let reached = self.inner.progress.wait(at_most, |applied| {
            if applied < seq {
                return false;
            }
            let state = self.inner.store.reader().and_then(|reader| reader.webhook_state(seq));
            match state {
                Ok(state) => state.is_none_or(|state| reached(state.status)),
                Err(error) => {
                    failure = Some(error);
                    true
                }
            }
        });
        failure.map_or(Ok(reached), Err)
    }

    /// Waits until more than the entry numbered `after` is applied, or time is up; gives the last
    /// that is applied.
    #[must_use]
    pub fn wait_applied(&self, after: u64, at_most: Duration) -> u64 {
        self.inner.progress.wait(at_most, |applied| applied > after);
        self.inner.progress.applied()
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
            store: self.inner.progress.rounds() + self.inner.steps.count(),
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

    /// Told by the one who processes webhooks: so many of `Work::Arrived` are finished.
    pub fn work_done(&self, webhooks: u64) {
        self.inner.load.unprocessed.fetch_sub(webhooks, Ordering::AcqRel);
    }

    /// Told by the one who processes webhooks: so many of `Work::Again` are finished.
    pub fn again_done(&self, webhooks: u64) {
        self.inner.load.again.fetch_sub(webhooks, Ordering::AcqRel);
        self.inner.progress.wake();
    }

    /// Waits until all webhooks that are to be processed again are finished, the ledger has
    /// failed, or time is up. Gives how many are left.
    #[must_use]
    pub fn again_wait(&self, at_most: Duration) -> u64 {
        let left = || self.inner.load.again.load(Ordering::Acquire);
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

    /// The database, for work on all of it.
    #[must_use]
    pub fn store(&self) -> Store {
        self.inner.store.clone()
    }

    /// Writes and applies all that waits, then ends. Later changes are refused.
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

fn item(change: Change, bytes: &[u8], reply: Option<oneshot::Sender<Result<Applied, Refusal>>>) -> Item {
    Item {
        change: Arc::new(change),
        bytes: bytes.len() as u64,
        reply,
    }
}

/// Numbers that grow whenever their thread has been round, with work or because it was asked.
/// One that stands still after [`Ledger::heartbeat_ask`] is that of a thread that is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// Of the thread that writes and syncs the journal.
    pub journal: u64,
    /// Of the thread by which the store follows; also within an entry that takes long.
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
