//! How long webhooks are kept.

use std::ops::ControlFlow;

use serde_json::json;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{self, stream};
use crate::manage::audit::audit_noted;
use crate::manage::retention::{self, RetentionEdit};
use crate::manage::task::{Task, task_ran};
use crate::manage::{Context, ManageError, Progress};

/// Days and schedule.
pub fn show(context: &Context, _: &Who, _: &Input) -> Answered {
    output::json(&retention::retention_show(context))
}

/// Changes days and schedule.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let edit: RetentionEdit = input.body()?;
    output::json(&retention::retention_set(context, who.actor(), edit)?)
}

/// What the next run will delete.
pub fn preview(context: &Context, _: &Who, _: &Input) -> Answered {
    output::json(&retention::retention_preview(context)?)
}

/// Deletes what is past its time now, and tells after each step how far it is. What was deleted
/// stays deleted when nobody listens any more.
pub fn run(context: &Context, who: &Who, input: &Input) -> Answered {
    audit_noted(context, who.actor(), "retention-run", input.address)?;
    let begun = retention::retention_run_begin(context, who.actor(), Some(input.address));
    task_ran(context, Task::Retention);
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
