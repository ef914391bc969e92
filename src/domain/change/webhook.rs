//! Webhooks and the results of processing them. Stored by position: add variants at the end only.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::parse_issue::ParseIssue;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::{Status, Webhook};

/// A change of webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WebhookChange {
    Received(Webhook),
    /// A run of processing a webhook ended.
    Processed(Processed),
    /// Processing of these webhooks starts; a crash after this counts as an attempt.
    Started {
        webhooks: Vec<u64>,
    },
    /// After a start: webhooks that a crash left in Processing return to New, or become Failed
    /// after `max_attempts` attempts.
    Recovered {
        max_attempts: u16,
    },
    /// Webhooks are reprocessed. With `repeat`, webhooks that already created a record create
    /// another.
    Reprocessed {
        webhooks: Vec<u64>,
        repeat: bool,
    },
    /// Webhooks are deleted. Without `unprocessed`, a webhook that is New or Processing when this
    /// is applied is kept, even if it had another status when it was selected.
    Deleted {
        webhooks: Vec<u64>,
        unprocessed: bool,
    },
    /// Deletes up to `limit` webhooks of a status whose `ModifiedOn` is earlier than
    /// `modified_before`, in order of arrival, starting behind the sequence `after`.
    Expired {
        status: Status,
        modified_before: Timestamp,
        after: u64,
        limit: u32,
    },
}

/// The result of one run of processing one webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Processed {
    pub webhook: u64,
    /// The run that ended; the result of any other run is ignored.
    pub run: u16,
    /// The version of the rules that the decision is based on (see `Catalog::rules`). If the store
    /// has a newer one, the webhook stays New and is processed again.
    pub rules: u64,
    pub verdict: Verdict,
    pub issues: Vec<ParseIssue>,
}

/// The decision of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// Keep the webhook and create no record.
    StoredOnly,
    /// Create these records, all or none. They may refer to each other.
    Records(Vec<NewRecord>),
    /// No record can be created; the issues say why.
    Failed {
        /// The object, if it is known.
        object: Option<ObjectId>,
    },
}

/// A record to create.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewRecord {
    pub object: ObjectId,
    /// Its id, a `UUIDv7`.
    pub record: Uuid,
    /// Ascending by column; the store checks that lookups exist.
    pub values: Vec<(ColumnId, Value)>,
}

impl WebhookChange {
    pub(super) const fn needs_room(&self) -> bool {
        match self {
            Self::Received(_) | Self::Reprocessed { .. } => true,
            Self::Processed(_)
            | Self::Started { .. }
            | Self::Recovered { .. }
            | Self::Deleted { .. }
            | Self::Expired { .. } => false,
        }
    }
}
