//! Checks that indexes and counters match the rows.

use std::collections::BTreeMap;

use redb::{ReadableTable, ReadableTableMetadata};

use super::catalog;
use super::codec::decode;
use super::digest::table_names;
use super::error::{StoreError, redb_error};
use super::reader::{Reader, existing};
use super::record_index::{kept_columns, record_keys};
use super::schema::{
    CATALOG, COUNTER, WEBHOOK, WEBHOOK_ID, WEBHOOK_SOURCE, WEBHOOK_STATE, WEBHOOK_STATUS, counter, record_index,
    record_index_name, record_table, source_key, status_key,
};
use crate::domain::column::ColumnId;
use crate::domain::record::Record;
use crate::domain::webhook::{Status, Webhook, WebhookState};

/// The maximum number of findings that are reported.
const TOLD: usize = 20;

/// Reads every row and compares it with the indexes and counters. Returns the differences.
///
/// # Errors
/// If the database fails.
pub fn store_check(reader: &Reader) -> Result<Vec<String>, StoreError> {
    let mut findings = Findings::default();
    let mut counts = BTreeMap::new();
    webhooks(reader, &mut findings, &mut counts)?;
    records(reader, &mut findings, &mut counts)?;
    counters(reader, &mut findings, &counts)?;
    Ok(findings.told)
}

#[derive(Default)]
struct Findings {
    told: Vec<String>,
}

impl Findings {
    fn add(&mut self, finding: String) {
        if self.told.len() < TOLD {
            self.told.push(finding);
        }
    }
}

type Counts = BTreeMap<u64, u64>;

fn webhooks(reader: &Reader, findings: &mut Findings, counts: &mut Counts) -> Result<(), StoreError> {
    let transaction = reader.transaction();
    let webhooks = transaction.open_table(WEBHOOK).map_err(reading)?;
    let states = transaction.open_table(WEBHOOK_STATE).map_err(reading)?;
    let ids = transaction.open_table(WEBHOOK_ID).map_err(reading)?;
    let by_status = transaction.open_table(WEBHOOK_STATUS).map_err(reading)?;
    let by_source = transaction.open_table(WEBHOOK_SOURCE).map_err(reading)?;
    for row in webhooks.iter().map_err(reading)? {
        let (seq, bytes) = row.map_err(reading)?;
        let seq = seq.value();
        let Ok(webhook) = decode::<Webhook>(bytes.value(), String::new) else {
            findings.add(format!("webhook {seq} cannot be read"));
            continue;
        };
        let state = states.get(seq).map_err(reading)?;
        let state = state.and_then(|bytes| decode::<WebhookState>(bytes.value(), String::new).ok());
        let Some(state) = state else {
            findings.add(format!("the status of webhook {seq} cannot be read"));
            continue;
        };
        if ids
            .get(webhook.id.as_u128())
            .map_err(reading)?
            .map(|found| found.value())
            != Some(seq)
        {
            findings.add(format!("webhook {seq} cannot be found by its id"));
        }
        let modified = by_status.get(status_key(state.status, seq)).map_err(reading)?;
        if modified.map(|found| found.value()) != Some(state.modified_on.millis()) {
            findings.add(format!("webhook {seq} cannot be found by its status"));
        }
        if by_source
            .get(source_key(webhook.source, seq))
            .map_err(reading)?
            .is_none()
        {
            findings.add(format!("webhook {seq} cannot be found by its source"));
        }
        *counts.entry(counter::status(state.status)).or_default() += 1;
        *counts.entry(counter::source(webhook.source)).or_default() += 1;
        *counts
            .entry(counter::hour(webhook.created_on.hour(), state.status))
            .or_default() += 1;
    }
    let stored = webhooks.len().map_err(reading)?;
    for (table, rows) in [
        ("status", states.len().map_err(reading)?),
        ("id", ids.len().map_err(reading)?),
        ("index by status", by_status.len().map_err(reading)?),
        ("index by source", by_source.len().map_err(reading)?),
    ] {
        if rows != stored {
            findings.add(format!("there are {stored} webhooks, but {rows} rows of {table}"));
        }
    }
    Ok(())
}

fn records(reader: &Reader, findings: &mut Findings, counts: &mut Counts) -> Result<(), StoreError> {
    let catalog = {
        let table = reader.transaction().open_table(CATALOG).map_err(reading)?;
        catalog::read(&table, 0, 0)?
    };
    let tasks = reader.task_list()?;
    for name in table_names(reader)? {
        let Some(object) = name.strip_prefix("record_").and_then(|object| object.parse().ok()) else {
            continue;
        };
        let table = reader.transaction().open_table(record_table(&name)).map_err(reading)?;
        let index_name = record_index_name(object);
        let index = existing(reader.transaction().open_table(record_index(&index_name)))?;
        // An index that a task is building or removing holds only a part of its rows.
        let mut under_way: Vec<ColumnId> = tasks
            .iter()
            .filter(|(_, task)| task.is_open())
            .filter_map(|(_, task)| task.kind.index())
            .filter(|(of, _)| *of == object)
            .map(|(_, column)| column)
            .collect();
        under_way.sort_unstable();
        under_way.dedup();
        let mut columns = kept_columns(&catalog, object);
        columns.retain(|column| !under_way.contains(&column.id));
        let (mut keys, mut buffer) = (0, Vec::new());
        for row in table.iter().map_err(reading)? {
            let (id, bytes) = row.map_err(reading)?;
            let id = uuid::Uuid::from_u128(id.value());
            let Ok(record) = decode::<Record>(bytes.value(), String::new) else {
                findings.add(format!("record {id} cannot be read"));
                continue;
            };
            record_keys(&columns, id, &record, &mut buffer, |key| {
                keys += 1;
                let found = index
                    .as_ref()
                    .is_some_and(|index| matches!(index.get(key), Ok(Some(_))));
                if !found {
                    findings.add(format!("record {id} cannot be found by an index"));
                }
            });
        }
        let mut indexed = index
            .as_ref()
            .map_or(Ok(0), ReadableTableMetadata::len)
            .map_err(reading)?;
        for column in &under_way {
            let (from, to) = (column.to_be_bytes(), (column + 1).to_be_bytes());
            if let Some(index) = &index {
                indexed -= index.range(from.as_slice()..to.as_slice()).map_err(reading)?.count() as u64;
            }
        }
        if indexed != keys {
            findings.add(format!(
                "the records of {name} have {keys} keys, but the index has {indexed}"
            ));
        }
        let rows = table.len().map_err(reading)?;
        if rows > 0 {
            counts.insert(counter::records(object), rows);
        }
    }
    Ok(())
}

/// Compares the counters that can be counted again. The last automatic numbers cannot be.
fn counters(reader: &Reader, findings: &mut Findings, counts: &Counts) -> Result<(), StoreError> {
    let table = reader.transaction().open_table(COUNTER).map_err(reading)?;
    for row in table.iter().map_err(reading)? {
        let (key, value) = row.map_err(reading)?;
        let (key, value) = (key.value(), value.value());
        let counted = counts.get(&key).copied().unwrap_or_default();
        let is_number = (counter::number(0)..counter::hour(0, Status::New)).contains(&key);
        if !is_number && counted != value {
            findings.add(format!(
                "counter {key:#x} is {value}, but the actual count is {counted}"
            ));
        }
    }
    for (key, counted) in counts {
        if table.get(*key).map_err(reading)?.is_none() {
            findings.add(format!("counter {key:#x} is missing; the actual count is {counted}"));
        }
    }
    Ok(())
}

fn reading<E: Into<redb::Error>>(error: E) -> StoreError {
    redb_error("checking")(error)
}
