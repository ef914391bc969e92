//! How long webhooks are kept: settings, preview and a run by hand.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::steps::{Watch, tell};
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::retention::Retention;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::ledger::Ledger;
use crate::retention::{self, ByStatus, RunError};
use crate::schedule::Schedule;

/// The longest time that can be set: about a hundred years. More is written as 0.
const DAYS_MOST: u32 = 36_500;

/// How many coming runs are shown.
const NEXT_RUNS: usize = 3;

/// How long webhooks are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionView {
    /// Days by status; 0 keeps for ever.
    pub days: Days,
    /// When webhooks past their time are deleted: five cron fields, UTC.
    pub schedule: String,
    /// The next runs.
    pub next_runs: Vec<Timestamp>,
}

/// Days that webhooks of each status are kept, counted from `ModifiedOn`; 0 keeps for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the statuses' names")]
pub struct Days {
    pub new: u32,
    pub processing: u32,
    pub failed: u32,
    pub done: u32,
}

/// What to change; an absent part stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionEdit {
    /// Days by status.
    pub days: Vec<(Status, u32)>,
    /// Five cron fields, UTC.
    pub schedule: Option<String>,
}

/// What the next run will delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionPreview {
    /// When the next run is.
    pub next_run: Option<Timestamp>,
    /// What it will delete, as things stand now.
    pub expired: ByStatus,
}

/// What a run deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionDone {
    /// How many webhooks, by status.
    pub deleted: ByStatus,
}

/// Days and schedule.
#[must_use]
pub fn retention_show(context: &Context) -> RetentionView {
    let retention = &context.ledger.catalog().retention;
    RetentionView {
        days: Days {
            new: retention.days(Status::New),
            processing: retention.days(Status::Processing),
            failed: retention.days(Status::Failed),
            done: retention.days(Status::Done),
        },
        schedule: retention.schedule.clone(),
        next_runs: next_runs(retention, NEXT_RUNS),
    }
}

/// Changes days and schedule.
///
/// # Errors
/// When a value cannot be taken.
pub fn retention_set(context: &Context, by: Actor, edit: RetentionEdit) -> Result<RetentionView, ManageError> {
    let _editing = context.edit();
    let mut retention = context.ledger.catalog().retention.clone();
    for (status, days) in edit.days {
        if days > DAYS_MOST {
            let problem = format!("{days} is too many; at most {DAYS_MOST}, or 0 to keep for ever");
            return Err(ManageError::Invalid { what: "days", problem });
        }
        if let Some(kept) = retention.days.get_mut(status as usize) {
            *kept = days;
        }
    }
    if let Some(schedule) = edit.schedule {
        Schedule::parse(&schedule).map_err(|error| ManageError::Invalid {
            what: "schedule",
            problem: error.to_string(),
        })?;
        retention.schedule = schedule;
    }
    context.ledger.change(Change::RetentionSet {
        at: clock::now(),
        by,
        retention,
    })?;
    Ok(retention_show(context))
}

/// What the next run will delete.
///
/// # Errors
/// When the store cannot answer.
pub fn retention_preview(context: &Context) -> Result<RetentionPreview, ManageError> {
    let next_run = next_runs(&context.ledger.catalog().retention, 1).first().copied();
    let expired = retention::preview(&context.ledger, next_run.unwrap_or_else(clock::now))?;
    Ok(RetentionPreview { next_run, expired })
}

/// Deletes what is past its time now. Whoever asks for it says by that that the clock is right.
///
/// # Errors
/// When a step fails or it is interrupted; what was deleted stays deleted.
pub fn retention_run(context: &Context, watch: Watch<'_>) -> Result<RetentionDone, ManageError> {
    retention_run_begin(context).run(watch)
}

/// The same in two parts, so that the work can be done in another thread.
#[must_use]
pub fn retention_run_begin(context: &Context) -> RetentionRun {
    let at = clock::now();
    context.clock_doubt.settle(at, Instant::now());
    RetentionRun::new(context, at)
}

/// The same because the schedule says so: deletes nothing while the clock is doubted.
///
/// # Errors
/// As [`retention_run`], and [`ManageError::ClockDoubted`].
pub fn retention_run_scheduled(context: &Context, watch: Watch<'_>) -> Result<RetentionDone, ManageError> {
    let at = clock::now();
    if let Some(ahead) = context.clock_doubt.look(at, Instant::now()) {
        let webhooks = retention::preview(&context.ledger, at)?.total();
        if webhooks > 0 {
            let hours = ahead.as_secs() / 3600;
            return Err(ManageError::ClockDoubted { hours, webhooks });
        }
    }
    RetentionRun::new(context, at).run(watch)
}

/// A run that was begun.
pub struct RetentionRun {
    ledger: Ledger,
    at: Timestamp,
    batch: u32,
}

impl RetentionRun {
    fn new(context: &Context, at: Timestamp) -> Self {
        Self {
            ledger: context.ledger.clone(),
            at,
            batch: context.retention_batch,
        }
    }

    /// Deletes.
    ///
    /// # Errors
    /// When a step fails or it is interrupted; what was deleted stays deleted.
    pub fn run(self, watch: Watch<'_>) -> Result<RetentionDone, ManageError> {
        let Self { ledger, at, batch } = self;
        run(&ledger, at, batch, watch)
    }
}

fn run(ledger: &Ledger, at: Timestamp, batch: u32, watch: Watch<'_>) -> Result<RetentionDone, ManageError> {
    let total = retention::preview(ledger, at)?.total();
    let mut step = |change: &Change| super::steps::patiently_on(ledger, change);
    let mut told = |deleted| match tell(watch, "deleted", deleted, Some(total)) {
        Ok(()) => std::ops::ControlFlow::Continue(()),
        Err(_) => std::ops::ControlFlow::Break(()),
    };
    match retention::run(&ledger.catalog().retention, at, batch, &mut step, &mut told) {
        Ok(deleted) => Ok(RetentionDone { deleted }),
        Err(RunError::Interrupted { deleted }) => Err(ManageError::Interrupted { done: deleted }),
        Err(RunError::Change { source, .. }) => Err(source.into()),
    }
}

/// A schedule that was stored before its check became stricter has no next runs.
fn next_runs(retention: &Retention, count: usize) -> Vec<Timestamp> {
    Schedule::parse(&retention.schedule)
        .map(|schedule| schedule.next_n(clock::now(), count).collect())
        .unwrap_or_default()
}
