//! Processes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::process::{ProcessView, process_list, process_set};

/// All processes.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<ProcessView>>> {
    Ok(Json(process_list(call.context)))
}

/// A change of a process.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProcessEdit")]
pub struct Edit {
    enabled: bool,
}

/// Enables or disables one; gives the new list.
pub fn set(call: &Call<'_>, edit: Edit) -> Reply<Json<Vec<ProcessView>>> {
    let code = call.part("code");
    Ok(Json(process_set(call.context, call.by(), code, edit.enabled)?))
}
