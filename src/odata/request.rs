//! What a program asks, and what it gets, free of HTTP's types.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use crate::concurrency_limit::ConcurrencyLimit;
use crate::domain::caller::Caller;
use crate::ledger::Ledger;

use super::odata_error::ODataError;
use super::type_cache::TypeCache;

/// What OData works with.
pub struct Odata {
    pub ledger: Ledger,
    /// What absolute links start with, such as `https://hookgate.example.org`; without a slash
    /// at the end. Known once the server listens.
    pub base_url: OnceLock<String>,
    /// What one request may cost.
    pub limits: OdataLimits,
    /// Limits the requests that scan many rows.
    pub concurrency_limit: Arc<ConcurrencyLimit>,
    pub(super) type_cache: ArcSwap<TypeCache>,
}

impl Odata {
    /// With the usual limits, and without a base of links.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self::with_limits(ledger, OdataLimits::default())
    }

    /// Without a base of links.
    #[must_use]
    pub fn with_limits(ledger: Ledger, limits: OdataLimits) -> Self {
        Self {
            ledger,
            base_url: OnceLock::new(),
            limits,
            concurrency_limit: Arc::new(ConcurrencyLimit::new(limits.concurrent, limits.queue)),
            type_cache: ArcSwap::default(),
        }
    }

    /// The same with other limits of one request.
    #[must_use]
    pub fn limited(&self, limits: OdataLimits) -> Self {
        Self {
            ledger: self.ledger.clone(),
            base_url: self.base_url.clone(),
            limits,
            concurrency_limit: Arc::clone(&self.concurrency_limit),
            type_cache: ArcSwap::new(self.type_cache.load_full()),
        }
    }

    /// Sets what absolute links start with. The first one stays.
    pub fn url_set(&self, base_url: &str) {
        let base_url = base_url.trim_end_matches('/');
        self.base_url.get_or_init(|| base_url.to_owned());
    }

    /// What absolute links start with; nothing, so that they are relative to the server, before
    /// that is known.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base_url.get().map_or("", String::as_str)
    }
}

/// What one request may cost, and how many there may be at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OdataLimits {
    /// Maximum rows in one response; the next link leads to the rest.
    pub page: usize,
    /// Maximum rows that one request may scan.
    pub scan_rows: u64,
    /// How long one request may look.
    pub scan_time: std::time::Duration,
    /// Maximum size of one response in bytes.
    pub response_bytes: usize,
    /// Requests that may scan many rows at once.
    pub concurrent: usize,
    /// Requests that wait until they may.
    pub queue: usize,
}

impl Default for OdataLimits {
    fn default() -> Self {
        Self {
            page: 20_000,
            scan_rows: 200_000,
            scan_time: std::time::Duration::from_secs(5),
            response_bytes: 64 << 20,
            concurrent: 16,
            queue: 64,
        }
    }
}

/// One request, alone or out of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    pub method: Method,
    /// What the address starts with: `/0/odata` or `/odata`.
    pub root: &'a str,
    /// The path after the root, percent-encoded as sent, without its leading slash.
    pub path: &'a str,
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

/// A response, free of HTTP library types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// Headers besides `Content-Type` and `OData-Version`, which are always present.
    pub headers: Vec<(&'static str, String)>,
    /// The content type; none without a body.
    pub content_type: Option<&'static str>,
    pub body: Vec<u8>,
}

/// The response to a request, or why it failed.
pub type HandlerResult = Result<Response, ODataError>;

/// The content type of JSON responses.
pub const JSON: &str = "application/json; odata.metadata=minimal; charset=utf-8";

/// The content type of JSON responses with numbers as texts.
pub const JSON_NUMBERS_AS_TEXT: &str =
    "application/json; odata.metadata=minimal; IEEE754Compatible=true; charset=utf-8";

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

/// Bytes that the body of a write may have.
pub const MAX_BODY: usize = 1 << 20;

/// Bytes that a batch may have.
pub const MAX_BATCH_BODY: usize = 4 << 20;

/// Requests that a batch may have.
pub const MAX_BATCH_REQUESTS: usize = 100;
