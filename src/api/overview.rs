//! The state of the system.

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::health::{HealthView, OauthHealthView, health_check, oauth_check};
use crate::manage::overview::{OverviewView, overview};

/// What is set up, what is left to do, what needs attention.
pub fn show(call: &Call<'_>) -> Reply<Json<OverviewView>> {
    Ok(Json(overview(call.context)?))
}

/// Whether the server works.
pub fn health(call: &Call<'_>) -> Reply<Json<HealthView>> {
    Ok(Json(health_check(call.context)?))
}

/// Whether programs can get tokens.
pub fn oauth(call: &Call<'_>) -> Reply<Json<OauthHealthView>> {
    Ok(Json(oauth_check(call.context)?))
}
