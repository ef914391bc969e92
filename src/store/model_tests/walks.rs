//! Walks through records in the order of an index, beside a naive sort of the model's records.

use std::ops::{Bound, ControlFlow};

use uuid::Uuid;

use super::model::Model;
use crate::domain::column::{ColumnId, IndexState, ObjectId};
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::store::walk::{Walk, WalkItem, walk_place};
use crate::store::{Reader, StoreError};

const ALL_MOMENTS: (Bound<Timestamp>, Bound<Timestamp>) = (Bound::Unbounded, Bound::Unbounded);

/// Every walk of an object, up and down, whole and continued in the middle.
pub fn agree(reader: &Reader, model: &Model, object: ObjectId, told: &str) {
    let records: Vec<(Uuid, &Record)> = model
        .records
        .iter()
        .filter(|((of, _), _)| *of == object)
        .map(|((_, id), record)| (*id, record))
        .collect();
    let by = |key: &dyn Fn(&Record) -> i64| {
        let mut sorted: Vec<(i64, Uuid)> = records.iter().map(|(id, record)| (key(record), *id)).collect();
        sorted.sort_unstable();
        sorted.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    let (from, to) = ALL_MOMENTS;
    walked(reader, object, &Walk::ALL, &by(&|_| 0), told);
    let created = by(&|record| record.created_on.millis());
    walked(reader, object, &Walk::CreatedOn(from, to), &created, told);
    let modified = by(&|record| record.modified_on.millis());
    walked(reader, object, &Walk::ModifiedOn(from, to), &modified, told);
    for column in &model.catalog.objects[&object].columns {
        if column.code == "Rank" && column.index == IndexState::Ready {
            ranks(reader, object, column.id, &records, told);
        }
    }
}

fn ranks(reader: &Reader, object: ObjectId, column: ColumnId, records: &[(Uuid, &Record)], told: &str) {
    // An empty one is indexed as 0.
    let rank = |record: &Record| match record.value(column) {
        Some(Value::Integer(rank)) => *rank,
        _ => 0,
    };
    for (from, to) in [(i64::MIN, i64::MAX), (0, 0), (1, 3), (2, 2), (9, 9)] {
        let mut within: Vec<(i64, Uuid)> = records
            .iter()
            .map(|(id, record)| (rank(record), *id))
            .filter(|(rank, _)| (from..=to).contains(rank))
            .collect();
        within.sort_unstable();
        let expected: Vec<Uuid> = within.into_iter().map(|(_, id)| id).collect();
        let bound = |rank| Bound::Included(Value::Integer(rank));
        walked(
            reader,
            object,
            &Walk::Column(column, bound(from), bound(to)),
            &expected,
            told,
        );
    }
}

fn walked(reader: &Reader, object: ObjectId, walk: &Walk, expected: &[Uuid], told: &str) {
    for descending in [false, true] {
        let mut expected = expected.to_vec();
        if descending {
            expected.reverse();
        }
        let (found, places) = walk_from(reader, object, walk, descending, None);
        assert_eq!(found, expected, "{told}: {walk:?}, descending {descending}");
        if let Some(middle) = places.get(places.len() / 2) {
            let (rest, _) = walk_from(reader, object, walk, descending, Some(middle));
            let expected = &expected[places.len() / 2 + 1..];
            assert_eq!(rest, expected, "{told}: {walk:?} continued, descending {descending}");
        }
    }
}

fn walk_from(
    reader: &Reader,
    object: ObjectId,
    walk: &Walk,
    descending: bool,
    after: Option<&[u8]>,
) -> (Vec<Uuid>, Vec<Vec<u8>>) {
    let (mut found, mut places) = (Vec::new(), Vec::new());
    reader
        .record_walk::<StoreError>(object, walk, descending, after, |item| {
            if let WalkItem::Record(id, record) = item {
                found.push(id);
                places.push(walk_place(walk, id, &record));
            }
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    (found, places)
}
