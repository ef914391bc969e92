//! Creates, edits and deletes records: decided here, then applied by the store.

use super::decide::{Decided, Write, WriteKind, decide};
use super::odata_error::ODataError;
use super::options::QueryOptions;
use super::permit::{self, Operation};
use super::preference::{Return, preferred_return};
use super::read::shown;
use super::render::etag;
use super::reply::{HandlerResult, Response, empty_response};
use super::request::{Request, RequestContext};
use super::rows::Search;
use super::source;
use crate::clock;
use crate::domain::catalog::ApplyError;
use crate::domain::change::RecordsWritten;
use crate::domain::entry::Entry;
use crate::domain::record::RecordOperation;
use crate::domain::value::Value;
use crate::ledger::ChangeError;

/// How often a write is decided when the catalog changes in between.
const MAX_ATTEMPTS: usize = 3;

/// Why writes failed, and which of them caused it, if that is known.
#[derive(Debug)]
pub(super) struct Failed {
    /// Its place in the list.
    pub at: Option<usize>,
    pub error: ODataError,
}

/// One write on its own.
pub(super) fn write(context: &RequestContext<'_>, write: Write<'_>) -> HandlerResult {
    let writes = [write];
    let mut responses = written(context, &writes).map_err(|failed| failed.error)?;
    responses.pop().ok_or(ODataError::Unavailable)
}

/// Applies writes, all or none, and returns the response to each.
pub(super) fn written(context: &RequestContext<'_>, writes: &[Write<'_>]) -> Result<Vec<Response>, Failed> {
    let decided = carried_out(context, writes)?;
    let each = decided.iter().zip(writes);
    Ok(each
        .map(|(decided, write)| written_response(context, decided, write))
        .collect())
}

fn carried_out(context: &RequestContext<'_>, writes: &[Write<'_>]) -> Result<Vec<Decided>, Failed> {
    let ledger = &context.odata.ledger;
    for _ in 0..MAX_ATTEMPTS {
        let catalog = ledger.catalog();
        let at = clock::now();
        let mut all = Vec::with_capacity(writes.len());
        for (place, write) in writes.iter().enumerate() {
            let decided = decide(context, &catalog, write, at).map_err(|error| Failed { at: Some(place), error })?;
            all.push(decided);
        }
        // Checked before the change, so that the failure leaves no entry in the journal.
        if let [only] = all.as_slice() {
            is_there(context, only).map_err(|error| Failed { at: Some(0), error })?;
        }
        let change = Entry::one(
            at,
            context.caller.actor(),
            RecordsWritten {
                rules: catalog.rules,
                operations: all.iter().map(|decided| decided.operation.clone()).collect(),
            },
        );
        match ledger.commit(change) {
            Ok(_) => return Ok(all),
            Err(ChangeError::Refused(ApplyError::Stale)) => {}
            Err(ChangeError::Refused(error)) => {
                return Err(Failed {
                    at: to_blame(&all, &error),
                    error: error.into(),
                });
            }
            Err(other) => {
                return Err(Failed {
                    at: None,
                    error: other.into(),
                });
            }
        }
    }
    Err(Failed {
        at: None,
        error: ODataError::Unavailable,
    })
}

/// Checks that the record to edit or delete exists.
fn is_there(context: &RequestContext<'_>, decided: &Decided) -> Result<(), ODataError> {
    let (object, record) = match &decided.operation {
        RecordOperation::Create { .. } => return Ok(()),
        RecordOperation::Edit { object, record, .. } | RecordOperation::Delete { object, record, .. } => {
            (object, record)
        }
    };
    match context.odata.ledger.read()?.record_get(*object, *record)? {
        Some(_) => Ok(()),
        None => Err(ApplyError::RecordUnknown {
            object: decided.entity.name.clone(),
            record: *record,
        }
        .into()),
    }
}

/// Which write the store speaks of, if only one can be meant.
fn to_blame(decided: &[Decided], error: &ApplyError) -> Option<usize> {
    let meant = |operation: &RecordOperation| match (error, operation) {
        (
            ApplyError::RecordUnknown { record: named, .. },
            RecordOperation::Edit { record, .. } | RecordOperation::Delete { record, .. },
        )
        | (ApplyError::RecordExists { record: named, .. }, RecordOperation::Create { record, .. }) => named == record,
        (ApplyError::LookupMissing { target, .. }, RecordOperation::Create { values, .. }) => {
            values.iter().any(|(_, value)| *value == Value::Guid(*target))
        }
        (ApplyError::LookupMissing { target, .. }, RecordOperation::Edit { values, .. }) => {
            values.iter().any(|(_, value)| *value == Some(Value::Guid(*target)))
        }
        (ApplyError::RecordUsed { .. }, RecordOperation::Delete { .. }) => true,
        (ApplyError::RecordChanged, RecordOperation::Edit { mark, .. } | RecordOperation::Delete { mark, .. }) => {
            mark.is_some()
        }
        _ => false,
    };
    let mut places = decided
        .iter()
        .enumerate()
        .filter(|(_, decided)| meant(&decided.operation));
    let first = places.next()?.0;
    places.next().is_none().then_some(first)
}

/// The response to a write that was applied. It is applied: no later error may look like a failed
/// write, or the client would repeat it.
fn written_response(context: &RequestContext<'_>, decided: &Decided, write: &Write<'_>) -> Response {
    if matches!(write.kind, WriteKind::Delete(_)) {
        return empty_response(204);
    }
    let preferred = preferred_return(write.request.prefer);
    let creates = write.kind == WriteKind::Create;
    let shows = match preferred {
        // Unlike a record that the program created, an edited record may hold values that the
        // program may not read.
        Some(Return::Representation) => creates || can_read(context, decided),
        Some(Return::Minimal) => false,
        None => creates,
    };
    let address = format!("{}/{}({})", context.service_url, decided.entity.name, decided.id);
    let mut response = match current(context, decided, shows) {
        Ok(Some(response)) => response,
        Ok(None) => empty_response(204),
        Err(error) => {
            let error: &(dyn std::error::Error + 'static) = &error;
            tracing::warn!(error, "OData: a record was written, but cannot be shown");
            empty_response(204)
        }
    };
    if response.body.is_empty() {
        response.headers.push(("OData-EntityId", address.clone()));
    } else {
        response.status = if creates { 201 } else { 200 };
    }
    if creates {
        response.headers.push(("Location", address));
    }
    let applied = match (preferred, response.body.is_empty()) {
        (Some(Return::Minimal), true) => Some("return=minimal"),
        (Some(Return::Representation), false) => Some("return=representation"),
        _ => None,
    };
    let applied = applied.map(|applied| ("Preference-Applied", applied.to_owned()));
    response.headers.extend(applied);
    response
}

fn can_read(context: &RequestContext<'_>, decided: &Decided) -> bool {
    let catalog = context.odata.ledger.catalog();
    permit::authorize(&catalog, context.caller, decided.entity.set, Operation::Read).is_ok()
}

/// The record in its current state, with its mark; none if it was deleted since.
fn current(context: &RequestContext<'_>, decided: &Decided, shows: bool) -> Result<Option<Response>, ODataError> {
    let (reader, catalog) = context.odata.ledger.read_with_catalog()?;
    let Some(row) = source::get(&reader, &catalog, decided.entity.set, decided.id)? else {
        return Ok(None);
    };
    if !shows {
        let mut response = empty_response(204);
        response.headers.push(("ETag", etag(&row)));
        return Ok(Some(response));
    }
    let mut search = Search::new(&reader, &catalog, context.odata.limits);
    let options = QueryOptions::default();
    shown(context, &mut search, &decided.entity, &row, &options, None).map(Some)
}

/// A write as a request asks for it.
pub(super) fn write_from<'a>(set: &str, kind: WriteKind, request: &Request<'a>) -> Write<'a> {
    Write {
        set: set.to_owned(),
        kind,
        request: *request,
    }
}
