//! The journal: an append-only sequence of entries in preallocated files. It is the source of
//! truth: the store can be derived from its entries.
//!
//! Its interface is small: append and wait for the sync, read from a position.

pub mod disk;
pub mod frame;
#[cfg(test)]
pub(crate) mod golden;
mod recover;
mod salvage;
mod segment;
mod tail;
mod writer;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

use tokio::sync::oneshot;
use uuid::Uuid;

pub use recover::{Frame, JournalError, SegmentReader, journal_settle, read_from, segment_name, segments};
pub use salvage::journal_salvage;
pub use writer::{Batch, Closed, GroupPolicy, NotSynced};

use disk::Disk;
use recover::MAX_ENTRY;
use segment::{Segment, segment_create};
use tail::{Tail, new_salt};
use writer::{Message, Pending, Shared, Writer};

/// How a journal is stored.
#[derive(Debug, Clone, Copy)]
pub struct JournalOptions {
    /// The size of one file in bytes.
    pub segment: u64,
    /// The maximum number of waiting entries; beyond it, appending returns `Full`.
    pub queue: usize,
    /// The maximum size of a frame.
    pub policy: GroupPolicy,
}

/// The handle for appending entries; cheap to clone.
pub struct Journal<T> {
    queue: SyncSender<Message<T>>,
    shared: Arc<Shared>,
}

impl<T> Clone for Journal<T> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

/// Why an entry was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Too many entries wait already.
    #[error("too many entries are waiting for the journal")]
    Full,
    /// Larger than a reader accepts.
    #[error("the entry is larger than {MAX_ENTRY} bytes")]
    TooLarge,
    /// The journal is closed or failed.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Receives the entry's sequence after its sync.
pub type Synced = oneshot::Receiver<Result<u64, NotSynced>>;

/// Creates the first file of a new journal.
///
/// # Errors
/// If the disk fails.
pub fn journal_create(disk: &dyn Disk, appliance: Uuid, segment: u64) -> Result<(), JournalError> {
    journal_create_at(disk, appliance, 1, segment)
}

/// Same as [`journal_create`], but the first entry will have the sequence `first`: the entries
/// before it are in a database already.
///
/// # Errors
/// If the disk fails.
pub fn journal_create_at(disk: &dyn Disk, appliance: Uuid, first: u64, segment: u64) -> Result<(), JournalError> {
    segment_create(disk, appliance, first, new_salt()?, segment)?;
    Ok(())
}

/// Starts the thread that appends, after the entries that `tail` has read. `synced` is called with
/// each batch after its sync, in order, on that thread. It must not wait for the journal.
///
/// # Errors
/// If the torn end of the journal cannot be cleared, or the thread cannot be started.
pub fn journal_start<T: Send + 'static>(
    disk: Arc<dyn Disk>,
    appliance: Uuid,
    mut tail: SegmentReader,
    options: JournalOptions,
    synced: impl FnMut(Batch<T>) + Send + 'static,
) -> Result<(Journal<T>, thread::JoinHandle<()>), JournalError> {
    if tail.check_tail()? {
        tail.wipe_tail()?;
    }
    let next = tail.next();
    let name = segment_name(next);
    let (file, header, offset, len) = tail.into_parts();
    let shared = Arc::new(Shared::default());
    shared.durable.store(next - 1, Ordering::Release);
    let (queue, receiver) = sync_channel(options.queue);
    let writer = Writer {
        tail: Tail {
            disk,
            appliance,
            segment: Segment {
                file,
                name: segment_name(header.first),
                salt: header.salt,
                offset,
                len,
            },
            segment_size: options.segment,
            next,
            torn: false,
            spare: None,
            spare_made: false,
        },
        policy: options.policy,
        shared: Arc::clone(&shared),
        queue: receiver,
        waiting: VecDeque::new(),
        resting: None,
        beat: false,
    };
    let thread = thread::Builder::new()
        .name("journal".into())
        .spawn(move || writer.run(synced))
        .map_err(JournalError::io(&name))?;
    Ok((Journal { queue, shared }, thread))
}

impl<T> Journal<T> {
    /// Appends an entry if there is room; the receiver gets the result after the sync.
    ///
    /// # Errors
    /// [`AppendError`].
    pub fn append(&self, bytes: Vec<u8>, item: T) -> Result<Synced, AppendError> {
        self.check()?;
        if bytes.len() > MAX_ENTRY {
            return Err(AppendError::TooLarge);
        }
        let (answer, synced) = oneshot::channel();
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        let pending = Pending {
            bytes,
            item,
            answer: Some(answer),
        };
        self.queue.try_send(Message::Append(pending)).map_err(|error| {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => AppendError::Full,
                TrySendError::Disconnected(_) => AppendError::Closed(Closed),
            }
        })?;
        Ok(synced)
    }

    /// Appends an entry without a waiting caller; blocks while there is no room.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn append_unanswered(&self, bytes: Vec<u8>, item: T) -> Result<(), Closed> {
        self.check()?;
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        let pending = Pending {
            bytes,
            item,
            answer: None,
        };
        self.queue.send(Message::Append(pending)).map_err(|_| Closed)
    }

    /// Writes all waiting entries and ends the thread.
    pub fn close(&self) {
        // An error means that the thread has ended already.
        let _ = self.queue.send(Message::Close);
    }

    /// The last synced sequence.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.shared.durable.load(Ordering::Acquire)
    }

    /// The number of entries that wait for their sync.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// Requests a heartbeat from the thread, after all waiting entries. If there is no room for the
    /// request, the thread has enough work to show that it is alive.
    pub fn beat(&self) {
        let _ = self.queue.try_send(Message::Beat);
    }

    /// Grows each time the thread completes a round: a sync, or a requested heartbeat.
    #[must_use]
    pub fn rounds(&self) -> u64 {
        self.shared.rounds.load(Ordering::Acquire)
    }

    /// Whether the disk failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// Whether no more entries are accepted: the journal was closed, or the disk failed.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    fn check(&self) -> Result<(), Closed> {
        if self.closed() { Err(Closed) } else { Ok(()) }
    }
}

/// Removes files whose entries are all before `seq`, but never the last file. Returns how many were
/// removed.
///
/// # Errors
/// If the disk fails.
pub fn journal_trim(disk: &dyn Disk, seq: u64) -> Result<usize, JournalError> {
    let firsts = segments(disk)?;
    let mut removed = 0;
    for pair in firsts.windows(2) {
        let [first, next] = pair else { continue };
        if *next > seq {
            break;
        }
        let name = segment_name(*first);
        disk.remove(&name).map_err(JournalError::io(&name))?;
        removed += 1;
    }
    if removed > 0 {
        disk.sync_folder().map_err(JournalError::io("(folder)"))?;
    }
    Ok(removed)
}
