//! System settings.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, setting};

/// All of them; secrets are masked.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&setting::setting_list(context)?)
}

/// One in the clear.
pub fn reveal(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let code = input.part("code");
    json(&setting::setting_reveal(
        context,
        principal.actor(),
        code,
        input.address,
    )?)
}
