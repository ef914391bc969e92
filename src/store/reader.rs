//! Reading, on snapshots.

use uuid::Uuid;

use super::StoreError;
use super::query::{WebhookCounts, WebhookFilter, WebhookRow};
use crate::domain::column::ObjectId;
use crate::domain::record::Record;
use crate::domain::source::SourceId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;

/// A snapshot of the store. Keep it for one question, not for long.
pub struct Reader {}

impl Reader {
    /// The webhook with this public id.
    pub fn webhook_by_id(&self, id: Uuid) -> Result<Option<WebhookRow>, StoreError> { unimplemented!() }
    /// The webhook with this sequence.
    pub fn webhook_by_seq(&self, seq: u64) -> Result<Option<WebhookRow>, StoreError> { unimplemented!() }
    /// Webhooks that match, newest arrival first, of a sequence below `before`.
    pub fn webhook_list(&self, filter: &WebhookFilter, before: Option<u64>, limit: usize) -> Result<Vec<WebhookRow>, StoreError> { unimplemented!() }
    /// Sequences of webhooks that match, newest first, below `before`.
    pub fn webhook_seqs(&self, filter: &WebhookFilter, before: Option<u64>, limit: usize) -> Result<Vec<u64>, StoreError> { unimplemented!() }
    /// How many webhooks there are, by status.
    pub fn webhook_counts(&self) -> Result<WebhookCounts, StoreError> { unimplemented!() }
    /// How many webhooks of a source there are, and when the last one arrived.
    pub fn source_activity(&self, source: SourceId) -> Result<(u64, Option<Timestamp>), StoreError> { unimplemented!() }
    /// How many webhooks of a status were last modified before a moment.
    pub fn webhook_expired_count(&self, status: Status, modified_before: Timestamp) -> Result<u64, StoreError> { unimplemented!() }
    /// A record.
    pub fn record_get(&self, object: ObjectId, id: Uuid) -> Result<Option<Record>, StoreError> { unimplemented!() }
    /// Records of an object, newest id first, of an id below `before`.
    pub fn record_list(&self, object: ObjectId, before: Option<Uuid>, limit: usize) -> Result<Vec<(Uuid, Record)>, StoreError> { unimplemented!() }
    /// How many records an object has.
    pub fn record_count(&self, object: ObjectId) -> Result<u64, StoreError> { unimplemented!() }
}
