//! Objects, and the definitions that make them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Answered;
use super::auth::Who;
use super::input::Input;
use super::output::json;
use crate::manage::{Context, object};

/// All objects.
pub fn list(context: &Context, _: &Who, _: &Input) -> Answered {
    json(&object::object_list(context)?)
}

/// One object with its columns.
pub fn show(context: &Context, _: &Who, input: &Input) -> Answered {
    json(&object::object_show(context, input.part("code"))?)
}

#[derive(Deserialize)]
struct Export {
    objects: Option<String>,
}

/// The definition of all objects, or of those named.
pub fn export(context: &Context, _: &Who, input: &Input) -> Answered {
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
    /// As it was written: mistakes are named by line, and a member that stands there twice is one.
    definition: Box<RawValue>,
    #[serde(default)]
    dry_run: bool,
}

/// Applies a definition, or says what that would change.
pub fn apply(context: &Context, who: &Who, input: &Input) -> Answered {
    let apply: Apply = input.body()?;
    let definition = apply.definition.get().as_bytes();
    json(&object::object_apply(context, who.actor(), definition, apply.dry_run)?)
}
