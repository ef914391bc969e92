//! Which types go together, and literals as values of a type.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::check::gives;
use super::filter::Operand;
use super::literal::{DAY, guid, midnight};
use super::model::Kind;
use crate::domain::value::Value;

/// A type, as far as comparing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Time,
    Guid,
}

impl Shape {
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

    pub const fn of_operand(operand: &Operand) -> Self {
        match operand {
            Operand::Path(path) => Self::of_kind(path.kind),
            Operand::Value(value) => Self::of_value(value),
            Operand::Call(function, _) => gives(*function),
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

/// A literal as a value of this type, to be compared with `operand`.
pub(super) fn fit(value: Value, shape: Shape, operand: &Operand) -> Result<Value, String> {
    let problem = |found: &str| {
        let (what, is, example) = (name_of(operand), shape.name(), shape.example());
        Err(format!(
            "{what} is {is} and cannot be compared with {found}; write it as {example}"
        ))
    };
    match (shape, value) {
        (Shape::Integer, Value::Decimal(number)) => Ok(match number.is_integer().then(|| number.to_i64()) {
            Some(Some(number)) => Value::Integer(number),
            // Exact comparison needs it as it is.
            _ => Value::Decimal(number),
        }),
        (Shape::Decimal, Value::Integer(number)) => Ok(Value::Decimal(Decimal::from(number))),
        (Shape::Guid, Value::Text(text)) => match guid(&text) {
            Some(id) => Ok(Value::Guid(id)),
            None => problem("a text that is no GUID"),
        },
        (Shape::DateTime, Value::Date(days)) => Ok(Value::DateTime(midnight(days))),
        (Shape::Date, Value::DateTime(moment)) => match i32::try_from(moment.0.div_euclid(DAY)) {
            Ok(days) if midnight(days) == moment => Ok(Value::Date(days)),
            _ => problem("a time of day"),
        },
        (shape, value) if Shape::of_value(&value) == shape => Ok(value),
        (_, value) => problem(Shape::of_value(&value).name()),
    }
}

/// An operand in an error.
pub(super) fn name_of(operand: &Operand) -> String {
    match operand {
        Operand::Path(path) => path.text.clone(),
        Operand::Value(_) => "this".to_owned(),
        Operand::Call(function, _) => format!("{}(…)", function.name()),
    }
}
