//! The query options of a request, checked.

use super::filter::{Filter, Path};
use super::model::EntitySet;

/// The query options of a request, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryOptions {
    pub filter: Option<Filter>,
    /// `$orderby`; the first counts most.
    pub order: Vec<OrderBy>,
    /// `$select`: indexes of properties, each once; none for all of them.
    pub select: Option<Vec<usize>>,
    pub expand: Vec<Expand>,
    pub top: Option<u64>,
    pub skip: u64,
    pub count: bool,
    /// There is a `$skiptoken`, which [`skip_token`] gives.
    pub resumes: bool,
}

/// One part of `$orderby`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    pub path: Path,
    /// The greatest value comes first.
    pub descending: bool,
}

/// One part of `$expand`: an entity to show within another.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// The navigation's name, as responses write it.
    pub name: String,
    /// The index of the property that holds the id, such as `CountryId`.
    pub property: usize,
    /// The set in which the entity is.
    pub target: EntitySet,
    /// What to show of it: indexes of its properties; none for all.
    pub select: Option<Vec<usize>>,
    /// What to show within it.
    pub expand: Vec<Expand>,
    /// It was not named, but meant by `*`.
    pub by_star: bool,
}
