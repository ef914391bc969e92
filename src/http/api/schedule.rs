//! What happens by the clock.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, task};

/// All tasks with their next runs.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&task::task_list(context)?)
}

/// Runs one now.
pub fn run(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let code = input.part("task");
    json(&task::task_run(context, principal.actor(), code, input.address)?)
}
