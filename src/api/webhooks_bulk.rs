//! Processing again, or deleting, all webhooks that match.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::Accepted;
use super::webhooks::Filter;
use super::{Call, Reply};
use crate::manage::webhook_change::{webhook_delete_all, webhook_replay_all};

/// Which webhooks are reprocessed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhooksReplay {
    filter: Filter,
    /// Also webhooks that already created a record: each creates another one.
    #[serde(default)]
    again: bool,
}

/// Which webhooks are deleted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhooksDelete {
    filter: Filter,
    /// Also webhooks that are not processed yet: they will never create their records.
    #[serde(default)]
    include_new: bool,
}

/// Processes all again that match; those that made a record only with `again`.
pub fn replay_all(call: &Call<'_>, replay: WebhooksReplay) -> Reply<Accepted> {
    let query = replay.filter.query()?;
    let task = webhook_replay_all(call.context, call.by(), &query, replay.again)?;
    Ok(Accepted(task))
}

/// Deletes all that match; unprocessed ones only with `include_new`.
pub fn remove_all(call: &Call<'_>, delete: WebhooksDelete) -> Reply<Accepted> {
    let query = delete.filter.query()?;
    let task = webhook_delete_all(call.context, call.by(), &query, delete.include_new)?;
    Ok(Accepted(task))
}
