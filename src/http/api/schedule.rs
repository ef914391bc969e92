//! What happens by the clock.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, schedule};

/// All that happens by the clock, with the next runs.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&schedule::schedule_list(context)?)
}

/// Runs one now.
pub fn run(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let code = input.part("task");
    json(&schedule::schedule_run(
        context,
        principal.actor(),
        code,
        input.address,
    )?)
}
