//! Records of an object: list, show, edit, delete, export.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::{Csv, File, Json, Nothing};
use super::{Call, Reply};
use crate::manage::audit::audit_noted;
use crate::manage::record::{RecordView, record_show};
use crate::manage::record_change::{record_delete, record_edit};
use crate::manage::record_search::{
    RecordOption, RecordQuery, RecordsFound, record_export, record_export_begin, record_options, record_search,
};

/// Records of a page, unless asked otherwise.
const LIMIT: usize = 50;

/// The maximum body of an edit: values can be long texts.
pub const EDIT_BODY: usize = 1024 * 1024;

/// Which records, and how many.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "RecordList")]
pub struct Page {
    /// A filter as `OData` writes it.
    filter: Option<String>,
    order: Option<String>,
    /// Where the page before ended.
    before: Option<String>,
    limit: Option<usize>,
}

/// Records that match.
pub fn list(call: &Call<'_>, page: Page) -> Reply<Json<RecordsFound>> {
    let query = RecordQuery {
        filter: page.filter,
        order: page.order,
    };
    let (before, limit) = (page.before.as_deref(), page.limit.unwrap_or(LIMIT));
    let found = record_search(call.context, call.part("code"), &query, before, limit)?;
    Ok(Json(found))
}

/// One record with what its lookups refer to.
pub fn show(call: &Call<'_>) -> Reply<Json<RecordView>> {
    Ok(Json(record_show(call.context, call.part("code"), call.id()?)?))
}

/// New values of a record.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RecordEdit")]
pub struct Edit {
    /// New values by the keys of their columns, as `OData` writes them.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    values: Box<RawValue>,
    /// The `mark` of the record as it was read: rejected if the record has changed since then.
    mark: Option<String>,
}

/// Edits the values of a record.
pub fn set(call: &Call<'_>, edit: Edit) -> Reply<Json<RecordView>> {
    let (code, mark) = (call.part("code"), edit.mark.as_deref());
    let edited = record_edit(call.context, call.by(), code, call.id()?, &edit.values, mark)?;
    Ok(Json(edited))
}

/// Deletes one.
pub fn remove(call: &Call<'_>) -> Reply<Nothing> {
    record_delete(call.context, call.by(), call.part("code"), call.id()?)?;
    Ok(Nothing)
}

/// Which records to export.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "RecordExport")]
pub struct Export {
    /// A filter as `OData` writes it.
    filter: Option<String>,
    order: Option<String>,
}

/// Exports all matching records as a file.
pub fn export(call: &Call<'_>, export: Export) -> Reply<File<Csv>> {
    let code = call.part("code");
    let query = RecordQuery {
        filter: export.filter,
        order: export.order,
    };
    let object = record_export_begin(call.context, code, &query)?;
    audit_noted(call.context, call.by(), "records-exported", call.sent.address)?;
    // Codes are letters and digits, but the address may write them otherwise.
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let ledger = call.context.ledger.clone();
    let name = format!("hookgate-{code}.csv");
    Ok(File::written(name, "text/csv; charset=utf-8", move |out| {
        record_export(&ledger, object, &query, out)
    }))
}

/// What the user typed to find a record.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "OptionList")]
pub struct Typed {
    /// A part of the name.
    #[serde(default)]
    text: String,
}

/// Choices for a lookup.
pub fn options(call: &Call<'_>, typed: Typed) -> Reply<Json<Vec<RecordOption>>> {
    Ok(Json(record_options(call.context, call.part("code"), &typed.text)?))
}
