//! Writes a checked filter as text that parses to the same filter.

use std::fmt::{self, Display, Formatter};

use super::filter::{Filter, Operand};
use crate::domain::value::Value;

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, " and ", parts, |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(parts) => joined(f, " or ", parts, |part| matches!(part, Self::Or(_))),
            Self::Not(inner) => {
                f.write_str("not ")?;
                within(f, inner, matches!(**inner, Self::And(_) | Self::Or(_)))
            }
            Self::Compare { operator, left, right } => write!(f, "{left} {} {right}", operator.name()),
            Self::Empty { operand, empty: true } => write!(f, "{operand} eq null"),
            Self::Empty { operand, empty: false } => write!(f, "{operand} ne null"),
            Self::In { operand, list, empty } => {
                write!(f, "{operand} in (")?;
                for (index, value) in list.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    literal(f, value)?;
                }
                match (empty, list.is_empty()) {
                    (true, true) => f.write_str("null)"),
                    (true, false) => f.write_str(",null)"),
                    (false, _) => f.write_str(")"),
                }
            }
            Self::Text { test, text, part } => write!(f, "{}({text},{part})", test.name()),
            Self::Is(operand) => operand.fmt(f),
            Self::Constant(constant) => constant.fmt(f),
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(&path.text),
            Self::Value(value) => literal(f, value),
            Self::Call(function, arguments) => {
                write!(f, "{}(", function.name())?;
                for (index, argument) in arguments.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    argument.fmt(f)?;
                }
                f.write_str(")")
            }
        }
    }
}

fn joined(f: &mut Formatter<'_>, word: &str, parts: &[Filter], parentheses: fn(&Filter) -> bool) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { word })?;
        within(f, part, parentheses(part))?;
    }
    Ok(())
}

fn within(f: &mut Formatter<'_>, filter: &Filter, parentheses: bool) -> fmt::Result {
    if parentheses {
        write!(f, "({filter})")
    } else {
        filter.fmt(f)
    }
}

fn literal(f: &mut Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
        other => other.fmt(f),
    }
}
