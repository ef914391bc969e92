//! Processing again, or deleting, all webhooks that match: a task with a line for each step.

use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answer::Lines;
use super::webhooks::Filter;
use super::{Call, Reply};
use crate::domain::task::{BulkAction, TaskId};
use crate::manage::webhook::webhook_filter;
use crate::manage::webhook_bulk::{bulk_check, webhooks_bulk};
use crate::manage::webhook_change::WebhooksChanged;
use crate::manage::{ManageError, Progress};

/// A line about long work: how far it is, or at its end what it did.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ProgressLine {
    /// The number of the task that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<u64>,
    /// None if it was not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// At the end: how many were changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<u64>,
    /// At the end: how many match and were left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u64>,
    /// At the end, if it was cancelled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancelled: bool,
    /// Only in the last line of an answer that is whole.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    finished: bool,
}

impl ProgressLine {
    pub(super) fn of(progress: &Progress) -> Self {
        Self {
            task: progress.task,
            done: Some(progress.done),
            total: progress.total,
            ..Self::default()
        }
    }

    /// The last line of what changed so many.
    pub(super) fn finished(changed: u64) -> Self {
        Self {
            changed: Some(changed),
            finished: true,
            ..Self::default()
        }
    }
}

/// Which webhooks are processed again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhooksReplay {
    filter: Filter,
    /// Also those that made a record: each makes another.
    #[serde(default)]
    again: bool,
}

/// Which webhooks are deleted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhooksDelete {
    filter: Filter,
    /// Also those that are not processed yet: they never make their records.
    #[serde(default)]
    include_new: bool,
}

/// Processes all again that match; those that made a record only with `again`.
pub fn replay_all(call: &Call<'_>, replay: WebhooksReplay) -> Reply<Lines<ProgressLine>> {
    let action = BulkAction::Reprocess { repeat: replay.again };
    change_all(call, replay.filter, action)
}

/// Deletes all that match; unprocessed ones only with `include_new`.
pub fn remove_all(call: &Call<'_>, delete: WebhooksDelete) -> Reply<Lines<ProgressLine>> {
    let action = BulkAction::Delete {
        unprocessed: delete.include_new,
    };
    change_all(call, delete.filter, action)
}

/// A task. Reports its progress after each step; it continues when the client disconnects.
fn change_all(call: &Call<'_>, filter: Filter, action: BulkAction) -> Reply<Lines<ProgressLine>> {
    let filter = webhook_filter(call.context, &filter.query()?)?;
    bulk_check(&filter, action)?;
    let (ledger, by) = (call.context.ledger.clone(), call.by());
    Ok(Lines::written(move |out| {
        let mut line = |line: ProgressLine| writeln!(out, "{}", json!(line)).and_then(|()| out.flush());
        let done = webhooks_bulk(&ledger, by, &filter, action, &mut |progress: Progress| {
            let sent = line(ProgressLine::of(&progress));
            sent.map_or(ControlFlow::Break(()), ControlFlow::Continue)
        })?;
        let WebhooksChanged {
            count,
            left_out,
            cancelled,
        } = done;
        let says_left_out = left_out > 0 || matches!(action, BulkAction::Reprocess { .. });
        let last = ProgressLine {
            left_out: says_left_out.then_some(left_out),
            cancelled,
            ..ProgressLine::finished(count)
        };
        line(last).map_err(|_| ManageError::Interrupted { done: count })
    }))
}
