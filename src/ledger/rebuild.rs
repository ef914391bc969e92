//! Rebuilds the database or the journal from the other one, if one of them is damaged or lost.
//!
//! Nothing is replaced before all of it was read: the result never holds less than the best of what
//! exists, unless the administrator accepts the loss.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::derive::{Derivation, Origin, derivation_begin, differences, remove_if_there};
use super::error::OpenError;
use super::folder::{DataFolder, folder_error as io_error, sync_folder};
use super::shorten::room_check;
use super::survey::{Source, Survey, survey};
use crate::files::PRIVATE_FOLDER;
use crate::journal::disk::Folder;
use crate::journal::{journal_create_at, segment_name, segments};
use crate::store::digest::{StoreDigest, store_digest};
use crate::store::{StoreError, store_open_unchanged};

/// The maximum number of old files of one name that are kept.
const MAX_KEPT: u32 = 100;

/// The options of a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The source to rebuild from.
    pub from: Source,
    /// Whether to continue although entries are lost.
    pub accept_loss: bool,
}

/// The result of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The last entry that the database has applied.
    pub applied: u64,
    /// The number of webhooks in the database.
    pub webhooks: u64,
    /// The new paths of what was replaced: the old database, or the old journal and its base.
    pub kept_as: Vec<PathBuf>,
    /// Whether the new database equals the old one at the old one's last entry; none if the old one
    /// was damaged.
    pub equal: Option<bool>,
    /// The number of known entries that are no longer in the database.
    pub lost: u64,
}

/// Why a rebuild was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    #[error("the result would contain less than the existing data")]
    Loss { survey: Box<Survey>, wish: Wish },
    #[error("the journal and the database are both intact, but differ in {}", tables.join(", "))]
    Disagree { tables: Vec<String> },
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl From<StoreError> for RebuildError {
    fn from(error: StoreError) -> Self {
        Self::Open(error.into())
    }
}

/// Rebuilds the database from the journal, or starts a new journal after the database. What is
/// replaced is kept next to it under another name.
///
/// # Errors
/// If entries would be lost, journal and database disagree, or the disk fails.
pub fn rebuild(folder: &DataFolder, wish: Wish, segment: u64, cache: usize) -> Result<Rebuilt, RebuildError> {
    let survey = survey(folder, cache)?;
    let Some(reach) = survey
        .reach(wish.from)
        .filter(|reach| wish.accept_loss || survey.is_complete(*reach))
    else {
        return Err(RebuildError::Loss {
            survey: Box::new(survey),
            wish,
        });
    };
    let lost = survey.newest() - reach;
    room_for_another(folder)?;
    match wish.from {
        Source::Journal => {
            database_rebuild(folder, &survey, reach, wish.accept_loss, cache).map(|made| Rebuilt { lost, ..made })
        }
        Source::Database => journal_renew(folder, &survey, reach, segment, cache).map(|made| Rebuilt { lost, ..made }),
    }
}

/// Rebuilds the database from the journal.
fn database_rebuild(
    folder: &DataFolder,
    survey: &Survey,
    reach: u64,
    accept_loss: bool,
    cache: usize,
) -> Result<Rebuilt, RebuildError> {
    let data = folder.path.join("data");
    let new = data.join("hookgate.redb.unborn");
    remove_if_there(&new).map_err(io_error(&new, "removing the files of an earlier attempt"))?;
    let (journal, base) = (Folder::new(&folder.journal()), folder.base());
    let origin = journal_origin(folder, survey, &journal, &base, cache);
    let made = derived(folder, survey, origin, &new, reach, accept_loss);
    let equal = match made {
        Ok(equal) => equal,
        Err(error) => {
            // An incomplete database must not keep a full disk full.
            let _ = remove_if_there(&new);
            return Err(error);
        }
    };
    let mut kept_as = Vec::new();
    if folder.database().exists() {
        let kept = free_name(&data, "hookgate.redb")?;
        fs::rename(folder.database(), &kept).map_err(io_error(&kept, "renaming the old database"))?;
        kept_as.push(kept);
    }
    fs::rename(&new, folder.database()).map_err(io_error(&new, "renaming it"))?;
    sync_folder(&data).map_err(io_error(&data, "syncing it"))?;
    Ok(Rebuilt {
        applied: reach,
        webhooks: webhooks(folder, cache)?,
        kept_as,
        equal,
        lost: 0,
    })
}

/// Whether the new database equals the old one at the old one's last entry.
fn derived(
    folder: &DataFolder,
    survey: &Survey,
    origin: Origin<'_>,
    new: &Path,
    reach: u64,
    accept_loss: bool,
) -> Result<Option<bool>, RebuildError> {
    let mut derivation = derivation_begin(origin, new, &|_| true)?;
    let differing = compare_at(&mut derivation, folder, survey, reach, origin.cache)?;
    let equal = differing.as_ref().map(Vec::is_empty);
    if let Some(tables) = differing.filter(|tables| !tables.is_empty() && !accept_loss) {
        return Err(RebuildError::Disagree { tables });
    }
    derivation.advance(reach, &|_| true)?;
    let before = derivation.digest()?;
    if derivation.finish()? != before {
        return Err(OpenError::NotAsWritten { path: new.to_owned() }.into());
    }
    Ok(equal)
}

/// The tables in which an intact database differs from the derived one, at its last entry; none if
/// there is no intact database, or its last entry is outside of what is derived.
fn compare_at(
    derivation: &mut Derivation<'_>,
    folder: &DataFolder,
    survey: &Survey,
    reach: u64,
    cache: usize,
) -> Result<Option<Vec<String>>, OpenError> {
    let whole = survey.database.as_ref().filter(|database| database.is_whole());
    let on_the_way = derivation.applied()..=reach;
    let applied = whole.and_then(|database| database.applied);
    let Some(applied) = applied.filter(|applied| on_the_way.contains(applied)) else {
        return Ok(None);
    };
    derivation.advance(applied, &|_| true)?;
    Ok(Some(differences(
        &derivation.digest()?,
        &database_digest(folder, cache)?,
    )))
}

/// The tables in which the database differs from the journal; none if one of them is damaged, so
/// that they cannot be compared. Temporarily needs room for a second copy of the database.
///
/// # Errors
/// If there is no room, or the disk fails.
pub fn compare(folder: &DataFolder, survey: &Survey, cache: usize) -> Result<Option<Vec<String>>, OpenError> {
    let Some(reach) = survey.reach(Source::Journal) else {
        return Ok(None);
    };
    room_for_another(folder)?;
    let path = folder.path.join("data/check.redb.unborn");
    let clear = || remove_if_there(&path).map_err(io_error(&path, "deleting it"));
    clear()?;
    let (journal, base) = (Folder::new(&folder.journal()), folder.base());
    let compared = derivation_begin(journal_origin(folder, survey, &journal, &base, cache), &path, &|_| true)
        .and_then(|mut derivation| compare_at(&mut derivation, folder, survey, reach, cache));
    clear()?;
    compared
}

fn journal_origin<'a>(
    folder: &DataFolder,
    survey: &Survey,
    journal: &'a Folder,
    base: &'a Path,
    cache: usize,
) -> Origin<'a> {
    Origin {
        journal,
        base: survey.base_is_usable().then_some(base),
        appliance: folder.appliance,
        cache,
    }
}

/// Checks that there is room for a second copy of the database or its base.
fn room_for_another(folder: &DataFolder) -> Result<(), OpenError> {
    let files = [folder.database(), folder.base()];
    let lengths = files.into_iter().filter_map(|path| fs::metadata(path).ok());
    // A small reserve is enough: a repair may run on a small disk, and the copy is removed again.
    room_check(
        &folder.path,
        lengths.map(|file| file.len()).max().unwrap_or(0),
        16 << 20,
    )
}

fn database_digest(folder: &DataFolder, cache: usize) -> Result<StoreDigest, StoreError> {
    let old = store_open_unchanged(&folder.database(), folder.appliance, cache)?;
    store_digest(&old.store().reader()?)
}

fn webhooks(folder: &DataFolder, cache: usize) -> Result<u64, StoreError> {
    let store = store_open_unchanged(&folder.database(), folder.appliance, cache)?;
    Ok(store.store().reader()?.webhook_counts()?.total())
}

/// Starts a new journal after the database, with the database as its base.
///
/// If it is interrupted at any point, the same command completes it: the database is not replaced,
/// and missing entries are applied to it first.
fn journal_renew(
    folder: &DataFolder,
    survey: &Survey,
    reach: u64,
    segment: u64,
    cache: usize,
) -> Result<Rebuilt, RebuildError> {
    let (data, base) = (folder.path.join("data"), folder.base());
    let disk = Folder::new(&folder.journal());
    let new = data.join("base.redb.unborn");
    remove_if_there(&new).map_err(io_error(&new, "removing the files of an earlier attempt"))?;
    let database = folder.database();
    let origin = Origin {
        journal: &disk,
        base: Some(&*database),
        appliance: folder.appliance,
        cache,
    };
    // The new base is the database plus the entries of the journal that continue it. Afterwards the
    // database itself becomes a copy of the base.
    let made = derivation_begin(origin, &new, &|_| true).and_then(|mut derivation| {
        derivation.advance(reach, &|_| true)?;
        derivation.finish()
    });
    if let Err(error) = made {
        let _ = remove_if_there(&new);
        return Err(error.into());
    }
    let mut kept_as = Vec::new();
    if survey.database.as_ref().and_then(|database| database.applied) != Some(reach) {
        let copy = data.join("hookgate.redb.unborn");
        fs::copy(&new, &copy)
            .and_then(|_| File::open(&copy)?.sync_all())
            .and_then(|()| fs::rename(&copy, &database))
            .map_err(io_error(&copy, "copying the new base of the journal"))?;
    }
    if base.exists() {
        let kept = free_name(&data, "base.redb")?;
        fs::rename(&base, &kept).map_err(io_error(&kept, "renaming the old base of the journal"))?;
        kept_as.push(kept);
    }
    fs::rename(&new, &base).map_err(io_error(&base, "renaming it"))?;
    sync_folder(&data).map_err(io_error(&data, "syncing it"))?;
    kept_as.extend(journal_keep(folder, &data, &disk)?);
    journal_create_at(&disk, folder.appliance, reach + 1, segment).map_err(OpenError::from)?;
    sync_folder(&folder.journal()).map_err(io_error(&data, "syncing it"))?;
    Ok(Rebuilt {
        applied: reach,
        webhooks: webhooks(folder, cache)?,
        kept_as,
        equal: Some(true),
        lost: 0,
    })
}

/// Moves the files of the old journal into a folder next to it.
fn journal_keep(folder: &DataFolder, data: &Path, disk: &Folder) -> Result<Option<PathBuf>, OpenError> {
    let firsts = segments(disk)?;
    if firsts.is_empty() {
        return Ok(None);
    }
    let kept = free_name(data, "journal")?;
    let keeping = || io_error(&kept, "renaming the old journal");
    DirBuilder::new()
        .mode(PRIVATE_FOLDER)
        .create(&kept)
        .map_err(keeping())?;
    for first in firsts {
        let name = segment_name(first);
        fs::rename(folder.journal().join(&name), kept.join(&name)).map_err(keeping())?;
    }
    sync_folder(&kept)
        .and_then(|()| sync_folder(&folder.journal()))
        .and_then(|()| sync_folder(data))
        .map_err(keeping())?;
    Ok(Some(kept))
}

/// The databases that earlier rebuilds replaced and kept under another name.
///
/// # Errors
/// If the folder cannot be read.
pub fn databases_kept(folder: &DataFolder) -> Result<Vec<PathBuf>, OpenError> {
    let data = folder.path.join("data");
    kept_names("hookgate.redb")
        .map(|name| data.join(name))
        .filter_map(|path| match path.try_exists() {
            Ok(true) => Some(Ok(path)),
            Ok(false) => None,
            Err(source) => Some(Err(io_error(&path, "checking whether it exists")(source))),
        })
        .collect()
}

fn kept_names(name: &str) -> impl Iterator<Item = String> {
    std::iter::once(format!("{name}.before-rebuild"))
        .chain((2..=MAX_KEPT).map(move |number| format!("{name}.before-rebuild-{number}")))
}

/// An unused name for a file that is kept. It must not replace an earlier one, which may be the
/// only good one.
fn free_name(data: &Path, name: &str) -> Result<PathBuf, OpenError> {
    let looking = || io_error(data, "searching for an unused name");
    for kept in kept_names(name) {
        let path = data.join(kept);
        if !path.try_exists().map_err(looking())? {
            return Ok(path);
        }
    }
    Err(looking()(io::Error::other(format!(
        "the replaced data of {MAX_KEPT} earlier rebuilds still exists; delete the ones of {name}.before-rebuild-2 to \
         {name}.before-rebuild-{MAX_KEPT} that are no longer needed"
    ))))
}
