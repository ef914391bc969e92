//! Operations of users on their own account.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Json, Nothing};
use super::{Call, Reply};
use crate::domain::user::Password;
use crate::manage::user::{self, RecoveryView, SessionView, TotpView};

/// Own sessions.
pub fn sessions(call: &Call<'_>) -> Reply<Json<Vec<SessionView>>> {
    let live = call.principal.live()?;
    Ok(Json(user::session_list(
        call.context,
        Some(&live.user.name),
        Some(live),
    )?))
}

/// Ends an own session.
pub fn session_end(call: &Call<'_>) -> Reply<Nothing> {
    let live = call.principal.live()?;
    user::session_end(call.context, call.by(), Some(&live.user.name), Some(call.part("id")))?;
    Ok(Nothing)
}

/// The old and the new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PasswordChange")]
pub struct Change {
    old: Password,
    new: Password,
}

/// Changes the own password.
pub fn password(call: &Call<'_>, change: Change) -> Reply<Nothing> {
    let live = call.principal.live()?;
    user::password_change(call.context, live, &change.old, &change.new, call.address())?;
    Ok(Nothing)
}

/// Confirms the user's identity.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    password: Password,
    /// Of the second factor, or a recovery code.
    code: Option<String>,
}

/// Authenticates the user again, for operations that require confirmation.
pub fn confirm(call: &Call<'_>, proof: Proof) -> Reply<Nothing> {
    let live = call.principal.live()?;
    let Proof { password, code } = proof;
    user::session_confirm(call.context, live, &password, code.as_deref(), call.address())?;
    Ok(Nothing)
}

/// Begins an own second factor.
pub fn totp_begin(call: &Call<'_>, proof: Proof) -> Reply<Json<TotpView>> {
    let live = call.principal.live()?;
    let Proof { password, code } = proof;
    let begun = user::totp_begin(call.context, live, &password, code.as_deref(), call.address())?;
    Ok(Json(begun))
}

/// A code of the second factor that is being set up.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TotpCode")]
pub struct Code {
    code: String,
}

/// Enables the own second factor.
pub fn totp_confirm(call: &Call<'_>, code: Code) -> Reply<Json<RecoveryView>> {
    let live = call.principal.live()?;
    Ok(Json(user::totp_confirm(call.context, live, &code.code)?))
}

/// Disables the own second factor.
pub fn totp_off(call: &Call<'_>, proof: Proof) -> Reply<Nothing> {
    let live = call.principal.live()?;
    let Proof { password, code } = proof;
    user::totp_off(call.context, live, &password, code.as_deref(), call.address())?;
    Ok(Nothing)
}
