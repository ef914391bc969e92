//! Object operation permissions.

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::grant::{GrantView, RightsEdit, grant_list, grant_set};

/// All permissions.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<GrantView>>> {
    Ok(Json(grant_list(call.context)))
}

/// Changes the permissions of a technical user on an object.
pub fn set(call: &Call<'_>, rights: RightsEdit) -> Reply<Json<GrantView>> {
    let (user, object) = (call.part("user"), call.part("object"));
    Ok(Json(grant_set(call.context, call.by(), user, object, rights)?))
}
