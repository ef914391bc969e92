//! The copy of the database within the data folder, made by whoever owns the database.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::error::{BackupError, folder_io};
use super::header::Snapshot;
use crate::domain::time::Timestamp;
use crate::files::PRIVATE_FOLDER;
use crate::ledger::shorten::{derive_equal, space_check};
use crate::ledger::{Ledger, OpenError};
use crate::store::StoreError;

/// Held while a copy is made: one that is given up may take a moment to notice.
static COPYING: Mutex<()> = Mutex::new(());

/// The folder of the copy; what is in it is of no use to anybody else.
fn copy_folder(data: &Path) -> PathBuf {
    data.join("backup.unborn")
}

/// Where the copy is.
pub(super) fn copy_path(data: &Path) -> PathBuf {
    copy_folder(data).join("hookgate.redb")
}

/// Puts the database as of now into the data folder once more, and says what it holds: all that
/// was acknowledged before this call.
///
/// It is made of the journal and its base, and compared with the database, so that damage to the
/// database never gets into a backup unnoticed. `go_on` is told the entries
/// applied and those of the database now and then, and answers whether to continue.
///
/// The caller has [`copying_lock`], or asks for somebody who does. A copy that a crash leaves is
/// thrown away.
///
/// # Errors
/// When journal and database do not agree, the disk is full or fails, or another backup is being
/// made.
pub fn copy_make(
    ledger: &Ledger,
    data: &Path,
    now: Timestamp,
    go_on: &dyn Fn(u64, u64) -> bool,
) -> Result<Snapshot, BackupError> {
    let Ok(_copying) = COPYING.try_lock() else {
        return Err(BackupError::Busy);
    };
    copy_clear(data)?;
    let database = data.join("data/hookgate.redb");
    let bytes = fs::metadata(&database)
        .map_err(folder_io(&database, "measuring the database"))?
        .len();
    space_check(data, bytes)?;
    let folder = copy_folder(data);
    DirBuilder::new()
        .mode(PRIVATE_FOLDER)
        .create(&folder)
        .map_err(folder_io(&folder, "making it"))?;
    let made = copy(ledger, data, now, go_on);
    if made.is_err() {
        // Half a copy must not keep a full disk full.
        let _ = copy_clear(data);
    }
    made
}

fn copy(
    ledger: &Ledger,
    data: &Path,
    now: Timestamp,
    go_on: &dyn Fn(u64, u64) -> bool,
) -> Result<Snapshot, BackupError> {
    let reader = ledger.read()?;
    let snapshot = Snapshot::of(&reader, now)?;
    let go_on = |applied: u64| {
        ledger.give_way();
        go_on(applied.min(snapshot.applied), snapshot.applied)
    };
    let compared = derive_equal(&data.join("data"), &reader, &copy_path(data), &go_on);
    match &compared {
        Ok(_) => ledger.comparison_note(true),
        Err(error) if error.is_disagreement() => ledger.comparison_note(false),
        Err(_) => {}
    }
    match compared {
        Ok(_) => Ok(snapshot),
        Err(OpenError::Fold(StoreError::Stopped)) => Err(BackupError::Interrupted),
        Err(error) => Err(error.into()),
    }
}

/// Removes the copy, if there is one.
///
/// # Errors
/// As the file system gives them.
pub fn copy_clear(data: &Path) -> Result<(), BackupError> {
    let folder = copy_folder(data);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(folder_io(&folder, "clearing it")(error)),
        _ => Ok(()),
    }
}

/// Removes a copy that nobody works with any more.
///
/// # Errors
/// As the file system gives them.
pub fn copy_clear_stale(data: &Path) -> Result<(), BackupError> {
    match copying_lock(data) {
        Ok(_held) => copy_clear(data),
        Err(BackupError::Busy) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The right to have a backup made of this data folder, until it is dropped or the process ends.
/// The folder itself is locked, so that no file is left of it.
///
/// # Errors
/// [`BackupError::Busy`] when another process has it.
pub fn copying_lock(data: &Path) -> Result<File, BackupError> {
    let folder = File::open(data).map_err(folder_io(data, "opening it"))?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy),
        Err(TryLockError::Error(source)) => Err(folder_io(data, "locking it")(source)),
    }
}
