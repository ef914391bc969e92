//! The query options of a request.

use crate::domain::catalog::Catalog;

use super::error::QueryError;
use super::filter::{Filter, Path};
use super::model::{EntitySet, EntityType};

/// The query options of a request, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryOptions {
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$orderby`; the first counts most.
    pub order: Vec<OrderBy>,
    /// `$select`: indexes of properties, each once; none for all of them.
    pub select: Option<Vec<usize>>,
    /// `$expand`
    pub expand: Vec<Expand>,
    /// `$top`
    pub top: Option<u64>,
    /// `$skip`
    pub skip: u64,
    /// `$count=true`
    pub count: bool,
    /// `$skiptoken`, as an earlier answer's `@odata.nextLink` had it.
    pub skip_token: Option<String>,
}

/// One part of `$orderby`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderBy {
    /// The property.
    pub path: Path,
    /// The greatest first.
    pub descending: bool,
}

/// One part of `$expand`: an entity to show within another.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// The navigation's name, as answers write it.
    pub name: String,
    /// The index of the property that holds the id, such as `CountryId`.
    pub property: usize,
    /// The set in which the entity is.
    pub target: EntitySet,
    /// What to show of it: indexes of its properties; none for all.
    pub select: Option<Vec<usize>>,
    /// What to show within it.
    pub expand: Vec<Expand>,
}

/// Reads the query options in a query string, as sent (percent-encoded, without `?`).
///
/// # Errors
/// When one is wrong, is there twice, or is not supported.
pub fn query_options(catalog: &Catalog, entity_type: &EntityType, query: &str) -> Result<QueryOptions, QueryError> {
    Err(QueryError::whole("$filter", "not yet"))
}

/// Reads the text of a `$filter`, decoded.
///
/// # Errors
/// When it is no filter of this entity type.
pub fn filter(catalog: &Catalog, entity_type: &EntityType, text: &str) -> Result<Filter, QueryError> {
    Err(QueryError::whole("$filter", "not yet"))
}
