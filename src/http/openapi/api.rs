//! `/api/v1`: what the admin page and scripts use, made of the table of its operations and of the
//! types that they take and give.

use schemars::generate::SchemaSettings;
use schemars::transform::{ReplaceBoolSchemas, Transform as _};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::named;
use crate::api::table::{BASE, network_operations};
use crate::api::{AnswerKind, Operation};

/// What all say that take a proof of who asks.
const CONFIRM: &str = "With a session, this is possible only for a short time after the login or POST \
    /api/v1/session/confirm; later the response is 403 with the code confirm-needed. With an access token, it is \
    possible at any time.";

/// Paths with their operations, and the schemas that they refer to by name.
pub(super) fn paths() -> (Vec<(String, Value)>, Map<String, Value>) {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.transforms.push(Box::new(any_as_object));
    let mut generator = settings.into_generator();
    let mut paths: Vec<(String, Map<String, Value>)> = Vec::new();
    for operation in network_operations() {
        let path = format!("{BASE}{}", operation.path);
        let method = operation.method.name().to_ascii_lowercase();
        let described = described(operation, &mut generator);
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, item)) => drop(item.insert(method, described)),
            None => paths.push((path, Map::from_iter([(method, described)]))),
        }
    }
    let paths = paths.into_iter().map(|(path, item)| (path, Value::Object(item)));
    (paths.collect(), generator.take_definitions(true))
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let security = match operation.role {
        None => json!([]),
        Some(_) => json!([{"session": []}, {"accessToken": []}]),
    };
    let mut described = json!({
        "tags": ["Administration"],
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "parameters": parameters(operation, generator),
        "security": security,
        "x-hookgate-role": operation.role.map(crate::domain::user::Role::name),
        "responses": responses(operation, generator),
    });
    let Some(members) = described.as_object_mut() else {
        return described;
    };
    if let Some(body) = operation.body {
        let schema = schema_of(body.schema, generator);
        let content = json!({"application/json": {"schema": schema}});
        let body = json!({"required": body.required, "content": content});
        members.insert("requestBody".to_owned(), body);
    }
    if operation.confirm {
        members.insert("x-hookgate-confirm".to_owned(), true.into());
        members.insert("description".to_owned(), CONFIRM.into());
    }
    described
}

fn parameters(operation: &Operation, generator: &mut SchemaGenerator) -> Vec<Value> {
    let names = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = names
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let Some(query) = operation.query else {
        return parameters;
    };
    let schema = schema_of(query, generator);
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let mut property = not_null(property.clone());
        let description = property
            .as_object_mut()
            .and_then(|property| property.remove("description"));
        let mut parameter = json!({"name": name, "in": "query", "required": false, "schema": property});
        if let (Some(parameter), Some(description)) = (parameter.as_object_mut(), description) {
            parameter.insert("description".to_owned(), description);
        }
        parameters.push(parameter);
    }
    parameters
}

fn schema_of(make: fn(&mut SchemaGenerator) -> Schema, generator: &mut SchemaGenerator) -> Value {
    let mut schema = make(generator);
    any_as_object(&mut schema);
    schema.into()
}

/// Anything is `{}`: generators of clients stumble over the boolean schema `true`.
fn any_as_object(schema: &mut Schema) {
    let mut replace = ReplaceBoolSchemas::default();
    replace.skip_additional_properties = true;
    replace.transform(schema);
}

/// A parameter that is not there is left out; it is never null.
fn not_null(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else {
        return schema;
    };
    members.remove("default");
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            members.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(any)) = members.get_mut("anyOf") {
        any.retain(|kind| kind.get("type").is_none_or(|kind| kind != "null"));
        if let [one] = any.as_slice() {
            return one.clone();
        }
    }
    schema
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let AnswerKind {
        status,
        content,
        schema,
    } = operation.answer;
    let mut media = Map::new();
    if let Some(schema) = schema {
        media.insert(
            "application/json".to_owned(),
            json!({"schema": schema_of(schema, generator)}),
        );
    }
    for (content_type, schema) in content {
        let described = schema.map_or_else(|| json!({"type": "string"}), |schema| schema_of(schema, generator));
        media.insert((*content_type).to_owned(), json!({"schema": described}));
    }
    let mut good = json!({"description": "Done"});
    if let (Some(good), false) = (good.as_object_mut(), media.is_empty()) {
        good.insert("content".to_owned(), Value::Object(media));
    }
    let mut responses = Map::from_iter([(status.to_string(), good)]);
    if operation.role.is_some() {
        responses.insert("401".to_owned(), named("TokenNeeded"));
        responses.insert("403".to_owned(), named("Refused"));
    }
    responses.insert("default".to_owned(), named("Refused"));
    Value::Object(responses)
}

/// Such as `api_post_users_id_reset_link`.
fn operation_id(operation: &Operation) -> String {
    let path = operation.path.replace(['{', '}'], "").replace(['/', '-'], "_");
    format!("api_{}{path}", operation.method.name().to_ascii_lowercase())
}
