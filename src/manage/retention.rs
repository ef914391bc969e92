//! How long webhooks are kept: settings, preview and manual runs.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::steps::{ProgressFn, commit_with_retry, report};
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Difference;
use crate::domain::change::{ConfigChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::retention::Retention;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::ledger::Ledger;
use crate::retention::{self, ByStatus, RunError};
use crate::schedule::Schedule;

/// The maximum number of days: about a hundred years. 0 means forever.
const MAX_DAYS: u32 = 36_500;

/// The number of upcoming runs that are shown.
const NEXT_RUNS: usize = 3;

/// How long webhooks are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionView {
    /// Days by status; 0 keeps them forever.
    pub days: Days,
    /// When expired webhooks are deleted: five cron fields, UTC.
    pub schedule: String,
    pub next_runs: Vec<Timestamp>,
}

/// Days for which webhooks of each status are kept, counted from `ModifiedOn`; 0 keeps them
/// forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Days {
    pub new: u32,
    pub processing: u32,
    pub failed: u32,
    pub done: u32,
}

/// Changes of the settings; parts that are absent are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionEdit {
    #[serde(skip_serializing_if = "DaysEdit::is_keep")]
    pub days: DaysEdit,
    /// Five cron fields, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

/// New days by status; 0 keeps them forever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DaysEdit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<u32>,
}

impl DaysEdit {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_keep(&self) -> bool {
        *self == Self::default()
    }

    const fn of(self, status: Status) -> Option<u32> {
        match status {
            Status::New => self.new,
            Status::Processing => self.processing,
            Status::Failed => self.failed,
            Status::Done => self.done,
        }
    }
}

/// What the next run will delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionPreview {
    /// When the next run starts.
    pub next_run: Option<Timestamp>,
    /// What it will delete, if nothing changes.
    pub expired: ByStatus,
    /// How many hours the clock is ahead, if that is too far. Until an administrator runs retention
    /// or sets the clock, the schedule deletes nothing.
    #[serde(default)]
    pub clock_ahead_hours: Option<u64>,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetentionDone {
    /// The number of deleted webhooks by status.
    pub deleted: ByStatus,
}

/// The current days and schedule.
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
/// If a value is not valid.
pub fn retention_set(context: &Context, by: Actor, edit: RetentionEdit) -> Result<RetentionView, ManageError> {
    let _editing = context.edit();
    let mut retention = Retention::clone(&context.ledger.catalog().retention);
    for status in Status::ALL {
        let Some(days) = edit.days.of(status) else { continue };
        if days > MAX_DAYS {
            let problem = format!("{days} is too many; use at most {MAX_DAYS}, or 0 to keep them forever");
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
    context
        .ledger
        .commit(Entry::one(clock::now(), by, ConfigChange::RetentionSet { retention }))?;
    Ok(retention_show(context))
}

/// What the next run will delete.
///
/// # Errors
/// If the store fails.
pub fn retention_preview(context: &Context) -> Result<RetentionPreview, ManageError> {
    let next_run = next_runs(&context.ledger.catalog().retention, 1).first().copied();
    let expired = retention::preview(&context.ledger, next_run.unwrap_or_else(clock::now))?;
    Ok(RetentionPreview {
        next_run,
        expired,
        clock_ahead_hours: clock_ahead_hours(context),
    })
}

/// Deletes webhooks that have expired. Running it manually confirms that the clock is right.
///
/// # Errors
/// If a step fails or the run is interrupted. What was deleted stays deleted.
pub fn retention_run(
    context: &Context,
    by: Actor,
    address: Option<IpAddr>,
    watch: ProgressFn<'_>,
) -> Result<RetentionDone, ManageError> {
    retention_run_begin(context, by, address).run(watch)
}

/// Prepares a run, so that the work can be done in another thread.
#[must_use]
pub fn retention_run_begin(context: &Context, by: Actor, address: Option<IpAddr>) -> RetentionRun {
    let at = clock::now();
    context.retention.clock_check.settle(at, Instant::now());
    RetentionRun::new(context, at, by, address)
}

/// A run by the schedule. Deletes nothing while the clock is not trusted.
///
/// # Errors
/// See [`retention_run`]; also [`ManageError::ClockDoubted`].
pub fn retention_run_scheduled(context: &Context, watch: ProgressFn<'_>) -> Result<RetentionDone, ManageError> {
    let at = clock::now();
    if let Some(ahead) = context.retention.clock_check.look(at, Instant::now()) {
        let webhooks = retention::preview(&context.ledger, at)?.total();
        if webhooks > 0 {
            let hours = ahead.as_secs() / 3600;
            return Err(ManageError::ClockDoubted { hours, webhooks });
        }
    }
    RetentionRun::new(context, at, Actor::System, None).run(watch)
}

/// A run that is prepared.
pub struct RetentionRun {
    ledger: Ledger,
    at: Timestamp,
    batch: u32,
    by: Actor,
    address: Option<IpAddr>,
}

impl RetentionRun {
    fn new(context: &Context, at: Timestamp, by: Actor, address: Option<IpAddr>) -> Self {
        Self {
            ledger: context.ledger.clone(),
            at,
            batch: context.retention.batch,
            by,
            address,
        }
    }

    /// Deletes webhooks, and notes the result in the audit log.
    ///
    /// # Errors
    /// If a step fails or the run is interrupted. What was deleted stays deleted.
    pub fn run(self, watch: ProgressFn<'_>) -> Result<RetentionDone, ManageError> {
        let mut deleted = ByStatus::default();
        let ended = self.delete(watch, &mut deleted);
        if deleted.new + deleted.processing > 0 {
            // This follows the settings, but the administrator should know it.
            tracing::warn!(
                new = deleted.new,
                processing = deleted.processing,
                "retention deleted webhooks that were never processed"
            );
        }
        let noted = self.note(deleted);
        ended?;
        noted?;
        Ok(RetentionDone { deleted })
    }

    /// `deleted` is correct even if this fails.
    fn delete(&self, watch: ProgressFn<'_>, deleted: &mut ByStatus) -> Result<(), ManageError> {
        let ledger = &self.ledger;
        let expired = retention::preview(ledger, self.at)?;
        let mut step = |status: Status, entry: &Entry| {
            let applied = commit_with_retry(ledger, entry)?;
            *deleted.of(status) += applied.count;
            Ok(applied)
        };
        let mut told = |deleted| match report(watch, "deleted", deleted, Some(expired.total())) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let retention = &ledger.catalog().retention;
        match retention::run(retention, self.at, &expired, self.batch, &mut step, &mut told) {
            Ok(_) => Ok(()),
            Err(RunError::Interrupted { deleted }) => Err(ManageError::Interrupted { done: deleted }),
            Err(RunError::Change { source, .. }) => Err(source.into()),
        }
    }

    fn note(&self, deleted: ByStatus) -> Result<(), ManageError> {
        if deleted.total() == 0 {
            return Ok(());
        }
        let s = if deleted.total() == 1 { "" } else { "s" };
        let mut parts: Vec<String> = Status::ALL
            .into_iter()
            .map(|status| (status, *deleted.clone().of(status)))
            .filter(|(_, count)| *count > 0)
            .map(|(status, count)| format!("{count} {}", status.name()))
            .collect();
        if self.by == Actor::System {
            parts.push("by the schedule".to_owned());
        }
        let change = Entry::one(
            clock::now(),
            self.by,
            UpkeepChange::AuditNoted {
                action: "retention-deleted".to_owned(),
                subject: format!("{} webhook{s}", deleted.total()),
                address: self.address,
                facts: vec![Difference::fact("detail", parts.join(", "))],
            },
        );
        commit_with_retry(&self.ledger, &change)?;
        Ok(())
    }
}

/// How many hours the clock is ahead, if that is too far.
pub(super) fn clock_ahead_hours(context: &Context) -> Option<u64> {
    let ahead = context.retention.clock_check.look(clock::now(), Instant::now())?;
    Some(ahead.as_secs() / 3600)
}

/// A stored schedule may be older than the current checks; then it has no next runs.
fn next_runs(retention: &Retention, count: usize) -> Vec<Timestamp> {
    Schedule::parse(&retention.schedule)
        .map(|schedule| schedule.next_n(clock::now(), count).collect())
        .unwrap_or_default()
}
