//! The Webhook entities lookup.

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::{json, nothing};
use crate::manage::{Context, entity};

/// All registered objects.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&entity::entity_list(context)?)
}

/// Registers an object; the list as it is then.
pub fn add(context: &Context, who: &Who, input: &Input) -> Answered {
    json(&entity::entity_set(context, who.actor(), input.part("code"), true)?)
}

/// Takes an object out.
pub fn remove(context: &Context, who: &Who, input: &Input) -> Answered {
    entity::entity_set(context, who.actor(), input.part("code"), false)?;
    nothing()
}
