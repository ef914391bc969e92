//! The Webhook entities lookup.

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::entity::{EntityView, entity_list, entity_set};

/// All registered objects.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<EntityView>>> {
    Ok(Json(entity_list(call.context)?))
}

/// Registers an object; gives the new list.
pub fn add(call: &Call<'_>) -> Reply<Json<Vec<EntityView>>> {
    Ok(Json(entity_set(call.context, call.by(), call.part("code"), true)?))
}

/// Removes an object from the lookup; gives the new list.
pub fn remove(call: &Call<'_>) -> Reply<Json<Vec<EntityView>>> {
    Ok(Json(entity_set(call.context, call.by(), call.part("code"), false)?))
}
