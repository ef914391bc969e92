//! What single conditions of a filter say about one property, so that an index can be used.

use std::ops::Bound;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::evaluate::compare_for_order;
use super::filter::{Comparison, Filter, Operand, Path, TextTest};
use super::model::{Kind, Source};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// What one condition says about one property of the entity itself. Empty properties have no row in
/// an index, so it never holds for them; but numbers and booleans have one, as 0 and `false`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact<'f> {
    /// It is one of these values, which are of the property's type. `exact` if the condition
    /// says no less.
    List {
        source: Source,
        kind: Kind,
        values: Vec<Value>,
        exact: bool,
    },
    /// It lies in this range.
    Range {
        source: Source,
        kind: Kind,
        from: Bound<Value>,
        to: Bound<Value>,
    },
    /// The text starts with this.
    Prefix { source: Source, start: &'f str },
}

/// The conditions that must all hold, however they are combined.
pub(super) fn conjuncts(filter: Option<&Filter>) -> Vec<&Filter> {
    match filter {
        None => Vec::new(),
        Some(Filter::And(parts)) => parts.iter().flat_map(|part| conjuncts(Some(part))).collect(),
        Some(one) => vec![one],
    }
}

/// What a condition says about one property, if an index can use it.
pub(super) fn fact(condition: &Filter) -> Option<Fact<'_>> {
    match condition {
        Filter::Compare {
            operator: Comparison::Ne,
            left: Operand::Path(path),
            right: Operand::Value(Value::Boolean(not)),
        } if path.steps.is_empty() => Some(flag(path, !not)),
        Filter::Compare {
            operator: Comparison::Ne,
            ..
        } => None,
        Filter::Compare {
            operator: Comparison::Eq,
            ..
        }
        | Filter::In { .. }
        | Filter::Or(_) => {
            let (path, literals) = list(condition)?;
            let values: Option<Vec<Value>> = literals.iter().map(|literal| equal(path.kind, literal)).collect();
            let values = values?;
            let shown_empty = values.iter().any(is_shown_empty);
            let exact = literals.iter().zip(&values).all(|(literal, value)| *literal == value)
                && !matches!(path.kind, Kind::Text | Kind::Decimal { .. } | Kind::DateTime);
            (!shown_empty).then_some(Fact::List {
                source: path.source,
                kind: path.kind,
                values,
                exact,
            })
        }
        Filter::Compare {
            operator,
            left: Operand::Path(path),
            right: Operand::Value(literal),
        } if path.steps.is_empty() => range(*operator, path, literal),
        Filter::Text {
            test: TextTest::StartsWith,
            text: Operand::Path(path),
            part: Operand::Value(Value::Text(start)),
        } if path.steps.is_empty() && !start.is_empty() => Some(Fact::Prefix {
            source: path.source,
            start,
        }),
        Filter::Is(Operand::Path(path)) if path.steps.is_empty() => Some(flag(path, true)),
        Filter::Not(inner) => match &**inner {
            Filter::Is(Operand::Path(path)) if path.steps.is_empty() => Some(flag(path, false)),
            _ => None,
        },
        _ => None,
    }
}

/// A boolean property has this value.
fn flag(path: &Path, value: bool) -> Fact<'static> {
    Fact::List {
        source: path.source,
        kind: path.kind,
        values: vec![Value::Boolean(value)],
        exact: true,
    }
}

/// `eq`, `in`, and any `or` of them on one property.
fn list(condition: &Filter) -> Option<(&Path, Vec<&Value>)> {
    match condition {
        Filter::Compare {
            operator: Comparison::Eq,
            left: Operand::Path(path),
            right: Operand::Value(value),
        } if path.steps.is_empty() => Some((path, vec![value])),
        Filter::In {
            operand: Operand::Path(path),
            list,
            empty: false,
        } if path.steps.is_empty() => Some((path, list.iter().collect())),
        Filter::Or(parts) => {
            let mut lists = parts.iter().map(list);
            let (path, mut values) = lists.next()??;
            for other in lists {
                let (also, more) = other?;
                if also.source != path.source {
                    return None;
                }
                values.extend(more);
            }
            Some((path, values))
        }
        _ => None,
    }
}

fn range<'f>(operator: Comparison, path: &Path, literal: &Value) -> Option<Fact<'f>> {
    let (from, to) = match operator {
        Comparison::Gt | Comparison::Ge => (Bound::Included(lowest(path.kind, literal)?), Bound::Unbounded),
        Comparison::Lt | Comparison::Le => (Bound::Unbounded, Bound::Included(highest(path.kind, literal)?)),
        Comparison::Eq | Comparison::Ne => return None,
    };
    // An empty one is shown as '' or zeros, which may lie in the range.
    let empty_is_in = match (&path.kind, operator) {
        _ if path.source == Source::Id => false,
        (Kind::Text | Kind::Guid, Comparison::Lt | Comparison::Le) => true,
        (Kind::Text | Kind::Guid, Comparison::Ge) => is_shown_empty(literal),
        _ => false,
    };
    (!empty_is_in).then_some(Fact::Range {
        source: path.source,
        kind: path.kind,
        from,
        to,
    })
}

fn is_shown_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Guid(id) => id.is_nil(),
        _ => false,
    }
}

/// The value that a property of this kind must have to equal a literal; a moment covers its whole
/// millisecond.
fn equal(kind: Kind, literal: &Value) -> Option<Value> {
    match (kind, literal) {
        (Kind::Integer, Value::Decimal(number)) => number.to_i64().map(Value::Integer),
        (Kind::DateTime, Value::DateTime(at)) => Some(Value::DateTime(millisecond(*at))),
        _ => lowest(kind, literal),
    }
}

/// A lower bound of this kind for values that are not below a literal.
fn lowest(kind: Kind, literal: &Value) -> Option<Value> {
    convert(kind, literal, Decimal::floor)
}

/// An upper bound of this kind for values that are not above a literal. For moments it is the end
/// of the millisecond.
fn highest(kind: Kind, literal: &Value) -> Option<Value> {
    match (kind, literal) {
        (Kind::DateTime, Value::DateTime(at)) => Some(Value::DateTime(last_of(*at))),
        _ => convert(kind, literal, Decimal::ceil),
    }
}

fn convert(kind: Kind, literal: &Value, whole: fn(&Decimal) -> Decimal) -> Option<Value> {
    match (kind, literal) {
        (Kind::Text, Value::Text(_))
        | (Kind::Integer, Value::Integer(_))
        | (Kind::Decimal { .. }, Value::Decimal(_))
        | (Kind::Boolean, Value::Boolean(_))
        | (Kind::Date, Value::Date(_))
        | (Kind::DateTime, Value::DateTime(_))
        | (Kind::Time, Value::Time(_))
        | (Kind::Guid, Value::Guid(_)) => Some(literal.clone()),
        (Kind::Integer, Value::Decimal(number)) => whole(number).to_i64().map(Value::Integer),
        (Kind::Decimal { .. }, Value::Integer(number)) => Some(Value::Decimal(Decimal::from(*number))),
        _ => None,
    }
}

/// A moment, cut to its millisecond.
pub(super) const fn millisecond(at: Timestamp) -> Timestamp {
    Timestamp(at.millis().saturating_mul(1000))
}

/// The last microsecond of a moment's millisecond.
pub(super) const fn last_of(at: Timestamp) -> Timestamp {
    Timestamp(millisecond(at).0.saturating_add(999))
}

/// The ids in a list of values, ascending, each once.
pub(super) fn ids(values: &[Value]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = values
        .iter()
        .filter_map(|value| match value {
            Value::Guid(id) => Some(*id),
            _ => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Both ranges at once.
pub(super) fn narrower(one: Bound<Value>, other: Bound<Value>, greatest: bool) -> Bound<Value> {
    let value = |bound: &Bound<Value>| match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value.clone()),
        Bound::Unbounded => None,
    };
    match (value(&one), value(&other)) {
        (None, _) => other,
        (_, None) => one,
        (Some(first), Some(second)) => {
            let keep_first = match compare_for_order(Some(&first), Some(&second)) {
                std::cmp::Ordering::Equal => true,
                order => order.is_gt() == greatest,
            };
            if keep_first { one } else { other }
        }
    }
}
