//! Looking at rows, within limits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Instant;

use uuid::Uuid;

use super::empty::counts_as;
use super::evaluate::{PathValue, matches};
use super::filter::{Filter, Path};
use super::limits::OdataLimits;
use super::model::{EntitySet, Kind};
use super::odata_error::ODataError;
use super::options::OrderBy;
use super::plan::plan;
use super::row::Row;
use super::source;
use crate::domain::catalog::Catalog;
use crate::domain::value::Value;
use crate::store::Reader;

/// The reads of one request, within its limits.
pub(super) struct Search<'a> {
    pub reader: &'a Reader,
    pub catalog: &'a Catalog,
    pub limits: OdataLimits,
    looked: u64,
    until: Instant,
    /// Entities that lookups refer to, cached for this request.
    referenced: HashMap<(EntitySet, Uuid), Option<Rc<Row>>>,
    /// The approximate memory that they use.
    pub referenced_bytes: usize,
}

/// Memory for cached referenced entities, in bytes.
pub(super) const MAX_CACHED_BYTES: usize = 8 << 20;

/// Overhead of a cached entity in bytes, besides its row.
const CACHED_ROW_BYTES: usize = 64;

/// This many rows are always scanned, whatever the time: on a busy machine, a small result is still
/// complete.
const MIN_ROWS: u64 = 16;

/// Characters by which a text is sorted, at most, and those of all texts of a row together: a
/// next link has them all.
const MAX_SORT_TEXT: usize = 256;
const MAX_SORT_TEXTS: usize = 4 * MAX_SORT_TEXT;

impl<'a> Search<'a> {
    pub fn new(reader: &'a Reader, catalog: &'a Catalog, limits: OdataLimits) -> Self {
        Self {
            reader,
            catalog,
            limits,
            looked: 0,
            until: Instant::now() + limits.scan_time,
            referenced: HashMap::new(),
            referenced_bytes: 0,
        }
    }

    /// Counts a scanned row.
    pub fn look(&mut self) -> Result<(), ODataError> {
        self.looked += 1;
        // One row may be megabytes of JSON, so the time is checked for each row.
        let late = self.looked > MIN_ROWS && Instant::now() > self.until;
        if self.looked > self.limits.scan_rows || late {
            return Err(too_costly(self.limits));
        }
        Ok(())
    }

    /// Resets the count of rows; the time limit stays.
    pub const fn reset_looked(&mut self) {
        self.looked = 0;
    }

    /// Whether a row is what a filter asks for.
    pub fn is(&mut self, filter: &Filter, row: &Row) -> Result<bool, ODataError> {
        let mut failed = None;
        let found = matches(filter, &mut |path: &Path| match self.value(row, path) {
            Ok(value) => value,
            Err(error) => {
                failed.get_or_insert(error);
                PathValue::Nowhere
            }
        });
        failed.map_or(Ok(found), Err)
    }

    /// The values by which a row is ordered; of texts the start.
    pub fn keys(&mut self, order: &[OrderBy], row: &Row) -> Result<Vec<Option<Value>>, ODataError> {
        let texts = order.iter().filter(|order| order.path.kind == Kind::Text).count();
        let characters = MAX_SORT_TEXT.min(MAX_SORT_TEXTS / texts.max(1));
        let key = |order: &OrderBy| {
            Ok(match self.value(row, &order.path)? {
                PathValue::Value(value) => Some(start(value, characters)),
                PathValue::Empty => counts_as(order.path.kind),
                PathValue::Nowhere => None,
            })
        };
        order.iter().map(key).collect()
    }

    /// The value at the end of a path from a row.
    fn value<'r>(&mut self, row: &'r Row, path: &Path) -> Result<PathValue<'r>, ODataError> {
        let mut steps = path.steps.iter();
        let Some(first) = steps.next() else {
            return Ok(row.value(path.source).map_or(PathValue::Empty, PathValue::Value));
        };
        let mut next = match row.refers(first.source) {
            Some(id) => self.entity(first.target, id)?,
            None => None,
        };
        for step in steps {
            next = match next.and_then(|row| row.refers(step.source)) {
                Some(id) => self.entity(step.target, id)?,
                None => None,
            };
        }
        Ok(next.map_or(PathValue::Nowhere, |row| match row.value(path.source) {
            Some(value) => PathValue::Value(Cow::Owned(value.into_owned())),
            None => PathValue::Empty,
        }))
    }

    /// An entity that a lookup refers to.
    pub fn entity(&mut self, set: EntitySet, id: Uuid) -> Result<Option<Rc<Row>>, ODataError> {
        if let Some(known) = self.referenced.get(&(set, id)) {
            return Ok(known.clone());
        }
        self.look()?;
        let row = source::get(self.reader, self.catalog, set, id)?.map(Rc::new);
        let bytes = CACHED_ROW_BYTES + row.as_ref().map_or(0, |row| row.size());
        if self.referenced_bytes + bytes > MAX_CACHED_BYTES {
            self.referenced.clear();
            self.referenced_bytes = 0;
        }
        self.referenced_bytes += bytes;
        self.referenced.insert((set, id), row.clone());
        Ok(row)
    }

    /// The ids of the entities of a set that match a filter, if there are at most `most` and at
    /// most `looks` rows must be scanned.
    pub fn ids(
        &mut self,
        set: EntitySet,
        filter: &Filter,
        limit: usize,
        looks: u64,
    ) -> Result<Option<Vec<Uuid>>, ODataError> {
        let plan = plan(self.catalog, set, Some(filter), &[]);
        let Some(path) = self.choose(set, &plan, None, 0)? else {
            return Ok(None);
        };
        let mut found = Vec::new();
        let (mut looked, mut whole) = (0, true);
        let (reader, catalog) = (self.reader, self.catalog);
        source::each(reader, catalog, set, &path.access, false, None, &mut |item| {
            looked += 1;
            if looked > looks || found.len() > limit {
                whole = false;
                return Ok(ControlFlow::Break(()));
            }
            self.look()?;
            if let Some(row) = item.row()
                && self.is(filter, &row)?
            {
                found.push(row.id);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((whole && found.len() <= limit).then_some(found))
    }

    /// How many entities of a set a filter asks for.
    pub fn count(&mut self, set: EntitySet, filter: Option<&Filter>) -> Result<u64, ODataError> {
        let plan = plan(self.catalog, set, filter, &[]);
        let path = self.choose(set, &plan, None, 0)?;
        let Some(path) = path else { return Ok(0) };
        if path.exact
            && let Some(count) = self.counted(set, &path.access)?
        {
            return Ok(count);
        }
        let mut count = 0;
        let (reader, catalog) = (self.reader, self.catalog);
        source::each(reader, catalog, set, &path.access, false, None, &mut |item| {
            self.look()?;
            if let Some(row) = item.row()
                && filter.map_or(Ok(true), |filter| self.is(filter, &row))?
            {
                count += 1;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.reset_looked();
        Ok(count)
    }
}

/// A value as rows are sorted by it: of a text the first characters.
fn start(value: Cow<'_, Value>, characters: usize) -> Value {
    let Value::Text(text) = &*value else {
        return value.into_owned();
    };
    match text.char_indices().nth(characters) {
        Some((end, _)) => Value::Text(text.get(..end).unwrap_or_default().to_owned()),
        None => value.into_owned(),
    }
}

pub(super) fn too_costly(limits: OdataLimits) -> ODataError {
    ODataError::TooCostly(format!(
        "this would mean looking at more than {} rows or for longer than {} s; ask in $filter for Id, CreatedOn, \
         ModifiedOn, a lookup or an indexed column (mark it with \"indexed\": true in the object's definition), ask \
         for less with $top, and follow @odata.nextLink instead of a large $skip",
        limits.scan_rows,
        limits.scan_time.as_secs(),
    ))
}
