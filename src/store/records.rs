//! Records made, changed and deleted by programs and people: all steps of an entry, or none.

use uuid::Uuid;

use super::codec::encode;
use super::error::StoreError;
use super::fold::Fold;
use crate::domain::actor::Actor;
use crate::domain::catalog::{Catalog, Refusal};
use crate::domain::column::{ColumnId, ColumnType, ObjectId};
use crate::domain::object::Object;
use crate::domain::record::{Record, RecordMark, RecordOperation};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// The mark of a record's contents.
#[must_use]
pub fn record_mark(record: &Record) -> RecordMark {
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &encode(record));
    sum.as_ref().first_chunk().copied().unwrap_or_default()
}

/// Applies the operations in order. The first that does not fit undoes those in front of it.
pub(super) fn records_written(
    fold: &mut Fold<'_, '_>,
    at: Timestamp,
    by: Actor,
    catalog: u64,
    operations: &[RecordOperation],
) -> Result<Result<u64, Refusal>, StoreError> {
    if catalog != fold.catalog.version {
        return Ok(Err(Refusal::Stale));
    }
    // From here on nothing but these operations is collected, so that it can be let go again.
    fold.flush()?;
    let counts = fold.counts.clone();
    for operation in operations {
        if let Err(refusal) = operation_apply(fold, at, by, operation)? {
            fold.written.clear();
            fold.counts = counts;
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(operations.len() as u64))
}

type Step = Result<Result<(), Refusal>, StoreError>;

fn operation_apply(fold: &mut Fold<'_, '_>, at: Timestamp, by: Actor, operation: &RecordOperation) -> Step {
    let catalog = std::sync::Arc::clone(&fold.catalog);
    match operation {
        RecordOperation::Create { object, record, values } => {
            let Some(definition) = catalog.objects.get(object) else {
                return Ok(Err(object_gone(*object)));
            };
            if fold.record_exists(*object, *record)? {
                return Ok(Err(Refusal::RecordExists {
                    object: definition.code.clone(),
                    record: *record,
                }));
            }
            if let Err(refusal) = lookups_exist(
                fold,
                &catalog,
                definition,
                values.iter().map(|(id, value)| (*id, value)),
            )? {
                return Ok(Err(refusal));
            }
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
                return Ok(Err(object_gone(*object)));
            };
            let mut edited = match current(fold, definition, *record, *mark)? {
                Ok(current) => current,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let filled = values.iter().filter_map(|(id, value)| Some((*id, value.as_ref()?)));
            if let Err(refusal) = lookups_exist(fold, &catalog, definition, filled)? {
                return Ok(Err(refusal));
            }
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
                return Ok(Err(object_gone(*object)));
            };
            if let Err(refusal) = current(fold, definition, *record, *mark)? {
                return Ok(Err(refusal));
            }
            if let Some((other, column, count)) = fold.record_references(*object, *record)? {
                return Ok(Err(used(&catalog, other, column, count)));
            }
            fold.record_replace(*object, *record, None)?;
        }
    }
    Ok(Ok(()))
}

/// The record as it stands, if its contents are still those of the mark.
fn current(
    fold: &mut Fold<'_, '_>,
    object: &Object,
    record: Uuid,
    mark: Option<RecordMark>,
) -> Result<Result<Record, Refusal>, StoreError> {
    Ok(match fold.record_get(object.id, record)? {
        None => Err(Refusal::RecordUnknown {
            object: object.code.clone(),
            record,
        }),
        Some(current) if mark.is_some_and(|mark| mark != record_mark(&current)) => Err(Refusal::RecordChanged),
        Some(current) => Ok(current),
    })
}

fn lookups_exist<'v>(
    fold: &mut Fold<'_, '_>,
    catalog: &Catalog,
    object: &Object,
    values: impl Iterator<Item = (ColumnId, &'v Value)>,
) -> Step {
    for (id, value) in values {
        let Some(column) = object.column_by_id(id) else {
            continue;
        };
        if let (ColumnType::Lookup(reference), Value::Guid(target)) = (column.kind, value)
            && !fold.record_exists(reference, *target)?
        {
            let object = catalog.objects.get(&reference).map(|object| object.code.clone());
            return Ok(Err(Refusal::LookupMissing {
                key: column.key(),
                object: object.unwrap_or_default(),
                target: *target,
            }));
        }
    }
    Ok(Ok(()))
}

/// Puts a value in its place, ascending by column; none takes it away.
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

fn object_gone(object: ObjectId) -> Refusal {
    Refusal::ObjectUnknown(object.to_string())
}

fn used(catalog: &Catalog, object: ObjectId, column: ColumnId, count: u64) -> Refusal {
    let object = catalog.objects.get(&object);
    let key = object
        .and_then(|object| object.column_by_id(column))
        .map(crate::domain::column::Column::key);
    Refusal::RecordUsed {
        object: object.map(|object| object.code.clone()).unwrap_or_default(),
        key: key.unwrap_or_default(),
        count,
    }
}
