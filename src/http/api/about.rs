//! What this program is.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::domain::user::Role;
use crate::manage::Context;
use crate::manage::about::about_show;

/// Version and licences; the data folder for administrators.
pub fn show(context: &Context, principal: &Principal, _: &Input) -> HandlerResult {
    json(&about_show(context, principal.role() == Some(Role::Administrator)))
}
