//! What this program is.

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::domain::person::Role;
use crate::manage::Context;
use crate::manage::about::about_show;

/// Version and licences; the data folder for administrators.
pub fn show(context: &Context, who: &Who, _: &Input) -> Answered {
    json(&about_show(context, who.role() == Some(Role::Administrator)))
}
