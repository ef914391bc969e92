//! What several addresses have in common.

use serde_json::{Map, Value, json};

use super::schema;
use crate::api::COOKIE_NAME;

/// `schemas` are those of the types that operations take and give.
pub(super) fn components(schemas: Map<String, Value>) -> Value {
    let mut components = json!({
        "responses": {
            "NotFound": problem("There is nothing here"),
            "MethodNotAllowed": problem("The method is not allowed here; the header Allow names those that are"),
            "BodyBroken": problem("The body did not arrive in full; send it again"),
            "ContentType": problem("The content type is not taken, or the body is compressed"),
            "Refused": problem("It was not done; the code says why, for programs"),
            "RateLimit": waits(problem("The webhook source sends too much; send it again after Retry-After")),
            "TokenNeeded": json!({
                "description": "An access token is needed here, or the one that was sent does not count",
                "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}},
                "content": {"application/problem+json": {"schema": schema("Problem")}},
            }),
            "TokenScope": problem("The access token does not allow this"),
            "BodyStalled": problem("The body did not arrive in time; send it again"),
            "BodyTooLarge": problem("The body is too large"),
            "HeadersTooLarge": problem("Address and headers are too large"),
            "Internal": problem("There is a fault in Hookgate"),
            "Unavailable": waits(problem("Nothing was stored; send it again after Retry-After")),
            "OAuthError": oauth("What is wrong, as RFC 6749 section 5.2 says it"),
            "ClientUnknown": json!({
                "description": "The client is not known, is switched off, or did not prove who it is",
                "headers": {"WWW-Authenticate": {
                    "description": "Where HTTP Basic was used",
                    "schema": {"type": "string"},
                }},
                "content": {"application/json": {"schema": schema("OAuthError")}},
            }),
            "Throttled": waits(oauth("Too many failed attempts; try again after Retry-After")),
            "NotReady": waits(oauth("Tokens cannot be made or checked at the moment; try again after Retry-After")),
        },
        "schemas": {
            "Problem": {
                "description": "A problem document after RFC 9457",
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "examples": ["urn:hookgate:problem:path-unknown"]},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string", "description": "What to do"},
                    "code": {"type": "string", "description": "A name for programs; never changes"},
                },
            },
            "OAuthError": {
                "type": "object",
                "required": ["error"],
                "properties": {
                    "error": {"type": "string", "examples": ["invalid_client"]},
                    "error_description": {"type": "string"},
                },
            },
        },
        "securitySchemes": {
            "clientBasic": {
                "type": "http",
                "scheme": "basic",
                "description": "Client id and client secret; each is form-encoded first, as RFC 6749 section 2.3.1 says",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": COOKIE_NAME,
                "description": "The session of somebody who logged in. What changes something needs X-Hookgate: 1 and \
                                Content-Type: application/json as well, from the same origin",
            },
            "accessToken": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "An access token from /connect/token",
            },
        },
    });
    if let Some(known) = components.pointer_mut("/schemas").and_then(Value::as_object_mut) {
        known.extend(schemas);
    }
    components
}

fn problem(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/problem+json": {"schema": schema("Problem")}},
    })
}

fn oauth(description: &str) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema("OAuthError")}}})
}

/// The same with the time to wait.
fn waits(mut response: Value) -> Value {
    if let Some(response) = response.as_object_mut() {
        let seconds = json!({"description": "Seconds", "schema": {"type": "integer"}});
        response.insert("headers".to_owned(), json!({"Retry-After": seconds}));
    }
    response
}
