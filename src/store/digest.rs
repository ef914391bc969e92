//! A digest over everything in the store, to find out whether two stores hold the same data.

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use redb::{Key, ReadableTable, TableDefinition, TableHandle, Value};

use super::error::{StoreError, guarded, redb_error};
use super::reader::Reader;
use super::tables::with_table;

/// The number of rows after which `go_on` is called.
const STEP: u64 = 10_000;

/// A digest of the contents of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDigest {
    /// The name of each table, its number of rows, and SHA-256 over them in hexadecimal. Empty
    /// tables are left out, since a table of records is created at its first use.
    pub tables: Vec<(String, u64, String)>,
}

/// Computes the digest. Reads everything, so it takes longer the larger the store is.
///
/// # Errors
/// If the database fails or holds a table that this version does not know.
pub fn store_digest(reader: &Reader) -> Result<StoreDigest, StoreError> {
    store_digest_while(reader, &|| true)
}

/// Same as [`store_digest`], but stops when `go_on` returns false, which it calls regularly.
///
/// # Errors
/// See [`store_digest`]; [`StoreError::Stopped`] if `go_on` returned false.
pub fn store_digest_while(reader: &Reader, go_on: &dyn Fn() -> bool) -> Result<StoreDigest, StoreError> {
    guarded(|| digest(reader, go_on))
}

fn digest(reader: &Reader, go_on: &dyn Fn() -> bool) -> Result<StoreDigest, StoreError> {
    let mut tables = Vec::new();
    for name in table_names(reader)? {
        let (rows, sum) = with_table!(name.as_str(), |table| table_digest(reader, table, go_on)?, {
            return Err(unknown(&name));
        });
        if rows > 0 {
            tables.push((name, rows, sum));
        }
    }
    Ok(StoreDigest { tables })
}

/// The names of all tables, sorted.
pub(super) fn table_names(reader: &Reader) -> Result<Vec<String>, StoreError> {
    let tables = reader
        .transaction()
        .list_tables()
        .map_err(redb_error("listing its tables"))?;
    let mut names: Vec<String> = tables.map(|table| table.name().to_owned()).collect();
    names.sort();
    Ok(names)
}

/// The error for a table that this version does not know.
pub(super) fn unknown(name: &str) -> StoreError {
    StoreError::Value {
        what: format!("table {name}"),
    }
}

fn table_digest<K: Key + 'static, V: Value + 'static>(
    reader: &Reader,
    table: TableDefinition<'_, K, V>,
    go_on: &dyn Fn() -> bool,
) -> Result<(u64, String), StoreError> {
    let doing = "reading it completely";
    let table = reader.transaction().open_table(table).map_err(redb_error(doing))?;
    let mut context = Context::new(&SHA256);
    let mut rows = 0;
    for row in table.iter().map_err(redb_error(doing))? {
        let (key, value) = row.map_err(redb_error(doing))?;
        for part in [K::as_bytes(&key.value()).as_ref(), V::as_bytes(&value.value()).as_ref()] {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        rows += 1;
        if rows % STEP == 0 && !go_on() {
            return Err(StoreError::Stopped);
        }
    }
    let sum = context.finish();
    Ok((rows, HEXLOWER.encode(sum.as_ref())))
}
