//! At start: applying what the journal has beyond the store.

use uuid::Uuid;

use super::error::OpenError;
use crate::domain::change::Change;
use crate::journal::disk::Disk;
use crate::journal::{Frame, SegmentReader, journal_settle, read_from};
use crate::store::{StoreError, StoreWriter};

/// Entries of one transaction.
const STEP: usize = 4096;

/// Bytes of one transaction.
const STEP_BYTES: usize = 16 << 20;

/// Applies what the journal has beyond the store, and gives the journal's end.
pub(super) fn catch_up(
    disk: &dyn Disk,
    appliance: Uuid,
    store: &mut StoreWriter,
    mut progress: impl FnMut(u64),
) -> Result<SegmentReader, OpenError> {
    let mut entries: Vec<(u64, Change)> = Vec::new();
    let mut bytes = 0;
    let from = store.applied() + 1;
    journal_settle(disk, appliance)?;
    let tail = read_from(disk, appliance, from, |frame: &Frame<'_>| {
        for (seq, entry) in frame.entries().filter(|(seq, _)| *seq >= from) {
            let change = Change::decode(entry).map_err(|source| StoreError::Entry { seq, source })?;
            bytes += entry.len();
            entries.push((seq, change));
            if entries.len() >= STEP || bytes >= STEP_BYTES {
                fold(store, &mut entries)?;
                bytes = 0;
                progress(store.applied());
            }
        }
        Ok::<(), OpenError>(())
    })?;
    fold(store, &mut entries)?;
    progress(store.applied());
    let journal = tail.next() - 1;
    if journal < store.applied() {
        return Err(OpenError::JournalShort {
            applied: store.applied(),
            journal,
        });
    }
    Ok(tail)
}

/// What was answered then is not answered again; what was to be processed again is New in the
/// store and found there.
fn fold(store: &mut StoreWriter, entries: &mut Vec<(u64, Change)>) -> Result<(), StoreError> {
    if !entries.is_empty() {
        store.fold(entries.iter().map(|(seq, change)| (*seq, change)))?;
        entries.clear();
    }
    Ok(())
}
