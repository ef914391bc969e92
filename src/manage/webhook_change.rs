//! Processing webhooks again, and deleting them: one, or all that match.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::steps::{STEP, Watch, patiently, tell};
use super::webhook::{WebhookQuery, webhook_filter, webhook_row};
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::store::query::WebhookFilter;

/// What was done to webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksChanged {
    /// How many.
    pub count: u64,
}

/// How many webhooks match.
///
/// # Errors
/// When the query names something that is not there.
pub fn webhook_count(context: &Context, query: &WebhookQuery) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    let count = context.ledger.read()?.webhook_count(&filter)?;
    Ok(WebhooksChanged { count })
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
    Ok(WebhooksChanged { count })
}

/// Processes all webhooks again that match and are Failed or Done. Those that made a record
/// make a second one only with `again`, else they are skipped.
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
    in_steps(context, query, "processed again", watch, |webhooks| {
        Change::WebhooksReplayed {
            at: clock::now(),
            by,
            webhooks,
            again,
        }
    })
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
    Ok(WebhooksChanged { count })
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
    in_steps(context, query, "deleted", watch, |webhooks| Change::WebhooksDeleted {
        at: clock::now(),
        by,
        webhooks,
    })
}

/// Goes through all that match from the newest down, a change for each step. Webhooks that
/// arrive meanwhile lie above and are left alone, so that it comes to an end.
fn in_steps(
    context: &Context,
    query: &WebhookQuery,
    what: &str,
    watch: Watch<'_>,
    change: impl Fn(Vec<u64>) -> Change,
) -> Result<WebhooksChanged, ManageError> {
    let filter = webhook_filter(context, query)?;
    let total = webhook_count(context, query)?.count;
    let mut count = 0;
    let mut before = None;
    loop {
        let webhooks = next_step(context, &filter, before)?;
        let Some(last) = webhooks.last().copied() else {
            return Ok(WebhooksChanged { count });
        };
        count += patiently(context, &change(webhooks))?.count;
        before = Some(last);
        tell(watch, what, count, Some(total))?;
    }
}

/// A fresh snapshot for each step: a snapshot that is kept for long makes the file grow.
fn next_step(context: &Context, filter: &WebhookFilter, before: Option<u64>) -> Result<Vec<u64>, ManageError> {
    Ok(context.ledger.read()?.webhook_seqs(filter, before, STEP)?)
}
