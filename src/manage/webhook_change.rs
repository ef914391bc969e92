//! Processing webhooks again, and deleting them: one, or all that match.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::task::{TaskView, task_show};
use super::webhook::{WebhookQuery, webhook_filter, webhook_row};
use super::webhook_bulk::{bulk_begin, webhooks_change};
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::entry::Entry;
use crate::domain::task::BulkAction;
use crate::domain::webhook::Status;
use crate::store::query::WebhookRow;

/// The result of a bulk operation on webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhooksChanged {
    pub count: u64,
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
    let change = webhooks_change(BulkAction::Reprocess { repeat: again }, vec![row.seq]);
    let count = context.ledger.commit(Entry::one(clock::now(), by, change))?.count;
    Ok(WebhooksChanged { count })
}

/// Begins a task that processes all webhooks again that match and are Failed or Done. Those that made a record
/// make a second one with `again`; else they are left alone and keep their outcome.
///
/// # Errors
/// When the query names something that is not there; as [`bulk_begin`].
pub fn webhook_replay_all(
    context: &Context,
    by: Actor,
    query: &WebhookQuery,
    again: bool,
) -> Result<TaskView, ManageError> {
    begin(context, by, query, BulkAction::Reprocess { repeat: again })
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
    let action = BulkAction::Delete {
        unprocessed: include_new,
    };
    let change = webhooks_change(action, vec![row.seq]);
    let count = context.ledger.commit(Entry::one(clock::now(), by, change))?.count;
    if count == 0 {
        // Meanwhile it was deleted, or is to be processed again.
        let row = webhook_row(&context.ledger.read()?, id)?;
        return Err(not_processed(row.state.status, Some(id)));
    }
    Ok(WebhooksChanged { count })
}

/// Begins a task that deletes all webhooks that match and their parsing errors; records stay. Those
/// that are not processed yet are left alone without `include_new`.
///
/// # Errors
/// When the query names something that is not there; as [`bulk_begin`].
pub fn webhook_delete_all(
    context: &Context,
    by: Actor,
    query: &WebhookQuery,
    include_new: bool,
) -> Result<TaskView, ManageError> {
    let action = BulkAction::Delete {
        unprocessed: include_new,
    };
    begin(context, by, query, action)
}

fn begin(context: &Context, by: Actor, query: &WebhookQuery, action: BulkAction) -> Result<TaskView, ManageError> {
    let filter = webhook_filter(context, query)?;
    task_show(context, bulk_begin(&context.ledger, by, &filter, action)?)
}

const fn not_processed(status: Status, webhook: Option<Uuid>) -> ManageError {
    ManageError::NotProcessed { status, webhook }
}
