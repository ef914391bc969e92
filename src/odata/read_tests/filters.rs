//! Whatever way is taken, the rows are those that looking at all of them gives.

use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::super::evaluate::compare_for_order;
use super::super::filter::Filter;
use super::super::limits::OdataLimits;
use super::super::options::OrderBy;
use super::super::page::PageRequest;
use super::super::plan::{Access, plan};
use super::super::query::query_options;
use super::super::row::Row;
use super::super::rows::Search;
use super::super::source;
use super::{AT, World, text};
use crate::clock::new_id_at;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::store::walk::Walk;

const LONG: &str = "a text whose first forty-eight bytes are the same: ";

/// 300 things with values of all kinds, many of them empty.
fn things() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let world = World::new();
        let catalog = world.catalog();
        let countries: Vec<Uuid> = {
            let reader = world.odata.ledger.read().unwrap();
            let country = catalog.object("Country").unwrap().id;
            let all = reader.record_list(country, None, 8).unwrap();
            all.into_iter().map(|(id, _)| id).collect()
        };
        let mut earlier = Vec::new();
        for number in 0..300_i64 {
            let at = Timestamp(AT.0 + number % 40 * 1_000_000 + number * 7);
            // Some ids say when they were made, some do not.
            let id = if number % 3 == 0 {
                Uuid::from_u128(u128::from(number.cast_unsigned()) << 64 | 9)
            } else {
                new_id_at(at)
            };
            let mut values = Vec::new();
            let mut fill = |every: i64, code: &'static str, value: Value| {
                if number % every != 0 {
                    values.push((code, value));
                }
            };
            let names = ["", "Ab", "ab", "abc", "b", "Zoë"];
            let name = names[usize::try_from(number % 6).unwrap()];
            let name = if number % 7 == 0 {
                format!("{LONG}{}", number % 3)
            } else {
                name.to_owned()
            };
            fill(5, "Name", text(&name));
            fill(4, "Note", text(["x", "y", "ab"][usize::try_from(number % 3).unwrap()]));
            fill(6, "Size", Value::Integer(number % 11 - 3));
            fill(
                3,
                "Price",
                Value::Decimal(rust_decimal::Decimal::new(number % 9 * 25, 2)),
            );
            fill(4, "Good", Value::Boolean(number % 8 > 4));
            fill(7, "Day", Value::Date(i32::try_from(20_000 + number % 5).unwrap()));
            fill(3, "Moment", Value::DateTime(Timestamp(AT.0 + number % 13 * 500)));
            fill(
                2,
                "Country",
                Value::Guid(countries[usize::try_from(number % 8).unwrap()]),
            );
            if let Some(parent) = earlier
                .get(usize::try_from(number / 2).unwrap())
                .filter(|_| number % 5 > 1)
            {
                values.push(("Parent", Value::Guid(*parent)));
            }
            world.record("UsrThing", id, at, &values);
            earlier.push(id);
        }
        world
    })
}

fn condition() -> impl Strategy<Value = String> {
    let number = (-4..9_i64).prop_map(|number| number.to_string());
    let compare = prop::sample::select(vec!["eq", "ne", "lt", "le", "gt", "ge"]);
    let name = prop::sample::select(vec![
        String::new(),
        "Ab".to_owned(),
        "ab".to_owned(),
        "abc".to_owned(),
        "Zoë".to_owned(),
        format!("{LONG}1"),
        format!("{LONG}2"),
    ]);
    let path = prop::sample::select(vec![
        "Name",
        "Note",
        "Parent/Name",
        "Country/Name",
        "Parent/Parent/Note",
    ]);
    let moment = (0..40_i64).prop_map(|second| Timestamp(AT.0 + second * 1_000_000).to_string());
    let milli = (0..8_i64).prop_map(|milli| Timestamp(AT.0 + milli * 1000).to_string());
    prop_oneof![
        (path.clone(), compare.clone(), name.clone()).prop_map(|(path, how, name)| format!("{path} {how} '{name}'")),
        (path.clone(), name.clone()).prop_map(|(path, name)| format!("startswith({path},'{name}')")),
        (path.clone(), name.clone()).prop_map(|(path, name)| format!("contains(tolower({path}),'{name}')")),
        (path, prop::collection::vec(name, 1..4)).prop_map(|(path, names)| {
            let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
            format!("{path} in ({})", names.join(","))
        }),
        (compare.clone(), number.clone()).prop_map(|(how, number)| format!("Size {how} {number}")),
        (compare.clone(), number.clone()).prop_map(|(how, number)| format!("Size {how} {number}.5")),
        (compare.clone(), number.clone()).prop_map(|(how, number)| format!("Parent/Size {how} {number}")),
        (compare.clone(), 0..9_u8).prop_map(|(how, quarter)| format!("Price {how} {}", f64::from(quarter) * 0.25)),
        prop::collection::vec(number, 1..5).prop_map(|numbers| format!("Size in ({})", numbers.join(","))),
        prop::sample::select(vec![
            "Good",
            "not Good",
            "Good eq false",
            "Good ne true",
            "Parent/Good eq false",
            "Day eq 0001-01-01",
            "Day ne 0001-01-01",
            "Day lt 2024-10-06",
            "Moment in (0001-01-01T00:00:00Z)",
            "Good eq null",
            "ParentId eq null",
            "ParentId ne null",
            "Size eq null",
            "Country/Name ne null",
            "Parent/Good",
        ])
        .prop_map(str::to_owned),
        (
            prop::sample::select(vec!["CreatedOn", "ModifiedOn"]),
            compare.clone(),
            moment
        )
            .prop_map(|(path, how, at)| format!("{path} {how} {at}")),
        (compare, milli).prop_map(|(how, at)| format!("Moment {how} {at}")),
        prop::collection::vec(0..300_u128, 1..4).prop_map(|numbers| {
            let ids: Vec<String> = numbers
                .iter()
                .map(|number| Uuid::from_u128(number << 64 | 9).to_string())
                .collect();
            format!("Id in ({})", ids.join(","))
        }),
        (0..300_u128).prop_map(|number| format!("ParentId eq {}", Uuid::from_u128(number << 64 | 9))),
    ]
}

fn filter() -> impl Strategy<Value = String> {
    let joined = |word: &'static str| {
        move |parts: Vec<String>| {
            let parts: Vec<String> = parts.iter().map(|part| format!("({part})")).collect();
            parts.join(word)
        }
    };
    prop_oneof![
        3 => condition(),
        4 => prop::collection::vec(condition(), 2..4).prop_map(joined(" and ")),
        1 => prop::collection::vec(condition(), 2..4).prop_map(joined(" or ")),
        1 => condition().prop_map(|one| format!("not ({one})")),
    ]
}

fn order() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "Id",
        "CreatedOn",
        "ModifiedOn",
        "Size",
        "Price",
        "Name",
        "Moment",
        "ParentId",
        "Country/Name",
        "Good",
    ]);
    let part = (path, prop::bool::ANY).prop_map(|(path, back)| format!("{path}{}", if back { " desc" } else { "" }));
    prop::collection::vec(part, 0..3).prop_map(|parts| parts.join(","))
}

fn naive(search: &mut Search<'_>, wanted: &Filter, set: super::super::model::EntitySet) -> Vec<Row> {
    let mut rows = Vec::new();
    let access = Access::Records(vec![Walk::ALL]);
    let (reader, catalog) = (search.reader, search.catalog);
    source::each(reader, catalog, set, &access, false, None, &mut |row| {
        let row = row.row().unwrap();
        if search.is(wanted, &row)? {
            rows.push(row);
        }
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    rows
}

fn in_order(search: &mut Search<'_>, order: &[OrderBy], rows: &[Row]) -> bool {
    let keys: Vec<_> = rows.iter().map(|row| search.keys(order, row).unwrap()).collect();
    keys.windows(2).all(|pair| {
        let parts = order.iter().zip(pair[0].iter().zip(&pair[1]));
        let compared = parts.map(|(by, (one, other))| {
            let order = compare_for_order(one.as_ref(), other.as_ref());
            if by.descending { order.reverse() } else { order }
        });
        compared.fold(Ordering::Equal, Ordering::then).is_le()
    })
}

fn check(filter: &str, order: &str, size: usize) {
    let world = things();
    let catalog = world.catalog();
    let entity_type = world.set("UsrThing");
    let set = entity_type.set;
    let mut query = format!("$filter={filter}");
    if !order.is_empty() {
        query = format!("{query}&$orderby={order}");
    }
    let encoded = query.replace(' ', "%20");
    let Ok(options) = query_options(&catalog, &entity_type, &encoded, AT) else {
        // A property twice in an order.
        assert!(order.contains(','), "{query}");
        return;
    };
    let reader = world.odata.ledger.read().unwrap();
    // Bounded by rows alone: a busy machine is no reason to end.
    let limits = OdataLimits {
        scan_time: Duration::from_secs(3600),
        ..world.odata.limits
    };
    let mut search = Search::new(&reader, &catalog, limits);
    let wanted = options.filter.as_ref().unwrap();
    let mut expected: Vec<Uuid> = naive(&mut search, wanted, set).iter().map(|row| row.id).collect();
    expected.sort_unstable();
    let plan = plan(&catalog, set, Some(wanted), &options.order);
    for number in 0..plan.access_paths.len() {
        let number = u8::try_from(number).unwrap();
        search.reset_looked();
        let Some(path) = search.choose(set, &plan, Some(number), 0).unwrap() else {
            // Too many behind a lookup.
            assert!(matches!(
                plan.access_paths[usize::from(number)].access,
                Access::LookupJoin(_)
            ));
            continue;
        };
        let mut after = None;
        let mut rows: Vec<Row> = Vec::new();
        loop {
            search.reset_looked();
            let page = PageRequest {
                set,
                filter: Some(wanted),
                order: &options.order,
                skip: 0,
                limit: size,
                after,
            };
            let page_end = search.page(&path, &page, &mut |_, row| {
                rows.push(row.clone());
                Ok(true)
            });
            match page_end.unwrap() {
                Some(page_end) => after = Some(page_end.place),
                None => break,
            }
        }
        assert!(
            in_order(&mut search, &options.order, &rows),
            "{query}\nway {number} of {plan:?}"
        );
        let mut found: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{query}\nway {number} of {plan:?}");
    }
    search.reset_looked();
    let counted = search.count(set, Some(wanted)).unwrap();
    assert_eq!(counted, expected.len() as u64, "{query}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_way_gives_the_rows_that_looking_at_all_gives(filter in filter(), order in order(), size in 1..60_usize) {
        check(&filter, &order, size);
    }
}

#[test]
fn some_of_them_find_something() {
    let world = things();
    for (filter, some) in [
        ("Size eq 4", true),
        ("startswith(Name,'a')", true),
        ("Parent/Parent/Note eq 'ab'", true),
        ("Moment eq 2026-11-23T14:30:00.001Z", true),
        ("Price eq 0.25 and Good", true),
        ("Size eq 400", false),
    ] {
        let query = format!("$filter={}", filter.replace(' ', "%20"));
        assert_eq!(!world.values("UsrThing", &query, "Id").is_empty(), some, "{filter}");
    }
    check(&format!("Name in ('{LONG}1','{LONG}2')"), "Name", 3);
    check("Name eq 'ab' or Name eq 'Ab'", "Id desc", 2);
    check("Size ge -1 and Size lt 4", "Size desc", 4);
    check("Size in (1,2,3)", "Size desc", 4);
}
