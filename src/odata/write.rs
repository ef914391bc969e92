//! Making, changing and deleting records: decided here, applied by the store, then answered.

use uuid::Uuid;

use super::decide::{Decided, Doing, Write, decide};
use super::etag::etag;
use super::fault::Fault;
use super::permit::{self, Operation};
use super::preference::{Return, preferred_return};
use super::render::entity_json;
use super::request::{Answer, Asked, JSON, Request, Response};
use crate::clock;
use crate::domain::catalog::Refusal;
use crate::domain::change::Change;
use crate::domain::column::ObjectId;
use crate::domain::record::{Record, RecordOperation};
use crate::domain::value::Value;
use crate::ledger::ChangeError;
use crate::store::record_mark;

/// How often a write is decided when the catalog changes in between.
const DECIDED_MOST: usize = 3;

/// Why writes were not made, and which of them is to blame, if that is known.
#[derive(Debug)]
pub(super) struct Failed {
    /// Its place in the list.
    pub at: Option<usize>,
    /// Why.
    pub fault: Fault,
}

/// One write on its own.
pub(super) fn write(asked: &Asked<'_>, write: Write<'_>) -> Answer {
    let writes = [write];
    let mut answers = written(asked, &writes).map_err(|failed| failed.fault)?;
    answers.pop().ok_or(Fault::Unavailable)
}

/// Carries out writes, all or none, and answers each.
pub(super) fn written(asked: &Asked<'_>, writes: &[Write<'_>]) -> Result<Vec<Response>, Failed> {
    let decided = carried_out(asked, writes)?;
    let each = decided.iter().zip(writes);
    Ok(each.map(|(decided, write)| answer(asked, decided, write)).collect())
}

fn carried_out(asked: &Asked<'_>, writes: &[Write<'_>]) -> Result<Vec<Decided>, Failed> {
    let ledger = &asked.odata.ledger;
    for _ in 0..DECIDED_MOST {
        let catalog = ledger.catalog();
        let at = clock::now();
        let mut all = Vec::with_capacity(writes.len());
        for (place, write) in writes.iter().enumerate() {
            let decided = decide(asked, &catalog, write, at).map_err(|fault| Failed { at: Some(place), fault })?;
            all.push(decided);
        }
        let change = Change::RecordsWritten {
            at,
            by: asked.caller.actor(),
            catalog: catalog.version,
            operations: all.iter().map(|decided| decided.operation.clone()).collect(),
        };
        match ledger.change(change) {
            Ok(_) => return Ok(all),
            Err(ChangeError::Refused(Refusal::Stale)) => {}
            Err(ChangeError::Refused(refusal)) => {
                return Err(Failed {
                    at: to_blame(&all, &refusal),
                    fault: refusal.into(),
                });
            }
            Err(other) => {
                return Err(Failed {
                    at: None,
                    fault: other.into(),
                });
            }
        }
    }
    Err(Failed {
        at: None,
        fault: Fault::Unavailable,
    })
}

/// Which write the store speaks of, if only one can be meant.
fn to_blame(decided: &[Decided], refusal: &Refusal) -> Option<usize> {
    let meant = |operation: &RecordOperation| match (refusal, operation) {
        (
            Refusal::RecordUnknown { record: named, .. },
            RecordOperation::Edit { record, .. } | RecordOperation::Delete { record, .. },
        )
        | (Refusal::RecordExists { record: named, .. }, RecordOperation::Create { record, .. }) => named == record,
        (Refusal::LookupMissing { target, .. }, RecordOperation::Create { values, .. }) => {
            values.iter().any(|(_, value)| *value == Value::Guid(*target))
        }
        (Refusal::LookupMissing { target, .. }, RecordOperation::Edit { values, .. }) => {
            values.iter().any(|(_, value)| *value == Some(Value::Guid(*target)))
        }
        (Refusal::RecordUsed { .. }, RecordOperation::Delete { .. }) => true,
        (Refusal::RecordChanged, RecordOperation::Edit { mark, .. } | RecordOperation::Delete { mark, .. }) => {
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

/// What a write that was made is answered with. It is made: nothing that goes wrong from here
/// on may look as if it was not, or it would be made again.
fn answer(asked: &Asked<'_>, decided: &Decided, write: &Write<'_>) -> Response {
    let address = format!("{}/{}({})", asked.service_url, decided.entity.name, decided.id);
    let mut headers = Vec::with_capacity(4);
    let (object, status) = match decided.operation {
        RecordOperation::Delete { .. } => return empty(headers),
        RecordOperation::Create { object, .. } => (object, 201),
        RecordOperation::Edit { object, .. } => (object, 200),
    };
    if status == 201 {
        headers.push(("Location", address.clone()));
    }
    let record = current(asked, object, decided.id);
    if let Some(record) = &record {
        headers.push(("ETag", etag(record_mark(record))));
    }
    let wanted = preferred_return(write.request.prefer);
    let shown = match write.doing {
        Doing::Create => wanted != Some(Return::Minimal),
        // Other than a record of its own making, it may hold what the program may not see.
        _ => wanted == Some(Return::Representation) && may_read(asked, decided),
    };
    match record.filter(|_| shown) {
        Some(record) => {
            if wanted == Some(Return::Representation) {
                headers.push(("Preference-Applied", "return=representation".to_owned()));
            }
            Response {
                status,
                headers,
                content_type: Some(JSON),
                body: entity_json(asked, &decided.entity, decided.id, &record),
            }
        }
        None => {
            if wanted == Some(Return::Minimal) {
                headers.push(("Preference-Applied", "return=minimal".to_owned()));
            }
            headers.push(("OData-EntityId", address));
            empty(headers)
        }
    }
}

fn may_read(asked: &Asked<'_>, decided: &Decided) -> bool {
    let catalog = asked.odata.ledger.catalog();
    permit::may(&catalog, asked.caller, decided.entity.set, Operation::Read).is_ok()
}

fn current(asked: &Asked<'_>, object: ObjectId, id: Uuid) -> Option<Record> {
    let read = || asked.odata.ledger.read()?.record_get(object, id);
    read()
        .inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "a record was written, but cannot be shown"
            );
        })
        .ok()
        .flatten()
}

fn empty(headers: Vec<(&'static str, String)>) -> Response {
    Response {
        status: 204,
        headers,
        content_type: None,
        body: Vec::new(),
    }
}

/// A write as a request asks for it.
pub(super) fn asked_for<'a>(set: &str, doing: Doing, request: &Request<'a>) -> Write<'a> {
    Write {
        set: set.to_owned(),
        doing,
        request: *request,
    }
}
