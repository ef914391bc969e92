//! Pages: nothing twice, nothing left out, whatever happens in between.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::super::limits::OdataLimits;
use super::super::plan::plan;
use super::super::query::query_options;
use super::super::rows::Search;
use super::{AT, SERVICE, World, json, next, text, values};
use crate::clock::{self, new_id_at};
use crate::domain::record::RecordOperation;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use uuid::Uuid;

const CANADA: Uuid = Uuid::from_u128(0xf8af_0e88_f36b_1410_fa98_0015_5d04_3204);
const MANY: usize = 25_000;

/// 25,000 contacts, each fifth of Canada, names in no order.
fn many() -> World {
    let world = World::new();
    for block in 0..MANY / 1000 {
        let operations = (0..1000).map(|index| {
            let number = block * 1000 + index;
            let id = new_id_at(Timestamp(AT.0 + i64::try_from(number).unwrap() * 1000));
            contact(&world, id, number)
        });
        world.write(operations.collect());
    }
    world
}

fn contact(world: &World, id: Uuid, number: usize) -> RecordOperation {
    let name = format!("{:05}", number * 7919 % 100_003);
    let mut values = vec![("Name", text(&name))];
    if number.is_multiple_of(5) {
        values.push(("Country", Value::Guid(CANADA)));
    }
    world.operation("Contact", id, &values)
}

/// Fetches all pages; `between` is called after each.
pub(super) fn all(world: &World, set: &str, query: &str, prefer: &str, mut between: impl FnMut(usize)) -> Vec<String> {
    let mut query = query.to_owned();
    let mut ids = Vec::new();
    for number in 0.. {
        let page = json(world.collection(set, &query, Some(prefer)));
        ids.extend(values(&page, "Id"));
        between(number);
        match next(&page, set) {
            Some(link) => query = link,
            None => break,
        }
    }
    ids
}

#[test]
fn pages_of_seven_over_25_000_records_while_others_come_and_go() {
    let world = many();
    let before: BTreeSet<String> = world
        .values("Contact", "$select=Id&$top=20000", "Id")
        .into_iter()
        .collect();
    assert_eq!(before.len(), 20_000);
    let canada = format!("$select=Id&$filter=CountryId%20eq%20{CANADA}");
    for (query, expected, often) in [
        ("$select=Id", MANY, 400),
        ("$select=Id&$orderby=Id%20desc", MANY, 400),
        (canada.as_str(), MANY / 5, 50),
    ] {
        let (mut made, mut gone) = (Vec::new(), Vec::new());
        let known: Vec<String> = {
            let first = all(&world, "Contact", query, "odata.maxpagesize=20000", |_| ());
            first.iter().filter(|id| !made.contains(*id)).cloned().collect()
        };
        assert!(known.len() >= expected - 100, "{query}: {}", known.len());
        let paged = all(&world, "Contact", query, "odata.maxpagesize=7", |number| {
            if number % often == 0 {
                // One in front of everything, one behind, and one that is deleted.
                let (early, late) = (new_id_at(Timestamp(1_600_000_000_000_000)), clock::new_id());
                let at = known.len() - 1 - number;
                let victim: Uuid = known[at % known.len()].parse().unwrap();
                let object = world.catalog().object("Contact").unwrap().id;
                let delete = RecordOperation::Delete {
                    object,
                    record: victim,
                    mark: None,
                };
                world.write(vec![contact(&world, early, 0), contact(&world, late, 0), delete]);
                made.extend([early.to_string(), late.to_string()]);
                gone.push(victim.to_string());
            }
        });
        let once: BTreeSet<&String> = paged.iter().collect();
        assert_eq!(once.len(), paged.len(), "{query}: nothing twice");
        for id in &known {
            assert!(once.contains(id) || gone.contains(id), "{query}: {id} was left out");
        }
        let others = paged.iter().filter(|id| !known.contains(id) && !made.contains(id));
        assert_eq!(others.count(), 0);
    }
}

#[test]
fn sorted_pages_are_as_stable() {
    let world = many();
    let query = "$select=Id,Name&$orderby=Name%20desc";
    let mut page = json(world.collection("Contact", query, Some("maxpagesize=6000")));
    let mut names = Vec::new();
    for number in 0.. {
        names.extend(values(&page, "Name"));
        // "x" stands in front of all that is there, "0" behind.
        for name in ["x", "0"] {
            let operation = world.operation("Contact", clock::new_id(), &[("Name", text(name))]);
            world.write(vec![operation]);
        }
        let Some(link) = next(&page, "Contact") else { break };
        assert!(number < 10);
        page = json(world.collection("Contact", &link, None));
    }
    assert!(names.is_sorted_by(|one, other| one >= other));
    assert_eq!(names.iter().filter(|name| *name == "x").count(), 0);
    assert!(names.iter().filter(|name| *name == "0").count() >= 4);
    assert!(names.len() >= MANY);
}

#[test]
fn the_options_of_paging() {
    static WORLD: OnceLock<World> = OnceLock::new();
    let world = WORLD.get_or_init(many);
    let contacts = |query: &str| world.list("Contact", query);

    // 20,000 rows an answer, then a link.
    let first = contacts("$select=Name&$count=true");
    assert_eq!(first["@odata.count"], MANY);
    assert_eq!(first["value"].as_array().unwrap().len(), 20_000);
    let link = first["@odata.nextLink"].as_str().unwrap();
    assert!(
        link.starts_with(&format!("{SERVICE}/Contact?$select=Name&$count=true&$skiptoken=")),
        "{link}"
    );
    let second = contacts(&next(&first, "Contact").unwrap());
    assert_eq!(second["@odata.count"], MANY);
    assert_eq!(second["value"].as_array().unwrap().len(), 5000);
    assert!(second.get("@odata.nextLink").is_none());

    // $top is kept over pages; $skip is not repeated.
    let mut page = json(world.collection("Contact", "$top=10&$skip=3&$select=Id", Some("odata.maxpagesize=4")));
    let mut got = values(&page, "Id");
    while let Some(link) = next(&page, "Contact") {
        page = json(world.collection("Contact", &link, None));
        assert!(
            page["value"].as_array().unwrap().len() <= 4,
            "the size goes with the link"
        );
        got.extend(values(&page, "Id"));
    }
    let thirteen = world.values("Contact", "$top=13&$select=Id", "Id");
    assert_eq!(got, thirteen[3..]);
    assert!(contacts("$top=7").get("@odata.nextLink").is_none());
    assert_eq!(contacts("$top=0&$count=true")["@odata.count"], MANY);

    // Counting.
    let canada = format!("$filter=CountryId%20eq%20{CANADA}&$top=1&$count=true");
    assert_eq!(contacts(&canada)["@odata.count"], MANY / 5);
    let named = contacts("$filter=endswith(Name,'7')&$top=1&$count=true");
    assert!(named["@odata.count"].as_u64().unwrap() > 2000);
    let lookup = contacts("$filter=Country/Name%20eq%20'Canada'&$top=1&$count=true");
    assert_eq!(lookup["@odata.count"], MANY / 5);

    // The preference is answered.
    let response = world
        .collection("Contact", "$top=9", Some("odata.maxpagesize=2"))
        .unwrap();
    assert_eq!(
        response.headers,
        [("Preference-Applied", "odata.maxpagesize=2".to_owned())]
    );

    // The moment of the request is that of its first page.
    let before_now = "$filter=ModifiedOn%20le%20now()%20and%20endswith(Name,'07')&$top=9";
    let first = world.collection("Contact", before_now, Some("odata.maxpagesize=4"));
    let mut page = json(first);
    let mut got = values(&page, "Id");
    while let Some(link) = next(&page, "Contact") {
        page = json(world.collection("Contact", &link, None));
        got.extend(values(&page, "Id"));
    }
    assert_eq!(got, world.values("Contact", before_now, "Id"));
    assert_eq!(got.len(), 9);

    // A token of another query, or a broken one.
    let link = next(&json(Ok(response)), "Contact").unwrap();
    let token = link.split("$skiptoken=").nth(1).unwrap();
    for query in [
        format!("$orderby=Name&$skiptoken={token}"),
        format!("$filter=Name%20eq%20'a'&$skiptoken={token}"),
        "$skiptoken=AQAA".to_owned(),
        "$skiptoken=%C3%A4".to_owned(),
    ] {
        let error = world.error("Contact", &query);
        assert_eq!(error.status(), 400);
        assert!(error.to_string().contains("start again without it"), "{error}");
    }
    assert_eq!(world.error("Country", &format!("$skiptoken={token}")).status(), 400);
}

#[test]
fn the_way_with_the_fewest_rows_is_taken() {
    let world = many();
    let catalog = world.catalog();
    let entity_type = world.set("Contact");
    let reader = world.odata.ledger.read().unwrap();
    let mut search = Search::new(&reader, &catalog, world.odata.limits);
    let mut number = |query: &str, wanted: u64| {
        let query = query.replace("{canada}", &CANADA.to_string()).replace(' ', "%20");
        let options = query_options(&catalog, &entity_type, &query, super::AT).unwrap();
        let plan = plan(&catalog, entity_type.set, options.filter.as_ref(), &options.order);
        let path = search.choose(entity_type.set, &plan, None, wanted).unwrap().unwrap();
        (path.number, plan.access_paths.len())
    };
    let canada = "$filter=CountryId eq {canada}";
    assert_eq!(number(canada, 20_000), (0, 2));
    assert_eq!(number(&format!("{canada} and Id eq {CANADA}"), 1), (1, 3));
    // Nobody has an account: that is fewer than all of Canada.
    assert_eq!(number(&format!("{canada} and AccountId eq {CANADA}"), 1), (1, 3));
    assert_eq!(number(&format!("{canada}&$orderby=Name"), 10), (0, 2));
    // A fifth of all: the first ten are found sooner in order; all of them are sorted sooner.
    assert_eq!(
        number(&format!("{canada}&$orderby=CreatedOn"), 10),
        (0, 2),
        "5,000 are sorted at ease"
    );
    let most = "$filter=CreatedOn gt 2000-01-01T00:00:00Z";
    assert_eq!(number(&format!("{most}&$orderby=Id"), 10), (1, 2));
    assert_eq!(number(&format!("{most}&$orderby=Id"), 20_000), (0, 2));
}

#[test]
fn what_costs_too_much_is_refused_with_a_way_out() {
    let mut world = many();
    world.odata.limits = OdataLimits {
        scan_rows: 10_000,
        ..OdataLimits::default()
    };
    let error = world.error("Contact", "$filter=Name%20eq%20'nobody'&$count=true");
    assert_eq!((error.status(), error.code()), (400, "TooCostly"));
    let said = error.to_string();
    for part in ["10000 rows", "indexed", "$top", "@odata.nextLink"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(world.error("Contact", "$orderby=Name&$top=1").code(), "TooCostly");
    let sorted = "$filter=Name%20eq%20'nobody'&$orderby=Name&$top=1";
    assert_eq!(world.error("Contact", sorted).code(), "TooCostly");
    // What comes in the order in which it is found ends its page early instead.
    for query in ["$filter=Name%20eq%20'nobody'", "$skip=24995"] {
        let mut pages = 0;
        let found = all(&world, "Contact", query, "maxpagesize=20000", |_| pages += 1);
        assert_eq!(
            (pages, found.len()),
            (3, if query.starts_with("$skip") { 5 } else { 0 }),
            "{query}"
        );
    }
    // None of these looks at many.
    let canada = format!("$filter=CountryId%20eq%20{CANADA}&$orderby=Name&$top=5");
    assert_eq!(world.values("Contact", &canada, "Id").len(), 5);
    assert_eq!(
        world
            .values("Contact", "$orderby=CreatedOn%20desc&$top=100", "Id")
            .len(),
        100
    );
    assert_eq!(world.list("Contact", "$count=true&$top=1")["@odata.count"], MANY);

    // An answer ends early when it grows too large.
    world.odata.limits.response_bytes = 20_000;
    let page = world.list("Contact", "$top=100");
    let shown = page["value"].as_array().unwrap().len();
    assert!(shown > 5 && shown < 100, "{shown}");
    assert!(next(&page, "Contact").is_some());
}
