//! Technical users.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Created, Json};
use super::{Call, Reply};
use crate::manage::technical_user::{
    TechnicalUserEdit, TechnicalUserView, technical_user_add, technical_user_list, technical_user_set,
    technical_user_show,
};

/// All technical users.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<TechnicalUserView>>> {
    Ok(Json(technical_user_list(call.context)))
}

/// One technical user.
pub fn show(call: &Call<'_>) -> Reply<Json<TechnicalUserView>> {
    Ok(Json(technical_user_show(call.context, call.part("code"))?))
}

/// A new technical user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewTechnicalUser")]
pub struct Add {
    code: String,
    /// The code without it.
    name: Option<String>,
}

/// Adds one, without any permission.
pub fn add(call: &Call<'_>, add: Add) -> Reply<Created<TechnicalUserView>> {
    let added = technical_user_add(call.context, call.by(), &add.code, add.name.as_deref())?;
    Ok(Created(added))
}

/// Renames one, enables or disables it, grants or revokes `OData`.
pub fn set(call: &Call<'_>, edit: TechnicalUserEdit) -> Reply<Json<TechnicalUserView>> {
    let code = call.part("code");
    Ok(Json(technical_user_set(call.context, call.by(), code, edit)?))
}
