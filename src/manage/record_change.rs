//! Changing and deleting records for users and programs.

use serde_json::value::RawValue;
use uuid::Uuid;

use super::object::object_named;
use super::record::{RecordView, record_show};
use super::{Context, ManageError, ValueProblem};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::RecordsWritten;
use crate::domain::entry::Entry;
use crate::domain::record::{RecordMark, RecordOperation};
use crate::ledger::ChangeError;
use crate::odata::{ODataError, record_edit as decided};

/// How often a change is decided again when the catalog changes meanwhile.
const MAX_DECIDED: usize = 3;

/// Changes values of a record: a JSON object by key, in which null clears a column. With a mark,
/// only if the record has not changed since.
///
/// # Errors
/// If there is no such record, or values do not fit: all problems with them.
pub fn record_edit(
    context: &Context,
    by: Actor,
    object: &str,
    id: Uuid,
    values: &RawValue,
    mark: Option<&str>,
) -> Result<RecordView, ManageError> {
    let mark = mark.map(mark_read).transpose()?;
    written(context, by, |catalog| {
        let object = object_named(catalog, object)?;
        decided(catalog, object.id, id, values.get().as_bytes(), mark).map_err(all)
    })?;
    record_show(context, object, id)
}

/// Deletes a record.
///
/// # Errors
/// If there is no such record, or other records refer to it.
pub fn record_delete(context: &Context, by: Actor, object: &str, id: Uuid) -> Result<(), ManageError> {
    written(context, by, |catalog| {
        Ok(RecordOperation::Delete {
            object: object_named(catalog, object)?.id,
            record: id,
            mark: None,
        })
    })
}

fn written(
    context: &Context,
    by: Actor,
    decide: impl Fn(&Catalog) -> Result<RecordOperation, ManageError>,
) -> Result<(), ManageError> {
    for _ in 0..MAX_DECIDED {
        let catalog = context.ledger.catalog();
        let change = Entry::one(
            clock::now(),
            by,
            RecordsWritten {
                rules: catalog.rules,
                operations: vec![decide(&catalog)?],
            },
        );
        match context.ledger.commit(change) {
            Err(ChangeError::Refused(ApplyError::Stale)) => {}
            Err(ChangeError::Refused(refusal @ ApplyError::LookupMissing { .. })) => {
                return Err(ODataError::from(refusal).into());
            }
            other => return Ok(other.map(drop)?),
        }
    }
    Err(ManageError::Refused(ApplyError::Stale))
}

/// Combines all errors into one: the problems of values if there are any, else the first error.
fn all(faults: Vec<ODataError>) -> ManageError {
    let (mut problems, mut other) = (Vec::new(), None);
    for fault in faults {
        match fault {
            ODataError::Value { column: key, problem } => problems.push(ValueProblem { key, problem }),
            fault => drop(other.get_or_insert(fault)),
        }
    }
    match other {
        Some(fault) if problems.is_empty() => fault.into(),
        _ => ManageError::Values(problems),
    }
}

/// Parses a mark in the format of record views.
fn mark_read(text: &str) -> Result<RecordMark, ManageError> {
    let number = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16);
    number.map(u64::to_be_bytes).ok_or_else(|| ManageError::Invalid {
        what: "mark",
        problem: "use the value from the record as it was read".to_owned(),
    })
}
