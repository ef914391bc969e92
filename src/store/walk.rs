//! Walking through an object's records in an order that an index (or their own) gives, from a
//! place on.

use std::cmp::Ordering;
use std::ops::{Bound, ControlFlow};

use redb::ReadOnlyTable;
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

/// Which records are walked through, and in which order.
#[derive(Debug, Clone, PartialEq)]
pub enum Walk {
    /// All, by id.
    Id,
    /// Those made in this range of milliseconds, by `CreatedOn`, then id.
    CreatedOn(Bound<Timestamp>, Bound<Timestamp>),
    /// Those last changed in this range of milliseconds, by `ModifiedOn`, then id.
    ModifiedOn(Bound<Timestamp>, Bound<Timestamp>),
    /// Those that have a value in this range in an indexed column, by value, then id. Of texts
    /// only the start is compared: look at each record again.
    Column(ColumnId, Bound<Value>, Bound<Value>),
    /// Those whose text in an indexed column begins so, by text, then id; look again as above.
    Prefix(ColumnId, String),
}

/// Where a walk stood at a record, to go on behind it.
pub type Place = Vec<u8>;

type Bytes = &'static [u8];
type Step<E> = Result<ControlFlow<()>, E>;

impl Reader {
    /// Calls `visit` with each record until it breaks off. `after` is where an earlier walk of
    /// the same kind and direction stood.
    ///
    /// # Errors
    /// See [`Reader::applied`]; and what `visit` gives.
    pub fn record_walk<E: From<StoreError>>(
        &self,
        object: ObjectId,
        walk: &Walk,
        descending: bool,
        after: Option<&[u8]>,
        mut visit: impl FnMut(Uuid, Record) -> Step<E>,
    ) -> Result<(), E> {
        let name = record_table_name(object);
        let Some(records) = existing(self.transaction().open_table(record_table(&name)))? else {
            return Ok(());
        };
        let index_name = record_index_name(object);
        let index = existing(self.transaction().open_table(record_index(&index_name)))?;
        match walk {
            Walk::Id => by_id(&records, descending, after, visit),
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
                        Some(record) => visit(id, record),
                        None => Ok(ControlFlow::Continue(())),
                    }
                })
            }
        }
    }

    /// How many records have a value in the range, by the index alone. Texts that share their
    /// start are counted together, so count those otherwise.
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

/// Where a walk stands at a record.
#[must_use]
pub fn walk_place(walk: &Walk, id: Uuid, record: &Record) -> Place {
    let mut place = Vec::new();
    match walk {
        Walk::Id => {}
        Walk::CreatedOn(..) => millis_put(record.created_on.millis(), &mut place),
        Walk::ModifiedOn(..) => millis_put(record.modified_on.millis(), &mut place),
        Walk::Column(column, ..) | Walk::Prefix(column, _) => {
            if let Some(value) = record.value(*column) {
                value_put(value, &mut place);
            }
        }
    }
    place.extend_from_slice(id.as_bytes());
    place
}

/// A value as the bytes by which walks through a column are ordered. Texts that share their
/// start share them, too.
#[must_use]
pub fn walk_key(value: &Value) -> Vec<u8> {
    let mut key = Vec::new();
    value_put(value, &mut key);
    key
}

fn by_id<E: From<StoreError>>(
    records: &ReadOnlyTable<u128, Bytes>,
    descending: bool,
    after: Option<&[u8]>,
    mut visit: impl FnMut(Uuid, Record) -> Step<E>,
) -> Result<(), E> {
    let after = after.and_then(key_id).map(|id| id.as_u128());
    let range = match (after, descending) {
        (Some(after), false) => (Bound::Excluded(after), Bound::Unbounded),
        (Some(after), true) => (Bound::Unbounded, Bound::Excluded(after)),
        (None, _) => (Bound::Unbounded, Bound::Unbounded),
    };
    let mut rows = records.range::<u128>(range).map_err(reading)?;
    while let Some(row) = if descending { rows.next_back() } else { rows.next() } {
        let (id, bytes) = row.map_err(reading)?;
        let id = Uuid::from_u128(id.value());
        if visit(id, decode(bytes.value(), || format!("record {id}"))?)?.is_break() {
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
        // An excluded end may share its millisecond with what is not excluded.
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

    fn order(&self, one: (i64, Uuid), other: (i64, Uuid)) -> Ordering {
        let order = one.cmp(&other);
        if self.descending { order.reverse() } else { order }
    }

    /// Whether an earlier walk was here already.
    fn passed(&self, place: (i64, Uuid)) -> bool {
        self.after
            .is_some_and(|after| self.order(place, after) != Ordering::Greater)
    }
}

/// Merges the records that stand in their place with those that have a row in the index.
fn by_moment<E: From<StoreError>>(
    records: &ReadOnlyTable<u128, Bytes>,
    index: Option<&ReadOnlyTable<Bytes, ()>>,
    moments: &Moments,
    in_place: fn(Uuid, &Record) -> bool,
    mut visit: impl FnMut(Uuid, Record) -> Step<E>,
) -> Result<(), E> {
    if moments.from > moments.to {
        return Ok(());
    }
    // UUIDv7 starts with 48 bits of milliseconds. Other ids are spread over all numbers, so that
    // hardly any of them lies in this range.
    let (first, last) = (moments.from.max(IN_PLACE.start), moments.to.min(IN_PLACE.end - 1));
    let low = u128::from(first.cast_unsigned()) << 80;
    let high = if first > last {
        low
    } else {
        u128::from(last.cast_unsigned() + 1) << 80
    };
    let mut standing = records.range(low..high).map_err(reading)?;
    let mut next_standing = || -> Result<Option<(i64, Uuid, Record)>, StoreError> {
        while let Some(row) = if moments.descending {
            standing.next_back()
        } else {
            standing.next()
        } {
            let (id, bytes) = row.map_err(reading)?;
            let id = Uuid::from_u128(id.value());
            let record: Record = decode(bytes.value(), || format!("record {id}"))?;
            if in_place(id, &record) {
                return Ok(Some((record.created_on.millis(), id, record)));
            }
        }
        Ok(None)
    };
    let mut from = moments.slot.to_be_bytes().to_vec();
    millis_put(moments.from, &mut from);
    let mut to = moments.slot.to_be_bytes().to_vec();
    millis_put(moments.to, &mut to);
    to.extend([0xFF; 17]);
    let mut indexed = match index {
        Some(index) => Some(index.range::<&[u8]>(from.as_slice()..to.as_slice()).map_err(reading)?),
        None => None,
    };
    let mut next_indexed = || -> Result<Option<(i64, Uuid)>, StoreError> {
        let Some(rows) = indexed.as_mut() else { return Ok(None) };
        let row = if moments.descending {
            rows.next_back()
        } else {
            rows.next()
        };
        let Some(row) = row else { return Ok(None) };
        let (key, _) = row.map_err(reading)?;
        let key = key.value();
        let moment = key.get(2..).and_then(<[u8]>::first_chunk);
        let moment = moment.map_or(0, |bytes| (u64::from_be_bytes(*bytes) ^ (1 << 63)).cast_signed());
        Ok(key_id(key).map(|id| (moment, id)))
    };
    let mut one = next_standing()?;
    let mut other = next_indexed()?;
    loop {
        let standing_first = match (&one, &other) {
            (None, None) => return Ok(()),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some((moment, id, _)), Some(other)) => moments.order((*moment, *id), *other) == Ordering::Less,
        };
        let (place, record) = if standing_first {
            let Some((moment, id, record)) = one.take() else {
                return Ok(());
            };
            one = next_standing()?;
            ((moment, id), Some(record))
        } else {
            let Some((moment, id)) = other.take() else {
                return Ok(());
            };
            other = next_indexed()?;
            ((moment, id), record_of(records, id)?)
        };
        if moments.passed(place) {
            continue;
        }
        if let Some(record) = record
            && visit(place.1, record)?.is_break()
        {
            return Ok(());
        }
    }
}

/// Slot, first key and end of a walk by a column.
fn column_range(walk: &Walk) -> (u16, Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let key = |column: ColumnId, put: &dyn Fn(&mut Vec<u8>), behind: bool| {
        let mut key = column.to_be_bytes().to_vec();
        put(&mut key);
        if behind {
            // Behind every id.
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
                    // Above every byte of a text.
                    bytes.extend([0xFF; 64]);
                },
                false,
            );
            (*column, from, to)
        }
        Walk::Id | Walk::CreatedOn(..) | Walk::ModifiedOn(..) => (CREATED_ON, Bound::Unbounded, Bound::Unbounded),
    }
}

/// The range, begun behind a place.
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
    // A place outside of the range (another filter's) leaves the range as it is.
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
