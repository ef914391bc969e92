//! One page of rows: those that are asked for, in their order, from a place on.
//!
//! Rows are sorted, and pages go on, by the first 256 characters of a text (fewer where more than
//! four properties are sorted by), then by id: what is kept of each row, and what a next link
//! says, stays small however long its texts are.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::choice::Taken;
use super::evaluate::compare_for_order;
use super::fault::Fault;
use super::filter::Filter;
use super::model::EntitySet;
use super::plan::Order;
use super::query::OrderBy;
use super::row::{Data, Row};
use super::rows::{Search, too_costly};
use super::source::{self, Seen};
use crate::domain::value::Value;

/// Bytes of what rows are sorted by that one request may gather.
const SORTED_BYTES: usize = 64 << 20;

/// Which page.
pub(super) struct Wanted<'q> {
    pub set: EntitySet,
    pub filter: Option<&'q Filter>,
    pub order: &'q [OrderBy],
    /// Rows to leave out first.
    pub skip: u64,
    /// The most rows.
    pub most: usize,
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

/// Where a page ended, and what is to be done from there on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ended {
    /// Where it ended.
    pub place: Place,
    /// Rows of `$skip` that are not left out yet.
    pub skip: u64,
}

/// What came of one that was found.
enum Found {
    /// It is not on the page.
    Nothing,
    /// It is.
    Taken {
        /// Another would go onto the page.
        room: bool,
    },
}

/// Called with each row of the page; whether there is room for another.
pub(super) type Take<'t, 'a> = &'t mut dyn FnMut(&mut Search<'a>, &Row) -> Result<bool, Fault>;

impl<'a> Search<'a> {
    /// Gives the rows of a page to `take`. Returns where it ended if there may be more.
    pub fn page(&mut self, way: &Taken, wanted: &Wanted<'_>, take: Take<'_, 'a>) -> Result<Option<Ended>, Fault> {
        if wanted.most == 0 {
            return Ok(None);
        }
        match way.order {
            Order::Found { descending } => self.page_found(way, descending, wanted, take),
            Order::Sorted => self.page_sorted(way, wanted, take),
        }
    }

    /// What is found in its order can be gone on with from anywhere: when one request has looked
    /// at all that it may, its page ends there, however few rows it has.
    fn page_found(
        &mut self,
        way: &Taken,
        descending: bool,
        wanted: &Wanted<'_>,
        take: Take<'_, 'a>,
    ) -> Result<Option<Ended>, Fault> {
        let after = match &wanted.after {
            Some(Place::Found(place)) => Some(place.as_slice()),
            _ => None,
        };
        let (mut skip, mut taken) = (wanted.skip, 0);
        let (mut full, mut more) = (false, false);
        let mut last: Option<Seen> = None;
        let (reader, catalog, set) = (self.reader, self.catalog, wanted.set);
        let visit = &mut |seen| {
            let nowhere = matches!(seen, Seen::Nothing(None));
            if full && !nowhere {
                more = true;
                return Ok(ControlFlow::Break(()));
            }
            match self.found(wanted.filter, &seen, &mut skip, take) {
                Ok(Found::Nothing) => {}
                Ok(Found::Taken { room }) => {
                    taken += 1;
                    full = taken == wanted.most || !room;
                }
                Err(Fault::TooCostly(_)) if last.is_some() => {
                    more = true;
                    return Ok(ControlFlow::Break(()));
                }
                Err(fault) => return Err(fault),
            }
            if !nowhere {
                last = Some(seen);
            }
            Ok(ControlFlow::Continue(()))
        };
        source::each(reader, catalog, set, &way.access, descending, after, visit)?;
        let place = last.filter(|_| more).and_then(|last| last.place(&way.access));
        if place.is_some() && place.as_deref() == after {
            // It would go on for ever.
            return Err(too_costly(self.limits));
        }
        Ok(place.map(|place| Ended {
            place: Place::Found(place),
            skip,
        }))
    }

    /// Looks at one of those that are found.
    fn found(
        &mut self,
        filter: Option<&Filter>,
        seen: &Seen,
        skip: &mut u64,
        take: Take<'_, 'a>,
    ) -> Result<Found, Fault> {
        self.look()?;
        let Seen::Row(row) = seen else {
            return Ok(Found::Nothing);
        };
        if !filter.map_or(Ok(true), |filter| self.is(filter, row))? {
            return Ok(Found::Nothing);
        }
        if *skip > 0 {
            *skip -= 1;
            return Ok(Found::Nothing);
        }
        let room = take(self, row)?;
        Ok(Found::Taken { room })
    }

    fn page_sorted(&mut self, way: &Taken, wanted: &Wanted<'_>, take: Take<'_, 'a>) -> Result<Option<Ended>, Fault> {
        let after = match &wanted.after {
            Some(Place::Sorted(keys, id)) => Some((keys.as_slice(), *id)),
            _ => None,
        };
        let skip = usize::try_from(wanted.skip).unwrap_or(usize::MAX);
        // One more tells whether there is another page.
        let mut first = First {
            order: wanted.order,
            most: skip.saturating_add(wanted.most).saturating_add(1),
            rows: Vec::new(),
            bytes: 0,
        };
        let (reader, catalog) = (self.reader, self.catalog);
        source::each(reader, catalog, wanted.set, &way.access, false, None, &mut |seen| {
            self.look()?;
            let Some(row) = seen.row() else {
                return Ok(ControlFlow::Continue(()));
            };
            if wanted.filter.map_or(Ok(true), |filter| self.is(filter, &row))? {
                let keys = self.keys(wanted.order, &row)?;
                let ahead = |(known, id)| compare(wanted.order, (&keys, row.id), (known, id)).is_gt();
                if after.is_none_or(ahead) {
                    first.add(keys, row);
                    if first.bytes > SORTED_BYTES {
                        return Err(too_costly(self.limits));
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut rows = first.sorted().into_iter().skip(skip).peekable();
        let mut taken = 0;
        while let Some((keys, id, row)) = rows.next() {
            let row = match row {
                Some(row) => Some(row),
                None => source::get(reader, catalog, wanted.set, id)?,
            };
            let Some(row) = row else { continue };
            let room = take(self, &row)?;
            taken += 1;
            if taken == wanted.most || !room {
                let place = Place::Sorted(keys, id);
                return Ok(rows.peek().is_some().then_some(Ended { place, skip: 0 }));
            }
        }
        Ok(None)
    }
}

/// What a row is sorted by, its id, and the row itself where it is small.
type Candidate = (Vec<Option<Value>>, Uuid, Option<Row>);

/// About how many bytes one takes.
fn size((keys, _, row): &Candidate) -> usize {
    let texts = keys.iter().map(|key| match key {
        Some(Value::Text(text)) => text.len(),
        _ => 0,
    });
    let row = row.as_ref().map_or(0, Row::size);
    size_of::<Candidate>() + keys.len() * size_of::<Value>() + texts.sum::<usize>() + row
}

/// The first rows of all that are added.
struct First<'q> {
    order: &'q [OrderBy],
    most: usize,
    rows: Vec<Candidate>,
    /// What they take, about.
    bytes: usize,
}

impl First<'_> {
    fn add(&mut self, keys: Vec<Option<Value>>, row: Row) {
        let id = row.id;
        // Records and webhooks may be large and are read again by their ids.
        let kept = matches!(row.data, Data::Status { .. } | Data::Remark(_)).then_some(row);
        let added = (keys, id, kept);
        self.bytes += size(&added);
        self.rows.push(added);
        if self.rows.len() >= self.most.saturating_mul(2).saturating_add(1000) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        let order = self.order;
        self.rows
            .sort_unstable_by(|one, other| compare(order, (&one.0, one.1), (&other.0, other.1)));
        self.rows.truncate(self.most);
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
