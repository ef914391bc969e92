//! A data folder made of a database that was kept elsewhere.

use std::fs::{self, File};
use std::path::Path;

use uuid::Uuid;

use super::error::OpenError;
use super::folder::{fill_identity, folder_error as io, folder_make, lock, sync_folder};
use super::shorten::space_check;
use crate::journal::disk::Folder;
use crate::journal::journal_create_at;

/// Where the data comes from, and what it needs.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The appliance whose data it is.
    pub appliance: Uuid,
    /// Bytes of the database.
    pub bytes: u64,
    /// The last entry that the database has applied.
    pub applied: u64,
    /// The size of the journal's files.
    pub segment: u64,
}

/// Whether data may be put into this folder: there is none yet.
///
/// # Errors
/// [`OpenError::Occupied`] if there is.
pub fn folder_vacant(path: &Path) -> Result<(), OpenError> {
    // A name that leads nowhere counts too.
    if fs::symlink_metadata(path.join("data")).is_ok() {
        return Err(OpenError::Occupied { path: path.to_owned() });
    }
    Ok(())
}

/// Makes the data of a folder that has none. `put` writes the database, whole and verified, to
/// the path that it is given. The journal begins behind it, so a copy becomes the journal's base.
///
/// All of it is born under another name: a restore that is cut short leaves nothing that a start
/// takes for data.
///
/// # Errors
/// When the folder holds data or another process, when the disk fails, or what `put` gives.
pub fn folder_restore<E: From<OpenError>>(
    path: &Path,
    origin: Origin,
    put: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    folder_make(path).map_err(io(path, "making it"))?;
    let _lock = lock(path)?;
    folder_vacant(path)?;
    let unborn = path.join("data.unborn");
    if unborn.exists() {
        fs::remove_dir_all(&unborn).map_err(io(&unborn, "clearing an earlier try"))?;
    }
    space_check(path, origin.bytes.saturating_mul(2).saturating_add(origin.segment))?;
    let filled = fill(&unborn, origin, put);
    if filled.is_err() {
        // Half of it must not keep a full disk full.
        let _ = fs::remove_dir_all(&unborn);
    }
    filled?;
    fs::rename(&unborn, path.join("data"))
        .and_then(|()| sync_folder(path))
        .map_err(io(path, "naming its data"))?;
    Ok(())
}

fn fill<E: From<OpenError>>(unborn: &Path, origin: Origin, put: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    fill_identity(unborn, origin.appliance)?;
    let (database, base) = (unborn.join("hookgate.redb"), unborn.join("base.redb"));
    put(&database)?;
    fs::copy(&database, &base).map_err(io(unborn, "copying the database as the journal's base"))?;
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
