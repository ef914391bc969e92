//! What a program asks, free of HTTP's types.

use super::address::Address;
use super::service::Odata;
use crate::domain::caller::Caller;

/// One request, alone or out of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    pub method: Method,
    /// What the address starts with: `/0/odata` or `/odata`.
    pub root: &'a str,
    /// What the path after the root names.
    pub address: &'a Address,
    /// The query string as sent, without `?`.
    pub query: &'a str,
    pub if_match: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
    /// The `Prefer` headers, joined by commas.
    pub prefer: Option<&'a str>,
    /// The `Accept` headers, joined by commas.
    pub accept: Option<&'a str>,
    pub content_type: Option<&'a str>,
    /// The body; empty for methods without one.
    pub body: &'a [u8],
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
    /// Any other method; no address accepts it.
    Other,
}

/// The caller, and what its request needs.
pub struct RequestContext<'a> {
    /// What OData works with.
    pub odata: &'a Odata,
    pub caller: &'a Caller,
    /// The start of the response's context URL and links: base and root.
    pub service_url: String,
    /// Decimals and 64-bit integers are sent as texts: the `Accept` header has
    /// `IEEE754Compatible=true`.
    pub numbers_as_text: bool,
}
