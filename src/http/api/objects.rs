//! Objects, and the definitions that make them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, object};

/// All objects.
pub fn list(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&object::object_list(context)?)
}

/// One object with its columns.
pub fn show(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    json(&object::object_show(context, input.part("code"))?)
}

#[derive(Deserialize)]
struct Export {
    objects: Option<String>,
}

/// The definition of all objects, or of those named.
pub fn export(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let export: Export = input.query()?;
    let codes = export.objects.as_deref().map(|codes| {
        let codes = codes.split(',').map(str::trim).filter(|code| !code.is_empty());
        codes.map(str::to_owned).collect::<Vec<_>>()
    });
    json(&object::object_export(context, codes.as_deref())?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Apply {
    /// The raw text: errors name its lines, and a repeated member is an error.
    definition: Box<RawValue>,
    #[serde(default)]
    dry_run: bool,
}

/// Applies a definition, or says what that would change.
pub fn apply(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let apply: Apply = input.body()?;
    let definition = apply.definition.get().as_bytes();
    json(&object::object_apply(
        context,
        principal.actor(),
        definition,
        apply.dry_run,
    )?)
}
