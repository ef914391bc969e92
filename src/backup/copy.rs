//! The copy of the database within the data folder, made by whoever owns the database.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::error::{BackupError, folder_io};
use super::header::Snapshot;
use crate::domain::time::Timestamp;
use crate::files::PRIVATE_FOLDER;
use crate::ledger::Ledger;
use crate::ledger::rebuild::space_check;
use crate::store::{StoreError, store_copy};

/// How long the copy may take: as long as its snapshot is read, the database cannot use the space
/// of what is deleted or changed, and grows.
const LONGEST: Duration = Duration::from_secs(3600);

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

/// Copies the database as of now into the data folder, and says what it holds: all that was
/// acknowledged before this call. `go_on` is told the bytes copied and those of the database now
/// and then, and answers whether to go on.
///
/// The caller has [`copying_lock`], or asks for somebody who does. Not synced: a copy that a
/// crash leaves is thrown away.
///
/// # Errors
/// When the disk is full or fails, it takes too long, or another one is being made.
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
    let made = copy(ledger, &copy_path(data), now, |copied| go_on(copied, bytes));
    if made.is_err() {
        // Half a copy must not keep a full disk full.
        let _ = copy_clear(data);
    }
    made
}

fn copy(ledger: &Ledger, path: &Path, now: Timestamp, go_on: impl Fn(u64) -> bool) -> Result<Snapshot, BackupError> {
    let reader = ledger.read()?;
    let snapshot = Snapshot::of(&reader, now)?;
    let started = Instant::now();
    let in_time = || started.elapsed() < LONGEST;
    let copied = || fs::metadata(path).map_or(0, |file| file.len());
    match store_copy(&reader, path, &|| in_time() && go_on(copied())) {
        Ok(_) => Ok(snapshot),
        Err(StoreError::Stopped) if !in_time() => Err(BackupError::TooLong {
            minutes: LONGEST.as_secs() / 60,
        }),
        Err(StoreError::Stopped) => Err(BackupError::Interrupted),
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
