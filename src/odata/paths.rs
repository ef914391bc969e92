//! The paths in a filter, to look at and to change.

use super::filter::{Filter, Operand, Path};

/// Calls `each` with every path in a filter.
pub(super) fn filter_paths<'f>(filter: &'f Filter, each: &mut impl FnMut(&'f Path)) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| filter_paths(part, each)),
        Filter::Not(inner) => filter_paths(inner, each),
        Filter::Compare { left, right, .. } => {
            operand_paths(left, each);
            operand_paths(right, each);
        }
        Filter::Text { text, part, .. } => {
            operand_paths(text, each);
            operand_paths(part, each);
        }
        Filter::Empty { operand, .. } | Filter::In { operand, .. } | Filter::Is(operand) => {
            operand_paths(operand, each);
        }
        Filter::Constant(_) => {}
    }
}

fn operand_paths<'f>(operand: &'f Operand, each: &mut impl FnMut(&'f Path)) {
    match operand {
        Operand::Path(path) => each(path),
        Operand::Call(_, arguments) => arguments.iter().for_each(|argument| operand_paths(argument, each)),
        Operand::Value(_) => {}
    }
}

/// The filter as the entity behind the first lookup of all its paths sees it.
pub(super) fn behind_first_step(filter: &Filter) -> Filter {
    let all = |parts: &[Filter]| parts.iter().map(behind_first_step).collect();
    match filter {
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Not(inner) => Filter::Not(Box::new(behind_first_step(inner))),
        Filter::Compare { operator, left, right } => Filter::Compare {
            operator: *operator,
            left: operand_behind(left),
            right: operand_behind(right),
        },
        Filter::Empty { operand, empty } => Filter::Empty {
            operand: operand_behind(operand),
            empty: *empty,
        },
        Filter::In { operand, list, empty } => Filter::In {
            operand: operand_behind(operand),
            list: list.clone(),
            empty: *empty,
        },
        Filter::Text { test, text, part } => Filter::Text {
            test: *test,
            text: operand_behind(text),
            part: operand_behind(part),
        },
        Filter::Is(operand) => Filter::Is(operand_behind(operand)),
        Filter::Constant(constant) => Filter::Constant(*constant),
    }
}

fn operand_behind(operand: &Operand) -> Operand {
    match operand {
        Operand::Path(path) => Operand::Path(Path {
            steps: path.steps.iter().skip(1).copied().collect(),
            ..path.clone()
        }),
        Operand::Value(value) => Operand::Value(value.clone()),
        Operand::Call(function, arguments) => Operand::Call(*function, arguments.iter().map(operand_behind).collect()),
    }
}
