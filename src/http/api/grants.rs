//! Object operation permissions.

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::domain::rights::Rights;
use crate::manage::{Context, grant};

/// All permissions.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&grant::grant_list(context))
}

/// Sets the four permissions of a technical user on an object.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let rights: Rights = input.body()?;
    let (user, object) = (input.part("user"), input.part("object"));
    json(&grant::grant_set(context, who.actor(), user, object, rights)?)
}
