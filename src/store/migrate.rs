//! A database of an older format becomes one of this format: one transaction, all or nothing.

use std::collections::BTreeMap;

use redb::{Database, ReadableTable, TableHandle, WriteTransaction};
use uuid::Uuid;

use super::catalog;
use super::codec::decode;
use super::error::{StoreError, redb_error};
use super::fold_records::Keys;
use super::record_index::{indexed_columns, record_keys};
use super::schema::{
    CATALOG, COUNTER, META, META_FORMAT, WEBHOOK, WEBHOOK_STATE, counter, create_all, record_index, record_index_name,
    record_table,
};
use super::steps::Steps;
use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookState;

/// Records that are indexed in one go.
const STEP: usize = 50_000;

/// From format 1 to 2: tables for tokens, sessions and the audit log, indexes of records, counters by hour.
pub(super) fn to_2(database: &Database, steps: &Steps) -> Result<(), StoreError> {
    let doing = "being brought to a newer format";
    let transaction = super::begin(database)?;
    create_all(&transaction).map_err(redb_error(doing))?;
    let catalog = {
        let table = transaction.open_table(CATALOG).map_err(redb_error(doing))?;
        catalog::read(&table, 0)?
    };
    let names: Vec<String> = transaction
        .list_tables()
        .map_err(redb_error(doing))?
        .map(|table| table.name().to_owned())
        .collect();
    for name in names {
        if let Some(object) = name.strip_prefix("record_").and_then(|number| number.parse().ok()) {
            index_all(&transaction, object, &name, &indexed_columns(&catalog, object), steps)?;
        }
    }
    hours_count(&transaction, steps)?;
    {
        let mut meta = transaction.open_table(META).map_err(redb_error(doing))?;
        meta.insert(META_FORMAT, 2_u32.to_le_bytes().as_slice())
            .map_err(redb_error(doing))?;
    }
    transaction.commit().map_err(redb_error(doing))
}

/// Counters by hour of all webhooks.
fn hours_count(transaction: &WriteTransaction, steps: &Steps) -> Result<(), StoreError> {
    let doing = "counting webhooks by hour";
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    let webhooks = transaction.open_table(WEBHOOK).map_err(redb_error(doing))?;
    let states = transaction.open_table(WEBHOOK_STATE).map_err(redb_error(doing))?;
    for row in webhooks.iter().map_err(redb_error(doing))? {
        let (seq, bytes) = row.map_err(redb_error(doing))?;
        let seq = seq.value();
        if seq.is_multiple_of(STEP as u64) {
            steps.made();
        }
        let (_, created): (Uuid, Timestamp) = decode(bytes.value(), || format!("webhook {seq}"))?;
        if let Some(state) = states.get(seq).map_err(redb_error(doing))? {
            let state: WebhookState = decode(state.value(), || format!("webhook state {seq}"))?;
            *counts.entry(counter::hour(created.hour(), state.status)).or_default() += 1;
        }
    }
    let mut counters = transaction.open_table(COUNTER).map_err(redb_error(doing))?;
    for (key, count) in counts {
        counters.insert(key, count).map_err(redb_error(doing))?;
    }
    Ok(())
}

fn index_all(
    transaction: &WriteTransaction,
    object: ObjectId,
    name: &str,
    columns: &[ColumnId],
    steps: &Steps,
) -> Result<(), StoreError> {
    let doing = "indexing records";
    let records = transaction.open_table(record_table(name)).map_err(redb_error(doing))?;
    let index = record_index_name(object);
    let mut index = transaction
        .open_table(record_index(&index))
        .map_err(redb_error(doing))?;
    let mut rows = records.iter().map_err(redb_error(doing))?;
    let mut buffer = Vec::new();
    loop {
        let mut keys = Keys::default();
        let mut taken = 0;
        for row in rows.by_ref().take(STEP) {
            taken += 1;
            let (id, bytes) = row.map_err(redb_error(doing))?;
            let id = Uuid::from_u128(id.value());
            let record: Record = decode(bytes.value(), || format!("{name} {id}"))?;
            record_keys(columns, id, &record, &mut buffer, |key| keys.push(object, key, true));
        }
        for (_, key, _) in keys.sorted() {
            index.insert(key, ()).map_err(redb_error(doing))?;
        }
        steps.made();
        if taken < STEP {
            return Ok(());
        }
    }
}
