//! Letting go of the journal's files that a verified base stands for.

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

/// Memory for the cache of the base in the making.
const CACHE: usize = 32 << 20;

/// Once the journal takes more than `keep` bytes: makes a new base, and removes the files of the
/// journal that only lead up to it. Gives how many were removed.
///
/// The new base is the old one with the journal's entries applied, read back from its file, and
/// compared with the database: nothing is removed that is not proved to be elsewhere twice. `go_on`
/// is asked now and then.
///
/// # Errors
/// When journal, base and database do not agree, or the disk fails; the journal is then as it was.
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
    remove_if_there(&new).map_err(io_error(&new, "clearing an earlier try"))?;
    let database = data.join("hookgate.redb");
    let bytes = fs::metadata(&database)
        .map_err(io_error(&database, "measuring the database"))?
        .len();
    // Little to spare: it makes room in the end.
    room_check(data, bytes, 32 << 20)?;
    let reader = store.reader()?;
    let made = derive_equal(data, &reader, &new, go_on);
    let applied = match made {
        Ok(applied) => applied,
        Err(error) => {
            // Half a base must not keep a full disk full.
            let _ = remove_if_there(&new);
            return Err(error);
        }
    };
    fs::rename(&new, data.join("base.redb")).map_err(io_error(&new, "naming it"))?;
    sync_folder(data).map_err(io_error(data, "syncing it"))?;
    Ok(journal_trim(&disk, applied + 1)?)
}

/// Makes a database at `path` of the journal and its base in the folder `data`, up to the last
/// entry that `reader` sees, and compares the two. Gives that entry.
///
/// # Errors
/// [`OpenError::Disagree`] where they differ; when the journal or its base is damaged, or the disk
/// fails. What was written is then worth nothing.
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

/// Whether the disk has room for `bytes`, and a reserve beside them.
///
/// # Errors
/// [`OpenError::Space`] if not.
pub fn space_check(path: &Path, bytes: u64) -> Result<(), OpenError> {
    room_check(path, bytes, 256 << 20)
}

/// Whether the disk has room for `bytes`, and `spare` beside them.
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
