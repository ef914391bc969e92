//! What people do with their own account.

use serde::Deserialize;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{json, nothing};
use crate::domain::person::Password;
use crate::manage::{Context, person};

/// Own sessions.
pub fn sessions(context: &Context, who: &Who, _: &Input) -> Answered {
    let live = who.live()?;
    json(&person::session_list(context, Some(&live.person.name), Some(live))?)
}

/// Ends an own session.
pub fn session_end(context: &Context, who: &Who, input: &Input) -> Answered {
    let live = who.live()?;
    person::session_end(context, who.actor(), Some(&live.person.name), Some(input.part("id")))?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    old: Password,
    new: Password,
}

/// Changes the own password.
pub fn password(context: &Context, who: &Who, input: &Input) -> Answered {
    let live = who.live()?;
    let change: Change = input.body()?;
    person::password_change(context, live, &change.old, &change.new, input.address)?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    password: Password,
    code: Option<String>,
}

/// Begins an own second factor.
pub fn totp_begin(context: &Context, who: &Who, input: &Input) -> Answered {
    let live = who.live()?;
    let proof: Proof = input.body()?;
    json(&person::totp_begin(
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
pub fn totp_confirm(context: &Context, who: &Who, input: &Input) -> Answered {
    let live = who.live()?;
    let code: Code = input.body()?;
    json(&person::totp_confirm(context, live, &code.code)?)
}

/// Switches the own second factor off.
pub fn totp_off(context: &Context, who: &Who, input: &Input) -> Answered {
    let live = who.live()?;
    let proof: Proof = input.body()?;
    person::totp_off(context, live, &proof.password, proof.code.as_deref(), input.address)?;
    nothing()
}
