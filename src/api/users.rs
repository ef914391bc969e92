//! Users of the admin page.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Created, Json};
use super::{Call, Reply};
use crate::domain::user::{Password, Role};
use crate::manage::user::{self, SessionView, SessionsEnded, SetupLinkView, UserAdded, UserEdit, UserView};

/// All users.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<UserView>>> {
    Ok(Json(user::user_list(call.context)))
}

/// A new user of the admin page.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewUser")]
pub struct Add {
    name: String,
    role: Role,
    /// Without it, the answer has a link by which the user sets one.
    password: Option<Password>,
}

/// Adds a user, with a password or a link to set one.
pub fn add(call: &Call<'_>, add: Add) -> Reply<Created<UserAdded>> {
    let Add { name, role, password } = add;
    let added = user::user_add(call.context, call.by(), &name, role, password.as_ref())?;
    Ok(Created(added))
}

/// A password for another user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserPassword")]
pub struct NewPassword {
    password: Password,
}

/// Sets the password of a user and ends their sessions.
pub fn password_set(call: &Call<'_>, new: NewPassword) -> Reply<Json<UserView>> {
    let (by, id) = (call.by(), call.part("id"));
    Ok(Json(user::user_password_set(call.context, by, id, &new.password)?))
}

/// Edits a user.
pub fn set(call: &Call<'_>, edit: UserEdit) -> Reply<Json<UserView>> {
    Ok(Json(user::user_set(call.context, call.by(), call.part("id"), edit)?))
}

/// A link by which a user sets a new password.
pub fn reset_link(call: &Call<'_>) -> Reply<Json<SetupLinkView>> {
    let id = Some(call.part("id"));
    Ok(Json(user::user_reset_link(call.context, call.by(), id)?))
}

/// A link that adds an administrator.
pub fn setup_link(call: &Call<'_>) -> Reply<Json<SetupLinkView>> {
    Ok(Json(user::user_reset_link(call.context, call.by(), None)?))
}

/// Whose sessions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LoginSessionList")]
pub struct Whose {
    /// The name or id of a user; without it, those of all users.
    user: Option<String>,
}

/// The active sessions of users.
pub fn sessions(call: &Call<'_>, whose: Whose) -> Reply<Json<Vec<SessionView>>> {
    let own = call.principal.live().ok();
    Ok(Json(user::session_list(call.context, whose.user.as_deref(), own)?))
}

/// Ends one session.
pub fn session_end(call: &Call<'_>) -> Reply<Json<SessionsEnded>> {
    let id = Some(call.part("id"));
    Ok(Json(user::session_end(call.context, call.by(), None, id)?))
}

/// The user whose sessions end.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LoginSessionsEnd")]
pub struct SessionsOf {
    /// The name or id of the user.
    user: String,
}

/// Ends all sessions of a user.
pub fn sessions_end(call: &Call<'_>, of: SessionsOf) -> Reply<Json<SessionsEnded>> {
    let user = Some(of.user.as_str());
    Ok(Json(user::session_end(call.context, call.by(), user, None)?))
}
