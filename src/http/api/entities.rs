//! The Webhook entities lookup.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{json, nothing};
use crate::manage::{Context, entity};

/// All registered objects.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&entity::entity_list(context)?)
}

/// Registers an object; the list as it is then.
pub fn add(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    json(&entity::entity_set(
        context,
        principal.actor(),
        input.part("code"),
        true,
    )?)
}

/// Takes an object out.
pub fn remove(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    entity::entity_set(context, principal.actor(), input.part("code"), false)?;
    nothing()
}
