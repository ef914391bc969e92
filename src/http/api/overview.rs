//! The state of the system.

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::Context;
use crate::manage::health::{health_check, oauth_check};

/// What is set up, what is left to do, what needs attention.
pub fn show(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&crate::manage::overview::overview(context)?)
}

/// Whether the server does its work.
pub fn health(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&health_check(context)?)
}

/// Whether programs can get tokens.
pub fn oauth(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&oauth_check(context)?)
}
