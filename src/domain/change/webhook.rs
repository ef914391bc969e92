//! Webhooks and what becomes of them. Stored by position: add variants at the end only.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::parse_issue::ParseIssue;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::{Status, Webhook};

/// What happens to webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum WebhookChange {
    Received(Webhook),
    /// One run of processing one webhook ended.
    Processed(Processed),
    /// Webhooks are about to be processed; a crash from here on counts as an attempt.
    Started {
        webhooks: Vec<u64>,
    },
    /// After a start: what a crash left in Processing goes back to New, or to Failed after
    /// `max_attempts` attempts.
    Recovered {
        max_attempts: u16,
    },
    /// Webhooks are to be processed again; with `repeat` those that made a record make another.
    Reprocessed {
        webhooks: Vec<u64>,
        repeat: bool,
    },
    /// Webhooks were deleted. Without `unprocessed`, one that is New or Processing when this is
    /// applied stays, whatever it was when it was chosen.
    Deleted {
        webhooks: Vec<u64>,
        unprocessed: bool,
    },
    /// Up to `limit` webhooks of a status whose `ModifiedOn` is before a moment are deleted,
    /// in order of arrival, going up from the sequence `after`.
    Expired {
        status: Status,
        modified_before: Timestamp,
        after: u64,
        limit: u32,
    },
}

/// How one run of processing one webhook ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Processed {
    pub webhook: u64,
    /// The run that this ends; the end of any other run is ignored.
    pub run: u16,
    /// The version of the rules that it was decided with (see `Catalog::rules`). If the store has
    /// newer ones, the webhook stays New and is processed again.
    pub rules: u64,
    pub verdict: Verdict,
    pub issues: Vec<ParseIssue>,
}

/// What processing decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// Keep the webhook, make no record.
    StoredOnly,
    /// Make these records, all or none. They may refer to each other.
    Records(Vec<NewRecord>),
    /// No record can be made; the issues say why.
    Failed {
        /// The object, if it is known.
        object: Option<ObjectId>,
    },
}

/// A record to make.
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
