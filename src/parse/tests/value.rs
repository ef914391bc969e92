use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::super::value::convert;
use super::{FieldValue, JSON, Reason, read};
use crate::domain::column::ColumnType as Type;
use crate::domain::value::Value;

fn text(text: &str) -> FieldValue<'_> {
    FieldValue::Text(Cow::Borrowed(text))
}

fn number(token: &str) -> FieldValue<'_> {
    FieldValue::Number(Cow::Borrowed(token))
}

/// The value the way it is shown; `empty` for none; the reason for one that does not fit.
fn shown(kind: Type, field: &FieldValue<'_>) -> String {
    match convert(kind, field) {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "empty".to_owned(),
        Err(reason) => reason.to_string(),
    }
}

fn fits(kind: Type, cases: &[(&str, &str)]) {
    for (sent, wanted) in cases {
        assert_eq!(shown(kind, &text(sent)), *wanted, "{kind:?} from {sent:?}");
    }
}

fn does_not_fit(kind: Type, cases: &[&str], wanted: &str) {
    for sent in cases {
        let wanted = format!("the value is not valid: {wanted}");
        assert_eq!(shown(kind, &text(sent)), wanted, "{kind:?} from {sent:?}");
    }
}

#[test]
fn nothing_is_no_value() {
    let kinds = [
        Type::Text(50),
        Type::UnlimitedText,
        Type::Integer,
        Type::Decimal(4),
        Type::Currency,
        Type::Boolean,
        Type::Date,
        Type::DateTime,
        Type::Time,
        Type::Lookup(1),
        Type::Guid,
        Type::Phone,
        Type::Email,
        Type::WebLink,
    ];
    for kind in kinds {
        for nothing in [text(""), text(" \t\r\n"), FieldValue::Null] {
            assert_eq!(convert(kind, &nothing), Ok(None), "{kind:?}");
        }
        let nested = FieldValue::Nested(Cow::Borrowed(r#"{"first": "John"}"#));
        let kept = convert(kind, &nested);
        if kind == Type::UnlimitedText {
            assert_eq!(kept, Ok(Some(Value::Text(r#"{"first": "John"}"#.to_owned()))));
        } else {
            assert!(matches!(kept, Err(Reason::Unfit { .. })), "{kind:?}");
        }
    }
}

#[test]
fn texts_are_kept_as_sent_and_counted_in_characters() {
    fits(
        Type::Text(4),
        &[("äöüß", "äöüß"), (" x ", " x "), ("a\0\u{202E}b", "a\0\u{202E}b")],
    );
    assert_eq!(
        convert(Type::Text(4), &text("äöüßx")),
        Err(Reason::TooLong { limit: 4, length: 5 })
    );
    assert_eq!(shown(Type::Text(50), &number("1.50")), "1.50");
    assert_eq!(shown(Type::Text(50), &FieldValue::Boolean(true)), "true");
    fits(Type::Phone, &[("+1 212 542 4238", "+1 212 542 4238")]);
    fits(
        Type::Email,
        &[("j.best@ourcompany.com", "j.best@ourcompany.com"), (" a@b ", "a@b")],
    );
    does_not_fit(
        Type::Email,
        &["j.best", "@x", "x@", "a@b@c", "a b@c", "5"],
        "expected an email address, such as j.best@ourcompany.com",
    );
    let long = "x".repeat(501);
    assert_eq!(
        convert(Type::WebLink, &text(&long)),
        Err(Reason::TooLong {
            limit: 500,
            length: 501
        })
    );
    assert_eq!(
        convert(Type::Phone, &text(&long)),
        Err(Reason::TooLong {
            limit: 250,
            length: 501
        })
    );
}

#[test]
fn numbers_are_exact_or_refused() {
    fits(
        Type::Integer,
        &[
            ("42", "42"),
            ("+42", "42"),
            ("-0", "0"),
            (" 42.0 ", "42"),
            ("4.20e1", "42"),
            ("420e-1", "42"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808.0", "-9223372036854775808"),
        ],
    );
    does_not_fit(
        Type::Integer,
        &[
            "4.2",
            "x",
            "4 2",
            "1,000",
            "1_000",
            "9223372036854775808",
            "1e19",
            "1e999999999999999999999",
            "0x2A",
            "--1",
            "e5",
            ".",
        ],
        "expected a whole number from -9223372036854775808 to 9223372036854775807, such as 42",
    );
    fits(
        Type::Currency,
        &[
            ("12.50", "12.5"),
            ("12.5000000000000000000000000000000", "12.5"),
            ("0", "0"),
            ("-0.00", "0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1000"),
            ("0e999999999999", "0"),
            ("-1250e-2", "-12.5"),
            ("99999999999999999999999999.99", "99999999999999999999999999.99"),
        ],
    );
    does_not_fit(
        Type::Currency,
        &[
            "12.505",
            "12,50",
            "$12",
            "1e-3",
            "1e29",
            "NaN",
            "inf",
            "1e",
            "1.2.3",
            "100000000000000000000000000000.01",
        ],
        "expected an amount with at most 2 decimal places and 28 digits in total, such as 12.50",
    );
    fits(Type::Decimal(4), &[("0.0001", "0.0001"), ("3.14150", "3.1415")]);
    fits(Type::Decimal(28), &[("1e-28", "0.0000000000000000000000000001")]);
    does_not_fit(
        Type::Decimal(0),
        &["1.5"],
        "expected a number without decimal places, such as 12",
    );
}

#[test]
fn booleans_come_in_many_words() {
    fits(
        Type::Boolean,
        &[
            ("true", "true"),
            ("True", "true"),
            ("on", "true"),
            ("1", "true"),
            ("YES", "true"),
        ],
    );
    fits(
        Type::Boolean,
        &[
            ("false", "false"),
            ("False", "false"),
            ("off", "false"),
            ("0", "false"),
            ("no", "false"),
        ],
    );
    assert_eq!(shown(Type::Boolean, &FieldValue::Boolean(true)), "true");
    assert_eq!(shown(Type::Boolean, &number("0")), "false");
    does_not_fit(
        Type::Boolean,
        &["2", "maybe", "tru"],
        "expected true or false (or 1, on, yes, 0, off, no)",
    );
}

#[test]
fn dates_moments_and_times_are_iso_8601() {
    fits(
        Type::Date,
        &[
            ("2026-11-23", "2026-11-23"),
            ("2024-02-29", "2024-02-29"),
            ("0001-01-01", "0001-01-01"),
            ("9999-12-31", "9999-12-31"),
            ("2026-11-23T23:30:00-05:00", "2026-11-23"),
            ("2026-11-23 00:10", "2026-11-23"),
        ],
    );
    does_not_fit(
        Type::Date,
        &[
            "23.11.2026",
            "11/23/2026",
            "2026-02-29",
            "2026-13-01",
            "0000-01-01",
            "2026-11-23T",
            "2026-11-23T25:00",
            "20261123",
            "2026-11-2",
            "2026-11-23x",
        ],
        "expected a date, such as 2026-11-23",
    );
    fits(
        Type::DateTime,
        &[
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("2026-11-23T14:30", "2026-11-23T14:30:00Z"),
            ("2026-11-23t14:30:15z", "2026-11-23T14:30:15Z"),
            ("2026-11-23T14:30:15.1234567+02:00", "2026-11-23T12:30:15.123456Z"),
            ("2026-11-23 14:30:15-0530", "2026-11-23T20:00:15Z"),
            ("2026-11-23T14:30+02", "2026-11-23T12:30:00Z"),
            ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.9Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ],
    );
    does_not_fit(
        Type::DateTime,
        &[
            "now",
            "1790000000",
            "2026-11-23T14",
            "2026-11-23T14:30:60Z",
            "2026-11-23T14:30:15.Z",
            "2026-11-23T14:30+2",
            "2026-11-23T14:30+02:",
            "2026-11-23T14:30 Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-01:00",
            "2026-11-23T14:30ZZ",
        ],
        "expected a date and time, such as 2026-11-23T14:30:00Z",
    );
    fits(
        Type::Time,
        &[
            ("14:30", "14:30:00"),
            ("00:00:59", "00:00:59"),
            ("23:59:59.000", "23:59:59"),
        ],
    );
    does_not_fit(
        Type::Time,
        &["24:00", "9:30", "14", "14:60", "14:30:00.5", "2026-11-23T14:30"],
        "expected a time of day, such as 14:30",
    );
}

#[test]
fn guids_come_with_or_without_braces() {
    let id = "f8af0e88-f36b-1410-fa98-00155d043204";
    for kind in [Type::Guid, Type::Lookup(7)] {
        fits(
            kind,
            &[
                (id, id),
                (&format!(" {{{}}} ", id.to_uppercase()), id),
                (&id.replace('-', ""), id),
            ],
        );
    }
    let nil = "00000000-0000-0000-0000-000000000000";
    fits(Type::Lookup(7), &[(nil, "empty")]);
    fits(Type::Guid, &[(nil, nil)]);
    does_not_fit(
        Type::Lookup(7),
        &["Canada", "f8af0e88", "f8af0e88-f36b-1410-fa98-00155d04320g"],
        "expected the id of a record, such as f8af0e88-f36b-1410-fa98-00155d043204",
    );
    let digits = number("12345678901234567890123456789012");
    assert!(convert(Type::Guid, &digits).is_err());
}

#[test]
fn a_broken_value_keeps_its_reason() {
    let fields = read(JSON, br#"{"a":"\ud800"}"#).unwrap();
    let reason = convert(Type::Text(50), &fields[0].value).unwrap_err();
    assert!(reason.to_string().contains("half of a character"), "{reason}");
}

#[test]
fn long_tokens_are_judged_quickly() {
    let nines = "9".repeat(1 << 20);
    let zeros = format!("1{}e-{}", "0".repeat(1 << 20), 1 << 20);
    let behind = format!("1.{}", "0".repeat(1 << 20));
    let start = Instant::now();
    for kind in [
        Type::Integer,
        Type::Decimal(2),
        Type::Boolean,
        Type::DateTime,
        Type::Time,
        Type::Guid,
        Type::Email,
    ] {
        assert!(convert(kind, &number(&nines)).is_err(), "{kind:?}");
    }
    assert_eq!(shown(Type::Integer, &number(&zeros)), "1");
    assert_eq!(shown(Type::Currency, &number(&behind)), "1");
    assert!(start.elapsed() < Duration::from_secs(60));
}
