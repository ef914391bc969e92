//! What holds for every text.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::domain::value::Value;

/// Texts that are mostly almost filters.
fn soup() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "Name",
        "Size",
        "Rate",
        "Good",
        "Day",
        "At",
        "Hour",
        "Key",
        "OwnerId",
        "Owner",
        "Parent",
        "/",
        "(",
        ")",
        ",",
        "eq",
        "ne",
        "gt",
        "le",
        "in",
        "and",
        "or",
        "not",
        "null",
        "true",
        "false",
        "'a'",
        "'O''B'",
        "''",
        "5",
        "-1.50",
        "1e3",
        "2026-11-23",
        "2026-11-23T10:00:00Z",
        "10:00:00",
        "f8af0e88-f36b-1410-fa98-00155d043204",
        "contains",
        "tolower",
        "length",
        "year",
        "date",
        "concat",
        "$select",
        "$expand",
        "=",
        ";",
        "*",
        "desc",
        "größe",
        "'",
    ]);
    prop::collection::vec(words, 0..12).prop_map(|words| words.join(" "))
}

/// A condition that fits, with operands of one type.
fn condition() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["eq", "ne", "gt", "ge", "lt", "le"]);
    let text = prop_oneof![
        Just("Name".to_owned()),
        Just("Owner/Country/Name".to_owned()),
        "[a-z'ß ]{0,6}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
    ];
    let text = text.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|text| format!("tolower({text})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("concat({one},{other})")),
        ]
    });
    let number = prop_oneof![
        Just("Size".to_owned()),
        Just("Rate".to_owned()),
        Just("length(Name)".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        (any::<i64>(), -30..30_i32).prop_map(|(number, power)| format!("{number}e{power}")),
        (any::<i32>(), 0..1000_u32).prop_map(|(number, behind)| format!("{number}.{behind}")),
    ];
    let moment = prop_oneof![
        Just("At".to_owned()),
        Just("CreatedOn".to_owned()),
        (1..9999_u16, 1..=12_u8, 0..24_u8, 0..1_000_000_u32).prop_map(|(year, month, hour, micros)| format!(
            "{year:04}-{month:02}-28T{hour:02}:30:59.{micros:06}+05:30"
        )),
    ];
    let compared = |operand: BoxedStrategy<String>| {
        (operand.clone(), operator.clone(), operand)
            .prop_map(|(one, operator, other)| format!("{one} {operator} {other}"))
    };
    prop_oneof![
        compared(text.clone().boxed()),
        compared(number.clone().boxed()),
        compared(moment.boxed()),
        (text.clone(), text).prop_map(|(one, other)| format!("contains({one},{other})")),
        (number, any::<i32>()).prop_map(|(one, other)| format!("{one} in ({other},null,0.5)")),
        Just("Good".to_owned()),
        Just("Good eq null".to_owned()),
        Just("OwnerId ne null".to_owned()),
    ]
}

fn whole_filter() -> impl Strategy<Value = String> {
    condition().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} and {other}")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("{one} or ({other})")),
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            inner.prop_map(|inner| format!("({inner}) eq false")),
        ]
    })
}

/// Reads a text in all the ways that there are.
fn read(text: &str) {
    let catalog = catalog();
    let thing = type_of(catalog, "UsrThing");
    let _ = query_options(catalog, &thing, text, NOW);
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    for option in ["$filter", "$orderby", "$select", "$expand"] {
        let read = query_options(catalog, &thing, &format!("{option}={encoded}"), NOW);
        if let Err(error) = read {
            assert!(error.position <= text.chars().count() + 1, "{error}");
            assert!(error.problem.len() < 1000, "{error}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        read(&text);
    }

    #[test]
    fn any_words_are_read_or_refused(text in soup()) {
        read(&text);
    }

    #[test]
    fn a_filter_that_is_written_is_the_same_when_read_again(text in whole_filter()) {
        let catalog = catalog();
        let thing = type_of(catalog, "UsrThing");
        if let Ok(read) = filter(catalog, &thing, &text, NOW) {
            let written = read.to_string();
            prop_assert_eq!(filter(catalog, &thing, &written, NOW), Ok(read.clone()), "{} written as {}", text, written);
            matches(&read, &mut |path: &Path| match path.text.as_str() {
                "Name" => PathValue::Value(Cow::Owned(Value::Text("ß".to_owned()))),
                _ if path.steps.is_empty() => PathValue::Empty,
                _ => PathValue::Nowhere,
            });
        } else {
            // Numbers with too many digits, and more than eight concat.
            let numbers = text.contains('e') && text.chars().any(|c| c.is_ascii_digit());
            prop_assert!(numbers || text.contains("concat"), "{}", text);
        }
    }
}
