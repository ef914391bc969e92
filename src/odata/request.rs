//! What a program asks, and what it gets, free of HTTP's types.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use crate::domain::caller::Caller;
use crate::ledger::Ledger;

use super::fault::Fault;
use super::known::AllKnown;
use super::turns::Turns;

/// What OData works with.
pub struct Odata {
    /// Journal and store.
    pub ledger: Ledger,
    /// What absolute links start with, such as `https://hookgate.example.org`; without a slash
    /// at the end. Known once the server listens.
    pub base_url: OnceLock<String>,
    /// What one request may cost.
    pub limits: OdataLimits,
    /// Who looks at many rows, and who waits to.
    pub turns: Arc<Turns>,
    pub(super) all_known: ArcSwap<AllKnown>,
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
            turns: Arc::new(Turns::new(limits.concurrent, limits.queue)),
            all_known: ArcSwap::default(),
        }
    }

    /// The same with other limits of one request.
    #[must_use]
    pub fn limited(&self, limits: OdataLimits) -> Self {
        Self {
            ledger: self.ledger.clone(),
            base_url: self.base_url.clone(),
            limits,
            turns: Arc::clone(&self.turns),
            all_known: ArcSwap::new(self.all_known.load_full()),
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
    /// Rows that one answer holds at most; the rest is behind its next link.
    pub page: usize,
    /// Rows that one request may look at.
    pub scan_rows: u64,
    /// How long one request may look.
    pub scan_time: std::time::Duration,
    /// Bytes of one answer.
    pub answer_bytes: usize,
    /// Requests that look at many rows at once.
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
            answer_bytes: 64 << 20,
            concurrent: 16,
            queue: 64,
        }
    }
}

/// One request, alone or out of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// What to do.
    pub method: Method,
    /// What the address starts with: `/0/odata` or `/odata`.
    pub root: &'a str,
    /// The path behind the root, percent-encoded as sent, without the slash in front.
    pub path: &'a str,
    /// The query string as sent, without `?`.
    pub query: &'a str,
    /// The `If-Match` header.
    pub if_match: Option<&'a str>,
    /// The `If-None-Match` header.
    pub if_none_match: Option<&'a str>,
    /// The `Prefer` headers, joined by commas.
    pub prefer: Option<&'a str>,
    /// The `Accept` headers, joined by commas.
    pub accept: Option<&'a str>,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The body; empty for methods without one.
    pub body: &'a [u8],
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the methods of HTTP")]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
    /// Any other; nothing takes it.
    Other,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// Headers beside `Content-Type` and `OData-Version`, which are always there.
    pub headers: Vec<(&'static str, String)>,
    /// The content type; none without a body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a request is answered with, or why it is not.
pub type Answer = Result<Response, Fault>;

/// The content type of JSON answers.
pub const JSON: &str = "application/json; odata.metadata=minimal; charset=utf-8";

/// The content type of JSON answers with numbers as texts.
pub const JSON_NUMBERS_AS_TEXT: &str =
    "application/json; odata.metadata=minimal; IEEE754Compatible=true; charset=utf-8";

/// One who asks, and what is asked with.
pub struct Asked<'a> {
    /// What OData works with.
    pub odata: &'a Odata,
    /// Who asks.
    pub caller: &'a Caller,
    /// What address the answer's context and links start with: base and root.
    pub service_url: String,
    /// Decimals and 64-bit integers are wanted as texts: `IEEE754Compatible=true` stood in the
    /// `Accept` header.
    pub numbers_as_text: bool,
}

/// Bytes that the body of a write may have.
pub const BODY_MOST: usize = 1 << 20;

/// Bytes that a batch may have.
pub const BATCH_BODY_MOST: usize = 4 << 20;

/// Requests that a batch may have.
pub const BATCH_MOST: usize = 100;
