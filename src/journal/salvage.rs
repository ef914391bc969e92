//! Reads all valid entries of a journal that may be damaged.

use std::io::ErrorKind;
use std::ops::ControlFlow;

use uuid::Uuid;

use super::disk::Disk;
use super::recover::{Frame, JournalError, SegmentReader, segments};

/// Calls `each` with every valid frame from entry `from`, in order, and skips damaged or missing
/// parts, until `each` returns `Break`. Returns the damage in the part that was read. If there is
/// none, the entries have no gap and the journal's end is valid.
///
/// Segments before `from` are not read, and nothing is written.
///
/// # Errors
/// If the journal may not be read, or the error of `each`.
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
            // The files after this one may be valid.
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

/// `due` is the next expected entry, as soon as it is known.
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

/// An error that does not mean damage.
fn is_refused(error: &JournalError) -> bool {
    matches!(error, JournalError::Io { source, .. } if source.kind() == ErrorKind::PermissionDenied)
}
