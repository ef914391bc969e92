//! At start: applies the entries of the journal that the store does not have.

use uuid::Uuid;

use super::error::OpenError;
use crate::domain::entry::Entry;
use crate::journal::disk::Disk;
use crate::journal::{Frame, SegmentReader, journal_settle, read_from};
use crate::store::{StoreError, StoreWriter};

/// The maximum number of entries in one transaction.
const STEP: usize = 4096;

/// The maximum number of bytes in one transaction.
const STEP_BYTES: usize = 16 << 20;

/// The progress of applying the journal to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatchUp {
    /// The last entry that was applied before it started.
    pub from: u64,
    /// The last entry that is applied now.
    pub applied: u64,
    /// The last entry of the journal.
    pub until: u64,
}

impl CatchUp {
    /// The progress in percent.
    #[must_use]
    pub fn percent(self) -> u64 {
        let (done, all) = (
            self.applied.saturating_sub(self.from),
            self.until.saturating_sub(self.from),
        );
        (done.saturating_mul(100)).checked_div(all).unwrap_or(100).min(100)
    }
}

/// Applies the entries of the journal that the store does not have, and returns the end of the
/// journal. `progress` is called before the first step and after each step, but not if nothing is
/// to be applied.
pub(super) fn catch_up(
    disk: &dyn Disk,
    appliance: Uuid,
    store: &mut StoreWriter,
    mut progress: impl FnMut(CatchUp),
) -> Result<SegmentReader, OpenError> {
    let from = store.applied() + 1;
    let until = journal_settle(disk, appliance)?;
    let mut tell = |applied| {
        if until >= from {
            progress(CatchUp {
                from: from - 1,
                applied,
                until,
            });
        }
    };
    tell(store.applied());
    let mut gathered = Gathered::default();
    let tail = read_from(disk, appliance, from, |frame: &Frame<'_>| {
        for (seq, entry) in frame.entries().filter(|(seq, _)| *seq >= from) {
            if gathered.add(store, seq, entry)? {
                tell(store.applied());
            }
        }
        Ok::<(), OpenError>(())
    })?;
    gathered.fold(store)?;
    tell(store.applied());
    let journal = tail.next() - 1;
    if journal < store.applied() {
        return Err(OpenError::JournalShort {
            applied: store.applied(),
            journal,
        });
    }
    Ok(tail)
}

/// Entries that are read but not applied yet. They are applied in batches.
#[derive(Default)]
pub(super) struct Gathered {
    entries: Vec<(u64, Entry)>,
    bytes: usize,
}

impl Gathered {
    /// Adds the next entry. If there are enough, applies all of them. Returns whether it did.
    pub fn add(&mut self, store: &mut StoreWriter, seq: u64, entry: &[u8]) -> Result<bool, StoreError> {
        let decoded = Entry::decode(entry).map_err(|source| StoreError::Entry { seq, source })?;
        self.bytes += entry.len();
        self.entries.push((seq, decoded));
        let full = self.entries.len() >= STEP || self.bytes >= STEP_BYTES;
        if full {
            self.fold(store)?;
        }
        Ok(full)
    }

    /// Results are dropped, since callers already got them. Webhooks to reprocess are found later:
    /// they are New in the store.
    pub fn fold(&mut self, store: &mut StoreWriter) -> Result<(), StoreError> {
        if !self.entries.is_empty() {
            store.fold(self.entries.iter().map(|(seq, entry)| (*seq, entry)))?;
            self.entries.clear();
            self.bytes = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_told_in_hundredths() {
        let at = |applied| CatchUp {
            from: 100,
            applied,
            until: 300,
        };
        assert_eq!(
            [100, 101, 102, 299, 300].map(|applied| at(applied).percent()),
            [0, 0, 1, 99, 100]
        );
        let nothing = CatchUp {
            from: 7,
            applied: 7,
            until: 7,
        };
        assert_eq!(nothing.percent(), 100);
    }
}
