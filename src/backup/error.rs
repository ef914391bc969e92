//! Why a backup or a restore failed.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::{described, explained};
use crate::ledger::OpenError;
use crate::store::StoreError;

/// Why a backup or a restore failed. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("another backup of this data folder is in progress; try again when it is finished")]
    Busy,
    #[error("stopped before the backup was complete; the partial file was removed")]
    Interrupted,
    #[error("cannot access the data folder {}: error while {doing}; check that it exists and that you have access to it", path.display())]
    Folder {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the copy of the database differs from the database; stop the server and run 'hookgate check'")]
    Copy(#[source] CheckError),
    #[error("{} already exists; specify another file, or replace it with --force", path.display())]
    Exists { path: PathBuf },
    #[error("there is not enough disk space for the backup {}; free up space, or specify a file on another disk", path.display())]
    Full { path: PathBuf },
    #[error("backup {}: error while {doing}; check that its folder exists and that you have access to it", path.display())]
    File {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the backup {} cannot be read back as it was written; specify a file on another disk", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: Box<BackupError>,
    },
    #[error("{} is not a Hookgate backup; specify a file that 'hookgate backup' created", path.display())]
    Foreign { path: PathBuf },
    #[error("the backup {} has format {found}, but this version supports {known}; install the newer version of Hookgate that created it", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the backup {} is damaged: {what}. Nothing was changed; use another backup, or another copy of this one", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("the database in the backup {} cannot be used. Nothing was changed; use another backup", path.display())]
    Database {
        path: PathBuf,
        #[source]
        source: CheckError,
    },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the database cannot be copied")]
    Store(#[from] StoreError),
}

/// Why a copy of the database does not match the original.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it has damaged parts")]
    Damaged,
    #[error("{0}")]
    Faults(String),
    #[error("it should contain {wanted}, but contains {found}")]
    Other { wanted: String, found: String },
}

/// Converts an error at the file of a backup.
pub(super) fn file_io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BackupError::Full { path },
        _ => {
            let source = described(&path, source);
            BackupError::File { path, doing, source }
        }
    }
}

/// Converts an error in the data folder.
pub(super) fn folder_io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| {
        let source = explained(&path, source);
        BackupError::Folder { path, doing, source }
    }
}
