//! The state that the entries of the journal add up to, in redb. Only this module uses redb.
//!
//! One [`StoreWriter`] folds entries in order; any number of [`Reader`]s read snapshots.

mod apply;
mod audit;
mod catalog;
mod check;
mod codec;
pub mod digest;
mod error;
mod facts;
mod fold;
mod fold_records;
#[cfg(test)]
mod golden;
mod last_words;
#[cfg(test)]
mod model_tests;
mod numbers;
mod overlay;
#[cfg(test)]
mod people_tests;
pub mod query;
pub mod reader;
mod record_index;
#[cfg(test)]
mod record_tests;
mod records;
mod schedule;
mod schema;
mod sessions;
mod steps;
mod tables;
mod tasks;
#[cfg(test)]
mod tests;
mod tokens;
mod undo;
pub mod walk;
pub mod webhook_look;
pub mod webhook_walk;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use redb::{Builder, Database, ReadableDatabase, StorageBackend};
use uuid::Uuid;

pub use audit::AuditChain;
pub use check::store_check;
pub use error::{StoreError, guarded};
pub use fold::{Applied, Folded};
pub use last_words::{damage_caught, last_words_prepare};
pub use reader::Reader;
pub use records::record_mark;
pub use sessions::SessionKey;
pub use steps::Steps;

use crate::domain::catalog::Catalog;
use crate::domain::entry::Entry;
use crate::files::private_create;
use crate::metrics::recorded;
use crate::space::is_full;
use error::{file_error, open_error, redb_error};
use fold::Fold;
use overlay::Overlay;
use schema::{CATALOG, FORMAT, META, META_APPLIANCE, META_APPLIED, META_CATALOG, META_FORMAT, META_RULES};

/// The database for readers; cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
}

/// The only writer of the database.
pub struct StoreWriter {
    store: Store,
    catalog: Arc<Catalog>,
    applied: u64,
}

/// Creates a new, empty database. The file must not exist. It is complete only when this returns,
/// so create it under a temporary name.
///
/// # Errors
/// If the disk fails.
pub fn store_create(path: &Path, appliance: Uuid) -> Result<(), StoreError> {
    let database = create_private(&Builder::new(), path)?;
    initialise(&database, appliance)
}

/// Creates the file before redb does: redb would make it readable for others.
fn create_private(builder: &Builder, path: &Path) -> Result<Database, StoreError> {
    private_create(path).map_err(|source| {
        if is_full(&source) {
            StoreError::Full {
                doing: "creating it",
                source,
            }
        } else {
            StoreError::Denied(source)
        }
    })?;
    builder.create(path).map_err(file_error(path))
}

/// Same as [`store_create`], on any storage.
///
/// # Errors
/// If the storage fails.
pub fn store_create_on(backend: impl StorageBackend, appliance: Uuid) -> Result<(), StoreError> {
    let database = Builder::new().create_with_backend(backend).map_err(open_error)?;
    initialise(&database, appliance)
}

fn initialise(database: &Database, appliance: Uuid) -> Result<(), StoreError> {
    let doing = "creating it";
    let transaction = begin(database)?;
    schema::create_all(&transaction).map_err(redb_error(doing))?;
    {
        let mut meta = transaction.open_table(META).map_err(redb_error(doing))?;
        for (key, value) in [
            (META_FORMAT, FORMAT.to_le_bytes().as_slice()),
            (META_APPLIANCE, appliance.as_bytes()),
            (META_APPLIED, &0_u64.to_le_bytes()),
            (META_CATALOG, &0_u64.to_le_bytes()),
            (META_RULES, &0_u64.to_le_bytes()),
        ] {
            meta.insert(key, value).map_err(redb_error(doing))?;
        }
        let mut table = transaction.open_table(CATALOG).map_err(redb_error(doing))?;
        for (key, value) in catalog::all_rows(&Catalog::default()) {
            table
                .insert(key.as_slice(), value.as_slice())
                .map_err(redb_error(doing))?;
        }
    }
    transaction.commit().map_err(redb_error(doing))
}

/// Opens an existing database.
///
/// # Errors
/// If it cannot be read, is not a database of Hookgate, is damaged, was written by a newer version,
/// or belongs to another appliance.
pub fn store_open(path: &Path, appliance: Uuid, cache: usize) -> Result<StoreWriter, StoreError> {
    store_open_watched(path, appliance, cache, &Steps::default(), |_| ())
}

/// Same as [`store_open`]. `steps` counts up during a repair or a migration, and later with each
/// step of an entry that takes long. `repairing` is called with the progress of a repair, from 0 to
/// 1.
///
/// # Errors
/// See [`store_open`].
pub fn store_open_watched(
    path: &Path,
    appliance: Uuid,
    cache: usize,
    steps: &Steps,
    repairing: impl Fn(f64) + 'static,
) -> Result<StoreWriter, StoreError> {
    guarded(|| {
        let counted = steps.clone();
        let database = Builder::new()
            .set_cache_size(cache)
            .set_repair_callback(move |repair| {
                counted.made();
                repairing(repair.progress());
            })
            .open(path)
            .map_err(file_error(path))?;
        opened(database, appliance)
    })
}

/// Same as [`store_open`], for checking a file: the file is only read, and what a repair or a
/// migration writes stays in memory.
///
/// # Errors
/// See [`store_open`].
pub fn store_open_unchanged(path: &Path, appliance: Uuid, cache: usize) -> Result<StoreWriter, StoreError> {
    guarded(|| {
        let overlay = Overlay::open(path).map_err(|error| file_error(path)(redb::StorageError::Io(error).into()))?;
        let database = Builder::new()
            .set_cache_size(cache)
            .create_with_backend(overlay)
            .map_err(open_error)?;
        opened(database, appliance)
    })
}

/// Same as [`store_open`], on any storage.
///
/// # Errors
/// See [`store_open`].
pub fn store_open_on(backend: impl StorageBackend, appliance: Uuid) -> Result<StoreWriter, StoreError> {
    guarded(|| {
        let database = Builder::new().create_with_backend(backend).map_err(open_error)?;
        opened(database, appliance)
    })
}

fn opened(database: Database, appliance: Uuid) -> Result<StoreWriter, StoreError> {
    let doing = "opening it";
    let transaction = database.begin_read().map_err(redb_error(doing))?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(redb::TableError::TableDoesNotExist(_) | redb::TableError::TableTypeMismatch { .. }) => {
            return Err(StoreError::Foreign);
        }
        Err(error) => return Err(redb_error(doing)(error)),
    };
    let get = |key: &str| -> Result<Vec<u8>, StoreError> {
        let value = meta.get(key).map_err(redb_error(doing))?;
        value.map(|value| value.value().to_vec()).ok_or(StoreError::Foreign)
    };
    let number = |key: &str| -> Result<u64, StoreError> {
        get(key)?
            .first_chunk()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .ok_or(StoreError::Foreign)
    };
    let format = get(META_FORMAT)?;
    let format = format.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    let other = get(META_APPLIANCE)? != appliance.as_bytes();
    match format {
        Some(FORMAT) if other => return Err(StoreError::OtherAppliance),
        Some(FORMAT) => {}
        Some(found) if found > FORMAT => {
            return Err(StoreError::Newer { found, known: FORMAT });
        }
        _ => return Err(StoreError::Foreign),
    }
    let table = transaction.open_table(CATALOG).map_err(redb_error(doing))?;
    let catalog = catalog::read(&table, number(META_CATALOG)?, number(META_RULES)?)?;
    let applied = number(META_APPLIED)?;
    drop((table, meta));
    transaction.close().map_err(redb_error(doing))?;
    Ok(StoreWriter {
        store: Store {
            database: Arc::new(database),
        },
        catalog: Arc::new(catalog),
        applied,
    })
}

/// Starts a transaction that is durable when committed and fast to open after a kill.
fn begin(database: &Database) -> Result<redb::WriteTransaction, StoreError> {
    let doing = "starting a write transaction";
    let mut transaction = database.begin_write().map_err(redb_error(doing))?;
    transaction
        .set_durability(redb::Durability::Immediate)
        .map_err(redb_error(doing))?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

impl Store {
    /// A snapshot of the last commit.
    ///
    /// # Errors
    /// If the database fails.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        let transaction = self
            .database
            .begin_read()
            .map_err(redb_error("starting a read transaction"))?;
        Ok(Reader::new(transaction))
    }
}

impl StoreWriter {
    /// The database for readers.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// The sequence of the last applied entry.
    #[must_use]
    pub const fn applied(&self) -> u64 {
        self.applied
    }

    /// The configuration after the last applied entry.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog)
    }

    /// Applies entries in one transaction, which is durable when this returns. Entries that are
    /// already applied are skipped.
    ///
    /// # Errors
    /// If the database fails, after which it must be opened again; or if an entry is not the next
    /// one.
    pub fn fold<'e>(&mut self, entries: impl IntoIterator<Item = (u64, &'e Entry)>) -> Result<Folded, StoreError> {
        guarded(|| self.fold_all(entries))
    }

    fn fold_all<'e>(&mut self, entries: impl IntoIterator<Item = (u64, &'e Entry)>) -> Result<Folded, StoreError> {
        let transaction = begin(&self.store.database)?;
        let mut applied = self.applied;
        let mut fold = Fold::new(&transaction, Arc::clone(&self.catalog))?;
        for (seq, entry) in entries {
            if seq <= applied {
                continue;
            }
            if seq != applied + 1 {
                return Err(StoreError::Order {
                    wanted: applied + 1,
                    found: seq,
                });
            }
            apply::entry(&mut fold, seq, entry)?;
            applied = seq;
        }
        let folded = fold.finish(applied)?;
        let begun = Instant::now();
        transaction.commit().map_err(redb_error("committing"))?;
        recorded::STORE_COMMIT.observe_time(begun.elapsed());
        recorded::STORE_BATCH.observe(applied.saturating_sub(self.applied));
        self.applied = applied;
        if let Some(catalog) = &folded.catalog {
            self.catalog = Arc::clone(catalog);
        }
        Ok(folded)
    }

    /// Checks that the whole file is as redb wrote it. redb repairs what it can.
    ///
    /// # Errors
    /// If the database fails or readers use it.
    pub fn check_integrity(&mut self) -> Result<bool, StoreError> {
        let database = Arc::get_mut(&mut self.store.database).ok_or(StoreError::Stopped)?;
        guarded(|| database.check_integrity().map_err(open_error))
    }
}
