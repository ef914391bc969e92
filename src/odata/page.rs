//! One page of the rows that a request matches, in their order, starting at a place.
//!
//! Rows are sorted, and pages continue, by the first 256 characters of a text (fewer where more
//! than four properties are sorted by), then by id: so the memory for each row, and the length of a
//! next link, stay small however long the texts are.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::choice::ChosenPath;
use super::evaluate::compare_for_order;
use super::filter::Filter;
use super::model::EntitySet;
use super::odata_error::ODataError;
use super::options::OrderBy;
use super::plan::Order;
use super::row::{Data, Row};
use super::rows::{Search, too_costly};
use super::source::{self, ScanItem};
use crate::domain::value::Value;

/// Bytes of what rows are sorted by that one request may gather.
const MAX_SORT_BYTES: usize = 64 << 20;

/// Which page.
pub(super) struct PageRequest<'q> {
    pub set: EntitySet,
    pub filter: Option<&'q Filter>,
    pub order: &'q [OrderBy],
    /// Rows to leave out first.
    pub skip: u64,
    /// The maximum number of rows.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Place>,
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Place {
    /// At this place of the walk.
    Found(Vec<u8>),
    /// At the row with these values and id.
    Sorted(Vec<Option<Value>>, Uuid),
}

/// Where a page ended, and what remains to skip from there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageEnd {
    pub place: Place,
    /// Rows of `$skip` that are not left out yet.
    pub skip: u64,
}

/// What came of one that was found.
enum Found {
    /// It is not on the page.
    Nothing,
    OnPage {
        /// Another would go onto the page.
        room: bool,
    },
}

/// Called with each row of the page; whether there is room for another.
pub(super) type RowSink<'t, 'a> = &'t mut dyn FnMut(&mut Search<'a>, &Row) -> Result<bool, ODataError>;

impl<'a> Search<'a> {
    /// Passes the rows of a page to `sink`. Returns where it ended if there may be more.
    pub fn page(
        &mut self,
        path: &ChosenPath,
        request: &PageRequest<'_>,
        sink: RowSink<'_, 'a>,
    ) -> Result<Option<PageEnd>, ODataError> {
        if request.limit == 0 {
            return Ok(None);
        }
        match path.order {
            Order::Found { descending } => self.page_found(path, descending, request, sink),
            Order::Sorted => self.page_sorted(path, request, sink),
        }
    }

    /// Rows that are found in their order can continue from anywhere: when a request reaches its
    /// limits, its page ends there, however few rows it has.
    fn page_found(
        &mut self,
        path: &ChosenPath,
        descending: bool,
        request: &PageRequest<'_>,
        sink: RowSink<'_, 'a>,
    ) -> Result<Option<PageEnd>, ODataError> {
        let after = match &request.after {
            Some(Place::Found(place)) => Some(place.as_slice()),
            _ => None,
        };
        let (mut skip, mut count) = (request.skip, 0);
        let (mut full, mut more) = (false, false);
        let mut last: Option<ScanItem> = None;
        let (reader, catalog, set) = (self.reader, self.catalog, request.set);
        let visit = &mut |item| {
            let nowhere = matches!(item, ScanItem::Nothing(None));
            if full && !nowhere {
                more = true;
                return Ok(ControlFlow::Break(()));
            }
            match self.found(request.filter, &item, &mut skip, sink) {
                Ok(Found::Nothing) => {}
                Ok(Found::OnPage { room }) => {
                    count += 1;
                    full = count == request.limit || !room;
                }
                Err(ODataError::TooCostly(_)) if last.is_some() => {
                    more = true;
                    return Ok(ControlFlow::Break(()));
                }
                Err(error) => return Err(error),
            }
            if !nowhere {
                last = Some(item);
            }
            Ok(ControlFlow::Continue(()))
        };
        source::each(reader, catalog, set, &path.access, descending, after, visit)?;
        let place = last.filter(|_| more).and_then(|last| last.place(&path.access));
        if place.is_some() && place.as_deref() == after {
            // Following the next link would never end.
            return Err(too_costly(self.limits));
        }
        Ok(place.map(|place| PageEnd {
            place: Place::Found(place),
            skip,
        }))
    }

    /// Looks at one of those that are found.
    fn found(
        &mut self,
        filter: Option<&Filter>,
        item: &ScanItem,
        skip: &mut u64,
        sink: RowSink<'_, 'a>,
    ) -> Result<Found, ODataError> {
        self.look()?;
        let ScanItem::Row(row) = item else {
            return Ok(Found::Nothing);
        };
        if !filter.map_or(Ok(true), |filter| self.is(filter, row))? {
            return Ok(Found::Nothing);
        }
        if *skip > 0 {
            *skip -= 1;
            return Ok(Found::Nothing);
        }
        let room = sink(self, row)?;
        Ok(Found::OnPage { room })
    }

    fn page_sorted(
        &mut self,
        path: &ChosenPath,
        request: &PageRequest<'_>,
        sink: RowSink<'_, 'a>,
    ) -> Result<Option<PageEnd>, ODataError> {
        let after = match &request.after {
            Some(Place::Sorted(keys, id)) => Some((keys.as_slice(), *id)),
            _ => None,
        };
        let skip = usize::try_from(request.skip).unwrap_or(usize::MAX);
        // One more row shows whether there is another page.
        let mut first = First {
            order: request.order,
            limit: skip.saturating_add(request.limit).saturating_add(1),
            rows: Vec::new(),
            bytes: 0,
        };
        let (reader, catalog) = (self.reader, self.catalog);
        source::each(reader, catalog, request.set, &path.access, false, None, &mut |item| {
            self.look()?;
            let Some(row) = item.row() else {
                return Ok(ControlFlow::Continue(()));
            };
            if request.filter.map_or(Ok(true), |filter| self.is(filter, &row))? {
                let keys = self.keys(request.order, &row)?;
                let ahead = |(known, id)| compare(request.order, (&keys, row.id), (known, id)).is_gt();
                if after.is_none_or(ahead) {
                    first.add(keys, row);
                    if first.bytes > MAX_SORT_BYTES {
                        return Err(too_costly(self.limits));
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut rows = first.sorted().into_iter().skip(skip).peekable();
        let mut count = 0;
        while let Some((keys, id, row)) = rows.next() {
            let row = match row {
                Some(row) => Some(row),
                None => source::get(reader, catalog, request.set, id)?,
            };
            let Some(row) = row else { continue };
            let room = sink(self, &row)?;
            count += 1;
            if count == request.limit || !room {
                let place = Place::Sorted(keys, id);
                return Ok(rows.peek().is_some().then_some(PageEnd { place, skip: 0 }));
            }
        }
        Ok(None)
    }
}

/// What a row is sorted by, its id, and the row itself where it is small.
type Candidate = (Vec<Option<Value>>, Uuid, Option<Row>);

/// The approximate memory of a candidate in bytes.
fn size((keys, _, row): &Candidate) -> usize {
    let texts = keys.iter().map(|key| match key {
        Some(Value::Text(text)) => text.len(),
        _ => 0,
    });
    let row = row.as_ref().map_or(0, Row::size);
    size_of::<Candidate>() + keys.len() * size_of::<Value>() + texts.sum::<usize>() + row
}

/// Keeps the first rows, in order, of all rows added.
struct First<'q> {
    order: &'q [OrderBy],
    limit: usize,
    rows: Vec<Candidate>,
    /// The approximate memory that they use.
    bytes: usize,
}

impl First<'_> {
    fn add(&mut self, keys: Vec<Option<Value>>, row: Row) {
        let id = row.id;
        // Records and webhooks may be large and are read again by their ids.
        let small = matches!(row.data, Data::Status { .. } | Data::ParseIssue(_) | Data::Actor { .. });
        let kept = small.then_some(row);
        let added = (keys, id, kept);
        self.bytes += size(&added);
        self.rows.push(added);
        if self.rows.len() >= self.limit.saturating_mul(2).saturating_add(1000) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        let order = self.order;
        self.rows
            .sort_unstable_by(|one, other| compare(order, (&one.0, one.1), (&other.0, other.1)));
        self.rows.truncate(self.limit);
        self.bytes = self.rows.iter().map(size).sum();
    }

    fn sorted(mut self) -> Vec<Candidate> {
        self.sort();
        self.rows
    }
}

/// The order of two rows; rows with the same values come by id, in the direction of the first
/// property.
fn compare(order: &[OrderBy], one: (&[Option<Value>], Uuid), other: (&[Option<Value>], Uuid)) -> Ordering {
    for (by, (first, second)) in order.iter().zip(one.0.iter().zip(other.0)) {
        let found = directed(compare_for_order(first.as_ref(), second.as_ref()), by.descending);
        if found.is_ne() {
            return found;
        }
    }
    directed(one.1.cmp(&other.1), order.first().is_some_and(|by| by.descending))
}

const fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}
