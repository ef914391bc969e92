//! Decides a write: turns the request into the operation that the store applies. Nothing is written
//! here.

use uuid::Uuid;

use super::body::sent;
use super::entity_types::entity_type_named;
use super::entity_types::set_unknown;
use super::if_match::{IfMatch, if_match};
use super::model::{EntitySet, EntityType};
use super::odata_error::ODataError;
use super::permit::{self, Operation};
use super::request::{Request, RequestContext};
use crate::clock;
use crate::domain::catalog::Catalog;
use crate::domain::column::ColumnId;
use crate::domain::object::Object;
use crate::domain::record::{RecordMark, RecordOperation};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::store::record_mark;

/// The kind of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteKind {
    Create,
    /// Other values for this record.
    Edit(Uuid),
    Delete(Uuid),
}

/// A write as asked.
#[derive(Debug, Clone)]
pub(super) struct Write<'a> {
    /// The set, as the address names it.
    pub set: String,
    pub kind: WriteKind,
    pub request: Request<'a>,
}

/// A write that is decided.
#[derive(Debug)]
pub(super) struct Decided {
    /// The type of the record.
    pub entity: EntityType,
    pub id: Uuid,
    /// The operation that the store applies.
    pub operation: RecordOperation,
}

/// Decides a write by one state of the catalog.
pub(super) fn decide(
    context: &RequestContext<'_>,
    catalog: &Catalog,
    write: &Write<'_>,
    at: Timestamp,
) -> Result<Decided, ODataError> {
    let entity = entity_type_named(catalog, &write.set).ok_or_else(|| set_unknown(catalog, &write.set))?;
    let object = match entity.set {
        EntitySet::Object(id) => catalog.objects.get(&id),
        _ => None,
    };
    let object = object.ok_or_else(|| read_only(&entity))?;
    let operation = match write.kind {
        WriteKind::Create => Operation::Create,
        WriteKind::Edit(_) => Operation::Edit,
        WriteKind::Delete(_) => Operation::Delete,
    };
    permit::authorize(catalog, context.caller, entity.set, operation)?;
    if write.request.if_none_match.is_some() && write.kind != WriteKind::Create {
        return Err(ODataError::Wrong(
            "If-None-Match is for reading; use If-Match to write only if the record has not changed in the meantime"
                .to_owned(),
        ));
    }
    let (id, operation) = match write.kind {
        WriteKind::Create => create(catalog, object, &entity, &write.request, at)?,
        WriteKind::Edit(id) => (id, edit(context, catalog, object, &entity, &write.request, id)?),
        WriteKind::Delete(id) => {
            let mark = mark(context, object, &write.request, id)?;
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
pub(super) fn read_only(entity: &EntityType) -> ODataError {
    ODataError::Method {
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
) -> Result<(Uuid, RecordOperation), ODataError> {
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
                return Err(ODataError::value(
                    column.key(),
                    "a value is required, but none was sent",
                ));
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
    context: &RequestContext<'_>,
    catalog: &Catalog,
    object: &Object,
    entity: &EntityType,
    request: &Request<'_>,
    id: Uuid,
) -> Result<RecordOperation, ODataError> {
    // The address says which record is meant; another Id in the body is ignored (OData part 1,
    // 11.4.3).
    let sent = sent(catalog, object, entity, request)?;
    for (column, value) in &sent.values {
        let emptied = object
            .column_by_id(*column)
            .filter(|column| column.required && value.is_none());
        if let Some(column) = emptied {
            return Err(ODataError::value(
                column.key(),
                "a value is required; it cannot be removed",
            ));
        }
    }
    Ok(RecordOperation::Edit {
        object: object.id,
        record: id,
        mark: mark(context, object, request, id)?,
        values: sent.values,
    })
}

/// The mark that the record must have when the store gets to it. Of several in `If-Match` that
/// is the one which it has now.
fn mark(
    context: &RequestContext<'_>,
    object: &Object,
    request: &Request<'_>,
    id: Uuid,
) -> Result<Option<RecordMark>, ODataError> {
    match if_match(request.if_match)? {
        IfMatch::Any => Ok(None),
        IfMatch::Marks(marks) => match marks.as_slice() {
            [mark] => Ok(Some(*mark)),
            several => {
                let current = context.odata.ledger.read()?.record_get(object.id, id)?;
                let Some(current) = current else {
                    let object = object.code.clone();
                    return Err(crate::domain::catalog::ApplyError::RecordUnknown { object, record: id }.into());
                };
                let mark = record_mark(&current);
                several.contains(&mark).then_some(Some(mark)).ok_or(ODataError::Changed)
            }
        },
    }
}
