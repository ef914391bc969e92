//! How long webhooks are stored.

use std::ops::ControlFlow;

use serde_json::json;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{self, stream};
use crate::manage::audit::audit_noted;
use crate::manage::retention::{self, RetentionEdit};
use crate::manage::schedule::{Scheduled, schedule_ran};
use crate::manage::{Context, ManageError, Progress};

/// Days and schedule.
pub fn show(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    output::json(&retention::retention_show(context))
}

/// Changes days and schedule.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let edit: RetentionEdit = input.body()?;
    output::json(&retention::retention_set(context, principal.actor(), edit)?)
}

/// What the next run will delete.
pub fn preview(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    output::json(&retention::retention_preview(context)?)
}

/// Deletes what is due now, and reports progress after each step. What was deleted stays deleted
/// when the client disconnects.
pub fn run(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    audit_noted(context, principal.actor(), "retention-run", input.address)?;
    let begun = retention::retention_run_begin(context, principal.actor(), Some(input.address));
    schedule_ran(context, Scheduled::Retention);
    stream("application/x-ndjson", None, move |out| {
        let mut line = |value: serde_json::Value| writeln!(out, "{value}").and_then(|()| out.flush());
        let done = begun.run(&mut |progress: Progress| {
            let told = line(json!({"done": progress.done, "total": progress.total}));
            told.map_or(ControlFlow::Break(()), ControlFlow::Continue)
        })?;
        let count = done.deleted.total();
        line(json!({"changed": count, "finished": true})).map_err(|_| ManageError::Interrupted { done: count })
    })
}
