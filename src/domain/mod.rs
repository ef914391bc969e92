//! Types and rules: what a webhook, a source, an object and a record are.
//!
//! No IO and no clock here: the caller passes in every value that depends on them, so that the same
//! changes always give the same state.

pub mod actor;
pub mod audit;
pub mod bytes;
pub mod caller;
pub mod catalog;
pub mod change;
pub mod client;
pub mod column;
pub mod definition;
pub mod entry;
pub mod nearest;
pub mod normal;
pub mod object;
pub mod parse_issue;
pub mod record;
pub mod retention;
pub mod rights;
pub mod shipped;
pub mod signing_key;
pub mod source;
pub mod task;
pub mod time;
pub mod user;
pub mod value;
pub mod webhook;
pub mod webhook_filter;
