//! Object operation permissions.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::domain::rights::Rights;
use crate::manage::{Context, grant};

/// All permissions.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&grant::grant_list(context))
}

/// Sets the four permissions of a technical user on an object.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let rights: Rights = input.body()?;
    let (user, object) = (input.part("user"), input.part("object"));
    json(&grant::grant_set(context, principal.actor(), user, object, rights)?)
}
