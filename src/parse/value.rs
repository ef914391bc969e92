//! From a value as sent to a value of a column.

use std::borrow::Cow;

use uuid::Uuid;

use super::{FieldValue, number, when};
use crate::domain::column::ColumnType;
use crate::domain::parse_issue::Reason;
use crate::domain::value::Value;

/// Converts a value as sent into a value of a column. Empty and blank texts and `null` are
/// no value; so is the zero GUID for a lookup. Nothing is rounded.
///
/// # Errors
/// When the value does not fit, with what the column takes.
pub fn convert(kind: ColumnType, field: &FieldValue<'_>) -> Result<Option<Value>, Reason> {
    let sent = match field {
        FieldValue::Null => return Ok(None),
        FieldValue::Broken(broken) => return Err(broken.reason.clone()),
        FieldValue::Nested(json) if kind == ColumnType::UnlimitedText => {
            return Ok(Some(Value::Text(json.clone().into_owned())));
        }
        FieldValue::Nested(_) => return Err(unfit(kind)),
        FieldValue::Text(text) | FieldValue::Number(text) => text.as_ref(),
        FieldValue::Boolean(true) => "true",
        FieldValue::Boolean(false) => "false",
    };
    let trimmed = sent.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let value = match kind {
        ColumnType::Text(limit) => text(sent, limit.into())?,
        ColumnType::UnlimitedText => Value::Text(sent.to_owned()),
        ColumnType::Phone => text(sent, 250)?,
        ColumnType::WebLink => text(sent, 500)?,
        ColumnType::Email if is_email(trimmed) => text(trimmed, 250)?,
        ColumnType::Lookup(_) => match guid(field, trimmed) {
            Some(id) if id.is_nil() => return Ok(None),
            Some(id) => Value::Guid(id),
            None => return Err(unfit(kind)),
        },
        _ => other(kind, field, trimmed).ok_or_else(|| unfit(kind))?,
    };
    Ok(Some(value))
}

fn other(kind: ColumnType, field: &FieldValue<'_>, text: &str) -> Option<Value> {
    match kind {
        ColumnType::Integer => number::integer(text).map(Value::Integer),
        ColumnType::Decimal(digits) => number::decimal(text, digits.into()).map(Value::Decimal),
        ColumnType::Currency => number::decimal(text, 2).map(Value::Decimal),
        ColumnType::Boolean => boolean(text).map(Value::Boolean),
        ColumnType::Date => when::date(text).map(Value::Date),
        ColumnType::DateTime => when::moment(text).map(Value::DateTime),
        ColumnType::Time => when::time_of_day(text).map(Value::Time),
        ColumnType::Guid => guid(field, text).map(Value::Guid),
        _ => None,
    }
}

fn text(text: &str, limit: u32) -> Result<Value, Reason> {
    // Characters are never more than bytes, so that most texts need no counting.
    if text.len() > limit as usize {
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if length > limit {
            return Err(Reason::TooLong { limit, length });
        }
    }
    Ok(Value::Text(text.to_owned()))
}

fn boolean(text: &str) -> Option<bool> {
    const YES: [&str; 4] = ["true", "1", "on", "yes"];
    const NO: [&str; 4] = ["false", "0", "off", "no"];
    let is_one_of = |words: [&str; 4]| words.into_iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(YES) {
        Some(true)
    } else {
        is_one_of(NO).then_some(false)
    }
}

/// A GUID with or without hyphens and braces.
fn guid(field: &FieldValue<'_>, text: &str) -> Option<Uuid> {
    matches!(field, FieldValue::Text(_))
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}

/// What a column accepts, with an example.
fn unfit(kind: ColumnType) -> Reason {
    let wanted: Cow<'static, str> = match kind {
        ColumnType::Text(_) | ColumnType::UnlimitedText | ColumnType::Phone | ColumnType::WebLink => {
            "expected a single value, not a nested object or array".into()
        }
        ColumnType::Integer => {
            "expected a whole number from -9223372036854775808 to 9223372036854775807, such as 42".into()
        }
        ColumnType::Decimal(0) => "expected a number without decimal places, such as 12".into(),
        ColumnType::Decimal(digits) => {
            format!("expected a number with at most {digits} decimal places and 28 digits in total, such as 12.5")
                .into()
        }
        ColumnType::Currency => {
            "expected an amount with at most 2 decimal places and 28 digits in total, such as 12.50".into()
        }
        ColumnType::Boolean => "expected true or false (or 1, on, yes, 0, off, no)".into(),
        ColumnType::Date => "expected a date, such as 2026-11-23".into(),
        ColumnType::DateTime => "expected a date and time, such as 2026-11-23T14:30:00Z".into(),
        ColumnType::Time => "expected a time of day, such as 14:30".into(),
        ColumnType::Lookup(_) => "expected the id of a record, such as f8af0e88-f36b-1410-fa98-00155d043204".into(),
        ColumnType::Guid => "expected a GUID, such as f8af0e88-f36b-1410-fa98-00155d043204".into(),
        ColumnType::Email => "expected an email address, such as j.best@ourcompany.com".into(),
    };
    Reason::Unfit {
        wanted: wanted.into_owned(),
    }
}
