//! A copy of the store as of one snapshot, in a file of its own.

use std::path::Path;

use redb::{Database, Key, ReadableTable, TableDefinition, Value};

use super::create_private;
use super::digest::{table_names, unknown};
use super::error::{StoreError, guarded, redb_error};
use super::reader::Reader;
use super::tables::with_table;

/// Rows of one transaction: bounded memory, few commits.
const STEP: usize = 20_000;

/// Copies everything that the snapshot holds into a new file, which is durable when this
/// returns; make it under another name. `go_on` is asked now and then. Gives the sequence of the last entry that it holds.
///
/// # Errors
/// When one of the two databases fails, or [`StoreError::Stopped`] when it shall not go on.
pub fn store_copy(reader: &Reader, path: &Path, go_on: &dyn Fn() -> bool) -> Result<u64, StoreError> {
    guarded(|| copy(reader, path, go_on))
}

fn copy(reader: &Reader, path: &Path, go_on: &dyn Fn() -> bool) -> Result<u64, StoreError> {
    let database = create_private(Database::builder().set_cache_size(32 << 20), path)?;
    for name in table_names(reader)? {
        with_table!(name.as_str(), |table| table_copy(reader, &database, table, go_on)?, {
            return Err(unknown(&name));
        });
    }
    let doing = "finishing a copy";
    let mut transaction = database.begin_write().map_err(redb_error(doing))?;
    transaction.set_quick_repair(true);
    transaction.commit().map_err(redb_error(doing))?;
    reader.applied()
}

fn table_copy<K: Key + 'static, V: Value + 'static>(
    reader: &Reader,
    database: &Database,
    table: TableDefinition<'_, K, V>,
    go_on: &dyn Fn() -> bool,
) -> Result<(), StoreError> {
    let doing = "being copied";
    let from = reader.transaction().open_table(table).map_err(redb_error(doing))?;
    let mut rows = from.iter().map_err(redb_error(doing))?;
    let mut more = true;
    while more {
        more = false;
        if !go_on() {
            return Err(StoreError::Stopped);
        }
        let mut transaction = database.begin_write().map_err(redb_error(doing))?;
        transaction
            .set_durability(redb::Durability::None)
            .map_err(redb_error(doing))?;
        {
            let mut to = transaction.open_table(table).map_err(redb_error(doing))?;
            for row in rows.by_ref().take(STEP) {
                let (key, value) = row.map_err(redb_error(doing))?;
                to.insert(key.value(), value.value()).map_err(redb_error(doing))?;
                more = true;
            }
        }
        transaction.commit().map_err(redb_error(doing))?;
    }
    Ok(())
}
