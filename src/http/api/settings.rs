//! System settings.

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, setting};

/// All of them; secrets are masked.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&setting::setting_list(context)?)
}

/// One in the clear.
pub fn reveal(context: &Context, who: &Who, input: &Input) -> Answered {
    let code = input.part("code");
    json(&setting::setting_reveal(context, who.actor(), code, input.address)?)
}
