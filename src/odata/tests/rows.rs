//! Filters on rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::domain::value::Value;

const OWNER: Uuid = Uuid::from_u128(0xf8af_0e88_f36b_1410_fa98_0015_5d04_3204);

/// A thing with all columns filled; `Owner/Name` is what stands behind its lookup.
fn full() -> HashMap<&'static str, Value> {
    let at = "2026-11-23T10:20:30.5Z".parse().unwrap();
    HashMap::from([
        ("Name", Value::Text("Größe Ann".to_owned())),
        ("Size", Value::Integer(42)),
        ("Rate", Value::Decimal(Decimal::new(15, 1))),
        ("Good", Value::Boolean(true)),
        ("Day", Value::Date(20_780)),
        ("At", Value::DateTime(at)),
        ("Hour", Value::Time(36_000)),
        ("OwnerId", Value::Guid(OWNER)),
        ("Owner/Name", Value::Text("Bob".to_owned())),
    ])
}

fn taken(row: &HashMap<&'static str, Value>, text: &str) -> bool {
    let filter = filter_on("UsrThing", text).unwrap_or_else(|error| panic!("{text}: {error}"));
    matches(&filter, &mut |path: &Path| match row.get(path.text.as_str()) {
        Some(value) => PathValue::Value(Cow::Borrowed(value)),
        None if path.steps.is_empty() => PathValue::Empty,
        None => PathValue::Nowhere,
    })
}

#[test]
fn a_full_row() {
    let row = full();
    for text in [
        "Name eq 'Größe Ann'",
        "Name gt 'Ann' and Name lt 'a'",
        "Size eq 42 and Size gt 41.5 and Size lt 42.5 and Size ne 42.5",
        "Size lt 9223372036854775808",
        "Rate eq 1.50 and Rate lt Size and Rate gt 1",
        "Good",
        "Good eq true and not (Good eq false)",
        "Day eq 2026-11-23 and Day lt 2026-11-24",
        "Day ne 0001-01-01 and At gt 0001-01-01T00:00:00Z and not (Hour in (00:00:00))",
        "At gt 2026-11-23T10:20:30Z and At lt 2026-11-23T12:20:31+02:00",
        "Hour eq 10:00:00 and Hour ge 09:59",
        "OwnerId eq f8af0e88-f36b-1410-fa98-00155d043204",
        "OwnerId ne null and Owner ne null and OwnerId ne 00000000-0000-0000-0000-000000000000",
        "Owner/Name in ('Ann','Bob')",
        "Size in (1,42)",
        "Size ne null and not (Size eq null)",
        "contains(Name,'ße') and startswith(Name,'Gr') and endswith(Name,'Ann')",
        "not contains(Name,'ann') and contains(tolower(Name),'ann')",
        "toupper(Owner/Name) eq 'BOB'",
        "trim(concat(Owner/Name,'  ')) eq 'Bob'",
        "substring(Name,6) eq 'Ann' and substring(Name,1,3) eq 'röß' and substring(Name,-1,2) eq 'Gr'",
        "substring(Name,99) eq '' and substring(Name,2,-1) eq '' and substring(Name,Size) eq ''",
        "At lt now() and CreatedOn eq null",
        "length(Name) eq 9 and indexof(Name,'e') eq 4 and indexof(Name,'x') eq -1",
        "year(At) eq 2026 and month(At) eq 11 and day(Day) eq 23",
        "hour(At) eq 10 and minute(At) eq 20 and second(At) eq 30 and hour(Hour) eq 10",
        "date(At) eq Day",
        "false or Good and true",
    ] {
        assert!(taken(&row, text), "{text}");
        assert!(!taken(&row, &format!("not ({text})")), "not ({text})");
    }
}

#[test]
fn an_empty_row() {
    let row = HashMap::new();
    for text in [
        // An empty text is "", an empty GUID is zeros.
        "Name eq null and Name eq '' and Name ne 'x' and not (Name ne null)",
        "length(Name) eq 0 and tolower(Name) eq '' and not contains(Name,'x')",
        "Name lt 'a' and Name in (null) and Name in ('')",
        "OwnerId eq null and OwnerId eq 00000000-0000-0000-0000-000000000000 and OwnerId in (null)",
        "Owner/Name eq null and Owner/Name ne 'Bob'",
        // An empty number is 0, an empty boolean is false; null finds those that are empty.
        "Size eq 0 and Rate eq 0.00 and Size ne 5 and Size le 5 and Size ge -1 and not (Size gt 5)",
        "Size eq null and Size in (0,7) and Size in (1,null) and not (Size in (1,2))",
        "Size eq Rate and Size ge Rate",
        "not Good and Good eq false and Good ne true and Good eq null and Good in (null)",
        "Good or true",
        // An empty date or time is found by null and as it is shown; it is neither before nor after.
        "Day eq null and Day eq 0001-01-01 and Day eq 0001-01-01T00:00:00Z and Day in (0001-01-01,2026-11-23)",
        "Day ne 2026-11-23 and not (Day ne 0001-01-01) and not (Day lt 2026-11-23) and not (Day ge 0001-01-01)",
        "At eq 0001-01-01T00:00:00Z and not (At lt 2026-11-23T10:00:00Z) and not (At gt 0001-01-01)",
        "Hour eq 00:00:00 and Hour eq null and not (Hour le 10:00:00)",
        "year(At) eq null and year(At) ne 2026 and not (year(At) lt 2026)",
        // Behind an empty lookup there is nothing.
        "Parent/Size eq null and Parent/Size ne 0 and not (Parent/Size lt 5) and not (Parent/Size in (0))",
        "Parent/Good eq null and Parent/Good ne false and Parent/Day eq 0001-01-01",
    ] {
        assert!(taken(&row, text), "{text}");
        assert!(!taken(&row, &format!("not ({text})")), "not ({text})");
    }
    // It is not known, so neither it nor its opposite is taken.
    for text in [
        "Parent/Good",
        "Parent/Good or Size eq 5",
        "Parent/Good and Size eq 0",
        "not Parent/Good",
    ] {
        assert!(!taken(&row, text), "{text}");
        assert!(!taken(&row, &format!("not ({text})")), "not ({text})");
    }
    assert!(!taken(&row, "Parent/Good and false") && taken(&row, "not (Parent/Good and false)"));
}

#[test]
fn an_empty_value_comes_first() {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let number = |number| Some(Value::Integer(number));
    let decimal = Some(Value::Decimal(Decimal::new(415, 1)));
    for (less, greater) in [
        (None, number(-5)),
        (number(-5), number(42)),
        (number(41), decimal.clone()),
        (decimal, number(42)),
        (None, text("a")),
        (text(""), text("a")),
        (text("Z"), text("a")),
        (None, Some(Value::Boolean(false))),
        (Some(Value::Boolean(false)), Some(Value::Boolean(true))),
        (None, Some(Value::Guid(OWNER))),
    ] {
        assert_eq!(
            compare_for_order(less.as_ref(), greater.as_ref()),
            Ordering::Less,
            "{less:?} {greater:?}"
        );
        assert_eq!(
            compare_for_order(greater.as_ref(), less.as_ref()),
            Ordering::Greater,
            "{less:?} {greater:?}"
        );
        assert_eq!(compare_for_order(less.as_ref(), less.as_ref()), Ordering::Equal);
    }
    assert_eq!(compare_for_order(None, text("").as_ref()), Ordering::Equal);
    assert_eq!(
        compare_for_order(Some(&Value::Guid(Uuid::nil())), None),
        Ordering::Equal
    );
}
