//! OData 4: what programs read and write.
//!
//! A request comes in at [`respond`]: its address is read, then it is a query, a write or a
//! batch. The query language is pure: a query string becomes [`QueryOptions`], checked against
//! the entity type and the catalog, with literals already of the property's type, so that
//! carrying it out converts nothing and cannot fail on a type. A write is decided by one state
//! of the catalog, then applied by the store as one entry, all of it or nothing.

mod address;
mod admin_records;
mod ast;
mod batch;
mod body;
mod check;
mod choice;
mod decide;
mod decode;
mod display;
mod evaluate;
mod facts;
mod filter;
mod fit;
mod fixed;
mod function;
mod if_match;
mod json;
mod lex;
mod literal;
mod metadata;
mod model;
mod odata_error;
mod page;
mod parse_expand;
mod parse_filter;
mod parse_order;
mod parse_select;
mod path;
mod paths;
mod permit;
mod plan;
mod preference;
mod query;
mod query_error;
mod read;
#[cfg(test)]
mod read_tests;
mod render;
mod request;
mod respond;
mod row;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod token;
mod type_cache;
mod write;
#[cfg(test)]
pub(crate) mod write_tests;

pub use address::{Address, address};
pub use admin_records::{Listed, Listing, record_edit, record_rows, record_total};
pub use evaluate::{compare_for_order, matches};
pub use filter::{Comparison, Filter, Operand, Path, Step, TextTest};
pub use fixed::{parsing_error_property, webhook_property, webhook_status_property};
pub use function::Function;
pub use model::{
    EntitySet, EntityType, Kind, Navigation, Property, Source, entity_type, entity_type_named, entity_type_of,
    entity_types,
};
pub use odata_error::ODataError;
pub use query::{Expand, OrderBy, QueryOptions, filter, query_options};
pub use query_error::QueryError;
pub use request::{
    HandlerResult, JSON, JSON_NUMBERS_AS_TEXT, MAX_BATCH_BODY, MAX_BATCH_REQUESTS, MAX_BODY, Method, Odata,
    OdataLimits, Request, RequestContext, Response,
};
pub use respond::{busy, error_response_from_parts, is_quick, is_search, respond};

/// The longest text of one option, in bytes.
pub const MAX_OPTION_LENGTH: usize = 8192;

/// The maximum nesting depth of parentheses, `not` and functions.
pub const MAX_DEPTH: usize = 32;

/// How many conditions a `$filter` may have.
pub const MAX_TERMS: usize = 200;

/// How many values the list after `in` may have.
pub const MAX_LIST: usize = 200;

/// How many lookups a path may follow, and how deep `$expand` may go.
pub const MAX_NAVIGATIONS: usize = 3;

/// How many times a `$filter` may put texts together, so that what it makes stays small.
pub const MAX_CONCAT: usize = 8;

/// How many entities one `$expand` may show within each.
pub const MAX_EXPAND: usize = 20;

/// How many properties `$orderby` may name.
pub const MAX_ORDER: usize = 20;
