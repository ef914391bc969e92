//! Everybody who can log in.

use serde::Deserialize;
use serde_json::json;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{self, created, nothing};
use crate::domain::person::Role;
use crate::manage::Context;
use crate::manage::person::{self, PersonAdded, PersonEdit};

/// Everybody.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    output::json(&person::person_list(context))
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
    let PersonAdded { user, setup_link } = person::person_add(context, who.actor(), &add.name, add.role, None)?;
    let link = setup_link.as_ref();
    created(&json!({
        "user": user,
        "setup_link": link.map(|link| &link.setup_link),
        "expires": link.map(|link| link.expires),
    }))
}

/// Changes somebody.
pub fn set(context: &Context, who: &Who, input: &Input) -> Answered {
    let edit: PersonEdit = input.body()?;
    output::json(&person::person_set(context, who.actor(), input.part("id"), edit)?)
}

/// A link by which somebody sets a new password.
pub fn reset_link(context: &Context, who: &Who, input: &Input) -> Answered {
    output::json(&person::person_reset_link(
        context,
        who.actor(),
        Some(input.part("id")),
    )?)
}

/// Where somebody is logged in.
pub fn sessions(context: &Context, who: &Who, input: &Input) -> Answered {
    output::json(&person::session_list(context, Some(input.part("id")), who.live().ok())?)
}

/// Ends a session of somebody.
pub fn session_end(context: &Context, who: &Who, input: &Input) -> Answered {
    person::session_end(
        context,
        who.actor(),
        Some(input.part("id")),
        Some(input.part("session")),
    )?;
    nothing()
}
