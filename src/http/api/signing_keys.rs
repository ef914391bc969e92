//! The keys that access tokens are signed with.

use serde::Deserialize;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, signing_key};

/// The ring.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&signing_key::signing_key_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    /// At once, because a key leaked.
    #[serde(default)]
    now: bool,
}

/// New keys; the ring as it is then.
pub fn rotate(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let rotate: Rotate = input.body()?;
    json(&signing_key::signing_key_rotate(
        context,
        principal.actor(),
        rotate.now,
    )?)
}
