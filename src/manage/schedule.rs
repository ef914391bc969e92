//! What happens by the clock: when it did, when it will, and now if an administrator wants it now.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::audit_noted_of;
use super::retention::retention_run;
use super::thing::Thing;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::UpkeepChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::schedule::Schedule;

/// How many coming runs are shown.
const NEXT_RUNS: usize = 5;

const HOUR: i64 = 3_600_000_000;

/// Something that happens by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduled {
    /// Webhooks past their time are deleted.
    Retention,
    /// New signing keys are made when they are due.
    SigningKeys,
    /// The journal is shortened when it is too long.
    Journal,
}

const ALL: [Scheduled; 3] = [Scheduled::Retention, Scheduled::SigningKeys, Scheduled::Journal];

/// When the journal was last looked at. Not stored: that would be an entry of the journal for
/// each look at it.
#[derive(Debug, Default)]
pub struct JournalLook(Mutex<Option<Timestamp>>);

/// A scheduled task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduledView {
    pub task: String,
    pub description: String,
    /// When it runs: five cron fields in UTC, or in words.
    pub schedule: String,
    /// The next runs; empty for a continuous task.
    pub next: Vec<Timestamp>,
    /// The time of the last run; for a continuous task, only since the server started.
    pub last: Option<Timestamp>,
    /// Whether it can be run by hand.
    pub can_run: bool,
}

/// All that happens by the clock.
///
/// # Errors
/// When the store cannot answer.
pub fn schedule_list(context: &Context) -> Result<Vec<ScheduledView>, ManageError> {
    ALL.into_iter().map(|task| view(context, task)).collect()
}

/// Notes that it ran just now. That it could not be noted is no reason to stop: when nothing
/// can be written any more, the server ends.
pub fn schedule_ran(context: &Context, task: Scheduled) {
    let at = clock::now();
    if task == Scheduled::Journal {
        *context.memory.journal_look.lock() = Some(at);
        return;
    }
    let task = task.code().to_owned();
    if let Err(error) = context
        .ledger
        .commit(Entry::one(at, Actor::System, UpkeepChange::ScheduleRan { task }))
    {
        tracing::warn!(%error, "the run of a scheduled task could not be recorded");
    }
}

/// Does now what it would do at its next time.
///
/// # Errors
/// When there is no such scheduled task, it cannot be run by hand, or it fails.
pub fn schedule_run(
    context: &Context,
    by: Actor,
    code: &str,
    address: Option<IpAddr>,
) -> Result<ScheduledView, ManageError> {
    let task = ALL.into_iter().find(|task| task.code() == code);
    let task = task.ok_or_else(|| ManageError::NotFound {
        what: Thing::ScheduledTask,
        name: code.to_owned(),
    })?;
    if !task.can_run() {
        return Err(ManageError::Invalid {
            what: "scheduled task",
            problem: format!("{code} checks continuously whether there is work to do; it cannot be started manually"),
        });
    }
    audit_noted_of(context, by, "schedule-run", code, address)?;
    match task {
        Scheduled::Retention => {
            retention_run(context, by, address, &mut |_| ControlFlow::Continue(()))?;
        }
        Scheduled::SigningKeys => context.issuer.keys_rotate_if_due()?,
        Scheduled::Journal => {}
    }
    schedule_ran(context, task);
    view(context, task)
}

impl JournalLook {
    fn lock(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scheduled {
    const fn code(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::SigningKeys => "signing-keys",
            Self::Journal => "journal",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Retention => "Deletes expired webhooks",
            Self::SigningKeys => "Creates new signing keys when they are due, and removes old ones",
            Self::Journal => "Shortens the journal when it is larger than its limit",
        }
    }

    /// The journal's check knows files that only the housekeeping has, and is never late.
    const fn can_run(self) -> bool {
        !matches!(self, Self::Journal)
    }
}

fn view(context: &Context, task: Scheduled) -> Result<ScheduledView, ManageError> {
    let last = match task {
        Scheduled::Journal => *context.memory.journal_look.lock(),
        stored => context.ledger.read()?.schedule_ran(stored.code())?,
    };
    let (schedule, next) = match task {
        Scheduled::Retention => {
            let text = context.ledger.catalog().retention.schedule.clone();
            // One that was stored before its check became stricter has no next runs.
            let next = Schedule::parse(&text).map(|schedule| schedule.next_n(clock::now(), NEXT_RUNS).collect());
            (text, next.unwrap_or_default())
        }
        Scheduled::SigningKeys => {
            // The first after a start is within seconds of it, whenever the last one was.
            let now = clock::now();
            let passed = |last: Timestamp| now.0.saturating_sub(last.0).max(0) / HOUR;
            let after = |last: Timestamp, hours: i64| Timestamp(last.0.saturating_add(hours.saturating_mul(HOUR)));
            let hours = |last| (passed(last) + 1..).take(NEXT_RUNS);
            let next = last.map(|last| hours(last).map(|hours| after(last, hours)).collect());
            ("every hour".to_owned(), next.unwrap_or_default())
        }
        Scheduled::Journal => ("continuously".to_owned(), Vec::new()),
    };
    Ok(ScheduledView {
        task: task.code().to_owned(),
        description: task.description().to_owned(),
        schedule,
        next,
        last,
        can_run: task.can_run(),
    })
}
