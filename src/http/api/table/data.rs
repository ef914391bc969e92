//! Operations on what arrives and what becomes of it.

use super::super::{events, overview, records, webhooks};
use super::{Operation, delete, get, patch, post};
use crate::domain::user::Role::{Administrator, Operator, Viewer};

/// By resource.
pub const OPERATIONS: &[Operation] = &[
    // Overview and health.
    get(
        "/overview",
        Some(Viewer),
        "What is set up, and what needs attention",
        overview::show,
    ),
    get(
        "/health",
        Some(Viewer),
        "Whether the server does its work",
        overview::health,
    ),
    get(
        "/health/oauth",
        Some(Viewer),
        "Whether programs can get tokens",
        overview::oauth,
    ),
    // Webhooks.
    get(
        "/webhooks",
        Some(Viewer),
        "Webhooks that match, the newest first",
        webhooks::list,
    )
    .asks(&[
        "status",
        "source",
        "entity",
        "outcome",
        "made_record",
        "from",
        "to",
        "text",
        "before",
        "limit",
    ]),
    get(
        "/webhooks/count",
        Some(Viewer),
        "How many webhooks match, by status",
        webhooks::count,
    )
    .asks(WEBHOOK_FILTER),
    get(
        "/webhooks/chart",
        Some(Viewer),
        "How many webhooks arrived, by hour or day",
        webhooks::chart,
    )
    .asks(&["from", "to", "step"]),
    get(
        "/webhooks/export",
        Some(Viewer),
        "All webhooks that match, as CSV or NDJSON",
        webhooks::export,
    )
    .asks(&[
        "format",
        "status",
        "source",
        "entity",
        "outcome",
        "made_record",
        "from",
        "to",
        "text",
    ]),
    post(
        "/webhooks/replay",
        Some(Operator),
        "Process all webhooks again that match, those that made a record only with again; a line for each step",
        webhooks::replay_all,
    ),
    post(
        "/webhooks/delete",
        Some(Administrator),
        "Delete all webhooks that match, those that are not processed yet only with include_new; a line for each step",
        webhooks::remove_all,
    ),
    get(
        "/webhooks/{id}",
        Some(Viewer),
        "One webhook with everything about it",
        webhooks::show,
    ),
    delete(
        "/webhooks/{id}",
        Some(Administrator),
        "Delete one webhook, one that is not processed yet only with include_new; its records stay",
        webhooks::remove,
    )
    .asks(&["include_new"]),
    get(
        "/webhooks/{id}/body",
        Some(Viewer),
        "The body as it arrived",
        webhooks::body,
    ),
    post(
        "/webhooks/{id}/replay",
        Some(Operator),
        "Process one webhook again",
        webhooks::replay,
    ),
    post(
        "/webhooks/{id}/copy",
        Some(Operator),
        "Take in an edited copy of a webhook",
        webhooks::copy,
    )
    .takes(webhooks::COPY_BODY),
    get(
        "/events",
        Some(Viewer),
        "What arrives and changes, as server-sent events",
        events::watch,
    )
    .unattended(),
    // Records.
    get(
        "/objects/{code}/records",
        Some(Viewer),
        "Records of an object that match",
        records::list,
    )
    .asks(&["filter", "order", "before", "limit"]),
    get(
        "/objects/{code}/records/export",
        Some(Viewer),
        "Records of an object that match, as CSV",
        records::export,
    )
    .asks(&["format", "filter", "order"]),
    get(
        "/objects/{code}/records/{id}",
        Some(Viewer),
        "One record with what its lookups refer to",
        records::show,
    ),
    patch(
        "/objects/{code}/records/{id}",
        Some(Operator),
        "Give a record other values",
        records::set,
    )
    .takes(records::EDIT_BODY),
    delete(
        "/objects/{code}/records/{id}",
        Some(Administrator),
        "Delete a record",
        records::remove,
    ),
    get(
        "/objects/{code}/options",
        Some(Viewer),
        "Choices for a lookup, by a part of their name",
        records::options,
    )
    .asks(&["text"]),
];

/// What webhooks can be filtered by.
const WEBHOOK_FILTER: &[&str] = &[
    "status",
    "source",
    "entity",
    "outcome",
    "made_record",
    "from",
    "to",
    "text",
];
