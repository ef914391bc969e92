//! Records of an object: list, show, edit, delete, export.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{json, nothing, stream};
use crate::manage::Context;
use crate::manage::audit::audit_noted;
use crate::manage::record::record_show;
use crate::manage::record_change::{record_delete, record_edit};
use crate::manage::record_search::{RecordQuery, record_export, record_export_begin, record_options, record_search};

/// Records of a page, unless asked otherwise.
const LIMIT: usize = 50;

/// The longest body of a change: values can be long texts.
pub const EDIT_BODY: usize = 1024 * 1024;

#[derive(Deserialize)]
struct Page {
    filter: Option<String>,
    order: Option<String>,
    before: Option<String>,
    limit: Option<usize>,
}

impl Page {
    fn query(self) -> RecordQuery {
        RecordQuery {
            filter: self.filter,
            order: self.order,
        }
    }
}

/// Records that match.
pub fn list(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let mut page: Page = input.query()?;
    let (before, limit) = (page.before.take(), page.limit.unwrap_or(LIMIT));
    let code = input.part("code");
    json(&record_search(context, code, &page.query(), before.as_deref(), limit)?)
}

/// One record with what its lookups refer to.
pub fn show(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    json(&record_show(context, input.part("code"), input.id()?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    values: Box<RawValue>,
    mark: Option<String>,
}

/// Edits the values of a record.
pub fn set(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let edit: Edit = input.body()?;
    let (code, mark) = (input.part("code"), edit.mark.as_deref());
    json(&record_edit(
        context,
        principal.actor(),
        code,
        input.id()?,
        &edit.values,
        mark,
    )?)
}

/// Deletes one.
pub fn remove(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    record_delete(context, principal.actor(), input.part("code"), input.id()?)?;
    nothing()
}

/// Exports all matching records as a file.
pub fn export(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let page: Page = input.query()?;
    let (query, code) = (page.query(), input.part("code"));
    let object = record_export_begin(context, code, &query)?;
    audit_noted(context, principal.actor(), "records-exported", input.address)?;
    // Codes are letters and digits, but the address may write them otherwise.
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let ledger = context.ledger.clone();
    stream(
        "text/csv; charset=utf-8",
        Some(&format!("hookgate-{code}.csv")),
        move |out| record_export(&ledger, object, &query, out),
    )
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    text: String,
}

/// Choices for a lookup.
pub fn options(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let typed: Typed = input.query()?;
    json(&record_options(context, input.part("code"), &typed.text)?)
}
