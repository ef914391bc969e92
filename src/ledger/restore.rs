//! Creates a data folder from a database that was stored elsewhere.

use std::fs::{self, File};
use std::path::Path;

use uuid::Uuid;

use super::error::OpenError;
use super::folder::{fill_identity, folder_error as io, folder_make, lock, sync_folder};
use super::shorten::space_check;
use crate::journal::disk::Folder;
use crate::journal::journal_create_at;

/// The origin of the restored data, and its size.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The appliance that the data belongs to.
    pub appliance: Uuid,
    /// The size of the database in bytes.
    pub bytes: u64,
    /// The last entry that the database has applied.
    pub applied: u64,
    /// The size of the journal's files in bytes.
    pub segment: u64,
}

/// Checks that the folder contains no data yet.
///
/// # Errors
/// [`OpenError::Occupied`] if it does.
pub fn folder_vacant(path: &Path) -> Result<(), OpenError> {
    // A symbolic link to nowhere counts too.
    if fs::symlink_metadata(path.join("data")).is_ok() {
        return Err(OpenError::Occupied { path: path.to_owned() });
    }
    Ok(())
}

/// Creates the data of a folder that has none. `put` writes the complete and verified database to
/// the given path. The journal starts after the database, so a copy of the database becomes the
/// journal's base.
///
/// Everything is created under another name: an interrupted restore leaves nothing that a start
/// could mistake for data.
///
/// # Errors
/// If the folder contains data or is used by another process, the disk fails, or `put` returns an
/// error.
pub fn folder_restore<E: From<OpenError>>(
    path: &Path,
    origin: Origin,
    put: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    folder_make(path).map_err(io(path, "creating it"))?;
    let _lock = lock(path)?;
    folder_vacant(path)?;
    let unborn = path.join("data.unborn");
    if unborn.exists() {
        fs::remove_dir_all(&unborn).map_err(io(&unborn, "removing the files of an earlier attempt"))?;
    }
    space_check(path, origin.bytes.saturating_mul(2).saturating_add(origin.segment))?;
    let filled = fill(&unborn, origin, put);
    if filled.is_err() {
        // An incomplete restore must not keep a full disk full.
        let _ = fs::remove_dir_all(&unborn);
    }
    filled?;
    fs::rename(&unborn, path.join("data"))
        .and_then(|()| sync_folder(path))
        .map_err(io(path, "renaming its data"))?;
    Ok(())
}

fn fill<E: From<OpenError>>(unborn: &Path, origin: Origin, put: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    fill_identity(unborn, origin.appliance)?;
    let (database, base) = (unborn.join("hookgate.redb"), unborn.join("base.redb"));
    put(&database)?;
    fs::copy(&database, &base).map_err(io(unborn, "copying the database as the base of the journal"))?;
    let journal = unborn.join("journal");
    let disk = Folder::new(&journal);
    journal_create_at(&disk, origin.appliance, origin.applied + 1, origin.segment).map_err(OpenError::from)?;
    for file in [&database, &base] {
        File::open(file)
            .and_then(|file| file.sync_all())
            .map_err(io(file, "syncing it"))?;
    }
    sync_folder(&journal)
        .and_then(|()| sync_folder(unborn))
        .map_err(io(unborn, "syncing it"))?;
    Ok(())
}
