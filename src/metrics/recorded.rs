//! What is recorded as it happens. Values that can be read on demand are not here.

use super::{Counter, Histogram, Labelled};

const MICRO: u64 = 1000;
const MILLI: u64 = 1000 * MICRO;
const SECOND: u64 = 1000 * MILLI;

/// For responses and disk writes: from a fast disk to the time-outs of senders.
const TIMES: [u64; 14] = [
    250 * MICRO,
    500 * MICRO,
    MILLI,
    2 * MILLI,
    5 * MILLI,
    10 * MILLI,
    25 * MILLI,
    50 * MILLI,
    100 * MILLI,
    250 * MILLI,
    500 * MILLI,
    SECOND,
    3 * SECOND,
    10 * SECOND,
];

/// Of work on one webhook in memory.
const WORK: [u64; 10] = [
    10 * MICRO,
    25 * MICRO,
    50 * MICRO,
    100 * MICRO,
    250 * MICRO,
    MILLI,
    5 * MILLI,
    25 * MILLI,
    250 * MILLI,
    SECOND,
];

/// Of entries that are written together.
const ENTRIES: [u64; 9] = [1, 2, 5, 10, 50, 100, 500, 1000, 5000];

/// The time from the end of a webhook's body to its response, for accepted webhooks.
pub static WEBHOOK_ANSWER: Histogram<14> = Histogram::new(TIMES);

/// Requests to Webhook URLs that were rejected, by the code of the problem in the response.
pub static WEBHOOKS_REJECTED: Labelled<18> = Labelled::new([
    "webhook-url-unknown",
    "method-not-allowed",
    "content-type",
    "content-encoding",
    "body-too-large",
    "body-stalled",
    "body-broken",
    "headers-too-large",
    "rate-limit",
    "token-missing",
    "token-invalid",
    "token-scope",
    "token-unchecked",
    "busy",
    "disk-full",
    "open-files",
    "stopped",
    "internal",
]);

/// Entries of one write to the journal.
pub static JOURNAL_BATCH: Histogram<9> = Histogram::new(ENTRIES);

/// From the start of such a write until it is on disk.
pub static JOURNAL_SYNC: Histogram<14> = Histogram::new(TIMES);

/// Entries of one transaction of the store.
pub static STORE_BATCH: Histogram<9> = Histogram::new(ENTRIES);

/// The commit of such a transaction.
pub static STORE_COMMIT: Histogram<14> = Histogram::new(TIMES);

/// Deciding what becomes of a webhook.
pub static PROCESSING: Histogram<10> = Histogram::new(WORK);

/// What became of webhooks that were processed.
pub static WEBHOOKS_PROCESSED: Labelled<3> = Labelled::new(["record", "stored-only", "failed"]);

/// Webhooks that retention deleted, by their status.
pub static RETENTION_DELETED: Labelled<4> = Labelled::new(["New", "Processing", "Failed", "Done"]);

/// Access tokens that were made.
pub static TOKENS_ISSUED: Counter = Counter::new();

/// Requests for an access token that were rejected, by the error in the response.
pub static TOKENS_REFUSED: Labelled<7> = Labelled::new([
    "invalid_request",
    "invalid_client",
    "invalid_scope",
    "invalid_target",
    "unauthorized_client",
    "unsupported_grant_type",
    "temporarily_unavailable",
]);
