//! How long webhooks are kept.

use std::ops::ControlFlow;

use serde_json::json;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{json, stream};
use crate::manage::audit::audit_noted;
use crate::manage::retention::{self, RetentionEdit};
use crate::manage::task::Task;
use crate::manage::{Context, ManageError};

/// Days and schedule.
pub fn show(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&retention::retention_show(context))
}

/// Changes days and schedule.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let edit: RetentionEdit = input.body()?;
    json(&retention::retention_set(context, who.actor(), edit)?)
}

/// What the next run will delete.
pub fn preview(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&retention::retention_preview(context)?)
}

/// Deletes what is past its time now; one line says how many.
pub fn run(context: &Context, who: &Who, input: &Input) -> Answered {
    audit_noted(context, who.actor(), "retention-run", input.address)?;
    let done = retention::retention_run(context, &mut |_| ControlFlow::Continue(()))?;
    context.runs.note(Task::Retention);
    let last = json!({ "changed": done.deleted.total(), "finished": true });
    stream("application/x-ndjson", None, move |out| {
        writeln!(out, "{last}").map_err(|_| ManageError::Interrupted { done: 0 })
    })
}
