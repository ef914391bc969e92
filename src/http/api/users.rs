//! Users of the admin page.

use serde::Deserialize;
use serde_json::json;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{self, created, nothing};
use crate::domain::user::Role;
use crate::manage::Context;
use crate::manage::user::{self, UserAdded, UserEdit};

/// Lists all users.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    output::json(&user::user_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    name: String,
    role: Role,
}

/// Adds a user, who sets a password by the link.
pub fn add(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let add: Add = input.body()?;
    let UserAdded { user, setup_link } = user::user_add(context, principal.actor(), &add.name, add.role, None)?;
    let link = setup_link.as_ref();
    created(&json!({
        "user": user,
        "setup_link": link.map(|link| &link.setup_link),
        "expires": link.map(|link| link.expires),
    }))
}

/// Edits a user.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let edit: UserEdit = input.body()?;
    output::json(&user::user_set(context, principal.actor(), input.part("id"), edit)?)
}

/// A link by which a user sets a new password.
pub fn reset_link(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    output::json(&user::user_reset_link(
        context,
        principal.actor(),
        Some(input.part("id")),
    )?)
}

/// The active sessions of a user.
pub fn sessions(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    output::json(&user::session_list(
        context,
        Some(input.part("id")),
        principal.live().ok(),
    )?)
}

/// Ends a session of a user.
pub fn session_end(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    user::session_end(
        context,
        principal.actor(),
        Some(input.part("id")),
        Some(input.part("session")),
    )?;
    nothing()
}
