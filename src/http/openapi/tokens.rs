//! Access tokens.

use serde_json::{Value, json};

use super::{PathItem, good, named};
use crate::identity::{INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH};

pub(super) fn paths() -> Vec<PathItem> {
    vec![
        (TOKEN_PATH, token()),
        (INTROSPECTION_PATH, introspection()),
        (REVOCATION_PATH, revocation()),
        (JWKS_PATH, keys("jwks")),
        ("/.well-known/openid-configuration/jwks", keys("jwks_openid")),
        ("/.well-known/oauth-authorization-server", metadata("metadata_oauth")),
        ("/.well-known/openid-configuration", metadata("metadata_openid")),
    ]
}

fn token() -> Value {
    let own = json!({
        "grant_type": {"const": "client_credentials"},
        "scope": {"type": "string", "description": "Scopes, separated by spaces; without it, all scopes of the client"},
        "resource": {
            "type": "array",
            "items": {"type": "string", "format": "uri"},
            "description": "The resource that the token is for (RFC 8707)",
        },
    });
    let answer = json!({
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": {"type": "string", "description": "A JWT (RFC 9068)"},
            "token_type": {"const": "Bearer"},
            "expires_in": {"type": "integer", "description": "Seconds"},
            "scope": {"type": "string"},
        },
    });
    let good = good("An access token", &answer);
    post("token", "Get an access token", &["grant_type"], &own, &good)
}

fn introspection() -> Value {
    let answer = json!({
        "type": "object",
        "required": ["active"],
        "properties": {
            "active": {"type": "boolean"},
            "scope": {"type": "string"},
            "client_id": {"type": "string"},
            "token_type": {"const": "Bearer"},
            "exp": {"type": "integer"},
            "iat": {"type": "integer"},
            "sub": {"type": "string"},
            "aud": {"type": ["string", "array"], "items": {"type": "string"}},
            "iss": {"type": "string"},
            "jti": {"type": "string"},
        },
    });
    let good = good("The state of the token (RFC 7662)", &answer);
    post(
        "token_introspect",
        "Introspect a token",
        &["token"],
        &one_token(),
        &good,
    )
}

fn revocation() -> Value {
    let good = json!({"description": "The token is not valid any more (RFC 7009); also if it was never valid"});
    post("token_revoke", "Revoke a token", &["token"], &one_token(), &good)
}

fn one_token() -> Value {
    json!({"token": {"type": "string"}, "token_type_hint": {"type": "string"}})
}

/// A form that a client posts, with its own fields and those by which it proves who it is.
fn post(id: &str, summary: &str, required: &[&str], own: &Value, good: &Value) -> Value {
    let mut properties = own.clone();
    if let Some(properties) = properties.as_object_mut() {
        for name in [
            "client_id",
            "client_secret",
            "client_assertion_type",
            "client_assertion",
        ] {
            properties.insert(name.to_owned(), json!({"type": "string"}));
        }
    }
    let form = json!({"type": "object", "required": required, "properties": properties});
    json!({
        "post": {
            "tags": ["Tokens"],
            "operationId": id,
            "summary": summary,
            "description": "The client authenticates with HTTP Basic, with client_id and client_secret in the form, \
                            or with a signed assertion (RFC 7523): with exactly one of these.",
            "security": [{"clientBasic": []}, {}],
            "requestBody": {
                "required": true,
                "content": {"application/x-www-form-urlencoded": {"schema": form}},
            },
            "responses": {
                "200": good,
                "400": named("OAuthError"),
                "401": named("ClientUnknown"),
                "405": named("OAuthError"),
                "408": named("BodyStalled"),
                "413": named("OAuthError"),
                "415": named("ContentType"),
                "429": named("Throttled"),
                "431": named("HeadersTooLarge"),
                "500": named("Internal"),
                "503": named("NotReady"),
            },
        },
    })
}

fn keys(id: &str) -> Value {
    let set = json!({
        "type": "object",
        "required": ["keys"],
        "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
    });
    get(id, "The public keys for verifying tokens (RFC 7517)", &set)
}

fn metadata(id: &str) -> Value {
    let document = json!({
        "type": "object",
        "required": ["issuer", "token_endpoint", "jwks_uri"],
        "properties": {
            "issuer": {"type": "string", "format": "uri"},
            "token_endpoint": {"type": "string", "format": "uri"},
            "jwks_uri": {"type": "string", "format": "uri"},
        },
        "additionalProperties": true,
    });
    get(id, "The metadata of the token issuer (RFC 8414)", &document)
}

fn get(id: &str, summary: &str, schema: &Value) -> Value {
    json!({
        "get": {
            "tags": ["Tokens"],
            "operationId": id,
            "summary": summary,
            "responses": {
                "200": good(summary, schema),
                "405": named("MethodNotAllowed"),
                "500": named("Internal"),
                "503": named("NotReady"),
            },
        },
    })
}
