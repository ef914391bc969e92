//! How long webhooks are stored.

use super::answer::{Json, Lines};
use super::{Call, Reply};
use crate::manage::audit::audit_noted;
use crate::manage::retention::{self, RetentionDone, RetentionEdit, RetentionPreview, RetentionView};
use crate::manage::schedule::{Scheduled, schedule_ran};

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

/// Deletes expired webhooks now. What was deleted stays deleted when the client disconnects.
pub fn run(call: &Call<'_>) -> Reply<Lines<RetentionDone>> {
    audit_noted(call.context, call.by(), "retention-run", call.sent.address)?;
    let begun = retention::retention_run_begin(call.context, call.by(), call.sent.address);
    schedule_ran(call.context, Scheduled::Retention);
    Ok(Lines::of(move |watch| begun.run(watch)))
}
