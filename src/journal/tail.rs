//! The end of the journal, where frames are appended: the current segment and the next one.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use aws_lc_rs::rand;
use uuid::Uuid;

use super::disk::Disk;
use super::frame::{ALIGN, FRAME_HEADER, FrameBuilder, HEADER};
use super::recover::JournalError;
use super::segment::{Segment, SegmentError, segment_create, spare_create};
use crate::metrics::recorded;
use crate::space::Shortage;

/// The length of a segment if there is no room for a normal one.
const SMALL: u64 = 1 << 20;

pub(super) struct Tail {
    pub disk: Arc<dyn Disk>,
    pub appliance: Uuid,
    pub segment: Segment,
    pub segment_size: u64,
    /// The sequence of the next entry.
    pub next: u64,
    /// The last frame may be followed by the start of one for which there was no room.
    pub torn: bool,
    pub spare: Option<thread::JoinHandle<()>>,
    pub spare_made: bool,
}

/// Why a frame was not written.
pub(super) enum WriteError {
    /// The disk is full, or too many files are open; the journal is unchanged.
    NoRoom(JournalError, Shortage),
    /// The content of the disk is unknown.
    Failed(JournalError),
}

impl From<SegmentError> for WriteError {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::NoRoom(error, shortage) => Self::NoRoom(error, shortage),
            SegmentError::Failed(error) => Self::Failed(error),
        }
    }
}

impl WriteError {
    /// Converts an error that happened before anything was synced.
    fn unsynced(error: JournalError) -> Self {
        match error.shortage() {
            Some(shortage) => Self::NoRoom(error, shortage),
            None => Self::Failed(error),
        }
    }
}

impl Tail {
    /// Appends a frame with this many entries: one write, one sync.
    pub fn write(&mut self, frame: &mut FrameBuilder, entries: u64) -> Result<(), WriteError> {
        if self.torn {
            self.mend()?;
        }
        let need = (frame.len() as u64).next_multiple_of(ALIGN as u64);
        if self.segment.offset + need > self.segment.len {
            self.roll(need)?;
        }
        let bytes = frame.finish(self.segment.salt, self.next);
        let io = |source| JournalError::io(&self.segment.name)(source);
        let begun = Instant::now();
        if let Err(error) = self.segment.file.write_at(bytes, self.segment.offset).map_err(io) {
            // The file already has its full length, but not every file system writes in place.
            let fault = WriteError::unsynced(error);
            if matches!(fault, WriteError::NoRoom(..)) {
                self.torn = true;
                // Room that this frees is used by the next attempt.
                let _ = self.disk.guard().no_room();
            }
            return Err(fault);
        }
        self.segment
            .file
            .sync()
            .map_err(|source| WriteError::Failed(io(source)))?;
        recorded::JOURNAL_SYNC.observe_time(begun.elapsed());
        self.segment.offset += bytes.len() as u64;
        self.next += entries;
        Ok(())
    }

    /// Wipes the remains of a write that found no room. They must not look like a frame: the same
    /// sequence may start another segment.
    fn mend(&mut self) -> Result<(), WriteError> {
        let io = |source| JournalError::io(&self.segment.name)(source);
        let wiped = self.segment.file.write_at(&[0; FRAME_HEADER], self.segment.offset);
        wiped.map_err(io).map_err(WriteError::unsynced)?;
        self.segment
            .file
            .sync()
            .map_err(|source| WriteError::Failed(io(source)))?;
        self.torn = false;
        Ok(())
    }

    /// Continues in a new segment; in a small one if there is no room for a normal one.
    fn roll(&mut self, need: u64) -> Result<(), WriteError> {
        if let Some(spare) = self.spare.take() {
            let _ = spare.join();
        }
        let least = need + HEADER as u64;
        let small = SMALL.min(self.segment_size).max(least);
        let segment = |size| -> Result<Segment, WriteError> {
            let salt = new_salt().map_err(WriteError::Failed)?;
            Ok(segment_create(&*self.disk, self.appliance, self.next, salt, size)?)
        };
        let whole = self.segment_size.max(least);
        let guard = self.disk.guard();
        guard.look();
        let mut made = segment(if self.fits(whole) { whole } else { small });
        if matches!(made, Err(WriteError::NoRoom(_, Shortage::Disk))) {
            made = segment(small);
        }
        if matches!(made, Err(WriteError::NoRoom(_, Shortage::Disk))) && guard.no_room() {
            made = segment(small);
        }
        guard.open_files_note(matches!(made, Err(WriteError::NoRoom(_, Shortage::OpenFiles))));
        self.segment = made?;
        self.spare_made = false;
        Ok(())
    }

    /// Whether the reserve remains free after creating a file of this many bytes.
    fn fits(&self, bytes: u64) -> bool {
        let space = self.disk.guard().space();
        space.is_none_or(|space| space.free >= space.min_free.saturating_add(bytes))
    }

    /// Prepares the next segment when the current one is half full.
    pub fn prepare_spare(&mut self) {
        if self.spare_made || self.segment.offset < self.segment.len / 2 || !self.fits(self.segment_size) {
            return;
        }
        self.spare_made = true;
        let (disk, size) = (Arc::clone(&self.disk), self.segment_size);
        let made = thread::Builder::new().name("journal-spare".into()).spawn(move || {
            if let Err(error) = spare_create(&*disk, size) {
                // Not fatal: the next segment is created when it is needed, which takes longer.
                tracing::warn!(error = %error, "the next journal file cannot be prepared");
            }
        });
        self.spare = made.ok();
    }

    /// Waits for the preparation of the next segment.
    pub fn close(&mut self) {
        if let Some(spare) = self.spare.take() {
            let _ = spare.join();
        }
    }
}

/// A random number, so that no sender can send bytes that look like a frame.
pub(super) fn new_salt() -> Result<u64, JournalError> {
    let mut salt = [0; 8];
    rand::fill(&mut salt).map_err(|_| JournalError::Io {
        name: "(random numbers)".to_owned(),
        source: std::io::Error::other("the system's random number generator failed"),
    })?;
    Ok(u64::from_le_bytes(salt))
}
