//! Why data could not be opened, or a change not applied.

use std::io;
use std::path::PathBuf;

use crate::domain::catalog::ApplyError;
use crate::journal::JournalError;
use crate::store::StoreError;

/// Why the data folder could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot access the data folder {}: error while {doing}", path.display())]
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
        "{} already contains data; nothing was changed. Specify another folder with --data; or stop the server, move \
         the folder {}/data to another place, and try again",
        path.display(),
        path.display()
    )]
    Occupied { path: PathBuf },
    #[error("{} contains no data; 'hookgate serve --data {}' creates it", path.display(), path.display())]
    Nothing { path: PathBuf },
    #[error(
        "another Hookgate process uses the data folder {}. Stop it first, or specify another folder with --data",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(
        "{} was not created by Hookgate, or is damaged; nothing was changed. Specify another folder with --data, or \
         restore a backup",
        path.display()
    )]
    Foreign { path: PathBuf },
    #[error("{} has format {found}, which this version does not support; install a newer version of Hookgate", path.display())]
    Newer { path: PathBuf, found: u32 },
    #[error(
        "the database has applied entry {applied}, but the journal ends at entry {journal}: the journal belongs to \
         other data, or was cut off. Run 'hookgate check': it shows how to repair the data"
    )]
    JournalShort { applied: u64, journal: u64 },
    #[error(
        "the base of the journal, {}, is damaged. Stop the server and run 'hookgate check': it shows how to repair the data",
        path.display()
    )]
    BaseDamaged { path: PathBuf },
    #[error(
        "the database does not match the journal: they differ in {}. Nothing was replaced or removed. Stop the server \
         and run 'hookgate check': it shows how to repair the data",
        tables.join(", ")
    )]
    Disagree { tables: Vec<String> },
    #[error("the file {} differs from what was written to it; the disk or the memory is faulty", path.display())]
    NotAsWritten { path: PathBuf },
    #[error("the disk has {} MiB of free space, but {} MiB are needed; free up space", free >> 20, needed >> 20)]
    Space { needed: u64, free: u64 },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the database {} cannot be used{}", path.display(), store_next(source))]
    Store {
        path: PathBuf,
        #[source]
        source: StoreError,
    },
    #[error("the database cannot be created or brought up to date")]
    Fold(#[from] StoreError),
    #[error("a thread cannot be started")]
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
        ". If the journal is intact, 'hookgate rebuild' recreates it"
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
        "the disk of the data folder is nearly full, and this operation needs disk space. Free up space, for example \
         by deleting webhooks; then try again"
    )]
    DiskFull,
    /// Too many files are open, so the journal cannot open its next one.
    #[error(
        "Hookgate cannot open another file: too many files are open. Raise LimitNOFILE= in the unit file of the \
         service (or 'ulimit -n' in the shell that starts it), or lower limits.connections; then try again"
    )]
    OpenFiles,
    /// The entry is larger than the journal accepts.
    #[error("the change is larger than a journal entry can be; send less at once")]
    TooLarge,
    /// The disk failed or the server is stopping; no more changes are accepted.
    #[error("Hookgate cannot write to its journal; it stops so that it can be restarted")]
    Stopped,
}
