//! Processes.

use serde::Deserialize;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, process};

/// All of them.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&process::process_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switched {
    enabled: bool,
}

/// Switches one; the list as it is then.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let Switched { enabled } = input.body()?;
    json(&process::process_set(
        context,
        who.actor(),
        input.part("code"),
        enabled,
    )?)
}
