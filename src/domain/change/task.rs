//! Tasks: how they begin, continue and end.

use serde::{Deserialize, Serialize};

use crate::domain::task::{BulkAction, TaskId};
use crate::domain::webhook_filter::WebhookFilter;

/// What happens to tasks (see `domain::task`). Those of indexes begin with the definition that
/// names the index, and end by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskChange {
    /// The oldest task of an index makes a step of up to `limit` records.
    IndexStepped { limit: u32 },
    /// From now on the same is done to all webhooks that match and arrived before this entry.
    BulkBegun {
        action: BulkAction,
        filter: WebhookFilter,
        /// How many match, if that was counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
    /// The other changes of this entry are a step of the task. Webhooks with a sequence below this
    /// are still to be looked at; 0 at the end.
    BulkStepped { task: TaskId, below: u64, left_out: u64 },
    /// The task is over. The numbers are those of the task, for the audit log.
    BulkEnded {
        task: TaskId,
        action: BulkAction,
        done: u64,
        left_out: u64,
        cancelled: bool,
    },
    /// The task makes no further step. What was done stays done.
    Cancelled { task: TaskId },
}

impl TaskChange {
    /// Whether all other changes of an entry with this one are a step of a task.
    #[must_use]
    pub const fn is_step(&self) -> bool {
        matches!(self, Self::BulkStepped { .. })
    }

    pub(super) const fn needs_room(&self) -> bool {
        match self {
            // Most steps build an index; one that removes rows can wait as well.
            Self::IndexStepped { .. } => true,
            Self::BulkBegun { action, .. } => matches!(action, BulkAction::Reprocess { .. }),
            Self::BulkStepped { .. } | Self::BulkEnded { .. } | Self::Cancelled { .. } => false,
        }
    }

    pub(super) const fn may_be_refused(&self) -> bool {
        match self {
            Self::BulkStepped { .. } | Self::BulkEnded { .. } | Self::Cancelled { .. } => true,
            Self::IndexStepped { .. } | Self::BulkBegun { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deletes_and_what_ends_a_task_needs_no_room_on_the_disk() {
        let begun = |action| TaskChange::BulkBegun {
            action,
            filter: WebhookFilter::default(),
            total: None,
        };
        let delete = BulkAction::Delete { unprocessed: true };
        let reprocess = BulkAction::Reprocess { repeat: false };
        let stepped = TaskChange::BulkStepped {
            task: 1,
            below: 0,
            left_out: 0,
        };
        assert!(!begun(delete).needs_room() && !stepped.needs_room());
        assert!(!TaskChange::Cancelled { task: 1 }.needs_room());
        assert!(begun(reprocess).needs_room() && TaskChange::IndexStepped { limit: 1 }.needs_room());
    }
}
