//! Work on the whole data folder while no server runs: verifying, and rebuilding.

use crate::config::Settings;
use crate::domain::change::Change;
use crate::journal::disk::Folder;
use crate::journal::{Frame, JournalError, SegmentReader, read_from, segments};
use crate::ledger::OpenError;
use crate::ledger::folder::DataFolder;
use crate::ledger::rebuild::{Rebuilt, rebuild};
use crate::manage::error::with_causes;
use crate::store::{StoreError, store_check, store_open};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the journal that were read.
    pub entries: u64,
    /// Webhooks that are stored.
    pub webhooks: u64,
    /// What is wrong; empty if all is well.
    pub problems: Vec<String>,
    /// How the database becomes whole again, if it is damaged.
    pub next: Option<NextStep>,
}

/// How a damaged database becomes whole again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// From the journal.
    Rebuild,
    /// From a backup, since the journal does not do.
    Restore,
}

impl NextStep {
    /// What to do, in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Rebuild => {
                "run 'hookgate rebuild': the journal is whole, and the database is made anew from it; \
                 the damaged one is kept under another name"
            }
            Self::Restore => {
                "restore the newest backup with 'hookgate restore FILE': the journal is damaged too, \
                 so that the database cannot be made anew from it; docs/operate.md says how"
            }
        }
    }
}

/// Reads journal and database from end to end. Changes nothing that is whole (redb mends what
/// it finds broken).
///
/// # Errors
/// When the folder is in use, or is no data folder. A file in it that cannot be used is a problem
/// that was found.
pub fn verify(settings: &Settings) -> Result<Verified, OpenError> {
    let folder = DataFolder::open_existing(&settings.data)?;
    let mut problems = Vec::new();
    let mut entries = 0;
    let journal = Folder::new(&folder.journal());
    let end = journal_read(&journal, folder.appliance, &mut entries, &mut problems);
    let end = match end {
        Ok(end) => Some(end),
        Err(error) => {
            problems.push(with_causes(&error));
            None
        }
    };
    let mut journal_whole = problems.is_empty();
    let (webhooks, damaged) = match store_read(settings, &folder, end, &mut problems) {
        Ok(Read { webhooks, faults }) => (webhooks, faults),
        Err(error) => {
            problems.push(with_causes(&error));
            let source = match &error {
                OpenError::Store { source, .. } | OpenError::Fold(source) => Some(source),
                _ => None,
            };
            (0, source.is_some_and(StoreError::is_damage))
        }
    };
    if folder.base().exists()
        && let Err(error) = base_read(settings, &folder, &journal, &mut problems)
    {
        problems.push(format!("the base of the journal: {}", with_causes(&error)));
        journal_whole = false;
    }
    let next = match (damaged, journal_whole) {
        (false, _) => None,
        (true, true) => Some(NextStep::Rebuild),
        (true, false) => Some(NextStep::Restore),
    };
    Ok(Verified {
        entries,
        webhooks,
        problems,
        next,
    })
}

/// What reading the database gave.
struct Read {
    /// How many webhooks it holds.
    webhooks: u64,
    /// Whether rows, indexes and counters do not fit together.
    faults: bool,
}

/// Reads everything in the database.
fn store_read(
    settings: &Settings,
    folder: &DataFolder,
    end: Option<u64>,
    problems: &mut Vec<String>,
) -> Result<Read, OpenError> {
    let cache = usize::try_from(settings.store.cache).unwrap_or(usize::MAX);
    let path = folder.database();
    let mut store = store_open(&path, folder.appliance, cache).map_err(|source| OpenError::Store { path, source })?;
    if !store.check_integrity()? {
        problems.push("the database had damaged parts, which were mended from its own copies".to_owned());
    }
    if let Some(end) = end.filter(|end| *end < store.applied()) {
        let applied = store.applied();
        problems.push(format!(
            "the database has applied entry {applied}, but the journal ends at entry {end}"
        ));
    }
    let reader = store.store().reader()?;
    let found = store_check(&reader)?;
    let faults = !found.is_empty();
    problems.extend(found);
    let webhooks = reader.webhook_counts()?.total();
    Ok(Read { webhooks, faults })
}

/// Whether a rebuild could begin with the base that the kept part of the journal builds on.
fn base_read(
    settings: &Settings,
    folder: &DataFolder,
    journal: &Folder,
    problems: &mut Vec<String>,
) -> Result<(), OpenError> {
    let cache = usize::try_from(settings.store.cache).unwrap_or(usize::MAX);
    let path = folder.base();
    let mut base = store_open(&path, folder.appliance, cache).map_err(|source| OpenError::Store { path, source })?;
    if !base.check_integrity()? {
        problems.push("the base of the journal had damaged parts, which were mended from its own copies".to_owned());
    }
    let first = segments(journal)?.first().copied().ok_or(JournalError::Empty)?;
    if base.applied() + 1 < first {
        let applied = base.applied();
        problems.push(format!(
            "the base of the journal ends at entry {applied}, but the journal begins at entry {first}"
        ));
    }
    Ok(())
}

/// Reads every entry that is kept; gives the last sequence.
fn journal_read(
    journal: &Folder,
    appliance: uuid::Uuid,
    entries: &mut u64,
    problems: &mut Vec<String>,
) -> Result<u64, JournalError> {
    let first = segments(journal)?.first().copied().ok_or(JournalError::Empty)?;
    let mut tail: SegmentReader = read_from(journal, appliance, first, |frame: &Frame<'_>| {
        for (seq, entry) in frame.entries() {
            *entries += 1;
            if let Err(error) = Change::decode(entry) {
                problems.push(format!("entry {seq} of the journal: {error}"));
            }
        }
        Ok::<(), JournalError>(())
    })?;
    tail.check_tail()?;
    Ok(tail.next() - 1)
}

/// Makes the database anew; see [`rebuild`]. Gives also how many webhooks it holds.
///
/// # Errors
/// When the folder is in use, or the journal is damaged.
pub fn rebuilt(settings: &Settings) -> Result<(Rebuilt, u64), OpenError> {
    let folder = DataFolder::open_existing(&settings.data)?;
    let cache = usize::try_from(settings.store.cache).unwrap_or(usize::MAX);
    let done = rebuild(&folder, cache, |_| ())?;
    let store = store_open(&folder.database(), folder.appliance, cache)?;
    let webhooks = store.store().reader()?.webhook_counts()?.total();
    Ok((done, webhooks))
}
