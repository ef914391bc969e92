//! OData 4: what programs read and write.
//!
//! A request comes in at [`respond`] with its address read: it is a query, a write or a batch.
//! The query language is pure: a query string becomes [`QueryOptions`], checked against the entity
//! type and the catalog, with literals already of the property's type, so that carrying it out
//! converts nothing and cannot fail on a type. A write is decided by one state of the catalog, then
//! applied by the store as one entry, all of it or nothing.
//!
//! No two of these files import from each other, directly or round about.

mod address;
mod admin_records;
mod ast;
mod batch;
mod batch_json;
mod batch_multipart;
mod batch_part;
mod body;
mod check;
mod choice;
mod decide;
mod decode;
mod dispatch;
mod display;
mod empty;
mod entity_types;
mod evaluate;
mod facts;
mod filter;
mod fit;
mod fixed;
mod function;
mod if_match;
mod json;
mod lex;
mod limits;
mod list;
mod literal;
mod metadata;
mod model;
mod odata_error;
mod options;
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
mod reply;
mod request;
mod respond;
mod row;
mod rows;
mod service;
mod signature;
mod source;
#[cfg(test)]
mod tests;
mod token;
mod type_cache;
mod value_type;
mod wording;
mod write;
#[cfg(test)]
pub(crate) mod write_tests;

pub use address::{Address, address};
pub use admin_records::{Listed, Listing, record_edit, record_rows, record_total};
pub use entity_types::{entity_type, entity_type_named, entity_type_of, entity_types};
pub use evaluate::{PathValue, compare_for_order, matches};
pub use filter::{Comparison, Filter, Operand, Path, Step, TextTest};
pub use fixed::{parsing_error_property, webhook_property, webhook_status_property};
pub use function::Function;
pub use limits::{
    MAX_BATCH_BODY, MAX_BATCH_REQUESTS, MAX_BODY, MAX_CONCAT, MAX_DEPTH, MAX_EXPAND, MAX_LIST, MAX_NAVIGATIONS,
    MAX_OPTION_LENGTH, MAX_ORDER, MAX_TERMS, OdataLimits,
};
pub use model::{EntitySet, EntityType, Kind, Navigation, Property, Source};
pub use odata_error::ODataError;
pub use options::{Expand, OrderBy, QueryOptions};
pub use query::{filter, query_options};
pub use query_error::QueryError;
pub use reply::{HandlerResult, JSON, JSON_NUMBERS_AS_TEXT, Response, error_response, error_response_from_parts};
pub use request::{Method, Request, RequestContext};
pub use respond::{busy, is_quick, is_search, respond};
pub use service::Odata;
