//! What one request may have and cost.

use std::time::Duration;

/// What one request may cost, and how many there may be at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OdataLimits {
    /// Maximum rows in one response; the next link leads to the rest.
    pub page: usize,
    /// Maximum rows that one request may scan.
    pub scan_rows: u64,
    /// How long one request may look.
    pub scan_time: Duration,
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
            scan_time: Duration::from_secs(5),
            response_bytes: 64 << 20,
            concurrent: 16,
            queue: 64,
        }
    }
}

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

/// Bytes that the body of a write may have.
pub const MAX_BODY: usize = 1 << 20;

/// Bytes that a batch may have.
pub const MAX_BATCH_BODY: usize = 4 << 20;

/// Requests that a batch may have.
pub const MAX_BATCH_REQUESTS: usize = 100;
