//! Records that programs and users create, change and delete: all operations of an entry, or none.

use uuid::Uuid;

use super::codec::encode;
use super::error::FoldError;
use super::fold::Fold;
use crate::domain::actor::Actor;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::RecordsWritten;
use crate::domain::column::{ColumnId, ColumnType, ObjectId};
use crate::domain::entry::Entry;
use crate::domain::object::Object;
use crate::domain::record::{Record, RecordMark, RecordOperation};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// Computes the mark of a record's contents.
#[must_use]
pub fn record_mark(record: &Record) -> RecordMark {
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &encode(record));
    sum.as_ref().first_chunk().copied().unwrap_or_default()
}

/// Applies the operations in order.
pub(super) fn records_written(
    fold: &mut Fold<'_, '_>,
    entry: &Entry,
    written: &RecordsWritten,
) -> Result<u64, FoldError> {
    if written.rules != fold.catalog.rules {
        return Err(ApplyError::Stale.into());
    }
    for operation in &written.operations {
        operation_apply(fold, entry.at, entry.by, operation)?;
    }
    Ok(written.operations.len() as u64)
}

fn operation_apply(
    fold: &mut Fold<'_, '_>,
    at: Timestamp,
    by: Actor,
    operation: &RecordOperation,
) -> Result<(), FoldError> {
    let catalog = std::sync::Arc::clone(&fold.catalog);
    match operation {
        RecordOperation::Create { object, record, values } => {
            let Some(definition) = catalog.objects.get(object) else {
                return Err(object_gone(*object).into());
            };
            if fold.record_exists(*object, *record)? {
                return Err(ApplyError::RecordExists {
                    object: definition.code.clone(),
                    record: *record,
                }
                .into());
            }
            let given = values.iter().map(|(id, value)| (*id, value));
            lookups_exist(fold, &catalog, definition, given)?;
            let mut values = values.clone();
            fold.numbers_given(definition, &mut values)?;
            let made = Record {
                created_on: at,
                created_by: by.id(),
                modified_on: at,
                modified_by: by.id(),
                webhook: None,
                values,
            };
            fold.record_add(*object, *record, made);
        }
        RecordOperation::Edit {
            object,
            record,
            mark,
            values,
        } => {
            let Some(definition) = catalog.objects.get(object) else {
                return Err(object_gone(*object).into());
            };
            let mut edited = current(fold, definition, *record, *mark)?;
            let filled = values.iter().filter_map(|(id, value)| Some((*id, value.as_ref()?)));
            lookups_exist(fold, &catalog, definition, filled)?;
            let filled = values.iter().filter_map(|(id, value)| Some((*id, value.as_ref()?)));
            fold.numbers_followed(definition, filled)?;
            for (column, value) in values {
                put(&mut edited.values, *column, value.clone());
            }
            edited.modified_on = at.max(edited.modified_on);
            edited.modified_by = by.id();
            fold.record_replace(*object, *record, Some(edited))?;
        }
        RecordOperation::Delete { object, record, mark } => {
            let Some(definition) = catalog.objects.get(object) else {
                return Err(object_gone(*object).into());
            };
            current(fold, definition, *record, *mark)?;
            if let Some((other, column, count)) = fold.record_references(*object, *record)? {
                return Err(used(&catalog, other, column, count).into());
            }
            fold.record_replace(*object, *record, None)?;
        }
    }
    Ok(())
}

/// The current record, if its contents still have this mark.
fn current(
    fold: &mut Fold<'_, '_>,
    object: &Object,
    record: Uuid,
    mark: Option<RecordMark>,
) -> Result<Record, FoldError> {
    match fold.record_get(object.id, record)? {
        None => Err(ApplyError::RecordUnknown {
            object: object.code.clone(),
            record,
        }
        .into()),
        Some(current) if mark.is_some_and(|mark| mark != record_mark(&current)) => {
            Err(ApplyError::RecordChanged.into())
        }
        Some(current) => Ok(current),
    }
}

fn lookups_exist<'v>(
    fold: &mut Fold<'_, '_>,
    catalog: &Catalog,
    object: &Object,
    values: impl Iterator<Item = (ColumnId, &'v Value)>,
) -> Result<(), FoldError> {
    for (id, value) in values {
        let Some(column) = object.column_by_id(id) else {
            continue;
        };
        if let (ColumnType::Lookup(reference), Value::Guid(target)) = (column.kind, value)
            && !fold.record_exists(reference, *target)?
        {
            let object = catalog.objects.get(&reference).map(|object| object.code.clone());
            return Err(ApplyError::LookupMissing {
                key: column.key(),
                object: object.unwrap_or_default(),
                target: *target,
            }
            .into());
        }
    }
    Ok(())
}

/// Sets the value of a column, or removes it. Values stay sorted by column.
fn put(values: &mut Vec<(ColumnId, Value)>, column: ColumnId, value: Option<Value>) {
    match (values.binary_search_by_key(&column, |(id, _)| *id), value) {
        (Ok(place), Some(value)) => {
            if let Some(slot) = values.get_mut(place) {
                slot.1 = value;
            }
        }
        (Ok(place), None) => drop(values.remove(place)),
        (Err(place), Some(value)) => values.insert(place, (column, value)),
        (Err(_), None) => {}
    }
}

fn object_gone(object: ObjectId) -> ApplyError {
    ApplyError::ObjectUnknown(object.to_string())
}

fn used(catalog: &Catalog, object: ObjectId, column: ColumnId, count: u64) -> ApplyError {
    let object = catalog.objects.get(&object);
    let key = object
        .and_then(|object| object.column_by_id(column))
        .map(crate::domain::column::Column::key);
    ApplyError::RecordUsed {
        object: object.map(|object| object.code.clone()).unwrap_or_default(),
        key: key.unwrap_or_default(),
        count,
    }
}
