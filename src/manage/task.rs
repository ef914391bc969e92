//! Tasks: work in steps that a decision left behind; how far they are, and ending them early.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::thing::Thing;
use super::webhook::WebhookQuery;
use super::webhook_bulk::bulk_run;
use super::{Context, ManageError, ProgressFn};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::TaskChange;
use crate::domain::entry::Entry;
use crate::domain::task::{BulkAction, Task, TaskId, TaskKind};
use crate::domain::time::Timestamp;
use crate::domain::webhook_filter::WebhookFilter;

/// A task as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskView {
    pub id: TaskId,
    pub what: TaskWhat,
    pub state: TaskState,
    pub begun_on: Timestamp,
    /// The user or program that started it.
    pub begun_by: String,
    /// How many records or webhooks are done.
    pub done: u64,
    /// The total number at the start, if it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Matching webhooks that were skipped.
    pub left_out: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<Timestamp>,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum TaskWhat {
    IndexBuild {
        object: String,
        column: String,
    },
    IndexDrop {
        object: String,
        column: String,
    },
    WebhooksReprocess {
        filter: WebhookQuery,
        /// Also webhooks that already created a record.
        again: bool,
    },
    WebhooksDelete {
        filter: WebhookQuery,
        /// Also webhooks that are not processed yet.
        include_new: bool,
    },
}

/// The state of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    Running,
    /// It was cancelled and stops before its next step.
    Cancelling,
    Done,
    Cancelled,
}

/// All tasks that run or ended lately, the newest first.
///
/// # Errors
/// When the store cannot answer.
pub fn task_list(context: &Context) -> Result<Vec<TaskView>, ManageError> {
    let catalog = context.ledger.catalog();
    let tasks = context.ledger.read()?.task_list()?;
    let newest_first = tasks.into_iter().rev();
    Ok(newest_first.map(|(id, task)| view(&catalog, id, &task)).collect())
}

/// One task.
///
/// # Errors
/// When there is none with this number, or it ended long ago.
pub fn task_show(context: &Context, id: TaskId) -> Result<TaskView, ManageError> {
    let task = context.ledger.read()?.task_get(id)?.ok_or_else(|| unknown(id))?;
    Ok(view(&context.ledger.catalog(), id, &task))
}

/// Does a task to its end in this process, where no server does it.
///
/// # Errors
/// When a step cannot be made; the task continues when a server runs.
pub fn task_run(context: &Context, id: TaskId, watch: ProgressFn<'_>) -> Result<TaskView, ManageError> {
    bulk_run(&context.ledger, id, watch)?;
    task_show(context, id)
}

/// Ends a task before its next step; what was done stays done.
///
/// # Errors
/// When there is none with this number, it has ended, or it keeps an index.
pub fn task_cancel(context: &Context, by: Actor, id: TaskId) -> Result<TaskView, ManageError> {
    if context.ledger.read()?.task_get(id)?.is_none() {
        return Err(unknown(id));
    }
    let change = TaskChange::Cancelled { task: id };
    context.ledger.commit(Entry::one(clock::now(), by, change))?;
    task_show(context, id)
}

fn unknown(id: TaskId) -> ManageError {
    ManageError::NotFound {
        what: Thing::Task,
        name: id.to_string(),
    }
}

fn view(catalog: &Catalog, id: TaskId, task: &Task) -> TaskView {
    TaskView {
        id,
        what: what(catalog, &task.kind),
        state: match (task.ended_on, task.cancelled) {
            (None, false) => TaskState::Running,
            (None, true) => TaskState::Cancelling,
            (Some(_), false) => TaskState::Done,
            (Some(_), true) => TaskState::Cancelled,
        },
        begun_on: task.begun_on,
        begun_by: catalog.actor_name(task.begun_by),
        done: task.done,
        total: task.total,
        left_out: task.left_out,
        ended_on: task.ended_on,
    }
}

fn what(catalog: &Catalog, kind: &TaskKind) -> TaskWhat {
    let names = |object, column| {
        let known = catalog.objects.get(&object);
        let object_name = known.map_or_else(|| format!("object {object}"), |object| object.code.clone());
        let known = known.and_then(|object| object.column_by_id(column));
        (
            object_name,
            known.map_or_else(|| format!("column {column}"), |column| column.code.clone()),
        )
    };
    match kind {
        TaskKind::IndexBuild { object, column } => {
            let (object, column) = names(*object, *column);
            TaskWhat::IndexBuild { object, column }
        }
        TaskKind::IndexDrop { object, column } => {
            let (object, column) = names(*object, *column);
            TaskWhat::IndexDrop { object, column }
        }
        TaskKind::Webhooks { action, filter } => {
            let filter = query(catalog, filter);
            match *action {
                BulkAction::Reprocess { repeat } => TaskWhat::WebhooksReprocess { filter, again: repeat },
                BulkAction::Delete { unprocessed } => TaskWhat::WebhooksDelete {
                    filter,
                    include_new: unprocessed,
                },
            }
        }
    }
}

/// The filter with the names of today.
fn query(catalog: &Catalog, filter: &WebhookFilter) -> WebhookQuery {
    let source = filter.source.map(|id| {
        let known = catalog.sources.get(&id);
        known.map_or_else(|| format!("source {id}"), |source| source.name.clone())
    });
    let object = filter.object.map(|id| {
        let known = catalog.objects.get(&id);
        known.map_or_else(|| format!("object {id}"), |object| object.code.clone())
    });
    WebhookQuery {
        status: filter.status,
        source,
        object,
        outcome: filter.outcome,
        made_record: filter.made_record,
        from: filter.from,
        to: filter.to,
        text: filter.text.clone(),
    }
}
