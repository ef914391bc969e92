//! Builds a database independently of the one in use: from the journal, and from the base on which
//! the kept part of the journal builds.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::catch_up::Gathered;
use super::error::OpenError;
use super::folder::folder_error as io_error;
use crate::files::private_new;
use crate::journal::disk::Disk;
use crate::journal::{Frame, journal_salvage};
use crate::store::digest::{StoreDigest, store_digest};
use crate::store::{StoreError, StoreWriter, store_create, store_open, store_open_unchanged};

/// The bytes of the base after which `go_on` is called while copying.
const STEP: u64 = 64 << 20;

/// The sources of a derived database.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    pub journal: &'a dyn Disk,
    /// The database on which the kept part of the journal builds; none if the journal is kept from
    /// its first entry.
    pub base: Option<&'a Path>,
    pub appliance: Uuid,
    /// The size of the database's cache in bytes.
    pub cache: usize,
}

/// Called regularly with the last applied entry. Returns whether to continue.
pub type GoOn<'a> = &'a dyn Fn(u64) -> bool;

/// A database that is being derived.
pub struct Derivation<'a> {
    origin: Origin<'a>,
    store: StoreWriter,
    path: PathBuf,
}

/// Starts a database at `path`, which must not exist: a verified copy of the base, or an empty one.
///
/// # Errors
/// If the base is damaged, the disk fails, or `go_on` returns false.
pub fn derivation_begin<'a>(origin: Origin<'a>, path: &Path, go_on: GoOn<'_>) -> Result<Derivation<'a>, OpenError> {
    let Origin {
        base, appliance, cache, ..
    } = origin;
    if !go_on(0) {
        return Err(OpenError::Fold(StoreError::Stopped));
    }
    match base {
        Some(base) => base_copy(base, path, go_on)?,
        None => store_create(path, appliance)?,
    }
    let mut store = store_open(path, appliance, cache).map_err(|source| base_error(base, source))?;
    if let Some(base) = base
        && !store
            .check_integrity()
            .map_err(|source| base_error(Some(base), source))?
    {
        return Err(OpenError::BaseDamaged { path: base.to_owned() });
    }
    Ok(Derivation {
        origin,
        store,
        path: path.to_owned(),
    })
}

impl Derivation<'_> {
    /// The last applied entry.
    #[must_use]
    pub const fn applied(&self) -> u64 {
        self.store.applied()
    }

    /// The digest of its current contents.
    ///
    /// # Errors
    /// If the database fails.
    pub fn digest(&self) -> Result<StoreDigest, StoreError> {
        store_digest(&self.store.store().reader()?)
    }

    /// Applies the entries of the journal up to `until`. The journal may be in use.
    ///
    /// # Errors
    /// If the journal is damaged or incomplete, the database fails, or `go_on` returns false.
    pub fn advance(&mut self, until: u64, go_on: GoOn<'_>) -> Result<(), OpenError> {
        let from = self.store.applied() + 1;
        if from > until {
            return Ok(());
        }
        let mut next = from;
        let mut gathered = Gathered::default();
        let store = &mut self.store;
        let mut each = |frame: &Frame<'_>| {
            for (seq, entry) in frame.entries() {
                if seq > until || seq > next {
                    return Ok(ControlFlow::Break(()));
                }
                if seq < next {
                    continue;
                }
                next += 1;
                if gathered.add(store, seq, entry)? && !go_on(store.applied()) {
                    return Err(OpenError::Fold(StoreError::Stopped));
                }
            }
            Ok(if next > until {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        };
        let faults = journal_salvage(self.origin.journal, self.origin.appliance, from, &mut each)?;
        gathered.fold(&mut self.store)?;
        if self.store.applied() < until {
            return Err(match faults.into_iter().next() {
                Some(fault) => fault.into(),
                None => OpenError::JournalShort {
                    applied: until,
                    journal: self.store.applied(),
                },
            });
        }
        Ok(())
    }

    /// Closes the database, makes it durable, and reads it completely from the file again. Returns
    /// the digest of its contents.
    ///
    /// # Errors
    /// If the file is not as it was written.
    pub fn finish(self) -> Result<StoreDigest, OpenError> {
        let Self { origin, store, path } = self;
        drop(store);
        File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(io_error(&path, "syncing it"))?;
        let mut read = store_open_unchanged(&path, origin.appliance, origin.cache)?;
        if !read.check_integrity()? {
            return Err(OpenError::NotAsWritten { path });
        }
        Ok(store_digest(&read.store().reader()?)?)
    }
}

/// The names of the tables in which two databases differ, with the number of rows in each.
#[must_use]
pub fn differences(one: &StoreDigest, other: &StoreDigest) -> Vec<String> {
    let rows = |digest: &StoreDigest, name: &str| {
        let found = digest.tables.iter().find(|(table, ..)| table == name);
        found.map_or(0, |(_, rows, _)| *rows)
    };
    let mut names: Vec<&str> = one
        .tables
        .iter()
        .filter(|table| !other.tables.contains(table))
        .chain(other.tables.iter().filter(|table| !one.tables.contains(table)))
        .map(|(name, ..)| name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("{name} ({} and {} rows)", rows(one, name), rows(other, name)))
        .collect()
}

fn base_copy(base: &Path, path: &Path, go_on: GoOn<'_>) -> Result<(), OpenError> {
    let mut from = File::open(base).map_err(io_error(base, "opening it"))?;
    let mut to = private_new(path).map_err(io_error(path, "creating it"))?;
    loop {
        if !go_on(0) {
            return Err(OpenError::Fold(StoreError::Stopped));
        }
        let copied = io::copy(&mut from.by_ref().take(STEP), &mut to)
            .map_err(io_error(path, "copying the base of the journal"))?;
        if copied == 0 {
            return Ok(());
        }
    }
}

/// A base that cannot be opened is damaged, unless the error comes from the disk.
fn base_error(base: Option<&Path>, source: StoreError) -> OpenError {
    match base {
        Some(base) if source.is_damage() => OpenError::BaseDamaged { path: base.to_owned() },
        _ => source.into(),
    }
}

/// Removes a file if it exists.
///
/// # Errors
/// Errors of the file system.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
