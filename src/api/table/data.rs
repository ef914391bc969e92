//! Operations on what arrives and what becomes of it.

use super::{Operation, delete, get, patch, post};
use crate::api::{events, overview, records, webhooks, webhooks_bulk};
use crate::domain::user::Role::{Administrator, Operator, Viewer};

/// By resource.
pub fn operations() -> Vec<Operation> {
    vec![
        // Overview and health.
        get(
            "/overview",
            Some(Viewer),
            "Get the overview: set-up steps and what needs attention",
        )
        .runs(overview::show),
        get("/health", Some(Viewer), "Get the health of the server").runs(overview::health),
        get("/health/oauth", Some(Viewer), "Check whether programs can get tokens").runs(overview::oauth),
        // Webhooks.
        get("/webhooks", Some(Viewer), "List matching webhooks, newest first").asks(webhooks::list),
        get("/webhooks/count", Some(Viewer), "Count matching webhooks, by status").asks(webhooks::count),
        get(
            "/webhooks/chart",
            Some(Viewer),
            "Count received webhooks, by hour or day",
        )
        .asks(webhooks::chart),
        get(
            "/webhooks/export",
            Some(Viewer),
            "Export all matching webhooks as CSV or NDJSON",
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
        get("/webhooks/{id}", Some(Viewer), "Get a webhook with all details").runs(webhooks::show),
        delete(
            "/webhooks/{id}",
            Some(Administrator),
            "Delete a webhook; one that is not processed yet only with include_new; its records stay",
        )
        .asks(webhooks::remove),
        get("/webhooks/{id}/body", Some(Viewer), "Get the body as it was received").runs(webhooks::body),
        post("/webhooks/{id}/replay", Some(Operator), "Reprocess a webhook").may_take(webhooks::replay),
        post(
            "/webhooks/{id}/copy",
            Some(Operator),
            "Send an edited copy of a webhook",
        )
        .takes(webhooks::copy)
        .up_to(webhooks::COPY_BODY),
        get(
            "/events",
            Some(Viewer),
            "Stream new and changed webhooks as server-sent events",
        )
        .runs(events::watch)
        .unattended(),
        // Records.
        get(
            "/objects/{code}/records",
            Some(Viewer),
            "List matching records of an object",
        )
        .asks(records::list),
        get(
            "/objects/{code}/records/export",
            Some(Viewer),
            "Export matching records of an object as CSV",
        )
        .asks(records::export),
        get(
            "/objects/{code}/records/{id}",
            Some(Viewer),
            "Get a record with the display values of its lookups",
        )
        .runs(records::show),
        patch("/objects/{code}/records/{id}", Some(Operator), "Edit a record")
            .takes(records::set)
            .up_to(records::EDIT_BODY),
        delete("/objects/{code}/records/{id}", Some(Administrator), "Delete a record").runs(records::remove),
        get(
            "/objects/{code}/options",
            Some(Viewer),
            "Find lookup values by a part of their name",
        )
        .asks(records::options),
    ]
}
