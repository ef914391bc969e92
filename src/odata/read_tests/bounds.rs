//! What one request may cost in time and memory, and what changes while it is answered.

use std::collections::BTreeSet;

use super::super::read;
use super::super::rows::{MAX_CACHED_BYTES, Search};
use super::super::{MAX_OPTION_LENGTH, query};
use super::paging::all;
use super::{AT, World, json, next, text, values};
use crate::clock::new_id_at;
use crate::domain::actor::Actor;
use crate::domain::change::ConfigChange;
use crate::domain::definition::{ColumnIndex, Definition};
use crate::domain::entry::Entry;
use crate::domain::record::RecordOperation;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use uuid::Uuid;

const WHOLE: &str = "maxpagesize=20000";

fn later(millis: i64) -> Timestamp {
    Timestamp(AT.0 + millis * 1000)
}

/// Things made a millisecond apart, 100 in one entry.
fn things(count: i64) -> (World, Vec<Uuid>) {
    let world = World::new();
    let ids: Vec<Uuid> = (0..count).map(|number| new_id_at(later(number))).collect();
    for some in ids.chunks(100) {
        let made = some
            .iter()
            .map(|id| world.operation("UsrThing", *id, &[("Name", text("a"))]));
        world.write(made.collect());
    }
    (world, ids)
}

#[test]
fn an_index_that_comes_and_goes_meanwhile_loses_no_row() {
    let world = World::new();
    world.record("UsrThing", Uuid::from_u128(5), AT, &[("Name", text("a"))]);
    std::thread::scope(|scope| {
        let indexing = scope.spawn(|| {
            for turn in 0..60 {
                world.change(Entry::one(
                    AT,
                    Actor::System,
                    ConfigChange::DefinitionApplied {
                        definition: Definition::default(),
                        indexes: vec![ColumnIndex {
                            object: "UsrThing".to_owned(),
                            column: "Name".to_owned(),
                            indexed: turn % 2 == 1,
                        }],
                    },
                ));
            }
        });
        while !indexing.is_finished() {
            let found = world.values("UsrThing", "$filter=Name%20eq%20'a'", "Id");
            assert_eq!(found.len(), 1, "the plan and the rows are of one catalog");
            let (reader, catalog) = world.odata.ledger.read_with_catalog().unwrap();
            assert_eq!(reader.catalog_version().unwrap(), catalog.version);
        }
    });
}

#[test]
fn the_last_edited_are_found_at_once_where_all_were_edited() {
    let (mut world, ids) = things(500);
    let object = world.catalog().object("UsrThing").unwrap().id;
    // In another order than they were made in.
    for some in ids.rchunks(50) {
        let edit = |id: &Uuid| RecordOperation::Edit {
            object,
            record: *id,
            mark: None,
            values: vec![(2, Some(text("edited")))],
        };
        world.write(some.iter().map(edit).collect());
    }
    let whole = all(&world, "UsrThing", "$orderby=ModifiedOn", WHOLE, |_| ());
    assert_eq!(whole.len(), 500);
    world.odata.limits.scan_rows = 30;

    let newest = world.list("UsrThing", "$orderby=ModifiedOn%20desc&$top=1");
    assert_eq!(values(&newest, "Id"), whole[499..]);
    assert!(next(&newest, "UsrThing").is_none());

    // The other way round, those that stand elsewhere come first: each counts as looked at.
    let mut count = 0;
    let paged = all(&world, "UsrThing", "$orderby=ModifiedOn", WHOLE, |_| count += 1);
    assert_eq!(paged, whole);
    assert!(count > 1000 / 30, "{count}");
    let mut backwards = all(&world, "UsrThing", "$orderby=ModifiedOn%20desc", WHOLE, |_| ());
    backwards.reverse();
    assert_eq!(backwards, whole);
    let none = "$filter=Name%20eq%20'b'&$orderby=CreatedOn";
    assert!(all(&world, "UsrThing", none, WHOLE, |_| ()).is_empty());
}

#[test]
fn ids_behind_the_last_one_are_not_searched_for() {
    let (mut world, ids) = things(60);
    world.odata.limits.scan_rows = 10;
    let mut last = Uuid::nil();
    let mut found = Vec::new();
    loop {
        let query = format!("$filter=Id%20gt%20{last}&$orderby=Id&$top=7");
        let page = world.list("UsrThing", &query);
        assert!(next(&page, "UsrThing").is_none(), "it looks at no more than it shows");
        let page = values(&page, "Id");
        let Some(id) = page.last() else { break };
        last = id.parse().unwrap();
        found.extend(page);
    }
    let mut wanted: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    wanted.sort();
    assert_eq!(found, wanted);
    let down = format!("$filter=Id%20lt%20{}&$orderby=Id%20desc&$top=3", ids[30]);
    assert_eq!(
        world.values("UsrThing", &down, "Id"),
        [&ids[29], &ids[28], &ids[27]].map(Uuid::to_string)
    );
}

#[test]
fn moments_in_a_list_are_looked_up() {
    let (mut world, ids) = things(1);
    for millis in [1000, 2000, 3000] {
        world.record(
            "UsrThing",
            Uuid::from_u128(millis),
            later(millis.try_into().unwrap()),
            &[],
        );
    }
    world.odata.limits.scan_rows = 5;
    let query = format!(
        "$filter=CreatedOn%20in%20({},{})&$orderby=CreatedOn%20desc",
        later(1000),
        later(3000)
    );
    let page = world.list("UsrThing", &query);
    let wanted = [3000, 1000].map(|millis| Uuid::from_u128(millis).to_string());
    assert_eq!(values(&page, "Id"), wanted);
    assert_eq!(ids.len(), 1);
}

#[test]
fn rows_are_sorted_by_the_start_of_long_texts() {
    let world = World::new();
    // Four bytes a character; they differ behind the 256th only, but for one.
    let long = |end: &str| text(&format!("{}{end}", "\u{1F600}".repeat(300)));
    let put = |id: u128, parent: Option<u128>, name: Value| {
        let mut values = vec![("Name", name.clone()), ("Note", name)];
        values.extend(parent.map(|parent| ("Parent", Value::Guid(Uuid::from_u128(parent)))));
        world.record("UsrThing", Uuid::from_u128(id), AT, &values);
    };
    put(1, None, long("z"));
    put(2, Some(1), long("y"));
    for id in 3..12 {
        put(id, Some(2), long(&(20 - id).to_string()));
    }
    put(12, Some(2), text("a"));
    let id = |id: u128| Uuid::from_u128(id).to_string();
    let six = "Name,Note,Parent/Name,Parent/Note,Parent/Parent/Name,Parent/Parent/Note";
    for (order, first) in [("Name", vec![12, 1, 2]), (six, vec![12, 1, 2])] {
        let query = format!("$orderby={order}");
        let wanted: Vec<String> = first.into_iter().chain(3..12).map(id).collect();
        let mut page = json(world.collection("UsrThing", &query, Some("maxpagesize=2")));
        let mut got = values(&page, "Id");
        while let Some(link) = next(&page, "UsrThing") {
            assert!(link.len() < MAX_OPTION_LENGTH, "{}", link.len());
            page = json(world.collection("UsrThing", &link, None));
            got.extend(values(&page, "Id"));
        }
        assert_eq!(got, wanted, "{order}");
    }
}

#[test]
fn rows_behind_lookups_are_kept_within_bytes() {
    let world = World::new();
    let large = "x".repeat(1 << 20);
    for number in 1..=12 {
        let (parent, child) = (Uuid::from_u128(number), Uuid::from_u128(100 + number));
        world.record("UsrThing", parent, AT, &[("Note", text(&large))]);
        world.record("UsrThing", child, AT, &[("Parent", Value::Guid(parent))]);
    }
    let (reader, catalog) = world.odata.ledger.read_with_catalog().unwrap();
    let mut search = Search::new(&reader, &catalog, world.odata.limits);
    let set = world.set("UsrThing");
    let filter = query::filter(&catalog, &set, "contains(Parent/Note,'x') or Name eq 'b'", super::AT).unwrap();
    assert_eq!(search.count(set.set, Some(&filter)).unwrap(), 12);
    assert!(
        search.referenced_bytes > 1 << 20 && search.referenced_bytes <= MAX_CACHED_BYTES,
        "{}",
        search.referenced_bytes
    );
}

#[test]
fn a_next_link_goes_on_when_more_match_behind_a_lookup_meanwhile() {
    let world = World::new();
    let family = |first: u128, count: u128| {
        for number in first..first + count {
            let (parent, id) = (Uuid::from_u128(number << 8), Uuid::from_u128((number << 8) + 1));
            let name = [("Name", text("p"))];
            let mut made = vec![world.operation("UsrThing", parent, &name)];
            for child in 0..2 {
                let id = Uuid::from_u128(id.as_u128() + child);
                made.push(world.operation("UsrThing", id, &[("Parent", Value::Guid(parent))]));
            }
            world.write(made);
        }
    };
    family(1000, 150);
    let query = "$filter=Parent/Name%20eq%20'p'&$select=Id";
    let before: BTreeSet<String> = world.values("UsrThing", query, "Id").into_iter().collect();
    assert_eq!(before.len(), 300);
    for query in [query.to_owned(), format!("{query}&$orderby=Name")] {
        let first = if query.contains("orderby") { 3000 } else { 2000 };
        let paged = all(&world, "UsrThing", &query, "maxpagesize=70", |page| {
            if page == 0 {
                family(first, 100);
            }
        });
        let once: BTreeSet<String> = paged.iter().cloned().collect();
        assert_eq!(once.len(), paged.len(), "nothing twice");
        assert!(once.is_superset(&before), "nothing left out");
    }
}

#[test]
fn a_next_link_has_one_token_however_the_query_wrote_it() {
    let (world, _) = things(9);
    let first = world.list("UsrThing", "$select=Id&$top=7&$orderby=Id");
    let page = json(world.collection("UsrThing", "$select=Id&$orderby=Id", Some("maxpagesize=3")));
    let link = next(&page, "UsrThing").unwrap();
    let token = link.split("$skiptoken=").nth(1).unwrap();
    let mut got = values(&page, "Id");
    for name in ["$skip%74oken", "%24SKIPTOKEN", "skiptoken"] {
        let again = format!("$select=Id&$orderby=Id&{name}={token}");
        let page = world.list("UsrThing", &again);
        let link = next(&page, "UsrThing").unwrap();
        assert_eq!(link.to_lowercase().matches("token").count(), 1, "{link}");
        if name == "skiptoken" {
            got.extend(values(&page, "Id"));
        }
    }
    assert_eq!(got, values(&first, "Id")[..6]);
}

#[test]
fn a_count_is_a_number_like_others() {
    let (mut world, ids) = things(3);
    assert_eq!(world.list("UsrThing", "$count=true&$top=1")["@odata.count"], 3);
    world.numbers_as_text = true;
    assert_eq!(world.list("UsrThing", "$count=true&$top=1")["@odata.count"], "3");

    // The tag of an entity says nothing of what is shown within it.
    let set = world.set("UsrThing");
    let get = |query: &str| world.with_context(|context| read::entity(context, &set, ids[0], query, Some("*")));
    assert_eq!(get("$select=Name").unwrap().status, 304);
    assert_eq!(get("$expand=Parent").unwrap().status, 200);
}
