//! Reading snapshots.

use std::ops::{Bound, Range};

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};
use uuid::Uuid;

use super::codec::decode;
use super::error::{StoreError, redb_error};
use super::query::{WebhookCounts, WebhookRow};
use super::schema::{
    COUNTER, META, META_APPLIED, META_CATALOG, WEBHOOK, WEBHOOK_ID, WEBHOOK_STATE, WEBHOOK_STATUS, counter,
    record_table, record_table_name, status_key, status_key_seq,
};
use crate::domain::column::ObjectId;
use crate::domain::record::Record;
use crate::domain::source::SourceId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Status, Webhook, WebhookState};
use crate::domain::webhook_filter::WebhookFilter;

/// A snapshot of the store. Keep it for one query only: as long as it exists, the file cannot reuse
/// the space of data that changed since.
pub struct Reader {
    transaction: ReadTransaction,
}

/// Arrival times are taken just before the sequence is assigned, so their order may differ from
/// that of the sequences by at most this many microseconds.
const ORDER_SLACK: i64 = 60_000_000;

impl Reader {
    pub(super) const fn new(transaction: ReadTransaction) -> Self {
        Self { transaction }
    }

    pub(super) const fn transaction(&self) -> &ReadTransaction {
        &self.transaction
    }

    /// The sequence of the last applied entry.
    ///
    /// # Errors
    /// If the database fails. The same holds for all methods that refer to this one.
    pub fn applied(&self) -> Result<u64, StoreError> {
        self.meta(META_APPLIED)
    }

    /// The version of the catalog that belongs to these rows.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn catalog_version(&self) -> Result<u64, StoreError> {
        self.meta(META_CATALOG)
    }

    fn meta(&self, key: &str) -> Result<u64, StoreError> {
        let meta = self.transaction.open_table(META).map_err(reading)?;
        let value = meta.get(key).map_err(reading)?;
        Ok(value
            .and_then(|value| value.value().first_chunk().copied())
            .map_or(0, u64::from_le_bytes))
    }

    /// The webhook with this public id.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_by_id(&self, id: Uuid) -> Result<Option<WebhookRow>, StoreError> {
        match self.webhook_seq(id)? {
            Some(seq) => self.webhook_by_seq(seq),
            None => Ok(None),
        }
    }

    /// The sequence of the webhook with this public id.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_seq(&self, id: Uuid) -> Result<Option<u64>, StoreError> {
        let ids = self.transaction.open_table(WEBHOOK_ID).map_err(reading)?;
        let seq = ids.get(id.as_u128()).map_err(reading)?;
        Ok(seq.map(|seq| seq.value()))
    }

    /// The webhook with this sequence.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_by_seq(&self, seq: u64) -> Result<Option<WebhookRow>, StoreError> {
        let (Some(webhook), Some(state)) = (self.webhook_arrival(seq)?, self.webhook_state(seq)?) else {
            return Ok(None);
        };
        Ok(Some(WebhookRow { seq, webhook, state }))
    }

    /// The state of the webhook with this sequence.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_state(&self, seq: u64) -> Result<Option<WebhookState>, StoreError> {
        let table = self.transaction.open_table(WEBHOOK_STATE).map_err(reading)?;
        let stored = table.get(seq).map_err(reading)?;
        stored
            .map(|bytes| decode(bytes.value(), || format!("webhook state {seq}")))
            .transpose()
    }

    fn webhook_arrival(&self, seq: u64) -> Result<Option<Webhook>, StoreError> {
        let table = self.transaction.open_table(WEBHOOK).map_err(reading)?;
        let stored = table.get(seq).map_err(reading)?;
        stored
            .map(|bytes| decode(bytes.value(), || format!("webhook {seq}")))
            .transpose()
    }

    /// The range of sequences that contains all webhooks of the filter's time range.
    pub(super) fn seq_range(&self, filter: &WebhookFilter, before: Option<u64>) -> Result<Range<u64>, StoreError> {
        let end = before.unwrap_or(1 << 55);
        let start = match filter.from {
            Some(from) => self.seq_at(Timestamp(from.0.saturating_sub(ORDER_SLACK)))?,
            None => 0,
        };
        let end = match filter.to {
            Some(to) => end.min(self.seq_at(Timestamp(to.0.saturating_add(ORDER_SLACK)))?),
            None => end,
        };
        Ok(start..end)
    }

    /// The first sequence whose webhook arrived at or after a moment, by binary search.
    fn seq_at(&self, moment: Timestamp) -> Result<u64, StoreError> {
        let table = self.transaction.open_table(WEBHOOK).map_err(reading)?;
        let Some(last) = table.last().map_err(reading)?.map(|(key, _)| key.value()) else {
            return Ok(0);
        };
        let (mut low, mut high) = (0, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let next = table.range(middle..).map_err(reading)?.next();
            let Some(row) = next else { break };
            let (key, value) = row.map_err(reading)?;
            let webhook: Webhook = decode(value.value(), || format!("webhook {}", key.value()))?;
            if webhook.created_on < moment {
                low = key.value() + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The number of webhooks by status.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_counts(&self) -> Result<WebhookCounts, StoreError> {
        Ok(WebhookCounts {
            new: self.counter(counter::status(Status::New))?,
            processing: self.counter(counter::status(Status::Processing))?,
            failed: self.counter(counter::status(Status::Failed))?,
            done: self.counter(counter::status(Status::Done))?,
        })
    }

    /// The number of webhooks that arrived in each hour of a range, by their current status. Hours
    /// are counted from 1970; hours without webhooks are left out.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_hours(&self, hours: Range<u64>) -> Result<Vec<(u64, WebhookCounts)>, StoreError> {
        let table = self.transaction.open_table(COUNTER).map_err(reading)?;
        let range = counter::hour(hours.start, Status::New)..counter::hour(hours.end, Status::New);
        let mut counted: Vec<(u64, WebhookCounts)> = Vec::new();
        for row in table.range(range).map_err(reading)? {
            let (key, count) = row.map_err(reading)?;
            let (hour, status) = counter::hour_of(key.value());
            if counted.last().is_none_or(|(last, _)| *last != hour) {
                counted.push((hour, WebhookCounts::default()));
            }
            let status = Status::ALL.into_iter().find(|known| *known as u64 == status);
            if let (Some((_, counts)), Some(status)) = (counted.last_mut(), status) {
                *counts.of_mut(status) = count.value();
            }
        }
        Ok(counted)
    }

    /// The number of webhooks of a source.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn source_count(&self, source: SourceId) -> Result<u64, StoreError> {
        self.counter(counter::source(source))
    }

    /// The number of webhooks of a source, and when the last one arrived.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn source_activity(&self, source: SourceId) -> Result<(u64, Option<Timestamp>), StoreError> {
        let count = self.counter(counter::source(source))?;
        let filter = WebhookFilter {
            source: Some(source),
            ..WebhookFilter::default()
        };
        let last = self.webhook_list(&filter, None, 1)?;
        Ok((count, last.first().map(|row| row.webhook.created_on)))
    }

    /// The number of webhooks of a status that were last modified before a moment.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_expired_count(&self, status: Status, modified_before: Timestamp) -> Result<u64, StoreError> {
        // No webhook is modified before it arrives.
        let end = self.seq_at(Timestamp(modified_before.0.saturating_add(ORDER_SLACK)))?;
        let table = self.transaction.open_table(WEBHOOK_STATUS).map_err(reading)?;
        let mut count = 0;
        for row in table
            .range(status_key(status, 0)..status_key(status, end))
            .map_err(reading)?
        {
            let (_, modified) = row.map_err(reading)?;
            count += u64::from(modified.value() < modified_before.millis());
        }
        Ok(count)
    }

    /// The sequences above `after` of webhooks of a status, ascending.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn status_seqs(&self, status: Status, after: u64, limit: usize) -> Result<Vec<u64>, StoreError> {
        let table = self.transaction.open_table(WEBHOOK_STATUS).map_err(reading)?;
        let range = status_key(status, after + 1)..status_key(status, 0) + (1 << 56);
        let mut seqs = Vec::new();
        for row in table.range(range).map_err(reading)?.take(limit) {
            let (key, _) = row.map_err(reading)?;
            seqs.push(status_key_seq(key.value()));
        }
        Ok(seqs)
    }

    /// The earliest `ModifiedOn` of webhooks that are New. Only the `most` that arrived first are
    /// examined.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn webhook_new_since(&self, most: usize) -> Result<Option<Timestamp>, StoreError> {
        let table = self.transaction.open_table(WEBHOOK_STATUS).map_err(reading)?;
        let range = status_key(Status::New, 0)..status_key(Status::New, 0) + (1 << 56);
        let mut since: Option<i64> = None;
        for row in table.range(range).map_err(reading)?.take(most) {
            let (_, modified) = row.map_err(reading)?;
            since = Some(since.map_or(modified.value(), |since| since.min(modified.value())));
        }
        Ok(since.map(|millis| Timestamp(millis.saturating_mul(1000))))
    }

    /// The record with this id.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn record_get(&self, object: ObjectId, id: Uuid) -> Result<Option<Record>, StoreError> {
        let name = record_table_name(object);
        let Some(table) = existing(self.transaction.open_table(record_table(&name)))? else {
            return Ok(None);
        };
        let stored = table.get(id.as_u128()).map_err(reading)?;
        stored
            .map(|bytes| decode(bytes.value(), || format!("record {id}")))
            .transpose()
    }

    /// Records of an object with an id below `before`, newest id first.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn record_list(
        &self,
        object: ObjectId,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<(Uuid, Record)>, StoreError> {
        let name = record_table_name(object);
        let Some(table) = existing(self.transaction.open_table(record_table(&name)))? else {
            return Ok(Vec::new());
        };
        let end = before.map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_u128()));
        let mut records = Vec::new();
        for row in table
            .range::<u128>((Bound::Unbounded, end))
            .map_err(reading)?
            .rev()
            .take(limit)
        {
            let (key, value) = row.map_err(reading)?;
            let id = Uuid::from_u128(key.value());
            records.push((id, decode(value.value(), || format!("record {id}"))?));
        }
        Ok(records)
    }

    /// The number of records of an object.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn record_count(&self, object: ObjectId) -> Result<u64, StoreError> {
        let name = record_table_name(object);
        match existing(self.transaction.open_table(record_table(&name)))? {
            Some(table) => table.len().map_err(reading),
            None => Ok(0),
        }
    }

    pub(super) fn counter(&self, key: u64) -> Result<u64, StoreError> {
        let table = self.transaction.open_table(COUNTER).map_err(reading)?;
        let value = table.get(key).map_err(reading)?;
        Ok(value.map_or(0, |value| value.value()))
    }
}

fn reading<E: Into<redb::Error>>(error: E) -> StoreError {
    redb_error("reading")(error)
}

/// None if the table does not exist yet, which is so for objects without records.
pub(super) fn existing<T>(opened: Result<T, redb::TableError>) -> Result<Option<T>, StoreError> {
    match opened {
        Ok(table) => Ok(Some(table)),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(reading(error)),
    }
}
