//! Processing webhooks again, and deleting them: one, or all that match.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::steps::{ProgressFn, STEP, commit_with_retry, report};
use super::webhook::{WebhookQuery, webhook_filter, webhook_row};
use super::webhook_search::webhook_tally;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::WebhookChange;
use crate::domain::entry::Entry;
use crate::domain::webhook::{Status, WebhookState};
use crate::ledger::Ledger;
use crate::store::query::{WebhookFilter, WebhookRow};
use crate::store::webhook_look::Bounds;

/// What was done to webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksChanged {
    pub count: u64,
    /// How many match and were left alone: of those to be processed again, since they already made
    /// a record; of those to be deleted, since they are not processed yet.
    #[serde(default, skip_serializing_if = "is_none")]
    pub left_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// How many webhooks match.
///
/// # Errors
/// When the query names something that is not there.
pub fn webhook_count(context: &Context, query: &WebhookQuery) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    let count = context.ledger.read()?.webhook_count(&filter)?;
    Ok(WebhooksChanged { count, left_out: 0 })
}

/// Processes one webhook again. A second record is made only with `again`.
///
/// # Errors
/// When there is none with this id, or it made a record and `again` is not set.
pub fn webhook_replay(context: &Context, by: Actor, id: Uuid, again: bool) -> Result<WebhooksChanged, ManageError> {
    let row = webhook_row(&context.ledger.read()?, id)?;
    if let Some((_, record)) = row.state.records.first().filter(|_| !again) {
        return Err(ManageError::RecordMade {
            webhook: id,
            record: *record,
        });
    }
    let change = Entry::one(
        clock::now(),
        by,
        WebhookChange::Reprocessed {
            webhooks: vec![row.seq],
            repeat: again,
        },
    );
    let count = context.ledger.commit(change)?.count;
    Ok(WebhooksChanged { count, left_out: 0 })
}

/// Processes all webhooks again that match and are Failed or Done. Those that made a record
/// make a second one with `again`; else they are left alone and keep their outcome.
///
/// # Errors
/// When the query names something that is not there; when it is interrupted.
pub fn webhook_replay_all(
    context: &Context,
    by: Actor,
    query: &WebhookQuery,
    again: bool,
    watch: ProgressFn<'_>,
) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    webhooks_change(&context.ledger, by, &filter, &BulkAction::Replay { again }, watch)
}

/// Deletes one webhook and its parsing errors; its records stay. One that is not processed yet only
/// with `include_new`: it was acknowledged, and will never make its record.
///
/// # Errors
/// When there is none with this id, or it is not processed yet and `include_new` is not set.
pub fn webhook_delete(
    context: &Context,
    by: Actor,
    id: Uuid,
    include_new: bool,
) -> Result<WebhooksChanged, ManageError> {
    let spared = |row: &WebhookRow| !include_new && row.state.status.is_unprocessed();
    let row = webhook_row(&context.ledger.read()?, id)?;
    if spared(&row) {
        return Err(not_processed(row.state.status, Some(id)));
    }
    let action = BulkAction::Delete { include_new };
    let count = context.ledger.commit(entry(by, action, vec![row.seq]))?.count;
    if count == 0 {
        // Meanwhile somebody deleted it, or had it processed again.
        let row = webhook_row(&context.ledger.read()?, id)?;
        return Err(not_processed(row.state.status, Some(id)));
    }
    Ok(WebhooksChanged { count, left_out: 0 })
}

/// Deletes all webhooks that match and their parsing errors; records stay. Those that are not
/// processed yet are left alone without `include_new`.
///
/// # Errors
/// When the query names something that is not there, or a status whose webhooks would all be left
/// alone; when it is interrupted.
pub fn webhook_delete_all(
    context: &Context,
    by: Actor,
    query: &WebhookQuery,
    include_new: bool,
    watch: ProgressFn<'_>,
) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    let action = BulkAction::Delete { include_new };
    action.check(&filter)?;
    webhooks_change(&context.ledger, by, &filter, &action, watch)
}

const fn not_processed(status: Status, webhook: Option<Uuid>) -> ManageError {
    ManageError::NotProcessed { status, webhook }
}

/// What is done to all that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// They are processed again; those that made a record are left alone without `again`.
    Replay {
        /// Also those that made a record.
        again: bool,
    },
    /// They are deleted; those that are not processed yet are left alone without `include_new`.
    Delete {
        /// Also those of the status New or Processing.
        include_new: bool,
    },
}

impl BulkAction {
    /// That it can do anything at all to webhooks that match.
    ///
    /// # Errors
    /// When the filter names a status whose webhooks are all left alone.
    pub fn check(self, filter: &WebhookFilter) -> Result<(), ManageError> {
        match filter.status {
            Some(status) if self.spares_unprocessed() && status.is_unprocessed() => Err(not_processed(status, None)),
            _ => Ok(()),
        }
    }

    const fn spares_unprocessed(self) -> bool {
        matches!(self, Self::Delete { include_new: false })
    }

    /// Whether a webhook of this state that matches is left alone.
    fn spares(self, state: &WebhookState) -> bool {
        match self {
            Self::Replay { again } => !again && !state.records.is_empty(),
            Self::Delete { .. } => self.spares_unprocessed() && state.status.is_unprocessed(),
        }
    }
}

/// Goes through all that match from the newest down, a change for each step. Webhooks that
/// arrive meanwhile lie above and are left alone, so that it comes to an end.
///
/// # Errors
/// When it is interrupted, or the store cannot answer.
pub fn webhooks_change(
    ledger: &Ledger,
    by: Actor,
    filter: &WebhookFilter,
    action: &BulkAction,
    watch: ProgressFn<'_>,
) -> Result<WebhooksChanged, ManageError> {
    let what = match action {
        BulkAction::Replay { .. } => "processed again",
        BulkAction::Delete { .. } => "deleted",
    };
    let mut wanted = filter.clone();
    if *action == (BulkAction::Replay { again: false }) && wanted.made_record.is_none() {
        wanted.made_record = Some(false);
    }
    let tally = webhook_tally(ledger, &wanted, tally_bounds())?;
    let spared = if action.spares_unprocessed() {
        tally.new + tally.processing
    } else {
        0
    };
    let total = tally.complete.then(|| tally.total.saturating_sub(spared));
    let mut done = WebhooksChanged { count: 0, left_out: 0 };
    let mut before = None;
    loop {
        let step = next_step(ledger, filter, before, *action)?;
        done.left_out += step.left_out;
        let empty = step.webhooks.is_empty();
        if !empty {
            let chosen = step.webhooks;
            let count = commit_with_retry(ledger, &entry(by, *action, chosen.clone()))?.count;
            done.count += count;
            if action.spares_unprocessed() && count < chosen.len() as u64 {
                done.left_out += still_there(ledger, &chosen)?;
            }
        }
        before = step.next;
        if before.is_some() || !empty {
            report(watch, what, done.count, total)?;
        }
        if before.is_none() {
            return Ok(done);
        }
    }
}

fn entry(by: Actor, action: BulkAction, webhooks: Vec<u64>) -> Entry {
    let at = clock::now();
    match action {
        BulkAction::Replay { again } => Entry::one(
            at,
            by,
            WebhookChange::Reprocessed {
                webhooks,
                repeat: again,
            },
        ),
        BulkAction::Delete { include_new } => Entry::one(
            at,
            by,
            WebhookChange::Deleted {
                webhooks,
                unprocessed: include_new,
            },
        ),
    }
}

/// How many of these exist: they became New again after they were chosen.
fn still_there(ledger: &Ledger, webhooks: &[u64]) -> Result<u64, ManageError> {
    let reader = ledger.read()?;
    let mut count = 0;
    for seq in webhooks {
        count += u64::from(reader.webhook_state(*seq)?.is_some());
    }
    Ok(count)
}

/// How far it looks for the total.
fn tally_bounds() -> Bounds {
    Bounds {
        rows: 1_000_000,
        until: Some(Instant::now() + Duration::from_secs(5)),
    }
}

/// What the next step does.
struct NextStep {
    webhooks: Vec<u64>,
    /// So many are left alone beside them.
    left_out: u64,
    /// Where it goes on; none at the end.
    next: Option<u64>,
}

/// A fresh snapshot for each step: a snapshot that is kept for long makes the file grow. Webhooks
/// that are left alone are only counted.
fn next_step(
    ledger: &Ledger,
    filter: &WebhookFilter,
    before: Option<u64>,
    action: BulkAction,
) -> Result<NextStep, ManageError> {
    let bounds = Bounds {
        rows: u64::MAX,
        until: Some(Instant::now() + Duration::from_secs(1)),
    };
    let mut webhooks = Vec::new();
    let mut left_out = 0;
    let next = ledger
        .read()?
        .webhook_look::<ManageError>(filter, before, bounds, |seq, tables| {
            if tables.state(seq)?.is_some_and(|state| action.spares(&state)) {
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
    Ok(NextStep {
        webhooks,
        left_out,
        next: next.or(last),
    })
}
