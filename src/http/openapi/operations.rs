//! The state of the server, and this document.

use serde_json::{Value, json};

use super::{PathItem, good, named};

pub(super) fn paths() -> [PathItem; 4] {
    [
        (
            "/livez",
            get(
                "live",
                "The process is alive",
                &json!({"type": "object", "required": ["status"], "properties": {"status": {"const": "alive"}}}),
            ),
        ),
        ("/readyz", ready()),
        ("/metrics", metrics()),
        (
            "/api/openapi.json",
            get("openapi", "This document", &json!({"type": "object"})),
        ),
    ]
}

fn ready() -> Value {
    let states = json!({"enum": ["ok", "warn", "fail"]});
    let numbers = "The figures of the check; only for clients that may read /metrics";
    let schema = json!({
        "type": "object",
        "required": ["status", "checks"],
        "properties": {
            "status": states,
            "checks": {"type": "array", "items": {
                "type": "object",
                "required": ["name", "status", "text"],
                "properties": {
                    "name": {"enum": ["journal", "store", "processing", "disk", "certificate", "secrets"]},
                    "status": states,
                    "text": {"type": "string", "description": "What is wrong, and what to do next"},
                    "findings": {"type": "array", "items": {"type": "string"}, "description": "Codes of problems that senders have with the certificate"},
                },
                "additionalProperties": {"type": ["integer", "string"], "description": numbers},
            }},
        },
    });
    let mut item = get(
        "ready",
        "Webhooks are accepted; warnings show what needs attention",
        &schema,
    );
    if let Some(responses) = item.pointer_mut("/get/responses").and_then(Value::as_object_mut) {
        let failing = good("Webhooks are not accepted; the failed checks show why", &schema);
        responses.insert("503".to_owned(), failing);
    }
    item
}

fn metrics() -> Value {
    let page = json!({
        "description": "All metrics, in the Prometheus text format",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    });
    let description = "Requires an access token with the scope metrics:read, or an address that the setting \
                       metrics.allow lists.";
    json!({
        "get": {
            "tags": ["Operation"],
            "operationId": "metrics",
            "summary": "Metrics for a monitoring system",
            "description": description,
            "security": [{}, {"accessToken": []}],
            "responses": {
                "200": page,
                "401": named("TokenNeeded"),
                "403": named("TokenScope"),
                "405": named("MethodNotAllowed"),
                "500": named("Internal"),
                "503": named("Unavailable"),
            },
        },
    })
}

fn get(id: &str, summary: &str, schema: &Value) -> Value {
    json!({
        "get": {
            "tags": ["Operation"],
            "operationId": id,
            "summary": summary,
            "responses": {
                "200": good(summary, schema),
                "405": named("MethodNotAllowed"),
                "500": named("Internal"),
            },
        },
    })
}
