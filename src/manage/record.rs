//! Records: what webhooks became.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::object::object_named;
use super::record_search::Names;
use super::{Context, ManageError};
use crate::domain::actor::SYSTEM_ID;
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;
use crate::domain::object::Object;
use crate::domain::record::{Record, RecordMark};
use crate::domain::time::Timestamp;
use crate::store::{Reader, record_mark};

/// The most records that one list shows.
pub const LIST_LIMIT: usize = 1000;

/// A record with all its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    pub object: String,
    pub id: Uuid,
    /// What stands for it, such as a contact's name.
    pub display: String,
    /// When it was made.
    pub created_on: Timestamp,
    pub created_by: String,
    /// When it was last changed.
    pub modified_on: Timestamp,
    /// Who last changed it.
    pub modified_by: String,
    /// The webhook that it was made from, while that is kept.
    pub webhook: Option<Uuid>,
    /// Stands for its contents: a change that names it is refused if they changed meanwhile.
    #[serde(default)]
    pub mark: String,
    /// Its values, in the object's order; empty columns are left out.
    pub values: Vec<ValueView>,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueView {
    /// The key that fills the column: its code, or `<Code>Id` for lookups.
    pub key: String,
    pub caption: String,
    pub value: serde_json::Value,
    /// For lookups: what stands for the record that it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRow {
    pub object: String,
    pub id: Uuid,
    /// What stands for it.
    pub display: String,
    /// When it was made.
    pub created_on: Timestamp,
    pub created_by: String,
}

/// A part of an object's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordPage {
    /// How many records the object has in all.
    pub total: u64,
    /// The newest ones first.
    pub records: Vec<RecordRow>,
    /// What to name as `before` to see the next ones; none at the end.
    pub next: Option<Uuid>,
}

/// The records of an object, newest first, older than `before`.
///
/// # Errors
/// When there is no such object.
pub fn record_list(
    context: &Context,
    object: &str,
    before: Option<Uuid>,
    limit: usize,
) -> Result<RecordPage, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, object)?;
    let reader = context.ledger.read()?;
    let limit = limit.clamp(1, LIST_LIMIT);
    let mut records = reader.record_list(object.id, before, limit + 1)?;
    let more = records.len() > limit;
    records.truncate(limit);
    let next = records.last().filter(|_| more).map(|(id, _)| *id);
    let records = records
        .into_iter()
        .map(|(id, record)| RecordRow {
            object: object.code.clone(),
            id,
            display: display_of(object, &record),
            created_on: record.created_on,
            created_by: user(&catalog, record.created_by),
        })
        .collect();
    Ok(RecordPage {
        total: reader.record_count(object.id)?,
        records,
        next,
    })
}

/// One record with what its lookups refer to.
///
/// # Errors
/// When there is no such object or record.
pub fn record_show(context: &Context, object: &str, id: Uuid) -> Result<RecordView, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, object)?;
    let reader = context.ledger.read()?;
    let record = reader.record_get(object.id, id)?.ok_or_else(|| ManageError::NotFound {
        what: "record",
        name: format!("{} {id}", object.code),
        next: "'hookgate record list' shows what there is",
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

/// What stands for a record, if it exists.
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

/// A mark as text.
fn mark_text(mark: RecordMark) -> String {
    format!("{:016x}", u64::from_be_bytes(mark))
}

/// Who made or changed something, by name.
pub(super) fn user(catalog: &Catalog, id: Uuid) -> String {
    if let Some(user) = catalog.users.get(&id) {
        return user.name.clone();
    }
    match catalog.technical_users.get(&id) {
        Some(user) => user.code.clone(),
        None if id == SYSTEM_ID => "Hookgate".to_owned(),
        None => id.to_string(),
    }
}
