//! A write, decided: from what is asked to the step that the store takes. Nothing is written here.

use uuid::Uuid;

use super::body::sent;
use super::fault::Fault;
use super::if_match::{IfMatch, if_match};
use super::model::{EntitySet, EntityType, entity_type_named};
use super::permit::{self, Operation};
use super::request::{Asked, Request};
use super::respond::set_unknown;
use crate::clock;
use crate::domain::catalog::Catalog;
use crate::domain::column::ColumnId;
use crate::domain::object::Object;
use crate::domain::record::{RecordMark, RecordOperation};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::store::record_mark;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// A new record.
    Create,
    /// Other values for this record.
    Edit(Uuid),
    /// This record goes.
    Delete(Uuid),
}

/// A write as asked.
#[derive(Debug, Clone)]
pub(super) struct Write<'a> {
    /// The set, as the address names it.
    pub set: String,
    /// What is to be done.
    pub doing: Doing,
    /// Headers and body.
    pub request: Request<'a>,
}

/// A write that is decided.
#[derive(Debug)]
pub(super) struct Decided {
    /// The type of the record.
    pub entity: EntityType,
    /// The record.
    pub id: Uuid,
    /// The step that the store takes.
    pub operation: RecordOperation,
}

/// Decides a write by one state of the catalog.
pub(super) fn decide(asked: &Asked<'_>, catalog: &Catalog, write: &Write<'_>, at: Timestamp) -> Result<Decided, Fault> {
    let entity = entity_type_named(catalog, &write.set).ok_or_else(|| set_unknown(catalog, &write.set))?;
    let object = match entity.set {
        EntitySet::Object(id) => catalog.objects.get(&id),
        _ => None,
    };
    let object = object.ok_or_else(|| read_only(&entity))?;
    let operation = match write.doing {
        Doing::Create => Operation::Create,
        Doing::Edit(_) => Operation::Edit,
        Doing::Delete(_) => Operation::Delete,
    };
    permit::may(catalog, asked.caller, entity.set, operation)?;
    if write.request.if_none_match.is_some() && write.doing != Doing::Create {
        return Err(Fault::Wrong(
            "If-None-Match is for reading; use If-Match to write only what was not changed meanwhile".to_owned(),
        ));
    }
    let (id, operation) = match write.doing {
        Doing::Create => create(catalog, object, &entity, &write.request, at)?,
        Doing::Edit(id) => (id, edit(asked, catalog, object, &entity, &write.request, id)?),
        Doing::Delete(id) => {
            let mark = mark(asked, object, &write.request, id)?;
            let object = object.id;
            (
                id,
                RecordOperation::Delete {
                    object,
                    record: id,
                    mark,
                },
            )
        }
    };
    Ok(Decided { entity, id, operation })
}

/// Sets that are no objects cannot be written to.
pub(super) fn read_only(entity: &EntityType) -> Fault {
    Fault::Method {
        allow: "GET, HEAD",
        problem: format!("{} can only be read", entity.name),
    }
}

fn create(
    catalog: &Catalog,
    object: &Object,
    entity: &EntityType,
    request: &Request<'_>,
    at: Timestamp,
) -> Result<(Uuid, RecordOperation), Fault> {
    let sent = sent(catalog, object, entity, request)?;
    let mut filled: Vec<(ColumnId, Value)> = Vec::with_capacity(object.columns.len());
    for column in &object.columns {
        let value = sent.values.iter().find(|(id, _)| *id == column.id);
        match value
            .and_then(|(_, value)| value.clone())
            .or_else(|| column.default_at(at))
        {
            Some(value) => filled.push((column.id, value)),
            None if column.is_demanded() => {
                return Err(Fault::value(column.key(), "a value is required here and none was sent"));
            }
            None => {}
        }
    }
    filled.sort_unstable_by_key(|(column, _)| *column);
    let record = sent.id.unwrap_or_else(|| clock::new_id_at(at));
    let operation = RecordOperation::Create {
        object: object.id,
        record,
        values: filled,
    };
    Ok((record, operation))
}

fn edit(
    asked: &Asked<'_>,
    catalog: &Catalog,
    object: &Object,
    entity: &EntityType,
    request: &Request<'_>,
    id: Uuid,
) -> Result<RecordOperation, Fault> {
    let sent = sent(catalog, object, entity, request)?;
    if sent.id.is_some_and(|sent| sent != id) {
        return Err(Fault::value("Id", "the id of a record cannot change; leave it out"));
    }
    for (column, value) in &sent.values {
        let emptied = object
            .column_by_id(*column)
            .filter(|column| column.required && value.is_none());
        if let Some(column) = emptied {
            return Err(Fault::value(
                column.key(),
                "a value is required here; it cannot be emptied",
            ));
        }
    }
    Ok(RecordOperation::Edit {
        object: object.id,
        record: id,
        mark: mark(asked, object, request, id)?,
        values: sent.values,
    })
}

/// The mark that the record must have when the store gets to it. Of several in `If-Match` that
/// is the one which it has now.
fn mark(asked: &Asked<'_>, object: &Object, request: &Request<'_>, id: Uuid) -> Result<Option<RecordMark>, Fault> {
    match if_match(request.if_match)? {
        IfMatch::Any => Ok(None),
        IfMatch::Marks(marks) => match marks.as_slice() {
            [mark] => Ok(Some(*mark)),
            several => {
                let current = asked.odata.ledger.read()?.record_get(object.id, id)?;
                let Some(current) = current else {
                    let object = object.code.clone();
                    return Err(crate::domain::catalog::Refusal::RecordUnknown { object, record: id }.into());
                };
                let mark = record_mark(&current);
                several.contains(&mark).then_some(Some(mark)).ok_or(Fault::Changed)
            }
        },
    }
}
