//! The types of values, as far as comparing goes.

use uuid::Uuid;

use super::model::Kind;
use crate::domain::value::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Time,
    Guid,
}

impl ValueType {
    pub const fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Integer => Self::Integer,
            Kind::Decimal { .. } => Self::Decimal,
            Kind::Boolean => Self::Boolean,
            Kind::Date => Self::Date,
            Kind::DateTime => Self::DateTime,
            Kind::Time => Self::Time,
            Kind::Guid => Self::Guid,
        }
    }

    pub const fn of_value(value: &Value) -> Self {
        match value {
            Value::Text(_) => Self::Text,
            Value::Integer(_) => Self::Integer,
            Value::Decimal(_) => Self::Decimal,
            Value::Boolean(_) => Self::Boolean,
            Value::Date(_) => Self::Date,
            Value::DateTime(_) => Self::DateTime,
            Value::Time(_) => Self::Time,
            Value::Guid(_) => Self::Guid,
        }
    }

    /// Whether two properties of these types can be compared.
    pub fn comparable(self, other: Self) -> bool {
        let number = |shape| matches!(shape, Self::Integer | Self::Decimal);
        self == other || number(self) && number(other)
    }

    /// What an empty one is shown as, if that is not null.
    pub fn empty(self) -> Option<Value> {
        match self {
            Self::Text => Some(Value::Text(String::new())),
            Self::Guid => Some(Value::Guid(Uuid::nil())),
            _ => None,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Boolean => "a boolean",
            Self::Date => "a date",
            Self::DateTime => "a date/time",
            Self::Time => "a time",
            Self::Guid => "a GUID",
        }
    }

    pub const fn example(self) -> &'static str {
        match self {
            Self::Text => "'abc'",
            Self::Integer => "42",
            Self::Decimal => "12.50",
            Self::Boolean => "true",
            Self::Date => "2026-11-23",
            Self::DateTime => "2026-11-23T10:00:00Z",
            Self::Time => "10:00:00",
            Self::Guid => "f8af0e88-f36b-1410-fa98-00155d043204",
        }
    }
}
