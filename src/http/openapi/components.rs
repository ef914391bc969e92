//! What several addresses have in common.

use serde_json::{Map, Value, json};

use super::schema;
use crate::api::COOKIE_NAME;

/// `schemas` are those of the types that operations take and give.
pub(super) fn components(schemas: Map<String, Value>) -> Value {
    let mut components = json!({
        "responses": {
            "NotFound": problem("Not found"),
            "MethodNotAllowed": problem("The method is not allowed; the header Allow lists the allowed methods"),
            "BodyBroken": problem("The body is incomplete; send it again"),
            "ContentType": problem("The content type is not supported, or the body is compressed"),
            "Refused": problem("The request was rejected; the code gives the reason for programs"),
            "RateLimit": waits(problem("The webhook source exceeds its rate limit; send the request again after Retry-After")),
            "TokenNeeded": json!({
                "description": "An access token is required, or the one that was sent is not valid",
                "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}},
                "content": {"application/problem+json": {"schema": schema("Problem")}},
            }),
            "TokenScope": problem("The access token does not allow this"),
            "BodyStalled": problem("The body did not arrive in time; send it again"),
            "BodyTooLarge": problem("The body is too large"),
            "HeadersTooLarge": problem("URL and headers are too large"),
            "Internal": problem("Internal error in Hookgate"),
            "Unavailable": waits(problem("Nothing was stored; send the request again after Retry-After")),
            "OAuthError": oauth("What is wrong, in the format of RFC 6749 section 5.2"),
            "ClientUnknown": json!({
                "description": "The client is unknown or disabled, or its authentication failed",
                "headers": {"WWW-Authenticate": {
                    "description": "If HTTP Basic was used",
                    "schema": {"type": "string"},
                }},
                "content": {"application/json": {"schema": schema("OAuthError")}},
            }),
            "Throttled": waits(oauth("Too many failed attempts; try again after Retry-After")),
            "NotReady": waits(oauth("Tokens cannot be issued or checked at the moment; try again after Retry-After")),
        },
        "schemas": {
            "Problem": {
                "description": "A problem document (RFC 9457)",
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "examples": ["urn:hookgate:problem:path-unknown"]},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string", "description": "What to do"},
                    "code": {"type": "string", "description": "A code for programs; it never changes"},
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
                "description": "Client ID and client secret; each is form-encoded first (RFC 6749 section 2.3.1)",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": COOKIE_NAME,
                "description": "The session of a user who logged in. Requests that change something also require \
                                X-Hookgate: 1 and Content-Type: application/json, from the same origin",
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
