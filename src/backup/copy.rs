//! The copy of the database within the data folder. The process that owns the database creates it.

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

/// Held while a copy is created: a cancelled copy may need a moment to stop.
static COPYING: Mutex<()> = Mutex::new(());

/// The folder of the copy. Only backups use it.
fn copy_folder(data: &Path) -> PathBuf {
    data.join("backup.unborn")
}

/// The path of the copy.
pub(super) fn copy_path(data: &Path) -> PathBuf {
    copy_folder(data).join("hookgate.redb")
}

/// Copies the current database into the data folder, with every change that was acknowledged before
/// this call. Returns what the copy contains.
///
/// The copy is built from the journal and its base, and compared with the database, so that damage
/// to the database cannot get into a backup unnoticed. `go_on` is called regularly with the number
/// of applied entries and the number of entries in the database, and returns whether to continue.
///
/// The caller holds [`copying_lock`], or acts for a process that does. A copy that a crash left is
/// deleted.
///
/// # Errors
/// If journal and database differ, the disk is full or fails, or another backup is running.
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
        .map_err(folder_io(&folder, "creating it"))?;
    let made = copy(ledger, data, now, go_on);
    if made.is_err() {
        // A partial copy must not keep a full disk full.
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

/// Removes the copy if there is one.
///
/// # Errors
/// Errors of the file system.
pub fn copy_clear(data: &Path) -> Result<(), BackupError> {
    let folder = copy_folder(data);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(folder_io(&folder, "deleting it")(error)),
        _ => Ok(()),
    }
}

/// Removes a copy that no backup is using.
///
/// # Errors
/// Errors of the file system.
pub fn copy_clear_stale(data: &Path) -> Result<(), BackupError> {
    match copying_lock(data) {
        Ok(_held) => copy_clear(data),
        Err(BackupError::Busy) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Locks the data folder for one backup, until the file is dropped or the process ends. The lock is
/// on the folder itself, so it leaves no file.
///
/// # Errors
/// [`BackupError::Busy`] if another process holds the lock.
pub fn copying_lock(data: &Path) -> Result<File, BackupError> {
    let folder = File::open(data).map_err(folder_io(data, "opening it"))?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy),
        Err(TryLockError::Error(source)) => Err(folder_io(data, "locking it")(source)),
    }
}
