//! Tasks: what a decision causes beyond its own entry, done in bounded steps.
//!
//! A decision that touches many records, such as indexing a column, is one entry; its effect is
//! a task in the store. Each step is an entry too, so that the same entries always give the same
//! state, and a restart continues where the last step ended.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::{ColumnId, ObjectId};

/// The number of a task; tasks are done in this order.
pub type TaskId = u64;

/// A task that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    pub kind: TaskKind,
    /// The last record that it dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Uuid>,
    /// How many records (or rows of an index) it dealt with.
    pub done: u64,
    /// How many there were when it began.
    pub total: u64,
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskKind {
    /// Puts the records that exist into the index of a column. Records that are written meanwhile
    /// keep it up to date themselves.
    IndexBuild { object: ObjectId, column: ColumnId },
    /// Removes the rows of an index that is not kept any longer.
    IndexDrop { object: ObjectId, column: ColumnId },
}

impl TaskKind {
    /// The index that it works on.
    #[must_use]
    pub const fn index(self) -> (ObjectId, ColumnId) {
        match self {
            Self::IndexBuild { object, column } | Self::IndexDrop { object, column } => (object, column),
        }
    }
}
