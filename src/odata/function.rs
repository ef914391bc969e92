//! The functions of a filter.

use super::literal::DAY;
use crate::domain::value::{Value, date_of_days};

/// A function that makes one value of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    ToLower,
    ToUpper,
    Trim,
    Concat,
    Length,
    IndexOf,
    Substring,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Date,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::ToLower,
        Self::ToUpper,
        Self::Trim,
        Self::Concat,
        Self::Length,
        Self::IndexOf,
        Self::Substring,
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Date,
    ];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
            Self::Trim => "trim",
            Self::Concat => "concat",
            Self::Length => "length",
            Self::IndexOf => "indexof",
            Self::Substring => "substring",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Date => "date",
        }
    }
}

/// The most arguments of a function.
pub(super) const MAX_ARGUMENTS: usize = 3;

/// The result of a function for these arguments; none if they are not of its types.
pub(super) fn call(function: Function, arguments: &[&Value]) -> Option<Value> {
    Some(match (function, arguments) {
        (Function::ToLower, [Value::Text(text)]) => Value::Text(text.to_lowercase()),
        (Function::ToUpper, [Value::Text(text)]) => Value::Text(text.to_uppercase()),
        (Function::Trim, [Value::Text(text)]) => Value::Text(text.trim().to_owned()),
        (Function::Concat, [Value::Text(text), Value::Text(more)]) => Value::Text(format!("{text}{more}")),
        (Function::Length, [Value::Text(text)]) => count(text),
        (Function::IndexOf, [Value::Text(text), Value::Text(part)]) => match text.find(part.as_str()) {
            Some(end) => count(text.get(..end)?),
            None => Value::Integer(-1),
        },
        (Function::Substring, [Value::Text(text), Value::Integer(start)]) => substring(text, *start, i64::MAX),
        (Function::Substring, [Value::Text(text), Value::Integer(start), Value::Integer(length)]) => {
            substring(text, *start, *length)
        }
        (Function::Date, [at]) => Value::Date(day(at)?),
        (Function::Year, [at]) => Value::Integer(date_of_days(day(at)?).year().into()),
        (Function::Month, [at]) => Value::Integer(date_of_days(day(at)?).month().into()),
        (Function::Day, [at]) => Value::Integer(date_of_days(day(at)?).day().into()),
        (Function::Hour, [at]) => Value::Integer(second_of_day(at)? / 3600),
        (Function::Minute, [at]) => Value::Integer(second_of_day(at)? / 60 % 60),
        (Function::Second, [at]) => Value::Integer(second_of_day(at)? % 60),
        _ => return None,
    })
}

/// Up to `length` characters from `start`, the first of which is 0.
fn substring(text: &str, start: i64, length: i64) -> Value {
    let count = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    Value::Text(text.chars().skip(count(start)).take(count(length)).collect())
}

/// How many characters a text has.
fn count(text: &str) -> Value {
    Value::Integer(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
}

/// Days since 1970-01-01, in UTC.
fn day(value: &Value) -> Option<i32> {
    match value {
        Value::Date(days) => Some(*days),
        Value::DateTime(moment) => i32::try_from(moment.0.div_euclid(DAY)).ok(),
        _ => None,
    }
}

/// Seconds since midnight, in UTC.
fn second_of_day(value: &Value) -> Option<i64> {
    match value {
        Value::Time(seconds) => Some((*seconds).into()),
        Value::DateTime(moment) => Some(moment.0.rem_euclid(DAY) / 1_000_000),
        _ => None,
    }
}
