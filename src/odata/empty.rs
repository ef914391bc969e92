//! Empty properties, as Creatio writes them: there are no nulls among values.
//!
//! In conditions, an empty text, GUID, number or boolean counts as the value that it is shown as.
//! An empty date or time does not: nobody was born before 1900 because no date of birth is known.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::literal::FIRST;
use super::model::Kind;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// How an empty property is written.
pub(super) const fn empty_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "",
        Kind::Integer | Kind::Decimal { .. } => "0",
        Kind::Boolean => "false",
        Kind::Date => "0001-01-01",
        Kind::DateTime => "0001-01-01T00:00:00Z",
        Kind::Time => "00:00:00",
        Kind::Guid => "00000000-0000-0000-0000-000000000000",
    }
}

/// The value that an empty property counts as in conditions and orders; none for dates and times.
pub(super) const fn counts_as(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::Text(String::new())),
        Kind::Integer => Some(Value::Integer(0)),
        Kind::Decimal { .. } => Some(Value::Decimal(Decimal::ZERO)),
        Kind::Boolean => Some(Value::Boolean(false)),
        Kind::Guid => Some(Value::Guid(Uuid::nil())),
        Kind::Date | Kind::DateTime | Kind::Time => None,
    }
}

/// Whether a date or time is the one that an empty property is written as.
pub(super) fn is_empty_moment(value: &Value) -> bool {
    match value {
        Value::Date(days) => Timestamp(FIRST) == super::literal::midnight(*days),
        Value::DateTime(at) => *at == Timestamp(FIRST),
        Value::Time(seconds) => *seconds == 0,
        _ => false,
    }
}

/// Whether a value in a body means that the property is empty, since that is how answers write it.
/// Numbers, booleans and times are values of their own.
pub(super) fn clears(value: &Value) -> bool {
    match value {
        Value::Guid(id) => id.is_nil(),
        Value::Date(_) | Value::DateTime(_) => is_empty_moment(value),
        _ => false,
    }
}
