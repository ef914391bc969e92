//! Errors of the store.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::last_words::with_database;
use crate::domain::catalog::ApplyError;
use crate::domain::entry::DecodeError;
use crate::files::{explained, too_many_open};
use crate::space::is_full;

/// Why the store could not be opened, read or written. The message says what to do, if anything can
/// be done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database cannot be opened")]
    Open(#[source] Box<redb::DatabaseError>),
    #[error("the database cannot be opened")]
    Denied(#[source] io::Error),
    #[error("the disk is full: database error while {doing}; free up disk space")]
    Full {
        doing: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("database error while {doing}")]
    Redb {
        doing: &'static str,
        #[source]
        source: Box<redb::Error>,
    },
    #[error(
        "the database is damaged: {cause}. If the journal is intact, 'hookgate rebuild' recreates it; otherwise \
         restore a backup"
    )]
    Damaged { cause: String },
    #[error("the database file was not created by Hookgate. Put the right file in its place, or restore a backup")]
    Foreign,
    #[error(
        "the database has format {found}, but this version supports {known}; install the newer version of Hookgate that wrote it"
    )]
    Newer { found: u32, known: u32 },
    #[error("the database and the journal belong to different Hookgate installations. Put the right file in its place")]
    OtherAppliance,
    #[error("the value of {what} in the database cannot be read; run 'hookgate rebuild'")]
    Value { what: String },
    #[error(
        "{what} in the database uses something that this version does not know ({unknown}); install the newer version \
         of Hookgate that wrote it"
    )]
    NewerValue { what: String, unknown: String },
    #[error("entry {seq} of the journal cannot be read")]
    Entry {
        seq: u64,
        #[source]
        source: DecodeError,
    },
    #[error("the journal contains entry {found} where entry {wanted} is expected")]
    Order { wanted: u64, found: u64 },
    #[error("the store did not catch up with the journal in time; it is {behind} entries behind")]
    Behind { behind: u64 },
    #[error("the store has stopped")]
    Stopped,
}

/// Why an entry could not be applied.
#[derive(Debug)]
pub enum FoldError {
    /// The change does not fit the current state. This is a result for the caller, not a failure.
    Refused(ApplyError),
    Store(StoreError),
}

impl From<ApplyError> for FoldError {
    fn from(error: ApplyError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for FoldError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl StoreError {
    /// Whether the file is damaged, so that rebuilding the database from the journal would help.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } | Self::Foreign | Self::Value { .. } => true,
            Self::Entry { source, .. } => !matches!(source, DecodeError::Newer(_) | DecodeError::Unknown { .. }),
            Self::Open(error) => match &**error {
                redb::DatabaseError::Storage(error) => is_damaged(error),
                redb::DatabaseError::RepairAborted => true,
                _ => false,
            },
            Self::Redb { source, .. } => !matches!(**source, redb::Error::Io(_) | redb::Error::PreviousIo),
            _ => false,
        }
    }
}

/// Includes a file that is missing or too short. Other errors come from the disk.
fn is_damaged(error: &redb::StorageError) -> bool {
    use io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};

    match error {
        redb::StorageError::Io(error) => matches!(error.kind(), InvalidData | NotFound | UnexpectedEof),
        redb::StorageError::Corrupted(_) => true,
        _ => false,
    }
}

/// Converts an error of redb and adds what was being done.
pub fn redb_error<E: Into<redb::Error>>(doing: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| match error.into() {
        redb::Error::Io(source) if is_full(&source) => StoreError::Full { doing, source },
        error => StoreError::Redb {
            doing,
            source: Box::new(error),
        },
    }
}

/// Converts a panic of redb into an error: redb checks pages when it writes and repairs, but not
/// when it reads, and panics at some damaged pages.
///
/// # Errors
/// [`StoreError::Damaged`], or the error of `run`.
pub fn guarded<T>(run: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    with_database(|| catch_unwind(AssertUnwindSafe(run))).unwrap_or_else(|panic| Err(damage(&*panic)))
}

/// Converts a panic of redb into an error.
pub(super) fn damage(panic: &(dyn Any + Send)) -> StoreError {
    StoreError::Damaged {
        cause: panic_text(panic).to_owned(),
    }
}

/// The message of a panic, without its place in the code.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a page cannot be read")
}

/// Converts an error of opening the file. A file that may not be opened, or not at the moment, is
/// not damaged.
pub fn file_error(path: &Path) -> impl FnOnce(redb::DatabaseError) -> StoreError {
    let path = path.to_owned();
    move |error| match error {
        redb::DatabaseError::Storage(redb::StorageError::Io(source))
            if source.kind() == io::ErrorKind::PermissionDenied || too_many_open(&source) =>
        {
            StoreError::Denied(explained(&path, source))
        }
        error => open_error(error),
    }
}

/// Converts an error that redb returns when opening.
pub fn open_error(error: redb::DatabaseError) -> StoreError {
    match error {
        redb::DatabaseError::Storage(redb::StorageError::Io(source)) if is_full(&source) => StoreError::Full {
            doing: "opening it",
            source,
        },
        error => StoreError::Open(Box::new(error)),
    }
}
