//! Default values of columns, as definitions write them.

use jiff::civil;
use rust_decimal::Decimal;
use serde_json::{Number, json};
use uuid::Uuid;

use super::NewColumnType;
use super::json::{Fields, Mistakes, Node};
use crate::domain::column::{ColumnDefault, ColumnType};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// The characters that an automatic number needs after its prefix in a text column.
const NUMBER_DIGITS: usize = 10;

/// The length of a phone number or email address column, in characters.
const MAX_ADDRESS_LENGTH: u32 = 250;

/// The length of a web link column, in characters.
const MAX_LINK_LENGTH: u32 = 500;

/// Reads a default for a column of this type.
///
/// # Errors
/// What is wrong and what is accepted.
pub(super) fn read(node: &Node, kind: &NewColumnType) -> Result<ColumnDefault, String> {
    match node {
        Node::Object(pairs) => special(node, pairs, kind),
        Node::Null => Ok(ColumnDefault::Empty),
        plain => value(plain, kind).map(ColumnDefault::Value),
    }
}

/// Writes a default so that [`read`] reads the same; `null` for a column without a default.
pub(super) fn to_json(default: &ColumnDefault) -> serde_json::Value {
    match default {
        ColumnDefault::Empty => serde_json::Value::Null,
        ColumnDefault::Value(value) => value.to_json(),
        ColumnDefault::Now => json!({ "now": true }),
        ColumnDefault::Number(prefix) => json!({ "number": prefix }),
    }
}

fn special(node: &Node, pairs: &[(String, Node)], kind: &NewColumnType) -> Result<ColumnDefault, String> {
    let mut mistakes = Mistakes::default();
    let fields = Fields::of(node, "", &["now", "number"], &mut mistakes);
    let (Some(fields), true, [(key, value)]) = (fields, mistakes.0.is_empty(), pairs) else {
        return Err("must be a value or an object: {\"now\": true} or {\"number\": \"ORD-\"}".to_owned());
    };
    if key == "now" {
        let moment = matches!(kind, NewColumnType::Plain(ColumnType::Date | ColumnType::DateTime));
        return match value {
            Node::Boolean(true) if moment => Ok(ColumnDefault::Now),
            Node::Boolean(true) => Err(format!(
                "{{\"now\": true}} is allowed for date and datetime columns only, not for {kind}"
            )),
            _ => Err("must be {\"now\": true}".to_owned()),
        };
    }
    let room = match kind {
        NewColumnType::Plain(ColumnType::Text(length)) => usize::from(*length),
        NewColumnType::Plain(ColumnType::UnlimitedText) => usize::from(super::MAX_TEXT_LENGTH),
        _ => {
            return Err(format!(
                "{{\"number\": …}} is allowed for text columns only, not for {kind}"
            ));
        }
    };
    let Some(prefix) = fields.text("number", &mut mistakes) else {
        return Err("the prefix of a number must be a string, as in {\"number\": \"ORD-\"}".to_owned());
    };
    if prefix.chars().any(char::is_control) {
        return Err("the prefix of a number must be one line without control characters".to_owned());
    }
    if prefix.chars().count() + NUMBER_DIGITS > room {
        return Err(format!(
            "the prefix and a number of {NUMBER_DIGITS} digits do not fit into {kind}"
        ));
    }
    Ok(ColumnDefault::Number(prefix.to_owned()))
}

fn value(node: &Node, kind: &NewColumnType) -> Result<Value, String> {
    let NewColumnType::Plain(plain) = kind else {
        return id(node).ok_or_else(|| wanted("the GUID of a record", "f8af0e88-f36b-1410-fa98-00155d043204"));
    };
    match plain {
        ColumnType::Text(length) => text(node, (*length).into()),
        ColumnType::UnlimitedText => text(node, u32::MAX),
        ColumnType::Phone | ColumnType::Email => text(node, MAX_ADDRESS_LENGTH),
        ColumnType::WebLink => text(node, MAX_LINK_LENGTH),
        ColumnType::Integer => integer(node).ok_or_else(|| wanted("a whole number", "12")),
        ColumnType::Decimal(digits) => decimal(node, (*digits).into()),
        ColumnType::Currency => decimal(node, 2),
        ColumnType::Boolean => match node {
            Node::Boolean(yes) => Ok(Value::Boolean(*yes)),
            _ => Err("must be true or false".to_owned()),
        },
        ColumnType::Date => date(node).ok_or_else(|| wanted("a date", "2026-11-23")),
        ColumnType::DateTime => moment(node).ok_or_else(|| wanted("a date and time", "2026-11-23T10:00:00Z")),
        ColumnType::Time => time(node).ok_or_else(|| wanted("a time of day", "10:00:00")),
        ColumnType::Guid | ColumnType::Lookup(_) => {
            id(node).ok_or_else(|| wanted("a GUID", "f8af0e88-f36b-1410-fa98-00155d043204"))
        }
    }
}

fn wanted(what: &str, example: &str) -> String {
    format!("must be {what}, such as {example}")
}

fn text(node: &Node, longest: u32) -> Result<Value, String> {
    let Node::Text(text) = node else {
        return Err(format!("must be a string, not {}", node.what()));
    };
    if text.is_empty() {
        return Err("is empty; leave the default out instead".to_owned());
    }
    let length = text.chars().count();
    if length > longest as usize {
        return Err(format!("has {length} characters; the column accepts at most {longest}"));
    }
    Ok(Value::Text(text.clone()))
}

fn integer(node: &Node) -> Option<Value> {
    match node {
        Node::Number(number) => number.as_i64().map(Value::Integer),
        _ => None,
    }
}

/// A number, or a text if a JSON number would lose digits.
fn decimal(node: &Node, digits: u32) -> Result<Value, String> {
    let (text, exact) = match node {
        Node::Number(number) => (number.to_string(), is_exact(number)),
        Node::Text(text) => (text.clone(), true),
        _ => return Err(wanted("a number", "12.5")),
    };
    if !exact {
        return Err("has more digits than a JSON number can hold; write it as a string, such as \"12.5\"".to_owned());
    }
    let number = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
    let number = number.map_err(|_| wanted("a number", "12.5"))?.normalize();
    if number.scale() > digits {
        return Err(format!(
            "has {} decimal places; the column accepts at most {digits}",
            number.scale()
        ));
    }
    Ok(Value::Decimal(number))
}

/// Whether the parsed number is the written one: a float preserves 15 digits, but not always more.
fn is_exact(number: &Number) -> bool {
    let small = number.as_f64().is_some_and(|float| float.abs() < 1e15);
    !number.is_f64() || small && number.to_string().chars().filter(char::is_ascii_digit).count() <= 16
}

fn date(node: &Node) -> Option<Value> {
    let Node::Text(text) = node else { return None };
    let date: civil::Date = text.parse().ok()?;
    // The parser accepts a time of day and drops it; that would lose data silently.
    if date.to_string() != *text {
        return None;
    }
    let days = civil::date(1970, 1, 1).until(date).ok()?.get_days();
    Some(Value::Date(days))
}

fn time(node: &Node) -> Option<Value> {
    let Node::Text(text) = node else { return None };
    let time: civil::Time = text.parse().ok()?;
    let whole = text.starts_with(|first: char| first.is_ascii_digit()) && time.subsec_nanosecond() == 0;
    let seconds = (u32::try_from(time.hour()).ok()? * 60 + u32::try_from(time.minute()).ok()?) * 60;
    (whole && text.len() <= 8).then_some(Value::Time(seconds + u32::try_from(time.second()).ok()?))
}

fn moment(node: &Node) -> Option<Value> {
    let Node::Text(text) = node else { return None };
    text.parse::<Timestamp>().ok().map(Value::DateTime)
}

fn id(node: &Node) -> Option<Value> {
    let Node::Text(text) = node else { return None };
    Uuid::try_parse(text).ok().filter(|id| !id.is_nil()).map(Value::Guid)
}
