//! `/api/openapi.json`: everything except `OData`, which describes itself, as `OpenAPI` 3.1.

mod api;
mod components;
mod operations;
mod tokens;
mod webhooks;

use std::sync::LazyLock;

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::reply;

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(document().to_string()));

/// The document.
pub async fn serve(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let response = async {
        match reply::reading(&request) {
            Ok(()) => reply::last(reply::json(DOCUMENT.clone())),
            Err(problem) => reply::error_response(problem, payload.into_inner()).await,
        }
    };
    reply::finished(&request, response).await
}

/// The document, in an order that does not change.
pub fn document() -> Value {
    let (administration, schemas) = api::paths();
    let paths: Map<String, Value> = webhooks::paths()
        .into_iter()
        .chain(tokens::paths())
        .chain(operations::paths())
        .map(|(path, item)| (path.to_owned(), item))
        .chain(administration)
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hookgate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Webhooks are posted to the Webhook URL of their source. Programs get access tokens at \
                            /connect/token, and read and write records at /0/odata (also /odata); its metadata is at \
                            /0/odata/$metadata.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "Webhooks", "description": "For services that send webhooks"},
            {"name": "Tokens", "description": "For programs"},
            {"name": "Administration", "description": "For the admin page and scripts: with the session of a user who \
                logged in, or with an access token that has the scope api (as Operator) or api:admin (as \
                Administrator). x-hookgate-role is the minimum role."},
            {"name": "Operation", "description": "For monitoring the server"},
        ],
        "paths": paths,
        "components": components::components(schemas),
    })
}

/// The operations of one path, by method.
type PathItem = (&'static str, Value);

/// A response that is named in the components.
fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// A schema that is named in the components.
fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A successful response of JSON.
fn good(description: &str, schema: &Value) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": schema}}})
}

#[cfg(test)]
mod tests;
