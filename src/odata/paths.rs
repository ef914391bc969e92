//! Visits and rewrites the paths in a filter.

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

/// The filter as seen from the entity that the first lookup of all its paths refers to.
pub(super) fn after_first_step(filter: &Filter) -> Filter {
    let all = |parts: &[Filter]| parts.iter().map(after_first_step).collect();
    match filter {
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Not(inner) => Filter::Not(Box::new(after_first_step(inner))),
        Filter::Compare { operator, left, right } => Filter::Compare {
            operator: *operator,
            left: operand_after(left),
            right: operand_after(right),
        },
        Filter::Empty { operand, empty } => Filter::Empty {
            operand: operand_after(operand),
            empty: *empty,
        },
        Filter::In { operand, list, empty } => Filter::In {
            operand: operand_after(operand),
            list: list.clone(),
            empty: *empty,
        },
        Filter::Text { test, text, part } => Filter::Text {
            test: *test,
            text: operand_after(text),
            part: operand_after(part),
        },
        Filter::Is(operand) => Filter::Is(operand_after(operand)),
        Filter::Constant(constant) => Filter::Constant(*constant),
    }
}

fn operand_after(operand: &Operand) -> Operand {
    match operand {
        Operand::Path(path) => Operand::Path(Path {
            steps: path.steps.iter().skip(1).copied().collect(),
            ..path.clone()
        }),
        Operand::Value(value) => Operand::Value(value.clone()),
        Operand::Call(function, arguments) => Operand::Call(*function, arguments.iter().map(operand_after).collect()),
    }
}
