//! Folding entries into redb, many in one transaction. What an entry changes is in `apply`.
//!
//! The changes of a transaction are collected first and written at its end in key order: a webhook
//! that arrives and is processed in the same transaction is written once, and B-trees are filled
//! from left to right.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use redb::{ReadableTable, Table, WriteTransaction};
use uuid::Uuid;

use super::catalog::changed_rows;
use super::codec::{decode, decode_start, encode_into};
use super::error::{StoreError, redb_error};
use super::fold_records::RecordSlot;
use super::record_index::IndexedColumn;
use super::schema::{
    CATALOG, COUNTER, META, META_APPLIED, META_CATALOG, META_RULES, WEBHOOK, WEBHOOK_ID, WEBHOOK_SOURCE, WEBHOOK_STATE,
    WEBHOOK_STATUS, counter, source_key, status_key,
};
use super::undo::Undo;
use crate::domain::audit::AuditRow;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::column::ObjectId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Status, Webhook, WebhookState};

/// The result of applying an entry, for the caller that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    pub seq: u64,
    /// The number of things it affected, where that applies (webhooks deleted, reprocessed, …).
    pub count: u64,
    /// For work in steps: where the next step starts; none if nothing is left.
    pub resume: Option<u64>,
}

/// The results of a transaction.
#[derive(Debug, Default)]
pub struct Folded {
    /// The results of entries that a caller may wait for, in order.
    pub answers: Vec<(u64, Result<Applied, ApplyError>)>,
    /// The new catalog, if it changed.
    pub catalog: Option<Arc<Catalog>>,
    /// Webhooks that became New again and must be processed.
    pub reprocess: Vec<u64>,
    /// Webhooks that are new or changed. The same one may appear more than once.
    pub touched: Vec<u64>,
    /// New rows of the audit log, with their keys.
    pub audited: Vec<(u64, AuditRow)>,
    /// Whether a task is pending; none if that cannot have changed.
    pub task_waits: Option<bool>,
}

type Bytes = &'static [u8];

/// An open transaction.
pub(super) struct Fold<'t, 'c> {
    pub(super) transaction: &'t WriteTransaction,
    webhooks: Table<'t, u64, Bytes>,
    states: Table<'t, u64, Bytes>,
    ids: Table<'t, u128, u64>,
    by_status: Table<'t, u64, i64>,
    by_source: Table<'t, u128, ()>,
    pub(super) counters: Table<'t, u64, u64>,
    pub(super) records: HashMap<ObjectId, Table<'t, u128, Bytes>>,
    pub(super) indexes: HashMap<ObjectId, Table<'t, Bytes, ()>>,
    /// The columns of an object that have an index, cached from the catalog.
    pub(super) kept: HashMap<ObjectId, Arc<[IndexedColumn]>>,
    /// The catalog after the last transaction.
    before: Arc<Catalog>,
    /// The catalog after the current entry.
    pub catalog: Arc<Catalog>,
    pub(super) arrived: Vec<(u64, &'c Webhook)>,
    /// By sequence, so that flushing writes in key order.
    pub(super) touched: BTreeMap<u64, Slot>,
    /// Records that are not written yet, in key order.
    pub(super) written: BTreeMap<(ObjectId, u128), RecordSlot>,
    pub(super) counts: HashMap<u64, i64>,
    buffer: Vec<u8>,
    pub(super) undo: Option<Undo>,
    pub out: Folded,
}

/// The first values of a stored webhook. Reading only these avoids copying the body.
type Arrival = (Uuid, Timestamp);

/// The state of a webhook in memory, and what the indexes of redb hold for it.
#[derive(Clone)]
pub(super) struct Slot {
    state: WebhookState,
    stored: Option<(Status, i64)>,
    /// The hour in which the webhook arrived.
    hour: u64,
}

impl<'t, 'c> Fold<'t, 'c> {
    pub fn new(transaction: &'t WriteTransaction, catalog: Arc<Catalog>) -> Result<Self, StoreError> {
        let open = "opening its tables";
        Ok(Self {
            transaction,
            webhooks: transaction.open_table(WEBHOOK).map_err(redb_error(open))?,
            states: transaction.open_table(WEBHOOK_STATE).map_err(redb_error(open))?,
            ids: transaction.open_table(WEBHOOK_ID).map_err(redb_error(open))?,
            by_status: transaction.open_table(WEBHOOK_STATUS).map_err(redb_error(open))?,
            by_source: transaction.open_table(WEBHOOK_SOURCE).map_err(redb_error(open))?,
            counters: transaction.open_table(COUNTER).map_err(redb_error(open))?,
            records: HashMap::new(),
            indexes: HashMap::new(),
            kept: HashMap::new(),
            before: Arc::clone(&catalog),
            catalog,
            arrived: Vec::new(),
            touched: BTreeMap::new(),
            written: BTreeMap::new(),
            counts: HashMap::new(),
            buffer: Vec::new(),
            undo: None,
            out: Folded::default(),
        })
    }

    /// Adds a webhook that arrived.
    pub fn webhook_add(&mut self, seq: u64, webhook: &'c Webhook) {
        self.undo_note_webhook(seq);
        self.arrived.push((seq, webhook));
        let slot = Slot {
            state: WebhookState::new(webhook.created_on),
            stored: None,
            hour: webhook.created_on.hour(),
        };
        self.touched.insert(seq, slot);
        self.count(counter::source(webhook.source), 1);
    }

    /// The catalog, for changing it.
    pub fn catalog_mut(&mut self) -> &mut Catalog {
        self.kept.clear();
        Arc::make_mut(&mut self.catalog)
    }

    /// The state of a webhook, for changing it; none if the webhook does not exist or was deleted.
    pub fn state_mut(&mut self, seq: u64) -> Result<Option<&mut WebhookState>, StoreError> {
        use std::collections::btree_map::Entry;
        self.undo_note_webhook(seq);
        match self.touched.entry(seq) {
            Entry::Occupied(slot) => Ok(Some(&mut slot.into_mut().state)),
            Entry::Vacant(place) => {
                let stored = self.states.get(seq).map_err(redb_error("reading a webhook's state"))?;
                let Some(bytes) = stored else { return Ok(None) };
                let state: WebhookState = decode(bytes.value(), || format!("webhook state {seq}"))?;
                let arrival = self.webhooks.get(seq).map_err(redb_error("reading a webhook"))?;
                let created: Timestamp = match arrival {
                    Some(bytes) => decode_start::<Arrival>(bytes.value(), || format!("webhook {seq}"))?.1,
                    None => Timestamp::default(),
                };
                let slot = Slot {
                    stored: Some((state.status, state.modified_on.millis())),
                    state,
                    hour: created.hour(),
                };
                Ok(Some(&mut place.insert(slot).state))
            }
        }
    }

    /// The sequences above `after` of webhooks of a status, ascending, with `ModifiedOn` in
    /// milliseconds. Flushes first, so that the result includes collected changes.
    pub fn status_rows(&mut self, status: Status, after: u64, limit: usize) -> Result<Vec<(u64, i64)>, StoreError> {
        self.flush()?;
        let range = status_key(status, after + 1)..status_key(status, 0) + (1 << 56);
        let mut rows = Vec::new();
        for row in self
            .by_status
            .range(range)
            .map_err(redb_error("reading webhooks"))?
            .take(limit)
        {
            let (key, modified) = row.map_err(redb_error("reading webhooks"))?;
            rows.push((super::schema::status_key_seq(key.value()), modified.value()));
        }
        Ok(rows)
    }

    /// Deletes a webhook and everything that belongs to it, except the records created from it.
    /// Returns whether it existed.
    pub fn webhook_delete(&mut self, seq: u64) -> Result<bool, StoreError> {
        let doing = "deleting a webhook";
        self.flush()?;
        let Some(state) = self.state_mut(seq)?.map(|state| state.status) else {
            return Ok(false);
        };
        let hour = self.touched.remove(&seq).map_or(0, |slot| slot.hour);
        let webhook: Option<Webhook> = match self.webhooks.remove(seq).map_err(redb_error(doing))? {
            Some(bytes) => Some(decode(bytes.value(), || format!("webhook {seq}"))?),
            None => None,
        };
        self.states.remove(seq).map_err(redb_error(doing))?;
        self.by_status
            .remove(status_key(state, seq))
            .map_err(redb_error(doing))?;
        self.count(counter::status(state), -1);
        self.count(counter::hour(hour, state), -1);
        if let Some(webhook) = webhook {
            self.ids.remove(webhook.id.as_u128()).map_err(redb_error(doing))?;
            self.by_source
                .remove(source_key(webhook.source, seq))
                .map_err(redb_error(doing))?;
            self.count(counter::source(webhook.source), -1);
        }
        Ok(true)
    }

    pub(super) fn count(&mut self, key: u64, by: i64) {
        self.undo_note_count(key);
        *self.counts.entry(key).or_default() += by;
    }

    /// Writes everything collected so far. Must not be called while an entry can still be rejected.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        debug_assert!(self.undo.is_none(), "a rejected entry cannot be undone");
        let doing = "writing webhooks";
        let mut buffer = std::mem::take(&mut self.buffer);
        let arrived = std::mem::take(&mut self.arrived);
        for (seq, webhook) in &arrived {
            encode_into(*webhook, &mut buffer);
            self.webhooks
                .insert(*seq, buffer.as_slice())
                .map_err(redb_error(doing))?;
            self.by_source
                .insert(source_key(webhook.source, *seq), ())
                .map_err(redb_error(doing))?;
        }
        let mut ids: Vec<(u128, u64)> = arrived
            .iter()
            .map(|(seq, webhook)| (webhook.id.as_u128(), *seq))
            .collect();
        ids.sort_unstable();
        for (id, seq) in ids {
            self.ids.insert(id, seq).map_err(redb_error(doing))?;
        }
        let touched = std::mem::take(&mut self.touched);
        let mut indexed = Vec::with_capacity(touched.len());
        for (seq, slot) in touched {
            self.out.touched.push(seq);
            encode_into(&slot.state, &mut buffer);
            self.states.insert(seq, buffer.as_slice()).map_err(redb_error(doing))?;
            let now = (slot.state.status, slot.state.modified_on.millis());
            if slot.stored == Some(now) {
                continue;
            }
            if let Some((status, _)) = slot.stored.filter(|(status, _)| *status != now.0) {
                self.by_status
                    .remove(status_key(status, seq))
                    .map_err(redb_error(doing))?;
                self.count(counter::status(status), -1);
                self.count(counter::hour(slot.hour, status), -1);
            }
            if slot.stored.is_none_or(|(status, _)| status != now.0) {
                self.count(counter::status(now.0), 1);
                self.count(counter::hour(slot.hour, now.0), 1);
            }
            indexed.push((status_key(now.0, seq), now.1));
        }
        indexed.sort_unstable();
        for (key, modified) in indexed {
            self.by_status.insert(key, modified).map_err(redb_error(doing))?;
        }
        self.records_flush(&mut buffer)?;
        self.buffer = buffer;
        Ok(())
    }

    /// Writes everything and the sequence reached. The transaction can then be committed.
    pub fn finish(mut self, applied: u64) -> Result<Folded, StoreError> {
        let doing = "writing counters";
        self.flush()?;
        for (key, by) in std::mem::take(&mut self.counts) {
            let before = self
                .counters
                .get(key)
                .map_err(redb_error(doing))?
                .map_or(0, |value| value.value());
            // A counter of 0 has no row. Whether it passes through 0 depends on how entries are
            // grouped, and the rows must not depend on that.
            match before.saturating_add_signed(by) {
                0 => drop(self.counters.remove(key).map_err(redb_error(doing))?),
                after => drop(self.counters.insert(key, after).map_err(redb_error(doing))?),
            }
        }
        let mut meta = self.transaction.open_table(META).map_err(redb_error(doing))?;
        if !Arc::ptr_eq(&self.before, &self.catalog) {
            let mut table = self.transaction.open_table(CATALOG).map_err(redb_error(doing))?;
            for (key, row) in changed_rows(&self.before, &self.catalog) {
                match row {
                    Some(row) => drop(
                        table
                            .insert(key.as_slice(), row.as_slice())
                            .map_err(redb_error(doing))?,
                    ),
                    None => drop(table.remove(key.as_slice()).map_err(redb_error(doing))?),
                }
            }
            for (name, version) in [(META_CATALOG, self.catalog.version), (META_RULES, self.catalog.rules)] {
                meta.insert(name, version.to_le_bytes().as_slice())
                    .map_err(redb_error(doing))?;
            }
            self.out.catalog = Some(Arc::clone(&self.catalog));
        }
        meta.insert(META_APPLIED, applied.to_le_bytes().as_slice())
            .map_err(redb_error(doing))?;
        Ok(self.out)
    }
}
