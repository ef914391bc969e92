//! One page of rows: those that are asked for, in their order, from a place on.

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
use super::rows::Search;
use super::source;
use crate::domain::value::Value;

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

/// Called with each row of the page; whether there is room for another.
pub(super) type Take<'t, 'a> = &'t mut dyn FnMut(&mut Search<'a>, &Row) -> Result<bool, Fault>;

impl<'a> Search<'a> {
    /// Gives the rows of a page to `take`. Returns where it ended if there may be more.
    pub fn page(&mut self, way: &Taken, wanted: &Wanted<'_>, take: Take<'_, 'a>) -> Result<Option<Place>, Fault> {
        if wanted.most == 0 {
            return Ok(None);
        }
        match way.order {
            Order::Found { descending } => self.page_found(way, descending, wanted, take),
            Order::Sorted => self.page_sorted(way, wanted, take),
        }
    }

    fn page_found(
        &mut self,
        way: &Taken,
        descending: bool,
        wanted: &Wanted<'_>,
        take: Take<'_, 'a>,
    ) -> Result<Option<Place>, Fault> {
        let after = match &wanted.after {
            Some(Place::Found(place)) => Some(place.as_slice()),
            _ => None,
        };
        let (mut skipped, mut taken) = (0, 0);
        let (mut last, mut more) = (None, false);
        let (reader, catalog) = (self.reader, self.catalog);
        source::each(
            reader,
            catalog,
            wanted.set,
            &way.access,
            descending,
            after,
            &mut |row| {
                if last.is_some() {
                    more = true;
                    return Ok(ControlFlow::Break(()));
                }
                self.look()?;
                let Some(row) = row else {
                    return Ok(ControlFlow::Continue(()));
                };
                if !wanted.filter.map_or(Ok(true), |filter| self.is(filter, &row))? {
                    return Ok(ControlFlow::Continue(()));
                }
                if skipped < wanted.skip {
                    skipped += 1;
                    return Ok(ControlFlow::Continue(()));
                }
                let room = take(self, &row)?;
                taken += 1;
                if taken == wanted.most || !room {
                    last = Some(source::place(&way.access, &row));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(last.filter(|_| more).map(Place::Found))
    }

    fn page_sorted(&mut self, way: &Taken, wanted: &Wanted<'_>, take: Take<'_, 'a>) -> Result<Option<Place>, Fault> {
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
        };
        let (reader, catalog) = (self.reader, self.catalog);
        source::each(reader, catalog, wanted.set, &way.access, false, None, &mut |row| {
            self.look()?;
            let Some(row) = row else {
                return Ok(ControlFlow::Continue(()));
            };
            if wanted.filter.map_or(Ok(true), |filter| self.is(filter, &row))? {
                let keys = self.keys(wanted.order, &row)?;
                let ahead = |(known, id)| compare(wanted.order, (&keys, row.id), (known, id)).is_gt();
                if after.is_none_or(ahead) {
                    first.add(keys, row);
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
                return Ok(rows.peek().is_some().then_some(Place::Sorted(keys, id)));
            }
        }
        Ok(None)
    }
}

/// What a row is sorted by, its id, and the row itself where it is small.
type Candidate = (Vec<Option<Value>>, Uuid, Option<Row>);

/// The first rows of all that are added.
struct First<'q> {
    order: &'q [OrderBy],
    most: usize,
    rows: Vec<Candidate>,
}

impl First<'_> {
    fn add(&mut self, keys: Vec<Option<Value>>, row: Row) {
        let id = row.id;
        // Records and webhooks may be large and are read again by their ids.
        let kept = matches!(row.data, Data::Status { .. } | Data::Remark(_)).then_some(row);
        self.rows.push((keys, id, kept));
        if self.rows.len() >= self.most.saturating_mul(2).saturating_add(1000) {
            self.sort();
        }
    }

    fn sort(&mut self) {
        let order = self.order;
        self.rows
            .sort_unstable_by(|one, other| compare(order, (&one.0, one.1), (&other.0, other.1)));
        self.rows.truncate(self.most);
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
