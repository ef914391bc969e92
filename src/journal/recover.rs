//! Reading the journal: finding its segments, their ends, and damage.

use std::io;

use uuid::Uuid;

use super::disk::{Disk, DiskFile};
use super::frame::{ALIGN, FRAME_HEADER, FrameHeader, HEADER, SegmentHeader, entries, frame_magic};
use crate::space::{Shortage, shortage};

const SUFFIX: &str = ".journal";

/// The maximum size of a frame. A larger length in a header is garbage.
pub const MAX_FRAME: u32 = 256 << 20;

/// The maximum size of an entry, such that a frame with it and entries grouped before it is
/// accepted.
pub const MAX_ENTRY: usize = 192 << 20;

/// Why the journal could not be read or opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal file {name} cannot be read or written")]
    Io {
        name: String,
        #[source]
        source: io::Error,
    },
    #[error(
        "the journal file {name} is damaged at byte {offset}: valid entries follow a damaged one. Nothing was \
         changed. Stop the server and run 'hookgate check': it shows how to repair the data"
    )]
    Damaged { name: String, offset: u64 },
    #[error(
        "the journal file {name} is cut off at byte {offset}, within an entry. Nothing was changed. Stop the server \
         and run 'hookgate check': it shows how to repair the data"
    )]
    CutOff { name: String, offset: u64 },
    #[error(
        "the journal file {name} was not created by Hookgate, or its first bytes are damaged. Stop the server and run \
         'hookgate check': it shows how to repair the data"
    )]
    Foreign { name: String },
    #[error("the journal file {name} belongs to another Hookgate installation. Put the right file in its place")]
    OtherAppliance { name: String },
    #[error(
        "entries {from} to {to} of the journal are missing because a file is missing. Put the file back, or stop the \
         server and run 'hookgate check': it shows how to repair the data"
    )]
    Gap { from: u64, to: u64 },
    #[error(
        "the journal has no files. Put them back, or stop the server and run 'hookgate check': it shows how to repair \
         the data"
    )]
    Empty,
}

impl JournalError {
    pub(super) fn io(name: &str) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_owned();
        move |source| Self::Io { name, source }
    }

    /// The kind of shortage that caused the error, if it was one.
    pub(super) fn shortage(&self) -> Option<Shortage> {
        match self {
            Self::Io { source, .. } => shortage(source),
            _ => None,
        }
    }
}

/// The name of the segment whose first entry has this sequence.
#[must_use]
pub fn segment_name(first: u64) -> String {
    format!("{first:020}{SUFFIX}")
}

/// The first sequences of all segments, ascending.
///
/// # Errors
/// If the folder cannot be read.
pub fn segments(disk: &dyn Disk) -> Result<Vec<u64>, JournalError> {
    let names = disk.list().map_err(JournalError::io("(folder)"))?;
    let mut firsts: Vec<u64> = names
        .iter()
        .filter_map(|name| name.strip_suffix(SUFFIX)?.parse().ok())
        .collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// Reads a segment frame by frame.
pub struct SegmentReader {
    file: Box<dyn DiskFile>,
    name: String,
    header: SegmentHeader,
    len: u64,
    offset: u64,
    next: u64,
    buffer: Vec<u8>,
}

/// What a segment contains after its last valid frame.
enum Trailing {
    Zeros,
    /// The remains of a frame that was not acknowledged before a power failure.
    Torn,
    /// A valid frame with a later sequence.
    Later {
        offset: u64,
        first: u64,
    },
    /// The start of a frame whose end is missing in the file.
    CutOff,
}

/// A frame as read: the sequence of its first entry, and the entries.
pub struct Frame<'a> {
    /// The sequence of its first entry.
    pub first: u64,
    /// The number of entries in the frame.
    pub count: u32,
    bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The entries with their sequences.
    pub fn entries(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        (self.first..).zip(entries(self.bytes))
    }
}

impl SegmentReader {
    /// Opens the segment whose first entry has this sequence.
    ///
    /// # Errors
    /// If it cannot be read, or does not match its name.
    pub fn open(disk: &dyn Disk, first: u64, appliance: Uuid) -> Result<Self, JournalError> {
        let name = segment_name(first);
        let io = |source| JournalError::io(&name)(source);
        let file = disk.open(&name).map_err(io)?;
        let len = file.len().map_err(io)?;
        let mut bytes = [0; HEADER];
        let read = file.read_at(&mut bytes, 0).map_err(io)?;
        let header = SegmentHeader::decode(bytes.get(..read).unwrap_or_default())
            .filter(|header| header.first == first)
            .ok_or_else(|| JournalError::Foreign { name: name.clone() })?;
        if header.appliance != appliance {
            return Err(JournalError::OtherAppliance { name });
        }
        Ok(Self {
            file,
            name,
            header,
            len,
            offset: HEADER as u64,
            next: first,
            buffer: Vec::new(),
        })
    }

    /// The next frame; none after the last valid one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, JournalError> {
        let Some(header) = self.frame_at(self.offset)? else {
            return Ok(None);
        };
        if header.first != self.next {
            return Ok(None);
        }
        self.offset += header.frame_len();
        self.next += u64::from(header.count);
        Ok(Some(Frame {
            first: header.first,
            count: header.count,
            bytes: &self.buffer,
        }))
    }

    /// A complete and valid frame at this offset. Its entries are then in the buffer.
    fn frame_at(&mut self, offset: u64) -> Result<Option<FrameHeader>, JournalError> {
        let mut bytes = [0; FRAME_HEADER];
        let io = |source| JournalError::io(&self.name)(source);
        let read = self.file.read_at(&mut bytes, offset).map_err(io)?;
        let Some(header) = FrameHeader::decode(self.header.salt, bytes.get(..read).unwrap_or_default()) else {
            return Ok(None);
        };
        if header.len > MAX_FRAME || header.count == 0 || offset + header.frame_len() > self.len {
            return Ok(None);
        }
        self.buffer.resize(header.len as usize, 0);
        let read = self
            .file
            .read_at(&mut self.buffer, offset + FRAME_HEADER as u64)
            .map_err(io)?;
        let entries = self.buffer.get(..read).unwrap_or_default();
        Ok(header.fits(self.header.salt, entries).then_some(header))
    }

    /// Checks what follows the last valid frame. A torn tail contains no valid frame of a later
    /// sequence, since nothing is appended before the previous frame is synced. A tail with such a
    /// frame is damaged.
    ///
    /// Returns whether it contains anything but zeros: then it is torn and must be wiped.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], [`JournalError::CutOff`], or if the file cannot be read.
    pub fn check_tail(&mut self) -> Result<bool, JournalError> {
        match self.look_behind()? {
            Trailing::Zeros => Ok(false),
            Trailing::Torn => Ok(true),
            Trailing::Later { .. } => Err(JournalError::Damaged {
                name: self.name.clone(),
                offset: self.offset,
            }),
            Trailing::CutOff => Err(JournalError::CutOff {
                name: self.name.clone(),
                offset: self.len,
            }),
        }
    }

    /// Same as [`SegmentReader::check_tail`], but if valid frames follow, reading continues with
    /// them. Returns the damage.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(super) fn resume(&mut self) -> Result<Option<JournalError>, JournalError> {
        let found = self.look_behind()?;
        let fault = match found {
            Trailing::Zeros | Trailing::Torn => return Ok(None),
            Trailing::Later { .. } => JournalError::Damaged {
                name: self.name.clone(),
                offset: self.offset,
            },
            Trailing::CutOff => JournalError::CutOff {
                name: self.name.clone(),
                offset: self.len,
            },
        };
        match found {
            Trailing::Later { offset, first } => (self.offset, self.next) = (offset, first),
            _ => self.offset = self.len,
        }
        Ok(Some(fault))
    }

    /// Examines what follows the last valid frame.
    fn look_behind(&mut self) -> Result<Trailing, JournalError> {
        const STEP: usize = 1 << 20;
        if self.is_cut_off()? {
            return Ok(Trailing::CutOff);
        }
        let mut chunk = vec![0; STEP];
        let mut trailing = Trailing::Zeros;
        let mut at = self.offset;
        while at < self.len {
            let read = self
                .file
                .read_at(&mut chunk, at)
                .map_err(JournalError::io(&self.name))?;
            let bytes = chunk.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            if bytes.iter().any(|byte| *byte != 0) {
                trailing = Trailing::Torn;
                for found in memchr::memmem::find_iter(bytes, &frame_magic(self.header.salt)) {
                    let offset = at + found as u64;
                    if !offset.is_multiple_of(ALIGN as u64) {
                        continue;
                    }
                    if let Some(frame) = self.frame_at(offset)?.filter(|frame| frame.first >= self.next) {
                        let first = frame.first;
                        return Ok(Trailing::Later { offset, first });
                    }
                }
            }
            at += read as u64;
        }
        Ok(trailing)
    }

    /// Whether the file was truncated: the next frame starts in the file and would end after it,
    /// and the last bytes of the file are not zero. A frame never makes its file longer, and after
    /// a torn frame come the zeros that the file was created with.
    fn is_cut_off(&self) -> Result<bool, JournalError> {
        let mut bytes = [0; FRAME_HEADER];
        let read = self
            .file
            .read_at(&mut bytes, self.offset)
            .map_err(JournalError::io(&self.name))?;
        let Some(header) = FrameHeader::decode(self.header.salt, bytes.get(..read).unwrap_or_default()) else {
            return Ok(false);
        };
        if header.first != self.next
            || header.count == 0
            || header.len > MAX_FRAME
            || self.offset + header.frame_len() <= self.len
        {
            return Ok(false);
        }
        let mut last = [0; ALIGN];
        let at = self.len.saturating_sub(ALIGN as u64);
        let read = self.file.read_at(&mut last, at).map_err(JournalError::io(&self.name))?;
        Ok(last.iter().take(read).any(|byte| *byte != 0))
    }

    /// Overwrites the tail after the last good frame with zeros and syncs.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn wipe_tail(&self) -> Result<(), JournalError> {
        let zeros = vec![0; 1 << 20];
        let mut at = self.offset;
        while at < self.len {
            let step = usize::try_from(self.len - at).unwrap_or(zeros.len()).min(zeros.len());
            let some = zeros.get(..step).unwrap_or(&zeros);
            self.file.write_at(some, at).map_err(JournalError::io(&self.name))?;
            at += step as u64;
        }
        self.file.sync().map_err(JournalError::io(&self.name))
    }

    /// The sequence that the next entry would have.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The parts that a writer continues with.
    pub(super) fn into_parts(self) -> (Box<dyn DiskFile>, SegmentHeader, u64, u64) {
        (self.file, self.header, self.offset, self.len)
    }
}

/// Makes the end of the journal durable before anything depends on it: after a kill, the last frame
/// and even the name of its file may exist only in the page cache.
///
/// After a failed sync, a page that never reached the disk counts as written, and another sync
/// would not write it. Therefore the last frame is written again; every earlier frame was synced
/// before the next one started. Returns the last sequence, or 0 if there is none.
///
/// # Errors
/// If the newest file does not match its name, or the disk fails.
pub fn journal_settle(disk: &dyn Disk, appliance: Uuid) -> Result<u64, JournalError> {
    let Some(newest) = segments(disk)?.pop() else {
        return Ok(0);
    };
    let mut segment = SegmentReader::open(disk, newest, appliance)?;
    let mut last = segment.offset;
    let mut end = segment.offset;
    while segment.next_frame()?.is_some() {
        (last, end) = (end, segment.offset);
    }
    let io = |source| JournalError::io(&segment.name)(source);
    let mut frame = vec![0; usize::try_from(end - last).unwrap_or_default()];
    let read = segment.file.read_at(&mut frame, last).map_err(io)?;
    segment
        .file
        .write_at(frame.get(..read).unwrap_or_default(), last)
        .map_err(io)?;
    segment.file.sync().map_err(io)?;
    disk.sync_folder().map_err(io)?;
    Ok(segment.next - 1)
}

/// Reads all entries from `from`, in order, and returns the reader of the last segment.
///
/// Segments before `from` are not read, so the time does not depend on the length of the journal.
/// `each` is called with one frame at a time. Anything that depends on the last frames must not
/// outlive them: see [`journal_settle`].
///
/// # Errors
/// [`JournalError`], or the error of `each`.
pub fn read_from<E: From<JournalError>>(
    disk: &dyn Disk,
    appliance: Uuid,
    from: u64,
    mut each: impl FnMut(&Frame<'_>) -> Result<(), E>,
) -> Result<SegmentReader, E> {
    let firsts = segments(disk)?;
    let start = firsts.partition_point(|first| *first <= from);
    let Some(start) = start.checked_sub(1) else {
        return Err(match firsts.first() {
            None => JournalError::Empty,
            Some(first) => JournalError::Gap { from, to: first - 1 },
        }
        .into());
    };
    let mut last: Option<SegmentReader> = None;
    for first in firsts.into_iter().skip(start) {
        if let Some(mut before) = last.take()
            && before.next() != first
        {
            // The entries may be damaged instead of missing: then that is the better error.
            before.check_tail()?;
            return Err(JournalError::Gap {
                from: before.next(),
                to: first - 1,
            }
            .into());
        }
        let mut segment = SegmentReader::open(disk, first, appliance)?;
        while let Some(frame) = segment.next_frame()? {
            each(&frame)?;
        }
        last = Some(segment);
    }
    last.ok_or_else(|| JournalError::Empty.into())
}
