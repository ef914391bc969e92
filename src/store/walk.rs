//! Walks through the records of an object in the order of an index or of their ids, starting at a
//! given place.

use std::cmp::Ordering;
use std::ops::{Bound, ControlFlow, Range};

use redb::{AccessGuard, ReadOnlyTable};
use uuid::Uuid;

use super::codec::decode;
use super::error::{StoreError, redb_error};
use super::reader::{Reader, existing};
use super::record_index::{
    CREATED_ON, IN_PLACE, MODIFIED_ON, created_in_place, key_id, millis_put, modified_in_place, text_put, value_put,
};
use super::schema::{record_index, record_index_name, record_table, record_table_name};
use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// The records of a walk and their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Walk {
    /// Records with an id in this range, by id. Excluded ends may be visited too.
    Id(Bound<Uuid>, Bound<Uuid>),
    /// Records created in this range of milliseconds, by `CreatedOn`, then id.
    CreatedOn(Bound<Timestamp>, Bound<Timestamp>),
    /// Records last changed in this range of milliseconds, by `ModifiedOn`, then id.
    ModifiedOn(Bound<Timestamp>, Bound<Timestamp>),
    /// Records with a value in this range in an indexed column, by value, then id. An empty number
    /// is 0, an empty boolean `false`. Of texts only the start is compared, so check each record
    /// again. At least one end is bounded.
    Column(ColumnId, Bound<Value>, Bound<Value>),
    /// Records whose text in an indexed column starts with this, by text, then id. Check them
    /// again, as above.
    Prefix(ColumnId, String),
}

impl Walk {
    /// All records, by id.
    pub const ALL: Self = Self::Id(Bound::Unbounded, Bound::Unbounded);
}

/// An item that a walk visits.
#[derive(Debug)]
pub enum WalkItem {
    Record(Uuid, Record),
    /// A record that does not belong here in this order. Counts as examined.
    Passed(Place),
}

/// The place of a record in a walk. The walk can continue after it.
pub type Place = Vec<u8>;

type Bytes = &'static [u8];
type Step<E> = Result<ControlFlow<()>, E>;

impl Reader {
    /// Calls `visit` with each item of the walk until it returns `Break`. `after` is a place from
    /// an earlier walk of the same kind and direction.
    ///
    /// # Errors
    /// See [`Reader::applied`], and the errors of `visit`.
    pub fn record_walk<E: From<StoreError>>(
        &self,
        object: ObjectId,
        walk: &Walk,
        descending: bool,
        after: Option<&[u8]>,
        mut visit: impl FnMut(WalkItem) -> Step<E>,
    ) -> Result<(), E> {
        let name = record_table_name(object);
        let Some(records) = existing(self.transaction().open_table(record_table(&name)))? else {
            return Ok(());
        };
        let index_name = record_index_name(object);
        let index = existing(self.transaction().open_table(record_index(&index_name)))?;
        match walk {
            Walk::Id(from, to) => by_id(&records, (*from, *to), descending, after, visit),
            Walk::CreatedOn(from, to) => {
                let moments = Moments::new(CREATED_ON, *from, *to, after, descending);
                by_moment(&records, index.as_ref(), &moments, created_in_place, visit)
            }
            Walk::ModifiedOn(from, to) => {
                let moments = Moments::new(MODIFIED_ON, *from, *to, after, descending);
                by_moment(&records, index.as_ref(), &moments, modified_in_place, visit)
            }
            Walk::Column(..) | Walk::Prefix(..) => {
                let Some(index) = index else { return Ok(()) };
                let (slot, from, to) = column_range(walk);
                let (from, to) = behind(slot, from, to, after, descending);
                let range = index
                    .range::<&[u8]>((as_slice(&from), as_slice(&to)))
                    .map_err(reading)?;
                each(range, descending, |key| {
                    let Some(id) = key_id(key) else {
                        return Ok(ControlFlow::Continue(()));
                    };
                    match record_of(&records, id)? {
                        Some(record) => visit(WalkItem::Record(id, record)),
                        None => Ok(ControlFlow::Continue(())),
                    }
                })
            }
        }
    }

    /// The number of records with a value in the range, read from the index only. Texts with the
    /// same start count as one value, so do not use it for texts.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn record_count_by(&self, object: ObjectId, walk: &Walk, at_most: u64) -> Result<u64, StoreError> {
        let index_name = record_index_name(object);
        let Some(index) = existing(self.transaction().open_table(record_index(&index_name)))? else {
            return Ok(0);
        };
        let (_, from, to) = column_range(walk);
        let mut count = 0;
        for row in index
            .range::<&[u8]>((as_slice(&from), as_slice(&to)))
            .map_err(reading)?
        {
            row.map_err(reading)?;
            count += 1;
            if count >= at_most {
                break;
            }
        }
        Ok(count)
    }
}

/// The place of a record in a walk.
#[must_use]
pub fn walk_place(walk: &Walk, id: Uuid, record: &Record) -> Place {
    let mut place = Vec::new();
    match walk {
        Walk::Id(..) => {}
        Walk::CreatedOn(..) => millis_put(record.created_on.millis(), &mut place),
        Walk::ModifiedOn(..) => millis_put(record.modified_on.millis(), &mut place),
        Walk::Column(column, from, to) => {
            let zero = || {
                [from, to].into_iter().find_map(|bound| match bound {
                    Bound::Included(value) | Bound::Excluded(value) => value.zero(),
                    Bound::Unbounded => None,
                })
            };
            if let Some(value) = record.value(*column) {
                value_put(value, &mut place);
            } else if let Some(zero) = zero() {
                value_put(&zero, &mut place);
            }
        }
        Walk::Prefix(column, _) => {
            if let Some(value) = record.value(*column) {
                value_put(value, &mut place);
            }
        }
    }
    place.extend_from_slice(id.as_bytes());
    place
}

/// A value as the bytes by which walks through a column are sorted. Texts with the same start have
/// the same bytes.
#[must_use]
pub fn walk_key(value: &Value) -> Vec<u8> {
    let mut key = Vec::new();
    value_put(value, &mut key);
    key
}

fn by_id<E: From<StoreError>>(
    records: &ReadOnlyTable<u128, Bytes>,
    (from, to): (Bound<Uuid>, Bound<Uuid>),
    descending: bool,
    after: Option<&[u8]>,
    mut visit: impl FnMut(WalkItem) -> Step<E>,
) -> Result<(), E> {
    let end = |bound: Bound<Uuid>, open: u128| match bound {
        Bound::Included(id) | Bound::Excluded(id) => id.as_u128(),
        Bound::Unbounded => open,
    };
    let (mut low, mut high) = (end(from, 0), end(to, u128::MAX));
    if let Some(after) = after.and_then(key_id).map(|id| id.as_u128()) {
        let next = if descending {
            after.checked_sub(1)
        } else {
            after.checked_add(1)
        };
        match next {
            Some(next) if descending => high = high.min(next),
            Some(next) => low = low.max(next),
            None => return Ok(()),
        }
    }
    if low > high {
        return Ok(());
    }
    let mut rows = records.range::<u128>(low..=high).map_err(reading)?;
    while let Some(row) = if descending { rows.next_back() } else { rows.next() } {
        let (id, bytes) = row.map_err(reading)?;
        let id = Uuid::from_u128(id.value());
        let record = decode(bytes.value(), || format!("record {id}"))?;
        if visit(WalkItem::Record(id, record))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A range of moments in milliseconds, both ends included.
struct Moments {
    slot: u16,
    from: i64,
    to: i64,
    after: Option<(i64, Uuid)>,
    descending: bool,
}

impl Moments {
    fn new(slot: u16, from: Bound<Timestamp>, to: Bound<Timestamp>, after: Option<&[u8]>, descending: bool) -> Self {
        let after = after.and_then(|place| {
            let (moment, _) = place.split_first_chunk::<8>()?;
            let moment = (u64::from_be_bytes(*moment) ^ (1 << 63)).cast_signed();
            Some((moment, key_id(place)?))
        });
        // An excluded end may share its millisecond with moments that are included.
        let end = |bound: Bound<Timestamp>, open: i64| match bound {
            Bound::Included(moment) | Bound::Excluded(moment) => moment.millis(),
            Bound::Unbounded => open,
        };
        let (mut from, mut to) = (end(from, i64::MIN), end(to, i64::MAX));
        match after {
            Some((moment, _)) if descending => to = to.min(moment),
            Some((moment, _)) => from = from.max(moment),
            None => {}
        }
        Self {
            slot,
            from,
            to,
            after,
            descending,
        }
    }

    /// The range of ids of records that are in their place: first id and end.
    ///
    /// A `UUIDv7` starts with 48 bits of milliseconds. Other ids are spread over all numbers, so
    /// hardly any of them are in this range.
    fn ids(&self) -> Range<u128> {
        let start = |millis: i64| u128::from(millis.cast_unsigned()) << 80;
        let (first, last) = (self.from.max(IN_PLACE.start), self.to.min(IN_PLACE.end - 1));
        if first > last {
            return 0..0;
        }
        let (mut low, mut high) = (start(first), start(last + 1));
        // In the millisecond of the place, only ids after the place.
        if let Some((moment, id)) = self.after.filter(|(moment, _)| IN_PLACE.contains(moment)) {
            let within = |id: u128| id.clamp(start(moment), start(moment + 1));
            if self.descending {
                high = high.min(within(id.as_u128()));
            } else {
                low = low.max(within(id.as_u128().saturating_add(1)));
            }
        }
        low..high.max(low)
    }

    /// The range of rows in the index.
    fn keys(&self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
        let key = |moment: i64, rest: &[u8]| {
            let mut key = self.slot.to_be_bytes().to_vec();
            millis_put(moment, &mut key);
            key.extend_from_slice(rest);
            key
        };
        let after = self
            .after
            .map(|(moment, id)| Bound::Excluded(key(moment, id.as_bytes())));
        let from = Bound::Included(key(self.from, &[]));
        let to = Bound::Excluded(key(self.to, &[0xFF; 17]));
        match after {
            Some(after) if self.descending => (from, after),
            Some(after) => (after, to),
            None => (from, to),
        }
    }

    fn is_first(&self, one: (i64, Uuid), other: (i64, Uuid)) -> bool {
        if self.descending { one > other } else { one < other }
    }
}

/// Merges the records that are in their place with the rows of the index. The records are read only
/// as far as the next row requires: changed records, which are read in vain, may form one long
/// stretch before or after the rows.
fn by_moment<E: From<StoreError>>(
    records: &ReadOnlyTable<u128, Bytes>,
    index: Option<&ReadOnlyTable<Bytes, ()>>,
    moments: &Moments,
    in_place: fn(Uuid, &Record) -> bool,
    mut visit: impl FnMut(WalkItem) -> Step<E>,
) -> Result<(), E> {
    if moments.from > moments.to {
        return Ok(());
    }
    let mut standing = records.range(moments.ids()).map_err(reading)?;
    let mut indexed = match index {
        Some(index) => {
            let (from, to) = moments.keys();
            let range = index.range::<&[u8]>((as_slice(&from), as_slice(&to)));
            Some(range.map_err(reading)?)
        }
        None => None,
    };
    let mut one = standing_next(&mut standing, moments.descending)?;
    let mut other = indexed_next(indexed.as_mut(), moments.descending)?;
    loop {
        let standing_first = match (&one, &other) {
            (None, None) => return Ok(()),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some((place, _)), Some(other)) => moments.is_first(*place, *other),
        };
        let met = if standing_first {
            let Some((place, bytes)) = one.take() else {
                return Ok(());
            };
            let (moment, id) = place;
            let record = decode(bytes.value(), || format!("record {id}"))?;
            drop(bytes);
            one = standing_next(&mut standing, moments.descending)?;
            if in_place(id, &record) {
                WalkItem::Record(id, record)
            } else {
                WalkItem::Passed(moment_place(moment, id))
            }
        } else {
            let Some((moment, id)) = other.take() else {
                return Ok(());
            };
            other = indexed_next(indexed.as_mut(), moments.descending)?;
            match record_of(records, id)? {
                Some(record) => WalkItem::Record(id, record),
                None => WalkItem::Passed(moment_place(moment, id)),
            }
        };
        if visit(met)?.is_break() {
            return Ok(());
        }
    }
}

/// A record, and the moment and id that are its place if it was never changed.
type Standing<'r> = ((i64, Uuid), AccessGuard<'r, Bytes>);

fn standing_next<'r>(
    rows: &mut redb::Range<'r, u128, Bytes>,
    descending: bool,
) -> Result<Option<Standing<'r>>, StoreError> {
    let row = if descending { rows.next_back() } else { rows.next() };
    let Some(row) = row else { return Ok(None) };
    let (id, bytes) = row.map_err(reading)?;
    let id = id.value();
    let moment = i64::try_from(id >> 80).unwrap_or(i64::MAX);
    Ok(Some(((moment, Uuid::from_u128(id)), bytes)))
}

fn indexed_next(
    rows: Option<&mut redb::Range<'_, Bytes, ()>>,
    descending: bool,
) -> Result<Option<(i64, Uuid)>, StoreError> {
    let Some(rows) = rows else { return Ok(None) };
    let row = if descending { rows.next_back() } else { rows.next() };
    let Some(row) = row else { return Ok(None) };
    let (key, _) = row.map_err(reading)?;
    let key = key.value();
    let moment = key.get(2..).and_then(<[u8]>::first_chunk);
    let moment = moment.map_or(0, |bytes| (u64::from_be_bytes(*bytes) ^ (1 << 63)).cast_signed());
    Ok(key_id(key).map(|id| (moment, id)))
}

fn moment_place(moment: i64, id: Uuid) -> Place {
    let mut place = Vec::with_capacity(24);
    millis_put(moment, &mut place);
    place.extend_from_slice(id.as_bytes());
    place
}

/// Slot, start and end of a walk through a column.
fn column_range(walk: &Walk) -> (u16, Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let key = |column: ColumnId, put: &dyn Fn(&mut Vec<u8>), behind: bool| {
        let mut key = column.to_be_bytes().to_vec();
        put(&mut key);
        if behind {
            // Sorts after every id.
            key.extend([0xFF; 17]);
        }
        Bound::Included(key)
    };
    match walk {
        Walk::Column(column, from, to) => {
            let from = match from {
                Bound::Included(value) | Bound::Excluded(value) => {
                    key(*column, &|bytes| value_put(value, bytes), false)
                }
                Bound::Unbounded => key(*column, &|_| {}, false),
            };
            let to = match to {
                Bound::Included(value) | Bound::Excluded(value) => key(*column, &|bytes| value_put(value, bytes), true),
                Bound::Unbounded => Bound::Excluded((column + 1).to_be_bytes().to_vec()),
            };
            (*column, from, to)
        }
        Walk::Prefix(column, start) => {
            let from = key(*column, &|bytes| text_put(start, bytes), false);
            let to = key(
                *column,
                &|bytes| {
                    text_put(start, bytes);
                    // Sorts after every byte of a text.
                    bytes.extend([0xFF; 64]);
                },
                false,
            );
            (*column, from, to)
        }
        Walk::Id(..) | Walk::CreatedOn(..) | Walk::ModifiedOn(..) => (CREATED_ON, Bound::Unbounded, Bound::Unbounded),
    }
}

/// Narrows the range so that it starts after a place.
fn behind(
    slot: u16,
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
    after: Option<&[u8]>,
    descending: bool,
) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let Some(after) = after else { return (from, to) };
    let mut place = slot.to_be_bytes().to_vec();
    place.extend_from_slice(after);
    let clamp = |bound: &Bound<Vec<u8>>, keep: Ordering| match bound {
        Bound::Included(key) | Bound::Excluded(key) => key.cmp(&place) == keep,
        Bound::Unbounded => false,
    };
    // A place outside the range comes from another filter: keep the range.
    if descending && !clamp(&to, Ordering::Less) {
        (from, Bound::Excluded(place))
    } else if !descending && !clamp(&from, Ordering::Greater) {
        (Bound::Excluded(place), to)
    } else {
        (from, to)
    }
}

fn each<E: From<StoreError>>(
    mut rows: redb::Range<'_, Bytes, ()>,
    descending: bool,
    mut visit: impl FnMut(&[u8]) -> Step<E>,
) -> Result<(), E> {
    while let Some(row) = if descending { rows.next_back() } else { rows.next() } {
        let (key, _) = row.map_err(reading)?;
        if visit(key.value())?.is_break() {
            break;
        }
    }
    Ok(())
}

fn record_of(records: &ReadOnlyTable<u128, Bytes>, id: Uuid) -> Result<Option<Record>, StoreError> {
    let stored = records.get(id.as_u128()).map_err(reading)?;
    stored
        .map(|bytes| decode(bytes.value(), || format!("record {id}")))
        .transpose()
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key.as_slice()),
        Bound::Excluded(key) => Bound::Excluded(key.as_slice()),
        Bound::Unbounded => Bound::Unbounded,
    }
}

fn reading<E: Into<redb::Error>>(error: E) -> StoreError {
    redb_error("reading records")(error)
}
