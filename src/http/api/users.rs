//! Everybody who can log in.

use serde::Deserialize;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{created, json};
use crate::domain::person::Role;
use crate::manage::Context;
use crate::manage::person::{self, PersonEdit};

/// Everybody.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&person::person_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    name: String,
    role: Role,
}

/// Adds somebody; they set their password by the link.
pub fn add(context: &Context, who: &Who, input: &Input) -> Answered {
    let add: Add = input.body()?;
    created(&person::person_add(context, who.actor(), &add.name, add.role, None)?)
}

/// Changes somebody.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let edit: PersonEdit = input.body()?;
    json(&person::person_set(context, who.actor(), input.part("id"), edit)?)
}

/// A link by which somebody sets a new password.
pub fn reset_link(context: &Context, who: &Who, input: &Input) -> Answered {
    json(&person::person_reset_link(
        context,
        who.actor(),
        Some(input.part("id")),
    )?)
}
