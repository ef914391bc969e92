//! Whether a row matches a filter, and the order of rows.
//!
//! An empty property counts as `empty.rs` says; dates and times that are empty, and values behind an
//! empty lookup, are null as OData defines it: `eq` and `ne` tell null from other values, the other
//! comparisons are false when a side is null, a function of null is null; `not`, `and` and `or` of
//! null are unknown unless the other side decides, and a row with an unknown result does not match.
//! Texts are compared by code point; the tests are case-sensitive, and `tolower` helps.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::empty::counts_as;
use super::filter::{Comparison, Filter, Operand, Path, TextTest};
use super::function::{self, Function, MAX_ARGUMENTS};
use super::model::Kind;
use crate::domain::value::Value;

/// What a row has at a path.
#[derive(Debug, Clone, PartialEq)]
pub enum PathValue<'r> {
    Value(Cow<'r, Value>),
    /// The property is empty.
    Empty,
    /// A lookup on the way is empty, so there is no such property.
    Nowhere,
}

/// Whether a row matches the filter; `value` returns the row's values.
pub fn matches<'r>(filter: &Filter, value: &mut impl FnMut(&Path) -> PathValue<'r>) -> bool {
    truth(filter, value) == Some(true)
}

/// The order of two values of one property: the empty one first; an empty text and `''`, and an
/// empty GUID and zeros, are the same.
#[must_use]
pub fn compare_for_order(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let present = |value: &&Value| match value {
        Value::Text(text) => !text.is_empty(),
        Value::Guid(id) => !id.is_nil(),
        _ => true,
    };
    match (one.filter(present), other.filter(present)) {
        (Some(one), Some(other)) => order(one, other).unwrap_or(Ordering::Equal),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

/// Whether it is so; none if that is unknown.
fn truth<'r>(filter: &Filter, value: &mut impl FnMut(&Path) -> PathValue<'r>) -> Option<bool> {
    match filter {
        Filter::And(parts) => decided(parts, false, value),
        Filter::Or(parts) => decided(parts, true, value),
        Filter::Not(inner) => truth(inner, value).map(|yes| !yes),
        Filter::Compare { operator, left, right } => {
            let (left, right) = (operand(left, value), operand(right, value));
            Some(compare(*operator, left.as_deref(), right.as_deref()))
        }
        Filter::Empty { operand: of, empty } => Some(held(of, value).1 == *empty),
        Filter::In {
            operand: of,
            list,
            empty,
        } => {
            let (found, is_empty) = held(of, value);
            let equal = |found: Cow<'_, Value>| list.iter().any(|value| order(&found, value) == Some(Ordering::Equal));
            Some(is_empty && *empty || found.is_some_and(equal))
        }
        Filter::Text { test, text, part } => {
            let (text, part) = (operand(text, value)?, operand(part, value)?);
            let (Value::Text(text), Value::Text(part)) = (&*text, &*part) else {
                return None;
            };
            Some(match test {
                TextTest::Contains => text.contains(part),
                TextTest::StartsWith => text.starts_with(part),
                TextTest::EndsWith => text.ends_with(part),
            })
        }
        Filter::Is(of) => match operand(of, value)?.as_ref() {
            Value::Boolean(yes) => Some(*yes),
            _ => None,
        },
        Filter::Constant(constant) => Some(*constant),
    }
}

/// `and` (`by` false) or `or` (`by` true): the first part that is `by` decides.
fn decided<'r>(parts: &[Filter], by: bool, value: &mut impl FnMut(&Path) -> PathValue<'r>) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match truth(part, value) {
            Some(yes) if yes == by => return Some(by),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!by)
}

fn operand<'a, 'r: 'a>(operand: &'a Operand, value: &mut impl FnMut(&Path) -> PathValue<'r>) -> Option<Cow<'a, Value>> {
    held(operand, value).0
}

/// The value of an operand, as it counts, and whether it is empty.
fn held<'a, 'r: 'a>(
    operand: &'a Operand,
    value: &mut impl FnMut(&Path) -> PathValue<'r>,
) -> (Option<Cow<'a, Value>>, bool) {
    match operand {
        Operand::Value(literal) => (Some(Cow::Borrowed(literal)), false),
        Operand::Path(path) => match value(path) {
            PathValue::Value(value) => (Some(value), false),
            PathValue::Empty => (counts_as(path.kind).map(Cow::Owned), true),
            PathValue::Nowhere => (nowhere(path.kind).map(Cow::Owned), true),
        },
        Operand::Call(function, arguments) => {
            let result = called(*function, arguments, value);
            let is_empty = result.is_none();
            (result.map(Cow::Owned), is_empty)
        }
    }
}

/// The result of a function; null if an argument is.
fn called<'r>(
    function: Function,
    arguments: &[Operand],
    value: &mut impl FnMut(&Path) -> PathValue<'r>,
) -> Option<Value> {
    let mut values: [Option<Cow<'_, Value>>; MAX_ARGUMENTS] = [const { None }; MAX_ARGUMENTS];
    for (place, argument) in values.iter_mut().zip(arguments) {
        *place = Some(operand(argument, value)?);
    }
    let [first, second, third] = &values;
    match (first.as_deref(), second.as_deref(), third.as_deref()) {
        (Some(one), Some(two), Some(three)) => function::call(function, &[one, two, three]),
        (Some(one), Some(two), None) => function::call(function, &[one, two]),
        (Some(one), None, None) => function::call(function, &[one]),
        _ => None,
    }
}

/// What a property behind an empty lookup counts as, if that is not null: the same text and GUID as
/// an empty one.
const fn nowhere(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Guid => counts_as(kind),
        _ => None,
    }
}

fn compare(operator: Comparison, left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => operator.holds_between(left, right),
        (None, None) => operator == Comparison::Eq,
        _ => operator == Comparison::Ne,
    }
}

/// The order of two values; numbers of both kinds compare exactly. None if they are of types
/// that do not compare.
pub(super) fn order(one: &Value, other: &Value) -> Option<Ordering> {
    Some(match (one, other) {
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Decimal(one), Value::Decimal(other)) => one.cmp(other),
        (Value::Integer(one), Value::Decimal(other)) => Decimal::from(*one).cmp(other),
        (Value::Decimal(one), Value::Integer(other)) => one.cmp(&Decimal::from(*other)),
        (Value::Boolean(one), Value::Boolean(other)) => one.cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::DateTime(one), Value::DateTime(other)) => one.cmp(other),
        (Value::Time(one), Value::Time(other)) => one.cmp(other),
        (Value::Guid(one), Value::Guid(other)) => one.cmp(other),
        _ => return None,
    })
}
