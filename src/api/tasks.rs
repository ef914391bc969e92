//! Tasks: long work in the background.

use super::answer::Json;
use super::{Call, Reply};
use crate::domain::task::TaskId;
use crate::manage::ManageError;
use crate::manage::task::{TaskView, task_cancel, task_list, task_show};
use crate::manage::thing::Thing;

/// Those that run or ended lately, the newest first.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<TaskView>>> {
    Ok(Json(task_list(call.context)?))
}

/// One of them.
pub fn show(call: &Call<'_>) -> Reply<Json<TaskView>> {
    Ok(Json(task_show(call.context, id(call)?)?))
}

/// Ends one before its next step.
pub fn cancel(call: &Call<'_>) -> Reply<Json<TaskView>> {
    Ok(Json(task_cancel(call.context, call.by(), id(call)?)?))
}

fn id(call: &Call<'_>) -> Result<TaskId, ManageError> {
    let name = call.part("id");
    name.parse().map_err(|_| ManageError::NotFound {
        what: Thing::Task,
        name: name.to_owned(),
    })
}
