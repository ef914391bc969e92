//! Records that match a filter: as a list, as a file, and as choices for a lookup.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::{Bound, ControlFlow};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::object::object_named;
use super::record::{LIST_LIMIT, ValueView, display_name, display_of, user};
use super::{Context, ManageError, csv};
use crate::domain::catalog::Catalog;
use crate::domain::column::{ColumnType, ObjectId};
use crate::domain::object::Object;
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::ledger::Ledger;
use crate::odata::{Listing, ODataError, OdataLimits, record_rows, record_total};
use crate::store::Reader;
use crate::store::walk::{Walk, WalkItem};

/// The limits of one page.
const PAGE_LIMITS: OdataLimits = OdataLimits {
    page: LIST_LIMIT,
    scan_rows: 200_000,
    scan_time: Duration::from_secs(2),
    response_bytes: usize::MAX,
    // The admin page sends one request after the other. The thread pool limits parallel requests.
    concurrent: 16,
    queue: 64,
};

/// The time limit for counting the records that match.
const COUNT_TIME: Duration = Duration::from_millis(250);

/// The number of records that an export reads at a time.
const EXPORT_STEP: usize = 500;

/// The maximum number of choices for a lookup.
const MAX_OPTIONS: usize = 50;

/// The maximum number of records that are examined for choices, and the time limit.
const OPTIONS_ROWS: usize = 20_000;
const OPTIONS_TIME: Duration = Duration::from_millis(60);

/// The minimum number of records to examine regardless of time, so that a busy machine still finds
/// all countries.
const OPTIONS_LEAST: usize = 500;

/// A page of the records that match a filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordsFound {
    /// The number of all matching records; none if there are too many to count.
    pub total: Option<u64>,
    pub records: Vec<RecordFound>,
    /// The value of `before` for the next page; none at the end.
    pub next: Option<String>,
}

/// A record in a list, with its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordFound {
    pub id: Uuid,
    /// The value of its display column.
    pub display: String,
    pub created_on: Timestamp,
    pub created_by: String,
    pub modified_on: Timestamp,
    /// The values in the order of the object's columns. Empty columns are left out.
    pub values: Vec<ValueView>,
}

/// Selects and sorts records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordQuery {
    pub filter: Option<String>,
    /// In the format of `$orderby`; none for newest first.
    pub order: Option<String>,
}

/// A choice for a lookup column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordOption {
    pub id: Uuid,
    /// The value of its display column.
    pub name: String,
}

/// Matching records after the page that ended with `before`.
///
/// # Errors
/// If there is no such object, or the query is not valid or too expensive.
pub fn record_search(
    context: &Context,
    object: &str,
    query: &RecordQuery,
    before: Option<&str>,
    limit: usize,
) -> Result<RecordsFound, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, object)?;
    let reader = context.ledger.read()?;
    let (filter, order) = (written(query.filter.as_deref()), written(query.order.as_deref()));
    let listing = Listing {
        object: object.id,
        filter,
        order,
        after: written(before),
        limit: limit.clamp(1, LIST_LIMIT),
    };
    let listed = record_rows(&reader, &catalog, PAGE_LIMITS, &listing)?;
    let limits = OdataLimits {
        scan_time: COUNT_TIME,
        ..PAGE_LIMITS
    };
    let total = match record_total(&reader, &catalog, limits, object.id, filter) {
        Ok(total) => Some(total),
        Err(ODataError::TooCostly(_)) => None,
        Err(other) => return Err(other.into()),
    };
    let mut names = Names::new(&catalog, &reader);
    let mut records = Vec::with_capacity(listed.rows.len());
    for (id, record) in listed.rows {
        records.push(RecordFound {
            id,
            display: display_of(object, &record),
            created_on: record.created_on,
            created_by: user(&catalog, record.created_by),
            modified_on: record.modified_on,
            values: names.values(object, &record)?,
        });
    }
    Ok(RecordsFound {
        total,
        records,
        next: listed.next,
    })
}

/// Writes all matching records as comma-separated values.
///
/// # Errors
/// If there is no such object, the query is not valid, or the receiver closed the connection.
pub fn record_export(
    ledger: &Ledger,
    object: ObjectId,
    query: &RecordQuery,
    out: &mut dyn Write,
) -> Result<(), ManageError> {
    let mut done = 0;
    let gone = |done| move |_: io::Error| ManageError::Interrupted { done };
    let mut after: Option<String> = None;
    loop {
        let catalog = ledger.catalog();
        let Some(object) = catalog.objects.get(&object) else {
            return Err(ManageError::Interrupted { done });
        };
        if after.is_none() {
            csv::line(out, &head(object)).map_err(gone(done))?;
        }
        let listing = Listing {
            object: object.id,
            filter: written(query.filter.as_deref()),
            order: written(query.order.as_deref()),
            after: after.as_deref(),
            limit: EXPORT_STEP,
        };
        // The snapshot is dropped before sending: the receiver may be slow.
        let (lines, next) = {
            let reader = ledger.read()?;
            let listed = record_rows(&reader, &catalog, PAGE_LIMITS, &listing)?;
            let mut names = Names::new(&catalog, &reader);
            let lines = listed.rows.iter().map(|(id, record)| names.cells(object, *id, record));
            (lines.collect::<Result<Vec<_>, _>>()?, listed.next)
        };
        for line in lines {
            csv::line(out, &line).map_err(gone(done))?;
            done += 1;
        }
        match next {
            Some(next) => after = Some(next),
            None => return out.flush().map_err(gone(done)),
        }
    }
}

/// The object with this code, for an export. Also checks the query: once the file has started, it
/// is too late to report an error.
///
/// # Errors
/// If there is no such object, or the query is not valid.
pub fn record_export_begin(context: &Context, object: &str, query: &RecordQuery) -> Result<ObjectId, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, object)?;
    let listing = Listing {
        object: object.id,
        filter: written(query.filter.as_deref()),
        order: written(query.order.as_deref()),
        after: None,
        limit: 1,
    };
    record_rows(&context.ledger.read()?, &catalog, PAGE_LIMITS, &listing)?;
    Ok(object.id)
}

/// Records whose display value contains a text, sorted by it. If there are many, those that start
/// with the text come first, then the newest.
///
/// # Errors
/// If there is no such object.
pub fn record_options(context: &Context, object: &str, text: &str) -> Result<Vec<RecordOption>, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, object)?;
    let reader = context.ledger.read()?;
    let text = text.trim().to_lowercase();
    let until = Instant::now() + OPTIONS_TIME;
    let mut found: HashMap<Uuid, String> = HashMap::new();
    let mut walks = Vec::new();
    if let Some(column) = object.display_column()
        && !text.is_empty()
        && column.is_indexed()
    {
        walks.push(Walk::Prefix(column.id, text.clone()));
    }
    walks.push(Walk::CreatedOn(Bound::Unbounded, Bound::Unbounded));
    for walk in walks {
        let descending = matches!(walk, Walk::CreatedOn(..));
        let mut looked = 0;
        reader.record_walk::<ManageError>(object.id, &walk, descending, None, |met| {
            looked += 1;
            if let WalkItem::Record(id, record) = met {
                let name = display_of(object, &record);
                if text.is_empty() || name.to_lowercase().contains(&text) {
                    found.insert(id, name);
                }
            }
            let late = looked >= OPTIONS_LEAST && Instant::now() >= until;
            if found.len() >= MAX_OPTIONS || looked >= OPTIONS_ROWS || late {
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    let mut options: Vec<RecordOption> = found.into_iter().map(|(id, name)| RecordOption { id, name }).collect();
    options.sort_by_cached_key(|option| (option.name.to_lowercase(), option.id));
    options.truncate(MAX_OPTIONS);
    Ok(options)
}

fn written(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn head(object: &Object) -> Vec<String> {
    let mut head = vec!["Id".to_owned()];
    for column in &object.columns {
        head.push(column.key());
        if matches!(column.kind, ColumnType::Lookup(_)) {
            head.push(column.code.clone());
        }
    }
    head.extend(["CreatedOn", "CreatedBy", "ModifiedOn", "ModifiedBy"].map(str::to_owned));
    head
}

/// The display values of records that lookups refer to, each read once.
pub(super) struct Names<'a> {
    catalog: &'a Catalog,
    reader: &'a Reader,
    known: HashMap<(ObjectId, Uuid), Option<String>>,
}

impl<'a> Names<'a> {
    pub fn new(catalog: &'a Catalog, reader: &'a Reader) -> Self {
        let known = HashMap::new();
        Self { catalog, reader, known }
    }

    fn of(&mut self, kind: ColumnType, value: &Value) -> Result<Option<String>, ManageError> {
        let (ColumnType::Lookup(target), Value::Guid(id)) = (kind, value) else {
            return Ok(None);
        };
        if let Some(name) = self.known.get(&(target, *id)) {
            return Ok(name.clone());
        }
        let name = display_name(self.catalog, self.reader, target, *id)?;
        self.known.insert((target, *id), name.clone());
        Ok(name)
    }

    /// The values of a record, in the order of the object's columns.
    pub fn values(&mut self, object: &Object, record: &Record) -> Result<Vec<ValueView>, ManageError> {
        let mut values = Vec::new();
        for column in &object.columns {
            let Some(value) = record.value(column.id) else { continue };
            values.push(ValueView {
                key: column.key(),
                caption: column.caption.clone(),
                value: value.to_json(),
                display: self.of(column.kind, value)?,
            });
        }
        Ok(values)
    }

    fn cells(&mut self, object: &Object, id: Uuid, record: &Record) -> Result<Vec<String>, ManageError> {
        let mut cells = vec![id.to_string()];
        for column in &object.columns {
            let value = record.value(column.id);
            cells.push(value.map(ToString::to_string).unwrap_or_default());
            if matches!(column.kind, ColumnType::Lookup(_)) {
                let name = value.map(|value| self.of(column.kind, value)).transpose()?;
                cells.push(name.flatten().unwrap_or_default());
            }
        }
        cells.push(record.created_on.to_string());
        cells.push(user(self.catalog, record.created_by));
        cells.push(record.modified_on.to_string());
        cells.push(user(self.catalog, record.modified_by));
        Ok(cells)
    }
}
