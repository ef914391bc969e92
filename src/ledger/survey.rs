//! Examines the journal, its base and the database of a data folder: what they contain, and whether
//! they are intact. Changes nothing.

use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;

use uuid::Uuid;

use super::error::OpenError;
use super::folder::DataFolder;
use crate::domain::entry::{DecodeError, Entry};
use crate::journal::disk::Folder;
use crate::journal::{Frame, JournalError, journal_salvage, segments};
use crate::store::{StoreError, guarded, store_check, store_open_unchanged};

/// The contents of a data folder.
#[derive(Debug)]
pub struct Survey {
    pub journal: JournalFound,
    /// The base on which the kept part of the journal builds; none if it is kept from its first
    /// entry.
    pub base: Option<DatabaseFound>,
    /// None if there is no database.
    pub database: Option<DatabaseFound>,
}

/// The findings about the journal.
#[derive(Debug, Default)]
pub struct JournalFound {
    /// The first entry of its oldest file; none if there are no files.
    pub begins: Option<u64>,
    /// The number of entries that can be read.
    pub entries: u64,
    /// The sequences of these entries, in order; each range is without gaps.
    pub ranges: Vec<RangeInclusive<u64>>,
    /// The last entry that was found, readable or not.
    pub newest: u64,
    /// Whether its end is missing or damaged, so that there may have been entries after `newest`.
    pub open_ended: bool,
    pub faults: Vec<JournalFault>,
}

/// A defect of the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    #[error(transparent)]
    File(JournalError),
    #[error("entry {seq} of the journal cannot be read")]
    Entry {
        seq: u64,
        #[source]
        source: DecodeError,
    },
}

/// The findings about a database.
#[derive(Debug, Default)]
pub struct DatabaseFound {
    /// The last applied entry, if it can be read.
    pub applied: Option<u64>,
    /// The number of webhooks, if it can be read.
    pub webhooks: Option<u64>,
    /// Why it cannot be used.
    pub unusable: Option<StoreError>,
    /// Whether some of its pages are not as they were written.
    pub pages_damaged: bool,
    /// Rows, indexes and counters that do not match.
    pub misfits: Vec<String>,
}

impl DatabaseFound {
    /// Whether everything is as it was written, and matches.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.unusable.is_none() && !self.pages_damaged && self.misfits.is_empty()
    }
}

/// The source from which a database can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The journal and its base.
    Journal,
    /// The database that exists already.
    Database,
}

impl Survey {
    /// The last entry that a database made from `source` would have; none if it cannot be made.
    #[must_use]
    pub fn reach(&self, source: Source) -> Option<u64> {
        let from = match source {
            Source::Database => self.database.as_ref().filter(|database| database.is_whole())?.applied?,
            Source::Journal => match self.base.as_ref().filter(|base| base.is_whole()) {
                Some(base) => base.applied?,
                // Without a base, the journal must start with the first entry.
                None => self.journal.begins.filter(|begins| *begins == 1).map(|_| 0)?,
            },
        };
        let next = self.journal.ranges.iter().find(|range| range.contains(&(from + 1)));
        Some(next.map_or(from, |range| *range.end()))
    }

    /// Whether the base is intact, so that a rebuild can start from it.
    #[must_use]
    pub fn base_is_usable(&self) -> bool {
        self.base.as_ref().is_some_and(DatabaseFound::is_whole)
    }

    /// The last entry that journal, base or database contain or mention.
    #[must_use]
    pub fn newest(&self) -> u64 {
        let databases = [&self.base, &self.database].into_iter().flatten();
        let applied = databases.filter_map(|database| database.applied);
        applied.chain([self.journal.newest]).max().unwrap_or(0)
    }

    /// Whether a database that ends at `reach` contains all known entries. If the end of the
    /// journal is damaged, only the database can tell which entries there were.
    #[must_use]
    pub fn is_complete(&self, reach: u64) -> bool {
        let applied = self.database.as_ref().and_then(|database| database.applied);
        reach == self.newest() && (!self.journal.open_ended || applied == Some(reach))
    }
}

/// Reads everything in a data folder that this process has locked.
///
/// # Errors
/// If a file may not be read. Damage is part of the result, not an error.
pub fn survey(folder: &DataFolder, cache: usize) -> Result<Survey, OpenError> {
    let base = folder.base();
    Ok(Survey {
        journal: journal_find(&folder.journal(), folder.appliance)?,
        base: base
            .exists()
            .then(|| database_find(&base, folder.appliance, cache))
            .transpose()?,
        database: folder
            .database()
            .exists()
            .then(|| database_find(&folder.database(), folder.appliance, cache))
            .transpose()?,
    })
}

fn journal_find(journal: &Path, appliance: Uuid) -> Result<JournalFound, OpenError> {
    let disk = Folder::new(journal);
    let mut found = JournalFound {
        begins: segments(&disk)?.first().copied(),
        ..JournalFound::default()
    };
    let mut unread = Vec::new();
    let faults = journal_salvage(&disk, appliance, 1, |frame: &Frame<'_>| {
        for (seq, entry) in frame.entries() {
            found.entries += 1;
            found.newest = seq;
            if let Err(source) = Entry::decode(entry) {
                unread.push(JournalFault::Entry { seq, source });
                continue;
            }
            match found.ranges.last_mut() {
                Some(range) if *range.end() + 1 == seq => *range = *range.start()..=seq,
                _ => found.ranges.push(seq..=seq),
            }
        }
        Ok::<_, OpenError>(ControlFlow::Continue(()))
    })?;
    // If another file follows a damaged one, the last fault is the gap between them.
    found.open_ended = match faults.last() {
        None | Some(JournalError::Damaged { .. } | JournalError::Gap { .. }) => false,
        Some(_) => true,
    };
    found.faults = faults.into_iter().map(JournalFault::File).chain(unread).collect();
    Ok(found)
}

/// Reads everything in a database that is not in use, and compares its parts.
///
/// # Errors
/// If it may not be read.
pub fn database_find(path: &Path, appliance: Uuid, cache: usize) -> Result<DatabaseFound, OpenError> {
    let mut found = DatabaseFound::default();
    match guarded(|| database_read(path, appliance, cache, &mut found)) {
        Err(source)
            if source.is_damage() || matches!(source, StoreError::OtherAppliance | StoreError::Newer { .. }) =>
        {
            found.unusable = Some(source);
        }
        Err(source) => {
            return Err(OpenError::Store {
                path: path.to_owned(),
                source,
            });
        }
        Ok(()) => {}
    }
    Ok(found)
}

fn database_read(path: &Path, appliance: Uuid, cache: usize, found: &mut DatabaseFound) -> Result<(), StoreError> {
    let mut store = store_open_unchanged(path, appliance, cache)?;
    found.applied = Some(store.applied());
    found.pages_damaged = !store.check_integrity()?;
    let reader = store.store().reader()?;
    found.applied = Some(reader.applied()?);
    found.webhooks = Some(reader.webhook_counts()?.total());
    found.misfits = store_check(&reader)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(applied: u64) -> DatabaseFound {
        DatabaseFound {
            applied: Some(applied),
            webhooks: Some(applied),
            ..DatabaseFound::default()
        }
    }

    fn damaged(applied: u64) -> DatabaseFound {
        DatabaseFound {
            pages_damaged: true,
            ..database(applied)
        }
    }

    fn found(
        ranges: &[RangeInclusive<u64>],
        base: Option<DatabaseFound>,
        database: Option<DatabaseFound>,
    ) -> (Option<u64>, Option<u64>, u64) {
        let survey = Survey {
            journal: JournalFound {
                begins: ranges.first().map(|range| *range.start()),
                newest: ranges.last().map_or(0, |range| *range.end()),
                ranges: ranges.to_vec(),
                ..JournalFound::default()
            },
            base,
            database,
        };
        (
            survey.reach(Source::Journal),
            survey.reach(Source::Database),
            survey.newest(),
        )
    }

    #[test]
    fn how_far_each_source_reaches() {
        // Everything is intact; the database lags by entries that a start would apply.
        assert_eq!(found(&[1..=9], None, Some(database(7))), (Some(9), Some(9), 9));
        assert_eq!(
            found(&[5..=9], Some(database(4)), Some(database(9))),
            (Some(9), Some(9), 9)
        );
        // The end of the journal is lost.
        assert_eq!(found(&[1..=6], None, Some(database(9))), (Some(6), Some(9), 9));
        // The middle of the journal is lost.
        assert_eq!(found(&[1..=3, 5..=9], None, Some(database(4))), (Some(3), Some(9), 9));
        assert_eq!(found(&[1..=3, 5..=9], None, Some(database(2))), (Some(3), Some(3), 9));
        assert_eq!(found(&[1..=3, 6..=9], None, Some(database(4))), (Some(3), Some(4), 9));
        // The base is damaged, or ends before the journal starts.
        assert_eq!(found(&[5..=9], Some(damaged(4)), Some(database(9))), (None, Some(9), 9));
        assert_eq!(
            found(&[1..=9], Some(damaged(4)), Some(database(9))),
            (Some(9), Some(9), 9)
        );
        assert_eq!(
            found(&[6..=9], Some(database(4)), Some(database(9))),
            (Some(4), Some(9), 9)
        );
        // The database is damaged or lost.
        assert_eq!(found(&[1..=9], None, Some(damaged(8))), (Some(9), None, 9));
        assert_eq!(found(&[1..=6], None, Some(damaged(8))), (Some(6), None, 8));
        assert_eq!(found(&[1..=9], None, None), (Some(9), None, 9));
        assert_eq!(found(&[], None, Some(database(9))), (None, Some(9), 9));
        assert_eq!(found(&[], None, None), (None, None, 0));
    }

    #[test]
    fn an_end_that_is_damaged_may_have_held_more() {
        let mut survey = Survey {
            journal: JournalFound {
                begins: Some(1),
                ranges: vec![1..=9],
                newest: 9,
                open_ended: true,
                ..JournalFound::default()
            },
            base: None,
            database: None,
        };
        assert!(!survey.is_complete(9));
        survey.database = Some(database(9));
        assert!(survey.is_complete(9));
        survey.database = Some(database(8));
        assert!(!survey.is_complete(9));
        survey.journal.open_ended = false;
        assert!(survey.is_complete(9) && !survey.is_complete(8));
    }
}
