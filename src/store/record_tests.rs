//! Records, their indexes, and walks through them.

use std::ops::{Bound, ControlFlow};

use redb::Builder;
use redb::backends::InMemoryBackend;
use uuid::Uuid;

use super::record_index::{CREATED_ON, IndexedColumn, MODIFIED_ON, key_id, record_keys};
use super::walk::{Walk, WalkItem, walk_place};
use super::{StoreError, StoreWriter, initialise, opened, record_mark, store_check};
use crate::clock::new_id_at;
use crate::domain::actor::Actor;
use crate::domain::catalog::ApplyError;
use crate::domain::change::{ConfigChange, RecordsWritten};
use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::definition::{ColumnIndex, Definition};
use crate::domain::entry::Entry;
use crate::domain::record::{Record, RecordOperation};
use crate::domain::shipped::shipped;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

pub(super) const AT: Timestamp = Timestamp(1_700_000_000_000_000);
const CANADA: Uuid = Uuid::from_u128(0xf8af_0e88_f36b_1410_fa98_0015_5d04_3204);

pub(super) struct World {
    pub(super) store: StoreWriter,
    seq: u64,
}

impl World {
    pub(super) fn new() -> Self {
        let database = Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        initialise(&database, Uuid::from_u128(1)).unwrap();
        let store = opened(database, Uuid::from_u128(1)).unwrap();
        let mut world = Self { store, seq: 0 };
        world
            .change(&Entry::one(
                AT,
                Actor::System,
                ConfigChange::DefinitionApplied {
                    definition: shipped(),
                    indexes: Vec::new(),
                },
            ))
            .unwrap();
        world
    }

    pub(super) fn change(&mut self, change: &Entry) -> Result<u64, ApplyError> {
        self.seq += 1;
        let folded = self.store.fold([(self.seq, change)]).unwrap();
        folded
            .answers
            .into_iter()
            .next()
            .unwrap()
            .1
            .map(|applied| applied.count)
    }

    fn write(&mut self, at: Timestamp, operations: Vec<RecordOperation>) -> Result<u64, ApplyError> {
        let catalog = self.store.catalog().version;
        self.change(&Entry::one(
            at,
            Actor::CommandLine,
            RecordsWritten {
                rules: catalog,
                operations,
            },
        ))
    }

    fn object(&self, code: &str) -> ObjectId {
        self.store.catalog().object(code).unwrap().id
    }

    fn column(&self, object: &str, column: &str) -> ColumnId {
        self.store.catalog().object(object).unwrap().column(column).unwrap().id
    }

    fn contact(&mut self, at: Timestamp, id: Uuid, name: &str, country: Option<Uuid>) -> Result<u64, ApplyError> {
        let mut values = vec![(self.column("Contact", "Name"), Value::Text(name.to_owned()))];
        if let Some(country) = country {
            values.push((self.column("Contact", "Country"), Value::Guid(country)));
        }
        values.sort_by_key(|(id, _)| *id);
        let object = self.object("Contact");
        self.write(
            at,
            vec![RecordOperation::Create {
                object,
                record: id,
                values,
            }],
        )
    }

    fn get(&self, id: Uuid) -> Option<Record> {
        let reader = self.store.store().reader().unwrap();
        reader.record_get(self.object("Contact"), id).unwrap()
    }

    /// The names in the order of a walk, read in pages of this size.
    fn names(&self, walk: &Walk, descending: bool, page: usize) -> Vec<String> {
        let reader = self.store.store().reader().unwrap();
        let name = self.column("Contact", "Name");
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let mut taken = 0;
            let mut place = None;
            reader
                .record_walk::<StoreError>(self.object("Contact"), walk, descending, after.as_deref(), |met| {
                    let WalkItem::Record(id, record) = met else {
                        return Ok(ControlFlow::Continue(()));
                    };
                    names.push(record.value(name).unwrap().to_string());
                    place = Some(walk_place(walk, id, &record));
                    taken += 1;
                    Ok(if taken == page {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    })
                })
                .unwrap();
            if taken < page {
                return names;
            }
            after = place;
        }
    }

    fn check(&self) {
        let faults = store_check(&self.store.store().reader().unwrap()).unwrap();
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

pub(super) fn later(millis: i64) -> Timestamp {
    Timestamp(AT.0 + millis * 1000)
}

const ALL: (Bound<Timestamp>, Bound<Timestamp>) = (Bound::Unbounded, Bound::Unbounded);

/// Three records in their place, and two with other ids.
pub(super) fn five() -> World {
    let mut world = World::new();
    world
        .contact(later(10), new_id_at(later(10)), "b", Some(CANADA))
        .unwrap();
    world.contact(later(20), Uuid::from_u128(1), "c", None).unwrap();
    world
        .contact(later(30), new_id_at(later(30)), "d", Some(CANADA))
        .unwrap();
    world
        .contact(later(5), Uuid::from_u128(u128::MAX), "a", Some(CANADA))
        .unwrap();
    world.contact(later(40), new_id_at(later(40)), "e", None).unwrap();
    world
}

#[test]
fn records_are_walked_in_the_order_that_is_asked_for_in_pages_of_any_size() {
    let world = five();
    let created = Walk::CreatedOn(ALL.0, ALL.1);
    let modified = Walk::ModifiedOn(ALL.0, ALL.1);
    for page in 1..=6 {
        for (walk, wanted) in [(&Walk::ALL, "cbdea"), (&created, "abcde"), (&modified, "abcde")] {
            assert_eq!(world.names(walk, false, page).concat(), wanted, "{walk:?} by {page}");
            let backwards: String = wanted.chars().rev().collect();
            assert_eq!(world.names(walk, true, page).concat(), backwards, "{walk:?} by {page}");
        }
        let (from, to) = (Bound::Included(later(10)), Bound::Included(later(30)));
        assert_eq!(world.names(&Walk::CreatedOn(from, to), false, page).concat(), "bcd");
        let country = world.column("Contact", "Country");
        let canada = Bound::Included(Value::Guid(CANADA));
        let by_country = Walk::Column(country, canada.clone(), canada);
        assert_eq!(world.names(&by_country, false, page).concat(), "bda");
        assert_eq!(world.names(&by_country, true, page).concat(), "adb");
    }
    world.check();
}

#[test]
fn an_edited_record_moves_in_the_order_of_its_change_only() {
    let mut world = five();
    let object = world.object("Contact");
    let (name, country) = (world.column("Contact", "Name"), world.column("Contact", "Country"));
    let walked = world.names(&Walk::ALL, false, 10);
    assert_eq!(walked[1], "b");
    let id = {
        let reader = world.store.store().reader().unwrap();
        reader.record_list(object, None, 10).unwrap()[3].0
    };
    let mark = record_mark(&world.get(id).unwrap());
    let edit = |values, mark| RecordOperation::Edit {
        object,
        record: id,
        mark,
        values,
    };

    let renamed = vec![(name, Some(Value::Text("B".to_owned()))), (country, None)];
    world.write(later(50), vec![edit(renamed.clone(), Some(mark))]).unwrap();

    assert_eq!(world.names(&Walk::CreatedOn(ALL.0, ALL.1), false, 2).concat(), "aBcde");
    assert_eq!(world.names(&Walk::ModifiedOn(ALL.0, ALL.1), false, 2).concat(), "acdeB");
    let canada = Bound::Included(Value::Guid(CANADA));
    assert_eq!(
        world
            .names(&Walk::Column(country, canada.clone(), canada), false, 2)
            .concat(),
        "da"
    );
    assert_eq!(
        world.write(later(60), vec![edit(renamed, Some(mark))]),
        Err(ApplyError::RecordChanged)
    );
    world.check();
}

#[test]
fn a_walk_tells_of_what_it_passes_and_goes_no_further_than_it_must() {
    let mut world = five();
    let object = world.object("Contact");
    let name = world.column("Contact", "Name");
    let reader = world.store.store().reader().unwrap();
    let edit = |(record, _): &(Uuid, Record)| RecordOperation::Edit {
        object,
        record: *record,
        mark: None,
        values: vec![(name, Some(Value::Text("edited".to_owned())))],
    };
    let edits = reader.record_list(object, None, 10).unwrap().iter().map(edit).collect();
    drop(reader);
    world.write(later(50), edits).unwrap();

    let reader = world.store.store().reader().unwrap();
    let modified = Walk::ModifiedOn(ALL.0, ALL.1);
    // The kinds of items that the walk visits, and the places where it can continue.
    let walked = |descending: bool, after: Option<&[u8]>| {
        let mut met = String::new();
        let mut places = Vec::new();
        let visit = |one: WalkItem| {
            met.push(if matches!(one, WalkItem::Passed(_)) { '.' } else { 'r' });
            places.push(match one {
                WalkItem::Record(id, record) => walk_place(&modified, id, &record),
                WalkItem::Passed(place) => place,
            });
            Ok(ControlFlow::Continue(()))
        };
        let done: Result<(), StoreError> = reader.record_walk(object, &modified, descending, after, visit);
        done.unwrap();
        (met, places)
    };
    for (descending, wanted) in [(false, "...rrrrr"), (true, "rrrrr...")] {
        let (met, places) = walked(descending, None);
        assert_eq!(met, wanted);
        for (number, place) in places.iter().enumerate() {
            let (rest, _) = walked(descending, Some(place));
            assert_eq!(rest, wanted[number + 1..], "behind {number}, {descending}");
        }
    }
}

#[test]
fn ids_are_walked_within_their_range() {
    let world = five();
    let reader = world.store.store().reader().unwrap();
    let all: Vec<Uuid> = reader
        .record_list(world.object("Contact"), None, 10)
        .unwrap()
        .iter()
        .rev()
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(world.names(&Walk::ALL, false, 10).concat(), "cbdea");
    for page in 1..=4 {
        let some = Walk::Id(Bound::Included(all[1]), Bound::Included(all[3]));
        assert_eq!(world.names(&some, false, page).concat(), "bde");
        assert_eq!(world.names(&some, true, page).concat(), "edb");
        let last = Walk::Id(Bound::Included(all[4]), Bound::Unbounded);
        assert_eq!(world.names(&last, false, page).concat(), "a");
        assert_eq!(world.names(&last, true, page).concat(), "a");
        let none = Walk::Id(Bound::Included(all[3]), Bound::Included(all[1]));
        assert_eq!(world.names(&none, false, page).concat(), "");
    }
}

#[test]
fn all_operations_of_an_entry_are_done_or_none() {
    let mut world = five();
    let object = world.object("Contact");
    let name = world.column("Contact", "Name");
    let create = |id: u128| RecordOperation::Create {
        object,
        record: Uuid::from_u128(id),
        values: vec![(name, Value::Text("new".to_owned()))],
    };
    let before = world.names(&Walk::ALL, false, 10);

    let refused = world.write(later(50), vec![create(7), create(8), create(1)]);

    assert!(matches!(refused, Err(ApplyError::RecordExists { .. })), "{refused:?}");
    assert_eq!(world.names(&Walk::ALL, false, 10), before);
    world.check();
    assert_eq!(world.write(later(50), vec![create(7), create(8)]), Ok(2));
    world.check();
}

#[test]
fn what_is_used_is_not_deleted_and_what_is_not_there_is_not_referred_to() {
    let mut world = five();
    let (contact, country) = (world.object("Contact"), world.object("Country"));
    let delete = |object, record| RecordOperation::Delete {
        object,
        record,
        mark: None,
    };

    let used = world.write(later(50), vec![delete(country, CANADA)]);
    assert_eq!(
        used,
        Err(ApplyError::RecordUsed {
            object: "Contact".to_owned(),
            key: "CountryId".to_owned(),
            count: 3
        })
    );
    let missing = world.contact(later(50), Uuid::from_u128(9), "f", Some(Uuid::from_u128(5)));
    assert!(matches!(missing, Err(ApplyError::LookupMissing { .. })), "{missing:?}");
    assert_eq!(world.write(later(50), vec![delete(contact, Uuid::from_u128(1))]), Ok(1));
    assert!(world.get(Uuid::from_u128(1)).is_none());
    let gone = world.write(later(50), vec![delete(contact, Uuid::from_u128(1))]);
    assert!(matches!(gone, Err(ApplyError::RecordUnknown { .. })), "{gone:?}");
    // Deletes the last records that refer to it, and the country, in one entry.
    let reader = world.store.store().reader().unwrap();
    let users: Vec<Uuid> = reader
        .record_list(contact, None, 10)
        .unwrap()
        .iter()
        .map(|(id, _)| *id)
        .collect();
    drop(reader);
    let mut operations: Vec<RecordOperation> = users.into_iter().map(|id| delete(contact, id)).collect();
    operations.push(delete(country, CANADA));
    assert_eq!(world.write(later(60), operations), Ok(5));
    world.check();
}

/// Operations on orders, one entry each: a given number or none, and whether it edits the previous
/// order instead of adding one.
const ORDERS: [(Option<&str>, bool); 13] = [
    (None, false),
    (Some("ORD-2"), false),
    (None, false),
    (Some("ORD-1"), false),
    (Some("ORD-007"), false),
    (Some("ORD-18446744073709551615"), false),
    (Some("ORD-1000000000"), false),
    (None, false),
    (Some("ORD-20"), true),
    (None, false),
    (Some("ORD-999999999"), false),
    (None, false),
    (None, false),
];

fn orders(world: &World) -> Vec<Entry> {
    let (object, number) = (world.object("Order"), world.column("Order", "Number"));
    let text = |text: &str| Value::Text(text.to_owned());
    let operation = |(id, (given, edit)): (u128, (Option<&str>, bool))| match (given, edit) {
        (Some(given), true) => RecordOperation::Edit {
            object,
            record: Uuid::from_u128(id - 1),
            mark: None,
            values: vec![(number, Some(text(given)))],
        },
        (given, _) => RecordOperation::Create {
            object,
            record: Uuid::from_u128(id),
            values: given.into_iter().map(|given| (number, text(given))).collect(),
        },
    };
    (1..)
        .zip(ORDERS)
        .map(|order| {
            Entry::one(
                AT,
                Actor::CommandLine,
                RecordsWritten {
                    rules: world.store.catalog().rules,
                    operations: vec![operation(order)],
                },
            )
        })
        .collect()
}

#[test]
fn automatic_numbers_go_on_behind_those_that_were_given_however_entries_are_grouped() {
    let mut one_by_one = World::new();
    for change in orders(&one_by_one) {
        assert_eq!(one_by_one.change(&change), Ok(1));
    }
    let mut at_once = World::new();
    let changes = orders(&at_once);
    at_once.store.fold((2..).zip(&changes)).unwrap();
    let wanted = [
        "ORD-1",
        "ORD-2",
        "ORD-3",
        "ORD-1",
        "ORD-007",
        "ORD-18446744073709551615",
        "ORD-1000000000",
        "ORD-20",
        "ORD-21",
        "ORD-999999999",
        "ORD-1000000000",
        "ORD-1000000001",
    ];
    for world in [&one_by_one, &at_once] {
        let reader = world.store.store().reader().unwrap();
        let number = world.column("Order", "Number");
        let mut records = reader.record_list(world.object("Order"), None, 100).unwrap();
        records.sort_by_key(|(id, _)| *id);
        let numbers: Vec<String> = records
            .iter()
            .map(|(_, record)| record.value(number).unwrap().to_string())
            .collect();
        assert_eq!(numbers, wanted);
        world.check();
    }
    let digest = |world: &World| super::digest::store_digest(&world.store.store().reader().unwrap()).unwrap();
    assert_eq!(digest(&one_by_one), digest(&at_once));
}

#[test]
fn what_is_refused_leaves_the_numbers_as_they_were() {
    let mut world = World::new();
    let (object, number) = (world.object("Order"), world.column("Order", "Number"));
    let create = |id: u128, given: Option<&str>| RecordOperation::Create {
        object,
        record: Uuid::from_u128(id),
        values: given
            .map(|given| (number, Value::Text(given.to_owned())))
            .into_iter()
            .collect(),
    };
    let refused = world.write(AT, vec![create(1, Some("ORD-50")), create(1, None)]);
    assert!(matches!(refused, Err(ApplyError::RecordExists { .. })), "{refused:?}");
    assert_eq!(world.write(AT, vec![create(2, None)]), Ok(1));
    let reader = world.store.store().reader().unwrap();
    let record = reader.record_get(object, Uuid::from_u128(2)).unwrap().unwrap();
    assert_eq!(record.value(number), Some(&Value::Text("ORD-1".to_owned())));
}

#[test]
fn a_column_is_indexed_when_a_definition_says_so_and_until_another_says_no() {
    let mut world = five();
    let name = world.column("Contact", "Name");
    let mut index = |indexed| {
        world
            .change(&Entry::one(
                AT,
                Actor::CommandLine,
                ConfigChange::DefinitionApplied {
                    definition: Definition::default(),
                    indexes: vec![ColumnIndex {
                        object: "Contact".to_owned(),
                        column: "Name".to_owned(),
                        indexed,
                    }],
                },
            ))
            .unwrap();
        world.check();
        let from = Bound::Included(Value::Text("b".to_owned()));
        (
            world
                .names(&Walk::Column(name, from, Bound::Unbounded), true, 2)
                .concat(),
            world.names(&Walk::Prefix(name, "c".to_owned()), false, 2).concat(),
        )
    };
    assert_eq!(index(true), ("edcb".to_owned(), "c".to_owned()));
    assert_eq!(index(false), (String::new(), String::new()));
    assert_eq!(index(true), ("edcb".to_owned(), "c".to_owned()));
}

#[test]
fn a_record_in_its_place_has_keys_for_its_lookups_only() {
    let at = AT;
    let id = new_id_at(at);
    let country = Uuid::from_u128(7);
    let mut record = Record {
        created_on: at,
        created_by: country,
        modified_on: at,
        modified_by: country,
        webhook: None,
        values: vec![(1, Value::Text("John".to_owned())), (9, Value::Guid(country))],
    };
    let lookup = IndexedColumn { id: 9, zero: None };
    let keys = |id, record: &Record| {
        let mut keys = Vec::new();
        record_keys(std::slice::from_ref(&lookup), id, record, &mut Vec::new(), |key| {
            keys.push(key.to_vec());
        });
        keys
    };
    let slots =
        |keys: &[Vec<u8>]| -> Vec<u16> { keys.iter().map(|key| u16::from_be_bytes([key[0], key[1]])).collect() };

    let in_place = keys(id, &record);
    assert_eq!(slots(&in_place), [9]);
    assert_eq!(key_id(&in_place[0]), Some(id));
    record.modified_on = Timestamp(at.0 + 5000);
    assert_eq!(slots(&keys(id, &record)), [9, MODIFIED_ON]);
    assert_eq!(slots(&keys(country, &record)), [9, CREATED_ON, MODIFIED_ON]);
}
