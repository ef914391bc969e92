//! Technical users.

use serde::Deserialize;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{created, json};
use crate::manage::Context;
use crate::manage::technical_user::{self, TechnicalUserEdit};

/// All of them.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&technical_user::technical_user_list(context))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    code: String,
    name: Option<String>,
}

/// Makes one, without any right.
pub fn add(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let add: Add = input.body()?;
    created(&technical_user::technical_user_add(
        context,
        principal.actor(),
        &add.code,
        add.name.as_deref(),
    )?)
}

/// Renames one, enables or disables it, grants or revokes `OData`.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let edit: TechnicalUserEdit = input.body()?;
    json(&technical_user::technical_user_set(
        context,
        principal.actor(),
        input.part("code"),
        edit,
    )?)
}
