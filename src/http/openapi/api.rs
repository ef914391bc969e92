//! `/api/v1`: what the admin page and scripts use, made of the table of its operations.

use serde_json::{Map, Value, json};

use super::named;
use crate::http::api::table::{BASE, Operation, operations};

/// What all say that take a proof of who asks.
const CONFIRM: &str = "With a session only for a short time after the login or POST /api/v1/session/confirm; \
    later it is answered with 403 and the code confirm-needed. With an access token at any time.";

pub(super) fn paths() -> Vec<(String, Value)> {
    let mut paths: Vec<(String, Map<String, Value>)> = Vec::new();
    for operation in operations() {
        let path = format!("{BASE}{}", operation.path);
        let method = operation.method.name().to_ascii_lowercase();
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, item)) => drop(item.insert(method, described(operation))),
            None => paths.push((path, Map::from_iter([(method, described(operation))]))),
        }
    }
    paths
        .into_iter()
        .map(|(path, item)| (path, Value::Object(item)))
        .collect()
}

fn described(operation: &Operation) -> Value {
    let names = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str, place: &str| json!({"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}});
    let mut parameters: Vec<Value> = names.map(|name| parameter(name, "path")).collect();
    parameters.extend(operation.query.iter().map(|name| parameter(name, "query")));
    let security = match operation.role {
        None => json!([]),
        Some(_) => json!([{"session": []}, {"accessToken": []}]),
    };
    let mut described = json!({
        "tags": ["Administration"],
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "parameters": parameters,
        "security": security,
        "x-hookgate-role": operation.role.map(crate::domain::user::Role::name),
        "responses": {
            "2XX": {"description": "Done"},
            "default": named("Refused"),
        },
    });
    if operation.confirm
        && let Some(described) = described.as_object_mut()
    {
        described.insert("x-hookgate-confirm".to_owned(), true.into());
        described.insert("description".to_owned(), CONFIRM.into());
    }
    described
}

/// Such as `api_post_users_id_reset_link`.
fn operation_id(operation: &Operation) -> String {
    let path = operation.path.replace(['{', '}'], "").replace(['/', '-'], "_");
    format!("api_{}{path}", operation.method.name().to_ascii_lowercase())
}
