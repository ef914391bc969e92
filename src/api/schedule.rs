//! What happens by the clock.

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::schedule::{ScheduledView, schedule_list, schedule_run};

/// All that happens by the clock, with the next runs.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<ScheduledView>>> {
    Ok(Json(schedule_list(call.context)?))
}

/// Runs one now.
pub fn run(call: &Call<'_>) -> Reply<Json<ScheduledView>> {
    let code = call.part("task");
    Ok(Json(schedule_run(call.context, call.by(), code, call.sent.address)?))
}
