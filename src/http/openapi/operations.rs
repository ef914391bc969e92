//! The state of the server, and this document.

use serde_json::{Value, json};

use super::{PathItem, good, named};

pub(super) fn paths() -> [PathItem; 3] {
    [
        ("/livez", get("live", "The process answers", &status("alive"), false)),
        ("/readyz", get("ready", "Webhooks are taken", &status("ready"), true)),
        (
            "/api/openapi.json",
            get("openapi", "This document", &json!({"type": "object"}), false),
        ),
    ]
}

fn status(good: &str) -> Value {
    json!({"type": "object", "required": ["status"], "properties": {"status": {"const": good}}})
}

fn get(id: &str, summary: &str, schema: &Value, may_be_unavailable: bool) -> Value {
    let mut responses = json!({
        "200": good(summary, schema),
        "405": named("MethodNotAllowed"),
        "500": named("Internal"),
    });
    if may_be_unavailable && let Some(responses) = responses.as_object_mut() {
        responses.insert("503".to_owned(), named("Unavailable"));
    }
    json!({
        "get": {
            "tags": ["Operation"],
            "operationId": id,
            "summary": summary,
            "responses": responses,
        },
    })
}
