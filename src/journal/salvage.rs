//! Reads everything that is good in a journal that may be damaged.

use std::io::ErrorKind;
use std::ops::ControlFlow;

use uuid::Uuid;

use super::disk::Disk;
use super::recover::{Frame, JournalError, SegmentReader, segments};

/// Passes every good frame from entry `from` on to `each`, in order, across damaged or missing
/// parts, until `each` breaks. Returns what is wrong with the part that was read: if that is empty,
/// the entries follow each other without a gap and the end is the journal's own.
///
/// Segments before `from` are not read, and nothing is written.
///
/// # Errors
/// When the journal may not be read, or what `each` returns.
pub fn journal_salvage<E: From<JournalError>>(
    disk: &dyn Disk,
    appliance: Uuid,
    from: u64,
    mut each: impl FnMut(&Frame<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<Vec<JournalError>, E> {
    let firsts = segments(disk)?;
    let start = firsts.partition_point(|first| *first <= from).saturating_sub(1);
    let mut faults = Vec::new();
    if firsts.is_empty() {
        faults.push(JournalError::Empty);
    }
    let mut due: Option<u64> = None;
    for first in firsts.into_iter().skip(start) {
        match segment_salvage(disk, appliance, first, &mut due, &mut faults, &mut each) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => break,
            Err(Stopped::Fault(error)) if is_refused(&error) => return Err(error.into()),
            // What follows this file may be good.
            Err(Stopped::Fault(error)) => faults.push(error),
            Err(Stopped::Each(error)) => return Err(error),
        }
    }
    Ok(faults)
}

/// Why reading a segment stopped early.
enum Stopped<E> {
    Fault(JournalError),
    Each(E),
}

impl<E> From<JournalError> for Stopped<E> {
    fn from(error: JournalError) -> Self {
        Self::Fault(error)
    }
}

/// `due` is the entry that must come next, once one is known.
fn segment_salvage<E>(
    disk: &dyn Disk,
    appliance: Uuid,
    first: u64,
    due: &mut Option<u64>,
    faults: &mut Vec<JournalError>,
    each: &mut impl FnMut(&Frame<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<ControlFlow<()>, Stopped<E>> {
    let mut segment = SegmentReader::open(disk, first, appliance)?;
    if let Some(from) = due.filter(|due| *due < first) {
        faults.push(JournalError::Gap { from, to: first - 1 });
    }
    loop {
        *due = Some(segment.next());
        match segment.next_frame()? {
            Some(frame) => {
                if each(&frame).map_err(Stopped::Each)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            None => match segment.resume()? {
                Some(fault) => faults.push(fault),
                None => return Ok(ControlFlow::Continue(())),
            },
        }
    }
}

/// Not the fault of the file.
fn is_refused(error: &JournalError) -> bool {
    matches!(error, JournalError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied)
}
