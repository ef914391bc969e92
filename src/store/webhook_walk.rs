//! Walks through webhooks in the order of a table, starting at a given place.

use std::ops::{Bound, ControlFlow};

use redb::{Key, ReadOnlyTable, Value};
use uuid::Uuid;

use super::codec::decode;
use super::error::{StoreError, redb_error};
use super::query::WebhookRow;
use super::reader::Reader;
use super::schema::{
    WEBHOOK, WEBHOOK_ID, WEBHOOK_SOURCE, WEBHOOK_STATE, WEBHOOK_STATUS, source_key, status_key, status_key_seq,
};
use crate::domain::source::SourceId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Status, Webhook, WebhookState};
use crate::domain::webhook_filter::WebhookFilter;

/// The webhooks of a walk and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookWalk {
    pub by: WebhookOrder,
    /// Arrived at this moment or later. Approximate: compare each webhook again. Not for
    /// [`WebhookOrder::Id`].
    pub from: Option<Timestamp>,
    /// Arrived before this moment. Approximate too.
    pub to: Option<Timestamp>,
}

/// The index of a walk, which gives the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookOrder {
    /// All webhooks in order of arrival.
    Arrival,
    Id,
    /// Webhooks of a status, in order of arrival.
    Status(Status),
    /// Webhooks of a source, in order of arrival.
    Source(SourceId),
}

type Step<E> = Result<ControlFlow<()>, E>;

/// The tables that hold webhooks, opened once.
pub struct WebhookTables {
    arrival: ReadOnlyTable<u64, &'static [u8]>,
    state: ReadOnlyTable<u64, &'static [u8]>,
}

impl WebhookTables {
    /// The state of the webhook.
    ///
    /// # Errors
    /// If the database fails.
    pub fn state(&self, seq: u64) -> Result<Option<WebhookState>, StoreError> {
        let stored = self.state.get(seq).map_err(reading)?;
        let state = stored.map(|bytes| decode(bytes.value(), || format!("webhook state {seq}")));
        state.transpose()
    }

    /// The webhook as it arrived.
    ///
    /// # Errors
    /// If the database fails.
    pub fn arrival(&self, seq: u64) -> Result<Option<Webhook>, StoreError> {
        let stored = self.arrival.get(seq).map_err(reading)?;
        let webhook = stored.map(|bytes| decode(bytes.value(), || format!("webhook {seq}")));
        webhook.transpose()
    }

    /// The webhook together with its state.
    ///
    /// # Errors
    /// If the database fails.
    pub fn row(&self, seq: u64) -> Result<Option<WebhookRow>, StoreError> {
        let (Some(webhook), Some(state)) = (self.arrival(seq)?, self.state(seq)?) else {
            return Ok(None);
        };
        Ok(Some(WebhookRow { seq, webhook, state }))
    }
}

impl Reader {
    /// Opens the tables of webhooks.
    ///
    /// # Errors
    /// If the database fails.
    pub fn webhook_tables(&self) -> Result<WebhookTables, StoreError> {
        Ok(WebhookTables {
            arrival: self.transaction().open_table(WEBHOOK).map_err(reading)?,
            state: self.transaction().open_table(WEBHOOK_STATE).map_err(reading)?,
        })
    }

    /// Calls `visit` with the sequence of each webhook until it returns `Break`. `after` is a place
    /// from an earlier walk of the same kind and direction.
    ///
    /// # Errors
    /// If the database fails, and the errors of `visit`.
    pub fn webhook_walk<E: From<StoreError>>(
        &self,
        walk: &WebhookWalk,
        descending: bool,
        after: Option<&[u8]>,
        mut visit: impl FnMut(u64) -> Step<E>,
    ) -> Result<(), E> {
        let transaction = self.transaction();
        if walk.by == WebhookOrder::Id {
            let table = transaction.open_table(WEBHOOK_ID).map_err(reading)?;
            let after = after.and_then(|place| Uuid::from_slice(place).ok());
            let range = behind(after.map(|id| id.as_u128()), descending, 0, u128::MAX);
            return each(&table, range, descending, |_, seq| visit(seq));
        }
        let filter = WebhookFilter {
            from: walk.from,
            to: walk.to,
            ..WebhookFilter::default()
        };
        let seqs = self.seq_range(&filter, None)?;
        let after = after.and_then(|place| place.first_chunk().copied());
        let (first, last) = match after.map(u64::from_be_bytes) {
            Some(after) if descending => (seqs.start, seqs.end.min(after)),
            Some(after) => (seqs.start.max(after.saturating_add(1)), seqs.end),
            None => (seqs.start, seqs.end),
        };
        if first >= last {
            return Ok(());
        }
        match walk.by {
            WebhookOrder::Status(status) => {
                let table = transaction.open_table(WEBHOOK_STATUS).map_err(reading)?;
                let keys = upto(status_key(status, first), status_key(status, last));
                each(&table, keys, descending, |key, _| visit(status_key_seq(key)))
            }
            WebhookOrder::Source(source) => {
                let table = transaction.open_table(WEBHOOK_SOURCE).map_err(reading)?;
                let keys = upto(source_key(source, first), source_key(source, last));
                each(&table, keys, descending, |key: u128, ()| {
                    visit(u64::try_from(key & u128::from(u64::MAX)).unwrap_or_default())
                })
            }
            WebhookOrder::Arrival | WebhookOrder::Id => {
                let table = transaction.open_table(WEBHOOK_STATE).map_err(reading)?;
                each(&table, upto(first, last), descending, |seq, _| visit(seq))
            }
        }
    }
}

/// The place of a webhook in a walk. The walk can continue after it.
#[must_use]
pub fn webhook_place(walk: &WebhookWalk, id: Uuid, seq: u64) -> Vec<u8> {
    match walk.by {
        WebhookOrder::Id => id.as_bytes().to_vec(),
        _ => seq.to_be_bytes().to_vec(),
    }
}

type Ends<K> = (Bound<K>, Bound<K>);

const fn upto<K: Copy>(first: K, end: K) -> Ends<K> {
    (Bound::Included(first), Bound::Excluded(end))
}

fn behind<K>(after: Option<K>, descending: bool, first: K, last: K) -> Ends<K> {
    match after {
        Some(after) if descending => (Bound::Included(first), Bound::Excluded(after)),
        Some(after) => (Bound::Excluded(after), Bound::Included(last)),
        None => (Bound::Included(first), Bound::Included(last)),
    }
}

fn each<K, V, E>(
    table: &ReadOnlyTable<K, V>,
    range: Ends<K>,
    descending: bool,
    mut visit: impl for<'v> FnMut(K, V::SelfType<'v>) -> Step<E>,
) -> Result<(), E>
where
    K: for<'k> Key<SelfType<'k> = K> + std::borrow::Borrow<K> + 'static,
    V: Value + 'static,
    E: From<StoreError>,
{
    let mut rows = table.range::<K>(range).map_err(reading)?;
    while let Some(row) = if descending { rows.next_back() } else { rows.next() } {
        let (key, value) = row.map_err(reading)?;
        if visit(key.value(), value.value())?.is_break() {
            break;
        }
    }
    Ok(())
}

fn reading<E: Into<redb::Error>>(error: E) -> StoreError {
    redb_error("reading webhooks")(error)
}
