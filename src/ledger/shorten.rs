//! Removes files of the journal that a verified base replaces.

use std::fs;
use std::io;
use std::path::Path;

use super::derive::{GoOn, Origin, derivation_begin, differences, remove_if_there};
use super::error::OpenError;
use super::folder::{folder_error as io_error, sync_folder};
use crate::journal::disk::Folder;
use crate::journal::{journal_trim, segments};
use crate::space::room;
use crate::store::digest::store_digest_while;
use crate::store::{Reader, Store};

/// The cache of the base while it is derived, in bytes.
const CACHE: usize = 32 << 20;

/// If the journal uses more than `keep` bytes, creates a new base and removes the files of the
/// journal that it replaces. Returns how many were removed.
///
/// The new base is the old one plus the entries of the journal. It is read back from its file and
/// compared with the database, so nothing is removed unless two verified copies exist elsewhere.
/// `go_on` is called regularly.
///
/// # Errors
/// If journal, base and database differ, or the disk fails. The journal is then unchanged.
pub fn journal_shorten(data: &Path, store: &Store, keep: u64, go_on: GoOn<'_>) -> Result<usize, OpenError> {
    let journal = data.join("journal");
    if folder_bytes(&journal).map_err(io_error(&journal, "measuring the journal"))? <= keep {
        return Ok(0);
    }
    let disk = Folder::new(&journal);
    if segments(&disk)?.len() < 2 {
        return Ok(0);
    }
    let new = data.join("base.redb.unborn");
    remove_if_there(&new).map_err(io_error(&new, "removing the files of an earlier attempt"))?;
    let database = data.join("hookgate.redb");
    let bytes = fs::metadata(&database)
        .map_err(io_error(&database, "measuring the database"))?
        .len();
    // A small reserve is enough: in the end this frees room.
    room_check(data, bytes, 32 << 20)?;
    let reader = store.reader()?;
    let made = derive_equal(data, &reader, &new, go_on);
    let applied = match made {
        Ok(applied) => applied,
        Err(error) => {
            // An incomplete base must not keep a full disk full.
            let _ = remove_if_there(&new);
            return Err(error);
        }
    };
    fs::rename(&new, data.join("base.redb")).map_err(io_error(&new, "renaming it"))?;
    sync_folder(data).map_err(io_error(data, "syncing it"))?;
    Ok(journal_trim(&disk, applied + 1)?)
}

/// Creates a database at `path` from the journal and its base in the folder `data`, up to the last
/// entry that `reader` contains, and compares the two. Returns that entry.
///
/// # Errors
/// [`OpenError::Disagree`] if they differ; an error if the journal or its base is damaged, or the
/// disk fails. The file at `path` is then useless.
pub fn derive_equal(data: &Path, reader: &Reader, path: &Path, go_on: GoOn<'_>) -> Result<u64, OpenError> {
    let (journal, base) = (Folder::new(&data.join("journal")), data.join("base.redb"));
    let origin = Origin {
        journal: &journal,
        base: base.exists().then_some(&*base),
        appliance: reader.appliance()?,
        cache: CACHE,
    };
    let applied = reader.applied()?;
    let wanted = store_digest_while(reader, &|| go_on(0))?;
    let mut derivation = derivation_begin(origin, path, go_on)?;
    derivation.advance(applied, go_on)?;
    let tables = differences(&derivation.finish()?, &wanted);
    if !tables.is_empty() {
        return Err(OpenError::Disagree { tables });
    }
    Ok(applied)
}

/// Checks that the disk has room for `bytes` and the usual reserve.
///
/// # Errors
/// [`OpenError::Space`] if not.
pub fn space_check(path: &Path, bytes: u64) -> Result<(), OpenError> {
    room_check(path, bytes, 256 << 20)
}

/// Checks that the disk has room for `bytes` and `spare` bytes more.
///
/// # Errors
/// [`OpenError::Space`] if not.
pub(super) fn room_check(path: &Path, bytes: u64, spare: u64) -> Result<(), OpenError> {
    let free = room(path).map_err(io_error(path, "measuring the free space"))?.free;
    let needed = bytes.saturating_add(spare);
    if free < needed {
        return Err(OpenError::Space { needed, free });
    }
    Ok(())
}

fn folder_bytes(path: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
