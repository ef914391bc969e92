//! Why a backup or a restore failed.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::{described, explained};
use crate::ledger::OpenError;
use crate::store::StoreError;

/// Why a backup or a restore failed. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("another backup of this data folder is being made; try again when it is done")]
    Busy,
    #[error("stopped before the backup was made; nothing is left of it")]
    Interrupted,
    #[error("the data folder {} failed while {doing}; look whether it is there and may be used", path.display())]
    Folder {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: io::Error,
    },
    #[error(
        "the copy of the database does not hold what the database held; run 'hookgate check' while the server is stopped"
    )]
    Copy(#[source] CheckError),
    #[error("{} exists already; name another file, or replace it with --force", path.display())]
    Exists { path: PathBuf },
    #[error("there is no room for the backup {}; make room, or name a file on another disk", path.display())]
    Full { path: PathBuf },
    #[error("the backup {} failed while {doing}; look whether its folder is there and may be used", path.display())]
    File {
        path: PathBuf,
        doing: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("what was written to {} cannot be read again as it was written; name a file on another disk", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: Box<BackupError>,
    },
    #[error("{} is no backup of Hookgate; name a file that 'hookgate backup' made", path.display())]
    Foreign { path: PathBuf },
    #[error("the backup {} has format {found}, this version reads {known}; install the newer Hookgate that made it", path.display())]
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
    #[error("the database could not be copied")]
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
    #[error("it should hold {wanted}, and holds {found}")]
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
