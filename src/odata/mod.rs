//! OData 4: what programs read and write.
//!
//! A request comes in at [`respond`]: its address is read, then it is a query, a write or a
//! batch. The query language is pure: a query string becomes [`QueryOptions`], checked against
//! the entity type and the catalog, with literals already of the property's type, so that
//! carrying it out converts nothing and cannot fail on a type. A write is decided by one state
//! of the catalog, then applied by the store as one entry, all of it or nothing.

mod address;
mod ast;
mod batch;
mod body;
mod by_role;
mod check;
mod choice;
mod decide;
mod decode;
mod display;
mod error;
mod evaluate;
mod facts;
mod fault;
mod filter;
mod fit;
mod fixed;
mod function;
mod if_match;
mod json;
mod known;
mod lex;
mod literal;
mod metadata;
mod model;
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
mod turns;
mod write;
#[cfg(test)]
pub(crate) mod write_tests;

pub use address::{Address, address};
pub use by_role::{Listed, Listing, record_edit, record_rows, record_total};
pub use error::QueryError;
pub use evaluate::{compare_for_order, matches};
pub use fault::Fault;
pub use filter::{Comparison, Filter, Operand, Path, Step, TextTest};
pub use fixed::{parsing_error_property, webhook_property, webhook_status_property};
pub use function::Function;
pub use model::{
    EntitySet, EntityType, Kind, Navigation, Property, Source, entity_type, entity_type_named, entity_type_of,
    entity_types,
};
pub use query::{Expand, OrderBy, QueryOptions, filter, query_options};
pub use request::{
    Answer, Asked, BATCH_BODY_MOST, BATCH_MOST, BODY_MOST, JSON, JSON_NUMBERS_AS_TEXT, Method, Odata, OdataLimits,
    Request, Response,
};
pub use respond::{busy, is_quick, is_search, refusal, respond};
pub use turns::{Turn, Turns};

/// The longest text of one option, in bytes.
pub const OPTION_LONGEST: usize = 8192;

/// How deep parentheses, `not` and functions may stand within each other.
pub const DEPTH_MOST: usize = 32;

/// How many conditions a `$filter` may have.
pub const TERMS_MOST: usize = 200;

/// How many values the list after `in` may have.
pub const LIST_MOST: usize = 200;

/// How many lookups a path may follow, and how deep `$expand` may go.
pub const NAVIGATIONS_MOST: usize = 3;

/// How many times a `$filter` may put texts together, so that what it makes stays small.
pub const CONCAT_MOST: usize = 8;

/// How many entities one `$expand` may show within each.
pub const EXPAND_MOST: usize = 20;

/// How many properties `$orderby` may name.
pub const ORDER_MOST: usize = 20;
