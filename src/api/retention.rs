//! How long webhooks are stored.

use std::ops::ControlFlow;

use serde_json::json;

use super::answer::{Json, Lines};
use super::{Call, Reply};
use crate::manage::audit::audit_noted;
use crate::manage::retention::{self, RetentionEdit, RetentionPreview, RetentionView};
use crate::manage::schedule::{Scheduled, schedule_ran};
use crate::manage::{ManageError, Progress};

use super::webhooks_bulk::ProgressLine;

/// Days and schedule.
pub fn show(call: &Call<'_>) -> Reply<Json<RetentionView>> {
    Ok(Json(retention::retention_show(call.context)))
}

/// Changes days and schedule.
pub fn set(call: &Call<'_>, edit: RetentionEdit) -> Reply<Json<RetentionView>> {
    Ok(Json(retention::retention_set(call.context, call.by(), edit)?))
}

/// What the next run will delete.
pub fn preview(call: &Call<'_>) -> Reply<Json<RetentionPreview>> {
    Ok(Json(retention::retention_preview(call.context)?))
}

/// Deletes expired webhooks now, and reports progress after each step. What was deleted stays
/// deleted when the client disconnects.
pub fn run(call: &Call<'_>) -> Reply<Lines<ProgressLine>> {
    audit_noted(call.context, call.by(), "retention-run", call.sent.address)?;
    let begun = retention::retention_run_begin(call.context, call.by(), Some(call.sent.address));
    schedule_ran(call.context, Scheduled::Retention);
    Ok(Lines::written(move |out| {
        let mut line = |line: ProgressLine| writeln!(out, "{}", json!(line)).and_then(|()| out.flush());
        let done = begun.run(&mut |progress: Progress| {
            let sent = line(ProgressLine::of(&progress));
            sent.map_or(ControlFlow::Break(()), ControlFlow::Continue)
        })?;
        let count = done.deleted.total();
        line(ProgressLine::finished(count)).map_err(|_| ManageError::Interrupted { done: count })
    }))
}
