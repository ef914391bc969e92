//! Making, changing and deleting records: decided here, applied by the store, then answered.

use super::decide::{Decided, Doing, Write, decide};
use super::fault::Fault;
use super::permit::{self, Operation};
use super::preference::{Return, preferred_return};
use super::query::QueryOptions;
use super::read::shown;
use super::render::etag;
use super::request::{Answer, Asked, Request, Response};
use super::rows::Search;
use super::source;
use crate::clock;
use crate::domain::catalog::Refusal;
use crate::domain::change::Change;
use crate::domain::record::RecordOperation;
use crate::domain::value::Value;
use crate::ledger::ChangeError;

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
        // Told here already, so that it leaves no entry in the journal for ever.
        if let [only] = all.as_slice() {
            is_there(asked, only).map_err(|fault| Failed { at: Some(0), fault })?;
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

/// That the record which is to be changed or deleted is there.
fn is_there(asked: &Asked<'_>, decided: &Decided) -> Result<(), Fault> {
    let (object, record) = match &decided.operation {
        RecordOperation::Create { .. } => return Ok(()),
        RecordOperation::Edit { object, record, .. } | RecordOperation::Delete { object, record, .. } => {
            (object, record)
        }
    };
    match asked.odata.ledger.read()?.record_get(*object, *record)? {
        Some(_) => Ok(()),
        None => Err(Refusal::RecordUnknown {
            object: decided.entity.name.clone(),
            record: *record,
        }
        .into()),
    }
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
    if matches!(write.doing, Doing::Delete(_)) {
        return empty();
    }
    let wanted = preferred_return(write.request.prefer);
    let creates = write.doing == Doing::Create;
    let shows = match wanted {
        // Other than a record of its own making, it may hold what the program may not see.
        Some(Return::Representation) => creates || may_read(asked, decided),
        Some(Return::Minimal) => false,
        None => creates,
    };
    let address = format!("{}/{}({})", asked.service_url, decided.entity.name, decided.id);
    let mut response = match current(asked, decided, shows) {
        Ok(Some(response)) => response,
        Ok(None) => empty(),
        Err(fault) => {
            let error: &(dyn std::error::Error + 'static) = &fault;
            tracing::warn!(error, "OData: a record was written, but cannot be shown");
            empty()
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
    let applied = match (wanted, response.body.is_empty()) {
        (Some(Return::Minimal), true) => Some("return=minimal"),
        (Some(Return::Representation), false) => Some("return=representation"),
        _ => None,
    };
    let applied = applied.map(|applied| ("Preference-Applied", applied.to_owned()));
    response.headers.extend(applied);
    response
}

fn may_read(asked: &Asked<'_>, decided: &Decided) -> bool {
    let catalog = asked.odata.ledger.catalog();
    permit::may(&catalog, asked.caller, decided.entity.set, Operation::Read).is_ok()
}

/// The record as it stands, with its mark; none if it is gone again.
fn current(asked: &Asked<'_>, decided: &Decided, shows: bool) -> Result<Option<Response>, Fault> {
    let (reader, catalog) = asked.odata.ledger.read_with_catalog()?;
    let Some(row) = source::get(&reader, &catalog, decided.entity.set, decided.id)? else {
        return Ok(None);
    };
    if !shows {
        let mut response = empty();
        response.headers.push(("ETag", etag(&row)));
        return Ok(Some(response));
    }
    let mut search = Search::new(&reader, &catalog, asked.odata.limits);
    let options = QueryOptions::default();
    shown(asked, &mut search, &decided.entity, &row, &options, None).map(Some)
}

const fn empty() -> Response {
    Response {
        status: 204,
        headers: Vec::new(),
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
