//! What this program is.

use super::answer::Json;
use super::{Call, Reply};
use crate::domain::user::Role;
use crate::manage::about::{AboutView, about_show};

/// Version and licences; the data folder for administrators.
pub fn show(call: &Call<'_>) -> Reply<Json<AboutView>> {
    let is_administrator = call.principal.role() == Some(Role::Administrator);
    Ok(Json(about_show(call.context, is_administrator)))
}
