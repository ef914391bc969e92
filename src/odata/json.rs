//! Writes values as JSON, directly into the response.

use std::io::Write;

use uuid::Uuid;

use super::empty::empty_text;
use super::model::Kind;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// Days from 0000-03-01 to 1970-01-01, and of 400 years.
const EPOCH_DAYS: i64 = 719_468;
const ERA_DAYS: i64 = 146_097;

/// Writes a value as JSON. `numbers_as_text` puts decimals and 64-bit integers into quotes.
pub(super) fn value_json(value: Option<&Value>, kind: Kind, numbers_as_text: bool, out: &mut Vec<u8>) {
    let quoted = match (value, kind) {
        (None, Kind::Boolean) | (Some(Value::Boolean(_)), _) => false,
        (None, Kind::Integer | Kind::Decimal { .. }) | (Some(Value::Integer(_) | Value::Decimal(_)), _) => {
            numbers_as_text
        }
        (None | Some(Value::Date(_) | Value::DateTime(_) | Value::Time(_)), _) => true,
        (Some(Value::Text(text)), _) => return text_json(text, out),
        (Some(Value::Guid(id)), _) => return guid_json(*id, out),
    };
    if quoted {
        out.push(b'"');
    }
    value_plain(value, kind, out);
    if quoted {
        out.push(b'"');
    }
}

/// Writes a value as plain text.
pub(super) fn value_plain(value: Option<&Value>, kind: Kind, out: &mut Vec<u8>) {
    match value {
        None => out.extend_from_slice(empty_text(kind).as_bytes()),
        Some(Value::Text(text)) => out.extend_from_slice(text.as_bytes()),
        Some(Value::Boolean(yes)) => out.extend_from_slice(if *yes { b"true" } else { b"false" }),
        Some(Value::Date(days)) => date(i64::from(*days), out),
        Some(Value::DateTime(at)) => moment(*at, out),
        Some(Value::Guid(id)) => guid(*id, out),
        Some(Value::Integer(number)) => put(out, format_args!("{number}")),
        Some(Value::Decimal(number)) => put(out, format_args!("{number}")),
        Some(Value::Time(seconds)) => put(
            out,
            format_args!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        ),
    }
}

/// Writes a text as JSON, with its quotes.
pub(super) fn text_json(text: &str, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = serde_json::to_writer(&mut *out, text);
}

/// Writes formatted text.
pub(super) fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(text);
}

fn guid_json(id: Uuid, out: &mut Vec<u8>) {
    out.push(b'"');
    guid(id, out);
    out.push(b'"');
}

fn guid(id: Uuid, out: &mut Vec<u8>) {
    let mut buffer = Uuid::encode_buffer();
    out.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
}

fn moment(at: Timestamp, out: &mut Vec<u8>) {
    let millis = at.millis();
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    date(days, out);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    put(out, format_args!("T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"));
}

/// The calendar date of a day since 1970-01-01. Years begin in March here, so that the day
/// that may be missing is the last.
fn date(days: i64, out: &mut Vec<u8>) {
    let days = days + EPOCH_DAYS;
    let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    put(out, format_args!("{year:04}-{month:02}-{day:02}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::date_of_days;

    fn json(value: Option<&Value>, kind: Kind, as_text: bool) -> String {
        let mut out = Vec::new();
        value_json(value, kind, as_text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_kind_as_its_readers_want_it() {
        let decimal = |text: &str| Some(Value::Decimal(text.parse().unwrap()));
        let rows = [
            (None, Kind::Text, "\"\""),
            (None, Kind::Guid, "\"00000000-0000-0000-0000-000000000000\""),
            (None, Kind::Boolean, "false"),
            (None, Kind::Integer, "0"),
            (None, Kind::Decimal { scale: 2 }, "0"),
            (None, Kind::Date, "\"0001-01-01\""),
            (None, Kind::DateTime, "\"0001-01-01T00:00:00Z\""),
            (None, Kind::Time, "\"00:00:00\""),
            (
                Some(Value::Text("a\"\\\n\u{1}ä".to_owned())),
                Kind::Text,
                "\"a\\\"\\\\\\n\\u0001ä\"",
            ),
            (
                decimal("79228162514264337593543950.335"),
                Kind::Decimal { scale: 3 },
                "79228162514264337593543950.335",
            ),
            (decimal("-0.10"), Kind::Decimal { scale: 2 }, "-0.10"),
            (Some(Value::Integer(i64::MIN)), Kind::Integer, "-9223372036854775808"),
            (Some(Value::Boolean(true)), Kind::Boolean, "true"),
            (Some(Value::Time(3_723)), Kind::Time, "\"01:02:03\""),
            (
                Some(Value::DateTime(Timestamp(1_795_444_200_123_999))),
                Kind::DateTime,
                "\"2026-11-23T14:30:00.123Z\"",
            ),
            (
                Some(Value::DateTime(Timestamp(-1))),
                Kind::DateTime,
                "\"1969-12-31T23:59:59.999Z\"",
            ),
        ];
        for (value, kind, expected) in rows {
            assert_eq!(json(value.as_ref(), kind, false), expected);
        }
        assert_eq!(
            json(decimal("1.50").as_ref(), Kind::Decimal { scale: 2 }, true),
            "\"1.50\""
        );
        assert_eq!(json(Some(&Value::Integer(5)), Kind::Integer, true), "\"5\"");
        assert_eq!(json(None, Kind::Integer, true), "\"0\"");
        assert_eq!(json(None, Kind::Boolean, true), "false");
        assert_eq!(json(Some(&Value::Boolean(true)), Kind::Boolean, true), "true");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for days in (-719_162..2_932_896).step_by(1237).chain(18_000..19_000) {
            let mut out = Vec::new();
            date(i64::from(days), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), date_of_days(days).to_string());
        }
    }
}
