//! Users of the admin page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Created, Json, Nothing};
use super::{Call, Reply};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::manage::user::{self, SessionView, SetupLinkView, UserAdded, UserEdit, UserView};

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
}

/// A new user with the link for their password.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserAdded")]
pub struct Added {
    user: UserView,
    /// The link by which the user sets a password; shown once.
    setup_link: Option<String>,
    /// When the link expires.
    expires: Option<Timestamp>,
}

/// Adds a user, who sets a password by the link.
pub fn add(call: &Call<'_>, add: Add) -> Reply<Created<Added>> {
    let UserAdded { user, setup_link } = user::user_add(call.context, call.by(), &add.name, add.role, None)?;
    Ok(Created(Added {
        user,
        expires: setup_link.as_ref().map(|link| link.expires),
        setup_link: setup_link.map(|link| link.setup_link),
    }))
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

/// The active sessions of a user.
pub fn sessions(call: &Call<'_>) -> Reply<Json<Vec<SessionView>>> {
    let (id, own) = (Some(call.part("id")), call.principal.live().ok());
    Ok(Json(user::session_list(call.context, id, own)?))
}

/// Ends a session of a user.
pub fn session_end(call: &Call<'_>) -> Reply<Nothing> {
    let (id, session) = (Some(call.part("id")), Some(call.part("session")));
    user::session_end(call.context, call.by(), id, session)?;
    Ok(Nothing)
}
