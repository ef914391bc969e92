//! The thread that appends: waiting entries become one frame, one write, one sync; then all callers
//! get their result and the batch is passed on.
//!
//! A full disk, or too many open files, is no failure before a sync: nothing was acknowledged, and
//! the journal is unchanged. Waiting callers get an error; entries without a waiting caller are
//! kept and retried.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::frame::FrameBuilder;
use super::recover::JournalError;
use super::tail::{Tail, WriteError};
use crate::metrics::recorded;
use crate::space::Shortage;

/// How long it waits before it tries again on a full disk, or with too many open files.
const REST: Duration = Duration::from_millis(100);

/// One entry on its way to the disk.
pub(super) struct Pending<T> {
    pub bytes: Vec<u8>,
    pub item: T,
    pub answer: Option<oneshot::Sender<Result<u64, NotSynced>>>,
}

pub(super) enum Message<T> {
    Append(Pending<T>),
    /// The thread shows that it lives, and hands an empty batch on so that others show it too.
    Beat,
    /// Everything in front of it is written; then the thread ends.
    Close,
}

/// The journal accepts no entries: it was closed, or its disk failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal takes no more entries")]
pub struct Closed;

/// Why an accepted entry is not in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSynced {
    /// Nothing more is accepted; the entry may be there all the same.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The disk is full, and nothing of the entry is there. It can be tried again.
    #[error("the disk is full")]
    DiskFull,
    /// No more files may be open, and nothing of the entry is there. It can be tried again.
    #[error("too many files are open")]
    OpenFiles,
}

impl From<Shortage> for NotSynced {
    fn from(shortage: Shortage) -> Self {
        match shortage {
            Shortage::Disk => Self::DiskFull,
            Shortage::OpenFiles => Self::OpenFiles,
        }
    }
}

/// What the thread shares with those who append.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The last sequence that is synced.
    pub durable: AtomicU64,
    /// Nothing more is accepted.
    pub closed: AtomicBool,
    /// The disk failed: the process must end, and start again from what is on disk.
    pub failed: AtomicBool,
    /// How many entries wait.
    pub waiting: AtomicU64,
    /// Grows each time the thread has been round.
    pub rounds: AtomicU64,
}

/// How much becomes one frame at most.
#[derive(Debug, Clone, Copy)]
pub struct GroupPolicy {
    pub entries: usize,
    /// Bytes; one larger entry goes alone.
    pub bytes: usize,
}

impl Default for GroupPolicy {
    fn default() -> Self {
        Self {
            entries: 8192,
            bytes: 4 << 20,
        }
    }
}

impl GroupPolicy {
    /// Whether a frame of this size is full.
    #[must_use]
    pub const fn full(self, entries: usize, bytes: usize) -> bool {
        entries >= self.entries || bytes >= self.bytes
    }
}

/// Entries that are synced, in order: the sequence of the first, and what came with each. One
/// without items is a heartbeat.
pub struct Batch<T> {
    /// The sequence of the first item.
    pub first: u64,
    /// The items passed to `append`, in order.
    pub items: Vec<T>,
}

pub(super) struct Writer<T> {
    pub tail: Tail,
    pub policy: GroupPolicy,
    pub shared: Arc<Shared>,
    pub queue: Receiver<Message<T>>,
    /// Entries from the queue that are not written yet.
    pub waiting: VecDeque<Pending<T>>,
    /// While there is a shortage: which, and when it is tried again.
    pub resting: Option<(Instant, Shortage)>,
    /// A heartbeat was requested.
    pub beat: bool,
}

impl<T> Writer<T> {
    /// Runs until closed or failed. `synced` gets each batch after its sync, in order.
    pub fn run(mut self, mut synced: impl FnMut(Batch<T>)) {
        let mut frame = FrameBuilder::default();
        let mut group = Vec::new();
        let mut closing = false;
        let mut failed = false;
        while let Some(close) = self.take(closing) {
            closing |= close;
            if let Some((until, shortage)) = self.resting
                && !closing
                && Instant::now() < until
            {
                self.turn_away(shortage);
                self.round(&mut synced);
                continue;
            }
            self.group(&mut frame, &mut group);
            if group.is_empty() {
                self.round(&mut synced);
                continue;
            }
            match self.tail.write(&mut frame, group.len() as u64) {
                Ok(()) => {}
                Err(WriteError::NoRoom(error, shortage)) => {
                    self.rest(&error, shortage);
                    for pending in group.drain(..).rev() {
                        self.waiting.push_front(pending);
                    }
                    self.turn_away(shortage);
                    if closing {
                        // An entry without a waiting caller follows from what is stored, and is
                        // decided again at the next start.
                        break;
                    }
                    self.round(&mut synced);
                    continue;
                }
                Err(WriteError::Failed(error)) => {
                    tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the journal failed; nothing more is accepted");
                    failed = true;
                    break;
                }
            }
            match self.resting.take() {
                Some((_, Shortage::Disk)) => tracing::info!("the journal has room again"),
                Some((_, Shortage::OpenFiles)) => {
                    tracing::info!("the journal can open files again: webhooks are accepted");
                }
                None => {}
            }
            recorded::JOURNAL_BATCH.observe(group.len() as u64);
            self.shared.waiting.fetch_sub(group.len() as u64, Ordering::Relaxed);
            self.shared.rounds.fetch_add(1, Ordering::Release);
            let first = self.tail.next - group.len() as u64;
            self.shared.durable.store(self.tail.next - 1, Ordering::Release);
            let mut items = Vec::with_capacity(group.len());
            for (seq, pending) in (first..).zip(group.drain(..)) {
                if let Some(answer) = pending.answer {
                    // The caller may be gone: the entry is stored all the same.
                    let _ = answer.send(Ok(seq));
                }
                items.push(pending.item);
            }
            synced(Batch { first, items });
            self.tail.prepare_spare();
        }
        if failed {
            self.fail(group);
            // With `synced` goes the word to the store that nothing more comes.
            drop(synced);
            // Senders see this from now on; entries that were already queued get their error here
            // until the journal is closed or the last handle is gone.
            while !closing {
                match self.queue.recv() {
                    Ok(Message::Append(pending)) => refuse(pending),
                    Ok(Message::Beat) => {}
                    Ok(Message::Close) | Err(_) => closing = true,
                }
            }
        }
        self.shared.closed.store(true, Ordering::Release);
        while let Ok(message) = self.queue.try_recv() {
            if let Message::Append(pending) = message {
                refuse(pending);
            }
        }
        self.tail.close();
    }

    /// Shows that the thread completed a round without writing, if that was requested.
    fn round(&mut self, synced: &mut impl FnMut(Batch<T>)) {
        if std::mem::take(&mut self.beat) {
            self.shared.rounds.fetch_add(1, Ordering::Release);
            synced(Batch {
                first: self.tail.next,
                items: Vec::new(),
            });
        }
    }

    /// Takes the waiting entries from the queue, up to one full frame; waits if there is nothing to
    /// do. Returns whether the journal must close; none at the end.
    fn take(&mut self, closing: bool) -> Option<bool> {
        if closing {
            return (!self.waiting.is_empty()).then_some(true);
        }
        let message = if self.waiting.is_empty() {
            self.queue.recv().ok()?
        } else {
            let rest = self
                .resting
                .map(|(until, _)| until.saturating_duration_since(Instant::now()));
            match self.queue.recv_timeout(rest.unwrap_or_default()) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return Some(false),
                Err(RecvTimeoutError::Disconnected) => return Some(true),
            }
        };
        let mut next = Some(message);
        let mut bytes = 0;
        while let Some(message) = next.take() {
            match message {
                Message::Close => return Some(true),
                Message::Beat => self.beat = true,
                Message::Append(pending) => {
                    bytes += pending.bytes.len();
                    self.waiting.push_back(pending);
                }
            }
            if !self.policy.full(self.waiting.len(), bytes) {
                next = self.queue.try_recv().ok();
            }
        }
        Some(false)
    }

    /// Makes a frame of the waiting entries: of one entry at least.
    fn group(&mut self, frame: &mut FrameBuilder, group: &mut Vec<Pending<T>>) {
        frame.clear();
        while let Some(mut pending) = self.waiting.pop_front() {
            frame.push(&pending.bytes);
            if pending.answer.is_some() {
                // Needed again only without a waiting caller.
                pending.bytes = Vec::new();
            }
            group.push(pending);
            if self.policy.full(group.len(), frame.len()) {
                break;
            }
        }
    }

    /// Nothing is tried for a while: making files until the disk is full costs something.
    fn rest(&mut self, error: &JournalError, shortage: Shortage) {
        let before = self.resting.replace((Instant::now() + REST, shortage));
        if before.is_some_and(|(_, before)| before == shortage) {
            return;
        }
        let cause = std::error::Error::source(error);
        match shortage {
            Shortage::Disk => {
                tracing::error!(error = %error, cause = ?cause, "the journal has no room; nothing is accepted until there is some");
            }
            Shortage::OpenFiles => {
                tracing::error!(
                    error = %error,
                    cause = cause.map(tracing::field::display),
                    "the journal cannot open its next file, since too many are open; nothing is accepted until it can"
                );
            }
        }
    }

    /// Waiting callers learn what is short; the other entries stay.
    fn turn_away(&mut self, shortage: Shortage) {
        let mut kept = VecDeque::new();
        for pending in self.waiting.drain(..) {
            let Some(answer) = pending.answer else {
                kept.push_back(pending);
                continue;
            };
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            let _ = answer.send(Err(shortage.into()));
        }
        self.waiting = kept;
    }

    /// A failed write or sync is final: the content of the disk is unknown. Waiting callers get an
    /// error; a sync is never retried.
    fn fail(&mut self, group: Vec<Pending<T>>) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.failed.store(true, Ordering::Release);
        // With these go the replies of those who wait for their change to be applied.
        for pending in group.into_iter().chain(self.waiting.drain(..)) {
            refuse(pending);
        }
    }
}

fn refuse<T>(pending: Pending<T>) {
    if let Some(answer) = pending.answer {
        let _ = answer.send(Err(Closed.into()));
    }
}
