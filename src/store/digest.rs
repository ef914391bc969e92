//! A digest over everything in the store, to tell whether two of them hold the same.

use aws_lc_rs::digest::{Context, SHA256};
use redb::{ReadableTable, TableHandle};

use super::error::{StoreError, guarded, redb_error};
use super::reader::Reader;
use super::schema::{
    CATALOG, COUNTER, META, WEBHOOK, WEBHOOK_ID, WEBHOOK_SOURCE, WEBHOOK_STATE, WEBHOOK_STATUS, record_table,
};

/// The contents of a store in short: rows by table, and SHA-256 over all keys and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDigest {
    /// Name of each table, its rows, and SHA-256 over them in hexadecimal.
    pub tables: Vec<(String, u64, String)>,
}

/// Reads everything. Time grows with the size of the store.
///
/// # Errors
/// When the database fails or holds a table that this version does not know.
pub fn store_digest(reader: &Reader) -> Result<StoreDigest, StoreError> {
    guarded(|| digest(reader))
}

fn digest(reader: &Reader) -> Result<StoreDigest, StoreError> {
    let transaction = reader.transaction();
    let doing = "reading all of it";
    let mut names: Vec<String> = transaction
        .list_tables()
        .map_err(redb_error(doing))?
        .map(|table| table.name().to_owned())
        .collect();
    names.sort();
    let mut tables = Vec::new();
    for name in names {
        let mut context = Context::new(&SHA256);
        let mut rows = 0_u64;
        macro_rules! add {
            ($table:expr, |$key:ident, $value:ident| $parts:expr) => {{
                let table = transaction.open_table($table).map_err(redb_error(doing))?;
                for row in table.iter().map_err(redb_error(doing))? {
                    let (key, value) = row.map_err(redb_error(doing))?;
                    let ($key, $value) = (key.value(), value.value());
                    for part in $parts {
                        let part: &[u8] = part;
                        context.update(&(part.len() as u64).to_le_bytes());
                        context.update(part);
                    }
                    rows += 1;
                }
            }};
        }
        match name.as_str() {
            "meta" => add!(META, |key, value| [key.as_bytes(), value]),
            "webhook" => add!(WEBHOOK, |key, value| [&key.to_le_bytes()[..], value]),
            "webhook_state" => add!(WEBHOOK_STATE, |key, value| [&key.to_le_bytes()[..], value]),
            "webhook_id" => add!(WEBHOOK_ID, |key, value| [&key.to_le_bytes()[..], &value.to_le_bytes()]),
            "webhook_status" => add!(WEBHOOK_STATUS, |key, value| [
                &key.to_le_bytes()[..],
                &value.to_le_bytes()
            ]),
            "webhook_source" => add!(WEBHOOK_SOURCE, |key, _value| [&key.to_le_bytes()[..]]),
            "counter" => add!(COUNTER, |key, value| [&key.to_le_bytes()[..], &value.to_le_bytes()]),
            "catalog" => add!(CATALOG, |key, value| [key, value]),
            other if other.starts_with("record_") => {
                add!(record_table(other), |key, value| [&key.to_le_bytes()[..], value]);
            }
            other => {
                return Err(StoreError::Value {
                    what: format!("table {other}"),
                });
            }
        }
        let sum = context.finish();
        let hex = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        tables.push((name, rows, hex));
    }
    Ok(StoreDigest { tables })
}
