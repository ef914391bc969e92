//! What is wrong with a query, and where.

use std::fmt;

use super::wording::position;

/// What is wrong with a query option, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// The option, such as `$filter`.
    pub option: String,
    /// The character of the option's decoded text, from 1; 0 when the whole option is meant.
    pub position: usize,
    /// What is wrong and what to do.
    pub problem: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            0 => write!(f, "{}: {}", self.option, self.problem),
            position => write!(f, "{}, position {position}: {}", self.option, self.problem),
        }
    }
}

impl std::error::Error for QueryError {}

impl QueryError {
    /// About an option as a whole.
    pub(super) fn whole(option: &str, problem: impl Into<String>) -> Self {
        Self {
            option: option.to_owned(),
            position: 0,
            problem: problem.into(),
        }
    }
}

/// What is wrong at a byte of a text, before the option is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub at: usize,
    pub problem: String,
}

impl SyntaxError {
    pub(super) fn new(at: usize, problem: impl Into<String>) -> Self {
        Self {
            at,
            problem: problem.into(),
        }
    }

    /// The error as the client sees it.
    pub(super) fn within(self, option: &str, text: &str) -> QueryError {
        QueryError {
            option: option.to_owned(),
            position: position(text, self.at),
            problem: self.problem,
        }
    }
}
