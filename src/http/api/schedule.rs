//! What happens by the clock.

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, task};

/// All tasks with their next runs.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&task::task_list(context)?)
}

/// Runs one now.
pub fn run(context: &Context, who: &Who, input: &Input) -> Answered {
    let code = input.part("task");
    json(&task::task_run(context, who.actor(), code, input.address)?)
}
