//! Tasks: long work that continues by itself.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::domain::task::TaskId;
use crate::manage::task::{task_cancel, task_list, task_show};
use crate::manage::{Context, ManageError};

/// Those that run or ended lately, the newest first.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&task_list(context)?)
}

/// One of them.
pub fn show(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    json(&task_show(context, id(input)?)?)
}

/// Ends one before its next step.
pub fn cancel(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    json(&task_cancel(context, principal.actor(), id(input)?)?)
}

fn id(input: &Input) -> Result<TaskId, ManageError> {
    let name = input.part("id");
    name.parse().map_err(|_| ManageError::NotFound {
        what: "task",
        name: name.to_owned(),
        next: "it is a number, as the list of tasks shows",
    })
}
