//! Records, as webhooks and programs create them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::object::object_named;
use super::record_search::Names;
use super::thing::Thing;
use super::{Context, ManageError};
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;
use crate::domain::object::Object;
use crate::domain::record::{Record, RecordMark};
use crate::domain::time::Timestamp;
use crate::store::{Reader, record_mark};

/// The maximum number of records in a list.
pub const LIST_LIMIT: usize = 1000;

/// A record with all its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordView {
    pub object: String,
    pub id: Uuid,
    /// The value of its display column, such as a contact's name.
    pub display: String,
    pub created_on: Timestamp,
    pub created_by: String,
    pub modified_on: Timestamp,
    pub modified_by: String,
    /// The webhook that created it, if that webhook still exists.
    pub webhook: Option<Uuid>,
    /// Identifies the contents. A change with another mark is rejected, since the record has
    /// changed.
    #[serde(default)]
    pub mark: String,
    /// The values in the order of the object's columns. Empty columns are left out.
    pub values: Vec<ValueView>,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueView {
    /// The key of the column: the code, or `<Code>Id` for lookups.
    pub key: String,
    pub caption: String,
    pub value: serde_json::Value,
    /// For lookups: the display value of the record that it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// One record, with the display values of its lookups.
///
/// # Errors
/// If there is no such object or record.
pub fn record_show(context: &Context, object: &str, id: Uuid) -> Result<RecordView, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, object)?;
    let reader = context.ledger.read()?;
    let record = reader.record_get(object.id, id)?.ok_or_else(|| ManageError::NotFound {
        what: Thing::Record,
        name: format!("{} {id}", object.code),
    })?;
    let webhook = match record.webhook {
        Some(seq) => reader.webhook_by_seq(seq)?.map(|row| row.webhook.id),
        None => None,
    };
    let values = Names::new(&catalog, &reader).values(object, &record)?;
    Ok(RecordView {
        object: object.code.clone(),
        id,
        display: display_of(object, &record),
        created_on: record.created_on,
        created_by: user(&catalog, record.created_by),
        modified_on: record.modified_on,
        modified_by: user(&catalog, record.modified_by),
        webhook,
        mark: mark_text(record_mark(&record)),
        values,
    })
}

/// The display value of a record, if the record exists.
pub(super) fn display_name(
    catalog: &Catalog,
    reader: &Reader,
    object: ObjectId,
    id: Uuid,
) -> Result<Option<String>, ManageError> {
    let Some(object) = catalog.objects.get(&object) else {
        return Ok(None);
    };
    let record = reader.record_get(object.id, id)?;
    Ok(record.map(|record| display_of(object, &record)))
}

/// The value of the display column; empty if the record has none.
pub(super) fn display_of(object: &Object, record: &Record) -> String {
    object
        .display_column()
        .and_then(|column| record.value(column.id))
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Formats a mark as text.
fn mark_text(mark: RecordMark) -> String {
    format!("{:016x}", u64::from_be_bytes(mark))
}

/// The name of the user, technical user or program with this id.
pub(super) fn user(catalog: &Catalog, id: Uuid) -> String {
    catalog
        .actor_name_by_id(id)
        .map_or_else(|| id.to_string(), str::to_owned)
}
