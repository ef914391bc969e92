//! The thread that appends: what waits becomes one frame, one write, one sync; then all are
//! answered and handed on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Instant;

use aws_lc_rs::rand;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::disk::Disk;
use super::frame::FrameBuilder;
use super::recover::JournalError;
use super::segment::{Segment, segment_create, spare_create};
use crate::metrics::recorded;

/// One entry on its way to the disk.
pub(super) struct Pending<T> {
    pub bytes: Vec<u8>,
    pub item: T,
    pub answer: Option<oneshot::Sender<Result<u64, Closed>>>,
}

pub(super) enum Message<T> {
    Append(Pending<T>),
    /// Everything in front of it is written; then the thread ends.
    Close,
}

/// The journal takes no more entries: it was closed, or its disk failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal takes no more entries")]
pub struct Closed;

/// What the thread shares with those who append.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The last sequence that is synced.
    pub durable: AtomicU64,
    /// Nothing more is taken.
    pub closed: AtomicBool,
    /// The disk failed: the process must end, and start again from what is on disk.
    pub failed: AtomicBool,
    /// How many entries wait.
    pub waiting: AtomicU64,
}

/// How much becomes one frame at most.
#[derive(Debug, Clone, Copy)]
pub struct GroupPolicy {
    /// Entries.
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
    /// Whether a frame of so much takes no more.
    #[must_use]
    pub const fn full(self, entries: usize, bytes: usize) -> bool {
        entries >= self.entries || bytes >= self.bytes
    }
}

/// Entries that are synced, in order: the sequence of the first, and what came with each.
pub struct Batch<T> {
    /// The sequence of the first item.
    pub first: u64,
    /// What was given to `append`, in order.
    pub items: Vec<T>,
}

pub(super) struct Writer<T> {
    pub disk: Arc<dyn Disk>,
    pub appliance: Uuid,
    pub segment: Segment,
    pub segment_size: u64,
    pub next: u64,
    pub policy: GroupPolicy,
    pub shared: Arc<Shared>,
    pub spare: Option<thread::JoinHandle<()>>,
    pub spare_made: bool,
    pub queue: Receiver<Message<T>>,
}

impl<T> Writer<T> {
    /// Runs until closed or failed. `synced` gets each batch after its sync, in order.
    pub fn run(mut self, mut synced: impl FnMut(Batch<T>)) {
        let mut frame = FrameBuilder::default();
        let mut answers = Vec::new();
        let mut closing = false;
        while !closing {
            let Ok(message) = self.queue.recv() else { break };
            let mut items = Vec::new();
            frame.clear();
            let mut next = Some(message);
            while let Some(message) = next.take() {
                match message {
                    Message::Close => {
                        closing = true;
                        break;
                    }
                    Message::Append(pending) => {
                        frame.push(&pending.bytes);
                        items.push(pending.item);
                        answers.push(pending.answer);
                    }
                }
                if !self.policy.full(items.len(), frame.len()) {
                    next = self.queue.try_recv().ok();
                }
            }
            if items.is_empty() {
                continue;
            }
            if let Err(error) = self.write(&mut frame) {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the journal failed; nothing more is accepted");
                self.fail(answers);
                // With these go the replies of those who wait for their change to be applied,
                // and with `synced` the word to the store that nothing more comes.
                drop((items, synced));
                // Senders see this from now on; those that were quicker are answered here
                // until the journal is closed or the last handle is gone.
                while !closing {
                    match self.queue.recv() {
                        Ok(Message::Append(pending)) => refuse(pending),
                        Ok(Message::Close) | Err(_) => closing = true,
                    }
                }
                break;
            }
            recorded::JOURNAL_BATCH.observe(items.len() as u64);
            self.shared.waiting.fetch_sub(items.len() as u64, Ordering::Relaxed);
            let first = self.next;
            self.next += items.len() as u64;
            self.shared.durable.store(self.next - 1, Ordering::Release);
            for (seq, answer) in (first..).zip(answers.drain(..)) {
                if let Some(answer) = answer {
                    // The one who waited may have gone: the entry stands all the same.
                    let _ = answer.send(Ok(seq));
                }
            }
            synced(Batch { first, items });
            self.prepare_spare();
        }
        self.shared.closed.store(true, Ordering::Release);
        while let Ok(message) = self.queue.try_recv() {
            if let Message::Append(pending) = message {
                refuse(pending);
            }
        }
        if let Some(spare) = self.spare.take() {
            let _ = spare.join();
        }
    }

    /// A failed write or sync is the end: nobody knows what is on disk. Whoever waits gets an
    /// error; a sync is never tried again.
    fn fail(&self, answers: Vec<Option<oneshot::Sender<Result<u64, Closed>>>>) {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.failed.store(true, Ordering::Release);
        for answer in answers.into_iter().flatten() {
            let _ = answer.send(Err(Closed));
        }
    }

    fn write(&mut self, frame: &mut FrameBuilder) -> Result<(), JournalError> {
        let need = (frame.len() as u64).next_multiple_of(super::frame::ALIGN as u64);
        if self.segment.offset + need > self.segment.len {
            self.roll(need)?;
        }
        let bytes = frame.finish(self.segment.salt, self.next);
        let io = |source| JournalError::io(&self.segment.name)(source);
        let begun = Instant::now();
        self.segment.file.write_at(bytes, self.segment.offset).map_err(io)?;
        self.segment.file.sync().map_err(io)?;
        recorded::JOURNAL_SYNC.observe_time(begun.elapsed());
        self.segment.offset += bytes.len() as u64;
        Ok(())
    }

    fn roll(&mut self, need: u64) -> Result<(), JournalError> {
        if let Some(spare) = self.spare.take() {
            let _ = spare.join();
        }
        let size = self.segment_size.max(need + super::frame::HEADER as u64);
        self.segment = segment_create(&*self.disk, self.appliance, self.next, new_salt()?, size)?;
        self.spare_made = false;
        Ok(())
    }

    /// Once the segment is half full the next one is made ready beside it.
    fn prepare_spare(&mut self) {
        if self.spare_made || self.segment.offset < self.segment.len / 2 {
            return;
        }
        self.spare_made = true;
        let (disk, size) = (Arc::clone(&self.disk), self.segment_size);
        let made = thread::Builder::new().name("journal-spare".into()).spawn(move || {
            if let Err(error) = spare_create(&*disk, size) {
                // Not fatal: the next segment is made when it is needed, a little slower.
                tracing::warn!(error = %error, "the journal's next file could not be made ready");
            }
        });
        self.spare = made.ok();
    }
}

fn refuse<T>(pending: Pending<T>) {
    if let Some(answer) = pending.answer {
        let _ = answer.send(Err(Closed));
    }
}

/// Random, so that no sender can put bytes into a webhook that look like a frame.
pub(super) fn new_salt() -> Result<u64, JournalError> {
    let mut salt = [0; 8];
    rand::fill(&mut salt).map_err(|_| JournalError::Io {
        name: "(random numbers)".to_owned(),
        source: std::io::Error::other("the system's random number generator failed"),
    })?;
    Ok(u64::from_le_bytes(salt))
}
