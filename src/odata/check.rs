//! From an expression to a filter: names resolved, types checked, literals converted once.

use std::ops::RangeInclusive;

use super::ast::{Expression, Item, Literal, Segment, Term};
use super::empty::is_empty_moment;
use super::evaluate;
use super::filter::{Comparison, Filter, Operand, TextTest};
use super::fit::{fit, name_of, type_of};
use super::function::{self, Function};
use super::limits::MAX_CONCAT;
use super::model::EntityType;
use super::path::resolve;
use super::query_error::SyntaxError;
use super::signature::{gives, optional, takes};
use super::value_type::ValueType;
use super::wording::meant;
use super::wording::quoted;
use crate::domain::catalog::Catalog;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// Checks an expression as a condition on entities of a type.
pub(super) fn check(
    catalog: &Catalog,
    entity_type: &EntityType,
    expression: &Expression,
    now: Timestamp,
) -> Result<Filter, SyntaxError> {
    let mut checker = Checker {
        catalog,
        entity_type,
        now,
        concats: 0,
    };
    checker.condition(expression)
}

struct Checker<'c> {
    catalog: &'c Catalog,
    entity_type: &'c EntityType,
    /// The moment that `now()` gives, the same on every page of a list.
    now: Timestamp,
    concats: usize,
}

/// One side of a comparison.
enum Side {
    Null,
    Condition(Filter),
    Operand(Operand, ValueType),
}

impl Checker<'_> {
    fn condition(&mut self, expression: &Expression) -> Result<Filter, SyntaxError> {
        let at = expression.at;
        match &expression.term {
            Term::And(parts) => Ok(Filter::And(self.conditions(parts)?)),
            Term::Or(parts) => Ok(Filter::Or(self.conditions(parts)?)),
            Term::Not(inner) => Ok(Filter::Not(Box::new(self.condition(inner)?))),
            Term::Compare { operator, left, right } => self.compare(*operator, left, right),
            Term::In { operand, list } => self.is_in(operand, list),
            Term::Call { name, arguments } => match text_test(name) {
                Some(test) => self.text_test(test, at, arguments),
                None => self.lone(expression),
            },
            Term::Path(_) | Term::Literal(_) => self.lone(expression),
        }
    }

    fn conditions(&mut self, parts: &[Expression]) -> Result<Vec<Filter>, SyntaxError> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    /// An operand without a comparison, which must be a boolean.
    fn lone(&mut self, expression: &Expression) -> Result<Filter, SyntaxError> {
        match self.side(expression)? {
            Side::Condition(filter) => Ok(filter),
            Side::Operand(Operand::Value(Value::Boolean(constant)), _) => Ok(Filter::Constant(constant)),
            Side::Operand(operand, ValueType::Boolean) => Ok(Filter::Is(operand)),
            Side::Operand(operand, shape) => {
                let (what, example) = (name_of(&operand), shape.example());
                let problem = match operand {
                    Operand::Value(_) => format!("{} is not a condition; compare a property with it", shape.name()),
                    _ => format!(
                        "{what} is {}, no condition; compare it, as in {what} eq {example}",
                        shape.name()
                    ),
                };
                Err(SyntaxError::new(expression.at, problem))
            }
            Side::Null => Err(SyntaxError::new(
                expression.at,
                "null is not a condition; compare a property with it",
            )),
        }
    }

    fn compare(&mut self, operator: Comparison, left: &Expression, right: &Expression) -> Result<Filter, SyntaxError> {
        let null = |side: &Expression| matches!(side.term, Term::Literal(Literal::Null));
        let one = self.side_or_navigation(left, null(right))?;
        let other = self.side_or_navigation(right, null(left))?;
        let equality = matches!(operator, Comparison::Eq | Comparison::Ne);
        let is_eq = operator == Comparison::Eq;
        match (one, other) {
            (Side::Operand(one, of_one), Side::Operand(other, of_other)) => {
                let flip = matches!(one, Operand::Value(_)) && !matches!(other, Operand::Value(_));
                if flip {
                    compared(operator.flipped(), (other, of_other), (one, left.at))
                } else {
                    compared(operator, (one, of_one), (other, right.at))
                }
            }
            _ if !equality => {
                let null = if null(left) || null(right) {
                    "null"
                } else {
                    "a condition"
                };
                let problem = format!("only eq and ne compare with {null}, {} does not", operator.name());
                Err(SyntaxError::new(left.at, problem))
            }
            (Side::Null, Side::Null) => Ok(Filter::Constant(is_eq)),
            (Side::Operand(operand, shape), Side::Null) | (Side::Null, Side::Operand(operand, shape)) => {
                Ok(with_null(operand, shape, is_eq))
            }
            (Side::Condition(filter), Side::Operand(Operand::Value(Value::Boolean(yes)), _))
            | (Side::Operand(Operand::Value(Value::Boolean(yes)), _), Side::Condition(filter)) => Ok(if yes == is_eq {
                filter
            } else {
                Filter::Not(Box::new(filter))
            }),
            _ => Err(SyntaxError::new(
                left.at,
                "a condition is compared with true or false only; join conditions with and, or",
            )),
        }
    }

    fn is_in(&mut self, operand: &Expression, list: &[Item]) -> Result<Filter, SyntaxError> {
        let Side::Operand(operand, shape) = self.side(operand)? else {
            return Err(SyntaxError::new(operand.at, "a property must come before in"));
        };
        let mut values = Vec::with_capacity(list.len());
        let mut empty = false;
        for item in list {
            match &item.value {
                Literal::Value(value) => {
                    let value = fit(value.clone(), shape, &operand);
                    let value = value.map_err(|problem| SyntaxError::new(item.at, problem))?;
                    empty |= is_empty_moment(&value);
                    values.push(value);
                }
                Literal::Null => match shape.empty() {
                    Some(value) => values.push(value),
                    None => empty = true,
                },
            }
        }
        if let Operand::Value(value) = &operand {
            let found = values.iter().any(|other| Comparison::Eq.holds_between(value, other));
            return Ok(Filter::Constant(found));
        }
        let list = values;
        Ok(Filter::In { operand, list, empty })
    }

    fn text_test(&mut self, which: TextTest, at: usize, arguments: &[Expression]) -> Result<Filter, SyntaxError> {
        let [text, part] = arguments else {
            return Err(wrong_count(at, which.name(), 2..=2, arguments.len()));
        };
        let mut read = |argument: &Expression| self.argument(which.name(), argument, &[ValueType::Text]);
        let (text, part) = (read(text)?, read(part)?);
        Ok(Filter::Text {
            test: which,
            text,
            part,
        })
    }

    fn side(&mut self, expression: &Expression) -> Result<Side, SyntaxError> {
        self.side_or_navigation(expression, false)
    }

    fn side_or_navigation(&mut self, expression: &Expression, navigation_too: bool) -> Result<Side, SyntaxError> {
        match &expression.term {
            Term::Literal(Literal::Null) => Ok(Side::Null),
            Term::Literal(Literal::Value(value)) => {
                let shape = ValueType::of_value(value);
                Ok(Side::Operand(Operand::Value(value.clone()), shape))
            }
            Term::Path(segments) => self.path(segments, navigation_too),
            Term::Call { name, arguments } if text_test(name).is_none() => self.call(expression.at, name, arguments),
            _ => self.condition(expression).map(Side::Condition),
        }
    }

    fn path(&self, segments: &[Segment], navigation_too: bool) -> Result<Side, SyntaxError> {
        let path = resolve(self.catalog, self.entity_type, segments, navigation_too)?;
        let shape = ValueType::of_kind(path.kind);
        Ok(Side::Operand(Operand::Path(path), shape))
    }

    fn call(&mut self, at: usize, name: &str, arguments: &[Expression]) -> Result<Side, SyntaxError> {
        if name.eq_ignore_ascii_case(NOW) {
            if !arguments.is_empty() {
                return Err(wrong_count(at, NOW, 0..=0, arguments.len()));
            }
            return Ok(Side::Operand(
                Operand::Value(Value::DateTime(self.now)),
                ValueType::DateTime,
            ));
        }
        let known = Function::ALL.into_iter();
        let Some(function) = known.clone().find(|known| known.name().eq_ignore_ascii_case(name)) else {
            let tests = TextTest::ALL.map(TextTest::name).into_iter();
            let names: Vec<_> = tests.chain(known.map(Function::name)).chain([NOW]).collect();
            let hint = match name.to_ascii_lowercase().as_str() {
                // OData before version 4 calls it so, with the arguments exchanged.
                "substringof" => "; write contains(Name,'a')".to_owned(),
                _ => meant(name, names.iter().copied()),
            };
            let problem = format!("there is no function {}{hint}", quoted(name));
            let list = if hint.is_empty() {
                format!("; there are {}", names.join(", "))
            } else {
                String::new()
            };
            return Err(SyntaxError::new(at, problem + &list));
        };
        let wanted = takes(function);
        let counts = wanted.len() - optional(function)..=wanted.len();
        if !counts.contains(&arguments.len()) {
            return Err(wrong_count(at, function.name(), counts, arguments.len()));
        }
        if function == Function::Concat {
            self.concats += 1;
            if self.concats > MAX_CONCAT {
                let problem = format!("a filter may have {MAX_CONCAT} concat, not more");
                return Err(SyntaxError::new(at, problem));
            }
        }
        let checked = arguments.iter().zip(wanted);
        let operands = checked
            .map(|(argument, shapes)| self.argument(function.name(), argument, shapes))
            .collect::<Result<Vec<_>, _>>()?;
        // What is the same for every row is a value, so that an index can be used.
        let literals = operands.iter().map(|operand| match operand {
            Operand::Value(value) => Some(value),
            _ => None,
        });
        let literals: Option<Vec<&Value>> = literals.collect();
        let operand = match literals.and_then(|literals| function::call(function, &literals)) {
            Some(value) => Operand::Value(value),
            None => Operand::Call(function, operands),
        };
        Ok(Side::Operand(operand, gives(function)))
    }

    fn argument(
        &mut self,
        function: &str,
        argument: &Expression,
        shapes: &[ValueType],
    ) -> Result<Operand, SyntaxError> {
        let what = match self.side(argument)? {
            Side::Operand(operand, shape) if shapes.contains(&shape) => return Ok(operand),
            Side::Operand(operand, shape) => format!("{} is {}", name_of(&operand), shape.name()),
            Side::Null => "this is null".to_owned(),
            Side::Condition(_) => "this is a condition".to_owned(),
        };
        let wanted: Vec<_> = shapes.iter().map(|shape| shape.name()).collect();
        let problem = format!("{function} requires {} here, but {what}", wanted.join(" or "));
        Err(SyntaxError::new(argument.at, problem))
    }
}

/// Compares two operands, of which a literal is on the right.
fn compared(
    operator: Comparison,
    (left, shape): (Operand, ValueType),
    (right, at): (Operand, usize),
) -> Result<Filter, SyntaxError> {
    let right = match right {
        Operand::Value(value) => {
            let value = fit(value, shape, &left).map_err(|problem| SyntaxError::new(at, problem))?;
            if let Operand::Value(left) = &left {
                return Ok(Filter::Constant(operator.holds_between(left, &value)));
            }
            if is_empty_moment(&value) && matches!(operator, Comparison::Eq | Comparison::Ne) {
                return Ok(with_empty_moment(left, value, operator == Comparison::Eq));
            }
            Operand::Value(value)
        }
        other => {
            let of_other = type_of(&other);
            if !shape.comparable(of_other) {
                let problem = format!(
                    "{} is {} and {} is {}; they cannot be compared",
                    name_of(&left),
                    shape.name(),
                    name_of(&other),
                    of_other.name()
                );
                return Err(SyntaxError::new(at, problem));
            }
            other
        }
    };
    Ok(Filter::Compare { operator, left, right })
}

/// `eq null` or `ne null`.
fn with_null(operand: Operand, shape: ValueType, is_eq: bool) -> Filter {
    let operator = if is_eq { Comparison::Eq } else { Comparison::Ne };
    match (operand, shape.empty()) {
        (Operand::Value(value), empty) => Filter::Constant((Some(value) == empty) == is_eq),
        (left, Some(empty)) => Filter::Compare {
            operator,
            left,
            right: Operand::Value(empty),
        },
        (operand, None) => Filter::Empty { operand, empty: is_eq },
    }
}

/// `eq` or `ne` with the date or time that an empty property is shown as.
fn with_empty_moment(operand: Operand, value: Value, is_eq: bool) -> Filter {
    let found = Filter::In {
        operand,
        list: vec![value],
        empty: true,
    };
    if is_eq { found } else { Filter::Not(Box::new(found)) }
}

impl Comparison {
    /// Whether it holds between two values.
    pub(super) fn holds_between(self, one: &Value, other: &Value) -> bool {
        evaluate::order(one, other).is_some_and(|order| self.holds(order))
    }
}

fn text_test(name: &str) -> Option<TextTest> {
    TextTest::ALL
        .into_iter()
        .find(|test| test.name().eq_ignore_ascii_case(name))
}

fn wrong_count(at: usize, name: &str, wanted: RangeInclusive<usize>, given: usize) -> SyntaxError {
    let (least, most) = (wanted.start(), wanted.end());
    let plural = if *most == 1 { "" } else { "s" };
    let wanted = if least == most {
        most.to_string()
    } else {
        format!("{least} or {most}")
    };
    SyntaxError::new(at, format!("{name} requires {wanted} argument{plural}, not {given}"))
}

/// The function that gives the moment of the request.
const NOW: &str = "now";
