//! Tasks: what a decision causes beyond its own entry, done in bounded steps.
//!
//! A decision that touches much, such as indexing a column or deleting all webhooks that match, is
//! one entry; its effect is a task in the store. Each step is an entry too, so that the same
//! entries always give the same state, and a restart continues where the last step ended.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::actor::Actor;
use super::column::{ColumnId, ObjectId};
use super::time::Timestamp;
use super::webhook_filter::WebhookFilter;

/// The number of a task, one more than that of the task before.
pub type TaskId = u64;

/// A task, also for a while after its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    pub kind: TaskKind,
    pub begun_on: Timestamp,
    pub begun_by: Actor,
    /// How many records (or rows of an index, or webhooks) it has dealt with.
    pub done: u64,
    /// How many there were when it began, where that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Matching webhooks that were skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
    /// The last record that it dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Uuid>,
    /// Webhooks with a lower sequence are still to be looked at; 0 at the end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub below: u64,
    /// It makes no further step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<Timestamp>,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskKind {
    /// Puts the records that exist into the index of a column. Records that are written meanwhile
    /// keep it up to date themselves.
    IndexBuild { object: ObjectId, column: ColumnId },
    /// Removes the rows of an index that is not kept any longer.
    IndexDrop { object: ObjectId, column: ColumnId },
    /// Does the same to all webhooks that match and arrived before the task began.
    Webhooks { action: BulkAction, filter: WebhookFilter },
}

/// What is done to all webhooks that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkAction {
    /// They are processed again; those that made a record are left alone without `repeat`.
    Reprocess { repeat: bool },
    /// They are deleted; those that are not processed yet are left alone without `unprocessed`.
    Delete { unprocessed: bool },
}

impl TaskKind {
    /// The index that it works on, if it does.
    #[must_use]
    pub const fn index(&self) -> Option<(ObjectId, ColumnId)> {
        match self {
            Self::IndexBuild { object, column } | Self::IndexDrop { object, column } => Some((*object, *column)),
            Self::Webhooks { .. } => None,
        }
    }
}

impl Task {
    /// A task before its first step.
    #[must_use]
    pub const fn new(kind: TaskKind, begun_on: Timestamp, begun_by: Actor) -> Self {
        Self {
            kind,
            begun_on,
            begun_by,
            done: 0,
            total: None,
            left_out: 0,
            after: None,
            below: 0,
            cancelled: false,
            ended_on: None,
        }
    }

    /// Whether it has not ended yet.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.ended_on.is_none()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}
