//! Which types go together, and literals as values of a type.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::filter::Operand;
use super::literal::{DAY, guid, midnight};
use super::signature::gives;
use super::value_type::ValueType;
use crate::domain::value::Value;

/// The type of an operand.
pub(super) const fn type_of(operand: &Operand) -> ValueType {
    match operand {
        Operand::Path(path) => ValueType::of_kind(path.kind),
        Operand::Value(value) => ValueType::of_value(value),
        Operand::Call(function, _) => gives(*function),
    }
}

/// A literal as a value of this type, to be compared with `operand`.
pub(super) fn fit(value: Value, shape: ValueType, operand: &Operand) -> Result<Value, String> {
    let problem = |found: &str| {
        let (what, is, example) = (name_of(operand), shape.name(), shape.example());
        Err(format!(
            "{what} is {is} and cannot be compared with {found}; write it as {example}"
        ))
    };
    match (shape, value) {
        (ValueType::Integer, Value::Decimal(number)) => Ok(match number.is_integer().then(|| number.to_i64()) {
            Some(Some(number)) => Value::Integer(number),
            // Exact comparison needs it as it is.
            _ => Value::Decimal(number),
        }),
        (ValueType::Decimal, Value::Integer(number)) => Ok(Value::Decimal(Decimal::from(number))),
        (ValueType::Guid, Value::Text(text)) => match guid(&text) {
            Some(id) => Ok(Value::Guid(id)),
            None => problem("a string that is not a GUID"),
        },
        (ValueType::DateTime, Value::Date(days)) => Ok(Value::DateTime(midnight(days))),
        (ValueType::Date, Value::DateTime(moment)) => match i32::try_from(moment.0.div_euclid(DAY)) {
            Ok(days) if midnight(days) == moment => Ok(Value::Date(days)),
            _ => problem("a time of day"),
        },
        (shape, value) if ValueType::of_value(&value) == shape => Ok(value),
        (_, value) => problem(ValueType::of_value(&value).name()),
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
