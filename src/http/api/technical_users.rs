//! Technical users.

use serde::Deserialize;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{created, json};
use crate::manage::Context;
use crate::manage::user::{self, UserEdit};

/// All of them.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&user::user_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    code: String,
    name: Option<String>,
}

/// Makes one, without any right.
pub fn add(context: &Context, who: &Who, input: &Input) -> Answered {
    let add: Add = input.body()?;
    created(&user::user_add(context, who.actor(), &add.code, add.name.as_deref())?)
}

/// Renames one, switches it, gives or takes `OData`.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let edit: UserEdit = input.body()?;
    json(&user::user_set(context, who.actor(), input.part("code"), edit)?)
}
