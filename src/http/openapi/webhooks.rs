//! Webhook URLs.

use serde_json::json;

use super::{PathItem, good, named};

pub(super) fn paths() -> [PathItem; 1] {
    let made = json!({
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "format": "uuid", "description": "The id of the webhook"}},
    });
    let fields = json!({
        "type": "object",
        "description": "The columns of an object by their codes. EntityName is the code of the object; without it the \
                        webhook is stored, but no record is created.",
        "properties": {"EntityName": {"type": "string", "examples": ["Contact"]}},
        "additionalProperties": true,
    });
    let item = json!({
        "parameters": [{
            "name": "key",
            "in": "path",
            "required": true,
            "description": "The key of the webhook source",
            "schema": {"type": "string"},
        }],
        "post": {
            "tags": ["Webhooks"],
            "operationId": "webhook_append",
            "summary": "Send a webhook",
            "description": "The response is sent when the webhook is stored on disk; the record is created after that.",
            "security": [{}, {"accessToken": []}],
            "requestBody": {
                "required": true,
                "content": {
                    "application/json": {"schema": fields},
                    "application/x-www-form-urlencoded": {"schema": fields},
                    "multipart/form-data": {"schema": fields},
                },
            },
            "responses": {
                "200": good("The webhook is stored", &made),
                "400": named("BodyBroken"),
                "401": named("TokenNeeded"),
                "403": named("TokenScope"),
                "404": named("NotFound"),
                "405": named("MethodNotAllowed"),
                "408": named("BodyStalled"),
                "413": named("BodyTooLarge"),
                "415": named("ContentType"),
                "429": named("RateLimit"),
                "431": named("HeadersTooLarge"),
                "500": named("Internal"),
                "503": named("Unavailable"),
            },
        },
        "options": {
            "tags": ["Webhooks"],
            "operationId": "webhook_preflight",
            "summary": "The CORS preflight request that a browser sends before it posts from another site",
            "responses": {
                "204": {"description": "The headers show whether the origin is allowed"},
                "404": named("NotFound"),
            },
        },
    });
    [("/webhooks/{key}", item)]
}
