//! Why data could not be opened, or a change not applied.

use std::io;
use std::path::PathBuf;

use crate::domain::catalog::ApplyError;
use crate::journal::JournalError;
use crate::store::StoreError;

/// Why the data folder could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {} failed while {doing}", path.display())]
    Folder {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the data folder {} cannot be used: {facts}{more}; {remedy}", path.display())]
    Denied {
        path: PathBuf,
        facts: String,
        more: String,
        remedy: String,
    },
    #[error(
        "there is data in {} already, and nothing was changed. Name another folder with --data; or stop the server \
         and move the folder {}/data away, then try again",
        path.display(),
        path.display()
    )]
    Occupied { path: PathBuf },
    #[error("there is no data in {}; 'hookgate serve --data {}' makes it", path.display(), path.display())]
    Nothing { path: PathBuf },
    #[error(
        "another Hookgate holds the data folder {}. Stop it first, or name another folder with --data",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(
        "{} was not made by Hookgate, or is damaged. Name another folder with --data, or restore a backup; \
         nothing was changed",
        path.display()
    )]
    Foreign { path: PathBuf },
    #[error("{} has format {found}, which is newer than this version knows; install the newer Hookgate", path.display())]
    Newer { path: PathBuf, found: u32 },
    #[error(
        "the database has applied entry {applied}, but the journal ends at entry {journal}: \
         the journal is not the one that belongs here, or was cut off. Run 'hookgate check': it names the way out"
    )]
    JournalShort { applied: u64, journal: u64 },
    #[error(
        "the journal's base {} is damaged. Stop the server and run 'hookgate check': it names the way out",
        path.display()
    )]
    BaseDamaged { path: PathBuf },
    #[error(
        "the database does not hold what the journal says: they differ in {}. Nothing was replaced or removed. \
         Stop the server and run 'hookgate check': it names the way out",
        tables.join(", ")
    )]
    Disagree { tables: Vec<String> },
    #[error("the file {} does not hold what was written to it; the disk or the memory is at fault", path.display())]
    NotAsWritten { path: PathBuf },
    #[error("the disk has {} MiB free and {} MiB are needed; make room", free >> 20, needed >> 20)]
    Space { needed: u64, free: u64 },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the database {} cannot be used{}", path.display(), store_next(source))]
    Store {
        path: PathBuf,
        #[source]
        source: StoreError,
    },
    #[error("the database could not be made or brought up to date")]
    Fold(#[from] StoreError),
    #[error("a thread could not be started")]
    Thread(#[source] io::Error),
}

impl OpenError {
    /// Whether journal, base and database were found to differ.
    #[must_use]
    pub const fn is_disagreement(&self) -> bool {
        match self {
            Self::Disagree { .. } | Self::BaseDamaged { .. } | Self::JournalShort { .. } => true,
            Self::Journal(error) => !matches!(error, JournalError::Io { .. }),
            _ => false,
        }
    }
}

/// A damaged database can be rebuilt. One that may not be opened, or not at the moment, is kept:
/// the cause says what to do.
fn store_next(source: &StoreError) -> &'static str {
    if source.is_damage() {
        ". If the journal is whole, 'hookgate rebuild' makes it anew"
    } else {
        ""
    }
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The change does not fit the current state.
    #[error(transparent)]
    Refused(#[from] ApplyError),
    /// Hookgate is overloaded; try again soon.
    #[error("Hookgate is busy; try again in a moment")]
    Busy,
    /// The change needs room, and the disk is nearly full.
    #[error(
        "the disk of the data folder is nearly full, and this needs room. Make room on it, such as by deleting \
         webhooks; then try again"
    )]
    DiskFull,
    /// Too many files are open, so the journal cannot open its next one.
    #[error(
        "Hookgate cannot open another file: too many are open. Raise LimitNOFILE= in the unit of the service (or \
         'ulimit -n' in the shell that starts it), or lower limits.connections; then try again"
    )]
    OpenFiles,
    /// The entry is larger than the journal accepts.
    #[error("the change is larger than the journal keeps; send less at once")]
    TooLarge,
    /// The disk failed or the server is stopping; no more changes are accepted.
    #[error("Hookgate cannot write to its journal; it stops and starts again")]
    Stopped,
}
