//! Segment files: created atomically, filled in order, removed from the front.

use uuid::Uuid;

use super::disk::{Disk, DiskFile};
use super::frame::{HEADER, SegmentHeader};
use super::recover::{JournalError, segment_name};
use crate::space::Shortage;

/// The name of a file that is already filled with zeros and becomes the next segment.
const SPARE: &str = "spare";

/// The name of a file during creation. If a crash left such a file, it is overwritten.
const UNBORN: &str = "unborn";

/// The segment that is written to.
pub(super) struct Segment {
    pub file: Box<dyn DiskFile>,
    pub name: String,
    pub salt: u64,
    /// The offset of the next frame.
    pub offset: u64,
    /// The length of the file. Frames never change it, so that a sync does not write metadata.
    pub len: u64,
}

/// Why no new segment could be created.
pub(super) enum SegmentError {
    /// The disk is full, or too many files are open. All traces are removed: the journal is
    /// unchanged.
    NoRoom(JournalError, Shortage),
    Failed(JournalError),
}

impl SegmentError {
    /// An error before the segment has its name leaves the journal unchanged.
    fn unborn(error: JournalError) -> Self {
        match error.shortage() {
            Some(shortage) => Self::NoRoom(error, shortage),
            None => Self::Failed(error),
        }
    }
}

impl From<SegmentError> for JournalError {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::NoRoom(error, _) | SegmentError::Failed(error) => error,
        }
    }
}

/// Creates the segment whose first entry will have the sequence `first`, with at least `size`
/// bytes. Uses the spare file if there is one of that size.
pub(super) fn segment_create(
    disk: &dyn Disk,
    appliance: Uuid,
    first: u64,
    salt: u64,
    size: u64,
) -> Result<Segment, SegmentError> {
    let name = segment_name(first);
    let io = |source| JournalError::io(&name)(source);
    let header = SegmentHeader { first, salt, appliance };
    let spare = disk
        .open(SPARE)
        .ok()
        .filter(|file| file.len().is_ok_and(|len| len >= size));
    let born_as = if spare.is_some() { SPARE } else { UNBORN };
    let prepare = || {
        let file = match spare {
            Some(file) => file,
            None => zero_file(disk, UNBORN, size)?,
        };
        file.write_at(&header.encode(), 0).map_err(io)?;
        // If this fails because the disk is full, the file is deleted and not synced again.
        file.sync().map_err(io)?;
        let len = file.len().map_err(io)?;
        disk.rename(born_as, &name).map_err(io)?;
        Ok::<_, JournalError>((file, len))
    };
    let (file, len) = prepare().map_err(|error| {
        let error = SegmentError::unborn(error);
        if matches!(error, SegmentError::NoRoom(..)) {
            // An incomplete segment must not keep a full disk full.
            let _ = disk.remove(born_as);
        }
        error
    })?;
    disk.sync_folder().map_err(|source| SegmentError::Failed(io(source)))?;
    Ok(Segment {
        file,
        name: name.clone(),
        salt,
        offset: HEADER as u64,
        len,
    })
}

/// Creates the spare file, so that the next segment is available immediately.
pub(super) fn spare_create(disk: &dyn Disk, size: u64) -> Result<(), JournalError> {
    const MAKING: &str = "spare-unborn";
    if let Err(error) = zero_file(disk, MAKING, size) {
        let _ = disk.remove(MAKING);
        return Err(error);
    }
    // It is made durable when it becomes a segment.
    disk.rename(MAKING, SPARE).map_err(JournalError::io(SPARE))
}

/// Creates a file and writes zeros to it. Reserving the space is not enough: writing into reserved
/// space makes the file system change metadata at each sync.
fn zero_file(disk: &dyn Disk, name: &str, size: u64) -> Result<Box<dyn DiskFile>, JournalError> {
    const STEP: usize = 1 << 20;
    let io = |source| JournalError::io(name)(source);
    let file = disk.create(name).map_err(io)?;
    let zeros = vec![0; STEP];
    let mut at = 0;
    while at < size {
        let step = usize::try_from(size - at).unwrap_or(STEP).min(STEP);
        file.write_at(zeros.get(..step).unwrap_or(&zeros), at).map_err(io)?;
        at += step as u64;
        // In small steps: a single long sync would delay the syncs of the journal.
        if at % (8 * STEP as u64) == 0 {
            file.sync().map_err(io)?;
        }
    }
    file.sync().map_err(io)?;
    Ok(file)
}
