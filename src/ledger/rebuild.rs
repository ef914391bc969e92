//! The journal as the second copy: making the database anew from it, and letting go of what is
//! no longer needed for that.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::catch_up::catch_up;
use super::error::OpenError;
use super::folder::{DataFolder, sync_folder};
use crate::journal::disk::Folder;
use crate::journal::journal_trim;
use crate::space::room;
use crate::store::digest::{StoreDigest, store_digest};
use crate::store::{Store, StoreWriter, store_copy, store_create, store_open};

/// How many databases of before a rebuild are kept; each is as large as the database.
const KEPT_MOST: u32 = 100;

/// What a rebuild did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The last entry that the new database holds.
    pub applied: u64,
    /// Where the database that was there before is now.
    pub kept_as: Option<PathBuf>,
    /// Whether the new database holds exactly what the old one did; none if the old one could
    /// not be read, or was behind or ahead of the journal.
    pub equal: Option<bool>,
}

/// Makes the database anew from the journal (and the base that its kept part builds on), and
/// puts it in the place of the old one, which stays beside it under another name.
///
/// # Errors
/// When the journal is damaged or the disk fails; the old database is then as it was.
pub fn rebuild(folder: &DataFolder, cache: usize, mut progress: impl FnMut(u64)) -> Result<Rebuilt, OpenError> {
    let disk = Folder::new(&folder.journal());
    let new = folder.path.join("data/hookgate.redb.unborn");
    let io = |doing: &'static str| {
        let path = new.clone();
        move |source| OpenError::Folder { path, doing, source }
    };
    remove_if_there(&new).map_err(io("clearing an earlier try"))?;
    if folder.base().exists() {
        fs::copy(folder.base(), &new).map_err(io("copying its base"))?;
    } else {
        store_create(&new, folder.appliance)?;
    }
    let mut store = store_open(&new, folder.appliance, cache)?;
    catch_up(&disk, folder.appliance, &mut store, |step| progress(step.applied))?;
    let equal = old_digest(folder, cache).and_then(|(applied, old)| {
        (applied == store.applied()).then(|| {
            let new = store.store().reader().and_then(|reader| store_digest(&reader));
            new.is_ok_and(|new| new == old)
        })
    });
    let applied = store.applied();
    drop(store);
    File::open(&new)
        .and_then(|file| file.sync_all())
        .map_err(io("syncing it"))?;
    let kept_as = folder
        .database()
        .exists()
        .then(|| free_name(&folder.path.join("data")))
        .transpose()
        .map_err(io("naming the old database"))?;
    if let Some(kept_as) = &kept_as {
        fs::rename(folder.database(), kept_as).map_err(io("keeping the old database"))?;
    }
    fs::rename(&new, folder.database()).map_err(io("naming it"))?;
    sync_folder(&folder.path.join("data")).map_err(io("syncing its folder"))?;
    Ok(Rebuilt {
        applied,
        kept_as,
        equal,
    })
}

/// A name for the old database that no earlier one has: the first may be the only good one.
fn free_name(data: &Path) -> io::Result<PathBuf> {
    let names = std::iter::once("hookgate.redb.before-rebuild".to_owned())
        .chain((2..=KEPT_MOST).map(|number| format!("hookgate.redb.before-rebuild-{number}")));
    for name in names {
        let path = data.join(name);
        if !path.try_exists()? {
            return Ok(path);
        }
    }
    Err(io::Error::other(format!(
        "there are {KEPT_MOST} databases of before a rebuild; delete those of hookgate.redb.before-rebuild-2 to -{KEPT_MOST} that are not needed"
    )))
}

/// What the database in place holds, if it can be read at all.
fn old_digest(folder: &DataFolder, cache: usize) -> Option<(u64, StoreDigest)> {
    let old: StoreWriter = store_open(&folder.database(), folder.appliance, cache).ok()?;
    let digest = old.store().reader().and_then(|reader| store_digest(&reader)).ok()?;
    Some((old.applied(), digest))
}

/// Once the journal takes more than `keep` bytes: copies the store as the new base and removes
/// the files of the journal that only lead up to it. Gives how many were removed.
///
/// The base is whole and in place before anything is removed. `go_on` is asked now and then.
///
/// # Errors
/// When the disk or the database fails; the journal is then as it was.
pub fn journal_shorten(data: &Path, store: &Store, keep: u64, go_on: &dyn Fn() -> bool) -> Result<usize, OpenError> {
    let (journal, base) = (data.join("journal"), data.join("base.redb"));
    let io = |doing: &'static str| {
        let path = base.clone();
        move |source| OpenError::Folder { path, doing, source }
    };
    if folder_bytes(&journal).map_err(io("measuring the journal"))? <= keep {
        return Ok(0);
    }
    let disk = Folder::new(&journal);
    if crate::journal::segments(&disk)?.len() < 2 {
        return Ok(0);
    }
    let new = data.join("base.redb.unborn");
    remove_if_there(&new).map_err(io("clearing an earlier try"))?;
    let database = fs::metadata(data.join("hookgate.redb")).map_err(io("measuring the database"))?;
    // Little to spare: it makes room in the end.
    room_check(data, database.len(), 32 << 20)?;
    let reader = store.reader()?;
    let copied = store_copy(&reader, &new, go_on);
    drop(reader);
    let applied = match copied {
        Ok(applied) => applied,
        Err(error) => {
            // Half a copy must not keep a full disk full.
            let _ = remove_if_there(&new);
            return Err(error.into());
        }
    };
    File::open(&new)
        .and_then(|file| file.sync_all())
        .map_err(io("syncing it"))?;
    fs::rename(&new, &base).map_err(io("naming it"))?;
    sync_folder(data).map_err(io("syncing its folder"))?;
    Ok(journal_trim(&disk, applied + 1)?)
}

/// Whether the disk has room for so many bytes and some to spare.
///
/// # Errors
/// [`OpenError::Space`] if not.
pub fn space_check(path: &Path, bytes: u64) -> Result<(), OpenError> {
    room_check(path, bytes, 256 << 20)
}

fn room_check(path: &Path, bytes: u64, spare: u64) -> Result<(), OpenError> {
    let free = room(path)
        .map_err(|source| OpenError::Folder {
            path: path.to_owned(),
            doing: "measuring the free space",
            source,
        })?
        .free;
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

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
