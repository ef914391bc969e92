//! A filter as written, before names and types are resolved.

use super::filter::Comparison;
use crate::domain::value::Value;

/// An expression and the byte at which it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression<'a> {
    pub at: usize,
    pub term: Term<'a>,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term<'a> {
    And(Vec<Expression<'a>>),
    Or(Vec<Expression<'a>>),
    Not(Box<Expression<'a>>),
    Compare {
        operator: Comparison,
        left: Box<Expression<'a>>,
        right: Box<Expression<'a>>,
    },
    In {
        operand: Box<Expression<'a>>,
        list: Vec<Item>,
    },
    Call {
        name: &'a str,
        arguments: Vec<Expression<'a>>,
    },
    Path(Vec<Segment<'a>>),
    Literal(Literal),
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Value(Value),
}

/// One value of the list after `in`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub at: usize,
    pub value: Literal,
}

/// One name of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub at: usize,
    pub name: &'a str,
}
