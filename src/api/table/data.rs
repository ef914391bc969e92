//! Operations on what arrives and what becomes of it.

use super::{Operation, delete, get, patch, post};
use crate::api::{events, overview, records, webhooks, webhooks_bulk};
use crate::domain::user::Role::{Administrator, Operator, Viewer};

/// By resource.
pub fn operations() -> Vec<Operation> {
    vec![
        // Overview and health.
        get("/overview", Some(Viewer), "What is set up, and what needs attention").runs(overview::show),
        get("/health", Some(Viewer), "Whether the server does its work").runs(overview::health),
        get("/health/oauth", Some(Viewer), "Whether programs can get tokens").runs(overview::oauth),
        // Webhooks.
        get("/webhooks", Some(Viewer), "Webhooks that match, the newest first").asks(webhooks::list),
        get("/webhooks/count", Some(Viewer), "How many webhooks match, by status").asks(webhooks::count),
        get(
            "/webhooks/chart",
            Some(Viewer),
            "How many webhooks arrived, by hour or day",
        )
        .asks(webhooks::chart),
        get(
            "/webhooks/export",
            Some(Viewer),
            "All webhooks that match, as CSV or NDJSON",
        )
        .asks(webhooks::export),
        post(
            "/webhooks/replay",
            Some(Operator),
            "Process all webhooks again that match, those that made a record only with again",
        )
        .takes(webhooks_bulk::replay_all),
        post(
            "/webhooks/delete",
            Some(Administrator),
            "Delete all webhooks that match, those that are not processed yet only with include_new",
        )
        .takes(webhooks_bulk::remove_all),
        get("/webhooks/{id}", Some(Viewer), "One webhook with everything about it").runs(webhooks::show),
        delete(
            "/webhooks/{id}",
            Some(Administrator),
            "Delete one webhook, one that is not processed yet only with include_new; its records stay",
        )
        .asks(webhooks::remove),
        get("/webhooks/{id}/body", Some(Viewer), "The body as it arrived").runs(webhooks::body),
        post("/webhooks/{id}/replay", Some(Operator), "Process one webhook again").may_take(webhooks::replay),
        post(
            "/webhooks/{id}/copy",
            Some(Operator),
            "Take in an edited copy of a webhook",
        )
        .takes(webhooks::copy)
        .up_to(webhooks::COPY_BODY),
        get(
            "/events",
            Some(Viewer),
            "What arrives and changes, as server-sent events",
        )
        .runs(events::watch)
        .unattended(),
        // Records.
        get(
            "/objects/{code}/records",
            Some(Viewer),
            "Records of an object that match",
        )
        .asks(records::list),
        get(
            "/objects/{code}/records/export",
            Some(Viewer),
            "Records of an object that match, as CSV",
        )
        .asks(records::export),
        get(
            "/objects/{code}/records/{id}",
            Some(Viewer),
            "One record with what its lookups refer to",
        )
        .runs(records::show),
        patch(
            "/objects/{code}/records/{id}",
            Some(Operator),
            "Give a record other values",
        )
        .takes(records::set)
        .up_to(records::EDIT_BODY),
        delete("/objects/{code}/records/{id}", Some(Administrator), "Delete a record").runs(records::remove),
        get(
            "/objects/{code}/options",
            Some(Viewer),
            "Choices for a lookup, by a part of their name",
        )
        .asks(records::options),
    ]
}
