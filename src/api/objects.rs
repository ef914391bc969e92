//! Objects, and the definitions that make them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::object::{self, ObjectSummary, ObjectView, ObjectsApplied};

/// All objects.
pub fn list(call: &Call<'_>) -> Reply<Json<Vec<ObjectSummary>>> {
    Ok(Json(object::object_list(call.context)?))
}

/// One object with its columns.
pub fn show(call: &Call<'_>) -> Reply<Json<ObjectView>> {
    Ok(Json(object::object_show(call.context, call.part("code"))?))
}

/// Which objects to export.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "DefinitionExport")]
pub struct Export {
    /// Codes of objects, separated by commas; all without it.
    objects: Option<String>,
}

/// The definition of all objects, or of those named.
pub fn export(call: &Call<'_>, export: Export) -> Reply<Json<Value>> {
    let codes = export.objects.as_deref().map(|codes| {
        let codes = codes.split(',').map(str::trim).filter(|code| !code.is_empty());
        codes.map(str::to_owned).collect::<Vec<_>>()
    });
    Ok(Json(object::object_export(call.context, codes.as_deref())?))
}

/// How a definition is applied.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DefinitionApply")]
pub struct Apply {
    /// Only show what would change.
    #[serde(default)]
    dry_run: bool,
}

/// Applies a definition, or says what that would change. Errors name its lines.
pub fn apply(call: &Call<'_>, apply: Apply, definition: &[u8]) -> Reply<Json<ObjectsApplied>> {
    let applied = object::object_apply(call.context, call.by(), definition, apply.dry_run)?;
    Ok(Json(applied))
}
