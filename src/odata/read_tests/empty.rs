//! Empty values: read, found and ordered as they are shown.

use uuid::Uuid;

use super::super::read;
use super::{AT, World, json, text};
use crate::domain::value::Value;

const EMPTY: Uuid = Uuid::from_u128(0xA);
const ZERO: Uuid = Uuid::from_u128(0xB);
const FULL: Uuid = Uuid::from_u128(0xC);

/// A thing without values, one with zeros, one with others.
fn world() -> World {
    let world = World::new();
    world.record("UsrThing", EMPTY, AT, &[("Name", text("empty"))]);
    let zero = [
        ("Name", text("zero")),
        ("Size", Value::Integer(0)),
        ("Price", Value::Decimal("0.00".parse().unwrap())),
        ("Good", Value::Boolean(false)),
    ];
    world.record("UsrThing", ZERO, AT, &zero);
    let full = [
        ("Name", text("full")),
        ("Size", Value::Integer(-5)),
        ("Price", Value::Decimal("12.50".parse().unwrap())),
        ("Good", Value::Boolean(true)),
        ("Day", Value::Date(20_000)),
        ("Moment", Value::DateTime(AT)),
        ("Parent", Value::Guid(EMPTY)),
    ];
    world.record("UsrThing", FULL, AT, &full);
    world
}

#[test]
fn empty_values_are_written_as_creatio_writes_them() {
    let mut world = world();
    let set = world.set("UsrThing");
    let body = |world: &World| {
        let query = "$select=Size,Price,Good,Day,Moment,Note,ParentId";
        let answer = world.with_context(|context| read::entity(context, &set, EMPTY, query, None));
        let body = String::from_utf8(answer.unwrap().body).unwrap();
        body[body.find("\"Note\"").unwrap()..].to_owned()
    };
    let expected = "\"Note\":\"\",\"Size\":0,\"Price\":0,\"Good\":false,\"Day\":\"0001-01-01\",\
                    \"Moment\":\"0001-01-01T00:00:00Z\",\"ParentId\":\"00000000-0000-0000-0000-000000000000\"}";
    assert_eq!(body(&world), expected);
    let as_text = expected.replace(":0,", ":\"0\",");
    world.numbers_as_text = true;
    assert_eq!(body(&world), as_text);
    world.numbers_as_text = false;

    for (name, shown) in [("Size", "0"), ("Good", "false"), ("Moment", "0001-01-01T00:00:00Z")] {
        let property = |raw| {
            let path = [name.to_owned()];
            world.with_context(|context| read::member(context, &set, EMPTY, &path, raw, ""))
        };
        assert_eq!(String::from_utf8(property(true).unwrap().body).unwrap(), shown);
        let value = &json(property(false))["value"];
        assert_eq!(value.as_str().map_or_else(|| value.to_string(), str::to_owned), shown);
    }
}

#[test]
fn empty_values_are_found_as_they_are_shown() {
    let world = world();
    for (filter, expected) in [
        ("Good eq false", ["empty", "zero"].as_slice()),
        ("Good ne true", &["empty", "zero"]),
        ("not Good", &["empty", "zero"]),
        ("Good eq null", &["empty"]),
        ("Size eq 0", &["empty", "zero"]),
        ("Size in (0,7)", &["empty", "zero"]),
        ("Size lt 1", &["empty", "full", "zero"]),
        ("Size gt -1", &["empty", "zero"]),
        ("Size ne null", &["full", "zero"]),
        ("Price eq 0", &["empty", "zero"]),
        ("Price le 0.5", &["empty", "zero"]),
        ("Day eq null", &["empty", "zero"]),
        ("Day eq 0001-01-01", &["empty", "zero"]),
        ("Day lt 2999-01-01", &["full"]),
        ("Moment ne 0001-01-01T00:00:00Z", &["full"]),
        ("Moment le 2999-01-01T00:00:00Z", &["full"]),
        ("Parent/Good eq false", &["full"]),
        ("Parent/Size eq 0", &["full"]),
    ] {
        let query = format!("$filter={}", filter.replace(' ', "%20"));
        let mut found = world.values("UsrThing", &query, "Name");
        found.sort_unstable();
        assert_eq!(found, expected, "{filter}");
        let count = world.list("UsrThing", &format!("{query}&$count=true"))["@odata.count"].clone();
        assert_eq!(count, expected.len(), "{filter}");
    }
}

#[test]
fn empty_values_are_ordered_as_they_are_shown() {
    let world = world();
    for (order, expected) in [
        ("Size,Id", ["full", "empty", "zero"]),
        ("Price desc,Id", ["full", "empty", "zero"]),
        ("Good,Id", ["empty", "zero", "full"]),
        ("Day,Id", ["empty", "zero", "full"]),
    ] {
        assert_eq!(world.values("UsrThing", &format!("$orderby={order}"), "Name"), expected);
    }
    // By the index, a page at a time.
    let mut query = "$filter=Size%20lt%209&$orderby=Size%20desc".to_owned();
    let mut found = Vec::new();
    loop {
        let page = json(world.collection("UsrThing", &query, Some("odata.maxpagesize=1")));
        found.extend(super::values(&page, "Name"));
        match super::next(&page, "UsrThing") {
            Some(next) => query = next,
            None => break,
        }
    }
    assert_eq!(found, ["zero", "empty", "full"]);
}
