//! Processes.

use serde::Deserialize;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, process};

/// All of them.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&process::process_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switched {
    enabled: bool,
}

/// Switches one; the list as it is then.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let Switched { enabled } = input.body()?;
    json(&process::process_set(
        context,
        principal.actor(),
        input.part("code"),
        enabled,
    )?)
}
