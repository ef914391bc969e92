//! Processing again, or deleting, all webhooks that match: a task, from its beginning to its end.
//!
//! The decision is one entry. Each step chooses webhooks by a search, and is an entry that names
//! them. The thread of the tasks makes the steps, also after a restart; a command without a server
//! makes them itself.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::ManageError;
use super::steps::{Progress, ProgressFn, STEP, commit_with_retry};
use super::webhook_search::webhook_tally;
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::ApplyError;
use crate::domain::change::{Change, TaskChange, WebhookChange};
use crate::domain::entry::Entry;
use crate::domain::task::{BulkAction, Task, TaskId, TaskKind};
use crate::domain::webhook::WebhookState;
use crate::domain::webhook_filter::WebhookFilter;
use crate::ledger::{ChangeError, Ledger};
use crate::store::StoreError;
use crate::store::webhook_look::Bounds;

/// How long the total is counted, and how long a step searches.
const COUNT_TIME: Duration = Duration::from_secs(5);
const SEARCH_TIME: Duration = Duration::from_secs(1);

/// Decides on a task.
///
/// # Errors
/// When the filter names a status whose webhooks would all be left alone, or nothing can be
/// written.
pub fn bulk_begin(
    ledger: &Ledger,
    by: Actor,
    filter: &WebhookFilter,
    action: BulkAction,
) -> Result<TaskId, ManageError> {
    check(filter, action)?;
    let change = TaskChange::BulkBegun {
        action,
        filter: filter.clone(),
        total: count(ledger, filter, action)?,
    };
    let applied = commit_with_retry(ledger, &Entry::one(clock::now(), by, change))?;
    applied.resume.ok_or(ManageError::Stopped)
}

/// How many it will be done to; none if that takes too long to count.
fn count(ledger: &Ledger, filter: &WebhookFilter, action: BulkAction) -> Result<Option<u64>, ManageError> {
    let bounds = Bounds {
        rows: 1_000_000,
        until: Some(Instant::now() + COUNT_TIME),
    };
    let mut wanted = filter.clone();
    if action == (BulkAction::Reprocess { repeat: false }) && wanted.made_record.is_none() {
        wanted.made_record = Some(false);
    }
    let tally = webhook_tally(ledger, &wanted, bounds)?;
    let spared = if spares_unprocessed(action) {
        tally.new + tally.processing
    } else {
        0
    };
    Ok(tally.complete.then(|| tally.total.saturating_sub(spared)))
}

/// Runs a task to its end, or until `watch` stops it: then it continues in the background.
///
/// # Errors
/// [`ManageError::TaskContinues`] when its end was not awaited, or something is in its way.
pub fn bulk_run(ledger: &Ledger, id: TaskId, watch: ProgressFn<'_>) -> Result<Task, ManageError> {
    let mut task = known(ledger, id)?;
    let TaskKind::Webhooks { action, .. } = task.kind else {
        return Ok(task);
    };
    let what = match action {
        BulkAction::Reprocess { .. } => "reprocessed",
        BulkAction::Delete { .. } => "deleted",
    };
    while task.is_open() {
        let progress = Progress {
            what: what.to_owned(),
            done: task.done,
            total: task.total,
            task: Some(id),
        };
        let continues = |cause| ManageError::TaskContinues {
            task: id,
            done: task.done,
            cause,
        };
        if watch(progress).is_break() {
            return Err(continues(None));
        }
        match bulk_step(ledger, id) {
            Ok(stepped) => task = stepped,
            // What arrives goes first; the step is tried again.
            Err(ManageError::Busy | ManageError::Store(StoreError::Behind { .. })) => {}
            Err(error) => return Err(continues(Some(Box::new(error)))),
        }
    }
    Ok(task)
}

/// Makes one step of the oldest bulk task that has not ended. Gives whether there was one.
///
/// # Errors
/// When the step could not be made; it can be tried later.
pub fn bulk_step_next(ledger: &Ledger) -> Result<bool, ManageError> {
    let tasks = ledger.read()?.task_list()?;
    let open = |(_, task): &(TaskId, Task)| task.is_open() && task.kind.index().is_none();
    match tasks.iter().find(|task| open(task)) {
        Some((id, _)) => bulk_step(ledger, *id).map(|_| true),
        None => Ok(false),
    }
}

/// That the action can do anything at all to webhooks that match.
///
/// # Errors
/// When the filter names a status whose webhooks are all left alone.
fn check(filter: &WebhookFilter, action: BulkAction) -> Result<(), ManageError> {
    match filter.status {
        Some(status) if spares_unprocessed(action) && status.is_unprocessed() => {
            Err(ManageError::NotProcessed { status, webhook: None })
        }
        _ => Ok(()),
    }
}

fn known(ledger: &Ledger, id: TaskId) -> Result<Task, ManageError> {
    let unknown = || ManageError::from(ApplyError::TaskUnknown(id));
    ledger.read()?.task_get(id)?.ok_or_else(unknown)
}

/// Makes one step of a task, or ends it; gives the task afterwards. Behind what arrives.
fn bulk_step(ledger: &Ledger, id: TaskId) -> Result<Task, ManageError> {
    ledger.give_way();
    // What one chooses, another must not choose at the same time.
    let _turn = ledger.bulk_turn();
    let task = known(ledger, id)?;
    let TaskKind::Webhooks { action, filter } = &task.kind else {
        return Ok(task);
    };
    if !task.is_open() {
        return Ok(task);
    }
    let changes = if task.cancelled || task.below == 0 {
        let ended = TaskChange::BulkEnded {
            task: id,
            action: *action,
            done: task.done,
            left_out: task.left_out,
            cancelled: task.cancelled,
        };
        vec![ended.into()]
    } else {
        step_changes(ledger, id, &task, *action, filter)?
    };
    let entry = Entry {
        at: clock::now(),
        by: task.begun_by,
        changes,
    };
    match commit_with_retry(ledger, &entry) {
        // It was cancelled after it was read.
        Ok(_) | Err(ChangeError::Refused(ApplyError::TaskUnknown(_))) => known(ledger, id),
        Err(error) => Err(error.into()),
    }
}

fn step_changes(
    ledger: &Ledger,
    id: TaskId,
    task: &Task,
    action: BulkAction,
    filter: &WebhookFilter,
) -> Result<Vec<Change>, ManageError> {
    let Chosen {
        webhooks,
        left_out,
        next,
    } = choose(ledger, filter, task.below, action)?;
    let stepped = TaskChange::BulkStepped {
        task: id,
        below: next.unwrap_or(0),
        left_out,
    };
    let mut changes = Vec::with_capacity(2);
    if !webhooks.is_empty() {
        changes.push(webhooks_change(action, webhooks).into());
    }
    changes.push(stepped.into());
    Ok(changes)
}

/// What is done to these webhooks.
pub(super) const fn webhooks_change(action: BulkAction, webhooks: Vec<u64>) -> WebhookChange {
    match action {
        BulkAction::Reprocess { repeat } => WebhookChange::Reprocessed { webhooks, repeat },
        BulkAction::Delete { unprocessed } => WebhookChange::Deleted { webhooks, unprocessed },
    }
}

const fn spares_unprocessed(action: BulkAction) -> bool {
    matches!(action, BulkAction::Delete { unprocessed: false })
}

/// Whether a webhook of this state that matches is left alone.
fn spares(action: BulkAction, state: &WebhookState) -> bool {
    match action {
        BulkAction::Reprocess { repeat } => !repeat && !state.records.is_empty(),
        BulkAction::Delete { .. } => spares_unprocessed(action) && state.status.is_unprocessed(),
    }
}

/// What the next step deals with.
struct Chosen {
    webhooks: Vec<u64>,
    /// So many are left alone beside them.
    left_out: u64,
    /// Below which sequence the next step begins; none at the end.
    next: Option<u64>,
}

/// A fresh snapshot for each step: a snapshot that is kept for long makes the file grow. Webhooks
/// that are left alone are only counted.
fn choose(ledger: &Ledger, filter: &WebhookFilter, below: u64, action: BulkAction) -> Result<Chosen, ManageError> {
    let bounds = Bounds {
        rows: u64::MAX,
        until: Some(Instant::now() + SEARCH_TIME),
    };
    let mut webhooks = Vec::new();
    let mut left_out = 0;
    let next = ledger
        .read()?
        .webhook_look::<ManageError>(filter, Some(below), bounds, |seq, tables| {
            if tables.state(seq)?.is_some_and(|state| spares(action, &state)) {
                left_out += 1;
                return Ok(ControlFlow::Continue(()));
            }
            webhooks.push(seq);
            Ok(if webhooks.len() < STEP {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
    let full = webhooks.len() == STEP;
    let last = webhooks.last().copied().filter(|_| full);
    Ok(Chosen {
        webhooks,
        left_out,
        next: next.or(last),
    })
}
