//! The thread that appends: waiting entries become one frame, one write, one sync. Then all callers
//! get their result and the batch is passed on.
//!
//! A full disk, or too many open files, is not fatal before a sync: nothing was acknowledged, and
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

/// The pause before the next attempt on a full disk, or with too many open files.
const REST: Duration = Duration::from_millis(100);

/// An entry that is not on disk yet.
pub(super) struct Pending<T> {
    pub bytes: Vec<u8>,
    pub item: T,
    pub answer: Option<oneshot::Sender<Result<u64, NotSynced>>>,
}

pub(super) enum Message<T> {
    Append(Pending<T>),
    /// Makes the thread show that it is alive and pass on an empty batch, so that others do too.
    Beat,
    /// Makes the thread write everything before this, then end.
    Close,
}

/// The journal accepts no more entries: it was closed, or its disk failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal accepts no more entries")]
pub struct Closed;

/// Why an accepted entry was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSynced {
    /// No more entries are accepted. This entry may be in the journal nevertheless.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The disk is full, and the entry was not written. It can be tried again.
    #[error("the disk is full")]
    DiskFull,
    /// Too many files are open, and the entry was not written. It can be tried again.
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

/// State that the thread shares with callers.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The last synced sequence.
    pub durable: AtomicU64,
    /// No more entries are accepted.
    pub closed: AtomicBool,
    /// The disk failed: the process must end, and start again from what is on disk.
    pub failed: AtomicBool,
    /// The number of waiting entries.
    pub waiting: AtomicU64,
    /// Grows each time the thread completes a round.
    pub rounds: AtomicU64,
}

/// The maximum size of a frame.
#[derive(Debug, Clone, Copy)]
pub struct GroupPolicy {
    pub entries: usize,
    /// In bytes; a larger entry gets its own frame.
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

/// Synced entries in order: the sequence of the first one, and the item of each. A batch without
/// items is a heartbeat.
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
    /// During a shortage: its kind, and when to try again.
    pub resting: Option<(Instant, Shortage)>,
    /// A heartbeat was requested.
    pub beat: bool,
}

impl<T> Writer<T> {
    /// Runs until closed or failed. `synced` is called with each batch after its sync, in order.
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
                        // An entry without a waiting caller follows from stored data and is decided
                        // again at the next start.
                        break;
                    }
                    self.round(&mut synced);
                    continue;
                }
                Err(WriteError::Failed(error)) => {
                    tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the journal failed; no more webhooks are accepted");
                    failed = true;
                    break;
                }
            }
            match self.resting.take() {
                Some((_, Shortage::Disk)) => tracing::info!("the journal has disk space again: webhooks are accepted"),
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
                    // The caller may be gone; the entry is stored nevertheless.
                    let _ = answer.send(Ok(seq));
                }
                items.push(pending.item);
            }
            synced(Batch { first, items });
            self.tail.prepare_spare();
        }
        if failed {
            self.fail(group);
            // Dropping `synced` tells the store that nothing more comes.
            drop(synced);
            // Senders now see the error. Entries already in the queue get theirs here, until the
            // journal is closed or the last handle is dropped.
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

    /// Takes waiting entries from the queue, up to one full frame. Waits if there is nothing to do.
    /// Returns whether the journal must close; none at the end.
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

    /// Builds a frame from waiting entries, at least from one.
    fn group(&mut self, frame: &mut FrameBuilder, group: &mut Vec<Pending<T>>) {
        frame.clear();
        while let Some(mut pending) = self.waiting.pop_front() {
            frame.push(&pending.bytes);
            if pending.answer.is_some() {
                // The bytes are needed for a retry, which happens only without a waiting caller.
                pending.bytes = Vec::new();
            }
            group.push(pending);
            if self.policy.full(group.len(), frame.len()) {
                break;
            }
        }
    }

    /// Pauses all attempts: filling the disk with files again and again is expensive.
    fn rest(&mut self, error: &JournalError, shortage: Shortage) {
        let before = self.resting.replace((Instant::now() + REST, shortage));
        if before.is_some_and(|(_, before)| before == shortage) {
            return;
        }
        let cause = std::error::Error::source(error);
        match shortage {
            Shortage::Disk => {
                tracing::error!(error = %error, cause = ?cause, "the journal has no disk space; no webhooks are accepted until there is space again");
            }
            Shortage::OpenFiles => {
                tracing::error!(
                    error = %error,
                    cause = cause.map(tracing::field::display),
                    "the journal cannot open its next file because too many files are open; no webhooks are accepted until it can"
                );
            }
        }
    }

    /// Waiting callers get the shortage as an error; other entries are kept.
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
    /// error, and the sync is never retried.
    fn fail(&mut self, group: Vec<Pending<T>>) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.failed.store(true, Ordering::Release);
        // This also drops the replies of callers that wait for their change to be applied.
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
