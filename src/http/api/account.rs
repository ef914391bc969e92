//! What people do with their own account.

use serde::Deserialize;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{json, nothing};
use crate::domain::user::Password;
use crate::manage::{Context, user};

/// Own sessions.
pub fn sessions(context: &Context, principal: &Principal, _: &Input) -> HandlerResult {
    let live = principal.live()?;
    json(&user::session_list(context, Some(&live.user.name), Some(live))?)
}

/// Ends an own session.
pub fn session_end(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let live = principal.live()?;
    user::session_end(
        context,
        principal.actor(),
        Some(&live.user.name),
        Some(input.part("id")),
    )?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    old: Password,
    new: Password,
}

/// Changes the own password.
pub fn password(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let live = principal.live()?;
    let change: Change = input.body()?;
    user::password_change(context, live, &change.old, &change.new, input.address)?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    password: Password,
    code: Option<String>,
}

/// Begins an own second factor.
pub fn totp_begin(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let live = principal.live()?;
    let proof: Proof = input.body()?;
    json(&user::totp_begin(
        context,
        live,
        &proof.password,
        proof.code.as_deref(),
        input.address,
    )?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

/// Switches the own second factor on.
pub fn totp_confirm(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let live = principal.live()?;
    let code: Code = input.body()?;
    json(&user::totp_confirm(context, live, &code.code)?)
}

/// Switches the own second factor off.
pub fn totp_off(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let live = principal.live()?;
    let proof: Proof = input.body()?;
    user::totp_off(context, live, &proof.password, proof.code.as_deref(), input.address)?;
    nothing()
}
