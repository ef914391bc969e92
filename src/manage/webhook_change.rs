//! Processing webhooks again, and deleting them: one, or all that match.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::steps::{STEP, Watch, patiently_on, tell};
use super::webhook::{WebhookQuery, webhook_filter, webhook_row};
use super::webhook_search::webhook_tally;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::ledger::Ledger;
use crate::store::query::WebhookFilter;
use crate::store::webhook_look::Bounds;

/// What was done to webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksChanged {
    /// How many.
    pub count: u64,
    /// How many match and were left alone, since they already made a record.
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
    let change = Change::WebhooksReplayed {
        at: clock::now(),
        by,
        webhooks: vec![row.seq],
        again,
    };
    let count = context.ledger.change(change)?.count;
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
    watch: Watch<'_>,
) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    webhooks_change(&context.ledger, by, &filter, &Doing::Replay { again }, watch)
}

/// Deletes one webhook and its parsing errors; its records stay.
///
/// # Errors
/// When there is none with this id.
pub fn webhook_delete(context: &Context, by: Actor, id: Uuid) -> Result<WebhooksChanged, ManageError> {
    let row = webhook_row(&context.ledger.read()?, id)?;
    let change = Change::WebhooksDeleted {
        at: clock::now(),
        by,
        webhooks: vec![row.seq],
    };
    let count = context.ledger.change(change)?.count;
    Ok(WebhooksChanged { count, left_out: 0 })
}

/// Deletes all webhooks that match and their parsing errors; records stay.
///
/// # Errors
/// When the query names something that is not there; when it is interrupted.
pub fn webhook_delete_all(
    context: &Context,
    by: Actor,
    query: &WebhookQuery,
    watch: Watch<'_>,
) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    webhooks_change(&context.ledger, by, &filter, &Doing::Delete, watch)
}

/// What is done to all that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// They are processed again; those that made a record are left alone without `again`.
    Replay {
        /// Also those that made a record.
        again: bool,
    },
    /// They are deleted.
    Delete,
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
    doing: &Doing,
    watch: Watch<'_>,
) -> Result<WebhooksChanged, ManageError> {
    let what = match doing {
        Doing::Replay { .. } => "processed again",
        Doing::Delete => "deleted",
    };
    let spares = *doing == Doing::Replay { again: false };
    let mut wanted = filter.clone();
    if spares && wanted.made_record.is_none() {
        wanted.made_record = Some(false);
    }
    let total = webhook_tally(ledger, &wanted, tally_bounds())?;
    let total = total.complete.then_some(total.total);
    let mut done = WebhooksChanged { count: 0, left_out: 0 };
    let mut before = None;
    loop {
        let step = next_step(ledger, filter, before, spares)?;
        done.left_out += step.left_out;
        let empty = step.webhooks.is_empty();
        if !empty {
            done.count += patiently_on(ledger, &change(by, *doing, step.webhooks))?.count;
        }
        before = step.next;
        if before.is_some() || !empty {
            tell(watch, what, done.count, total)?;
        }
        if before.is_none() {
            return Ok(done);
        }
    }
}

fn change(by: Actor, doing: Doing, webhooks: Vec<u64>) -> Change {
    let at = clock::now();
    match doing {
        Doing::Replay { again } => Change::WebhooksReplayed {
            at,
            by,
            webhooks,
            again,
        },
        Doing::Delete => Change::WebhooksDeleted { at, by, webhooks },
    }
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
    /// To these webhooks.
    webhooks: Vec<u64>,
    /// So many are left alone beside them.
    left_out: u64,
    /// Where it goes on; none at the end.
    next: Option<u64>,
}

/// A fresh snapshot for each step: a snapshot that is kept for long makes the file grow. With
/// `spares`, webhooks that made a record are only counted.
fn next_step(
    ledger: &Ledger,
    filter: &WebhookFilter,
    before: Option<u64>,
    spares: bool,
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
            if spares && tables.state(seq)?.is_some_and(|state| !state.records.is_empty()) {
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
