//! The document says what the server does, and all of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;

use super::*;
use crate::api::table::{BASE, network_operations};
use crate::app::bounds::{intake_limits, session_policy};
use crate::config::defaults;
use crate::domain::time::Timestamp;
use crate::http::tests::settings;
use crate::http::{Api, Hosts, routes};
use crate::identity::{INTROSPECTION_PATH, Issuer, JWKS_PATH, REVOCATION_PATH, RingPolicy, TOKEN_PATH};
use crate::intake::Intake;
use crate::manage::health::Health;
use crate::odata::write_tests::World;
use crate::people::People;
use crate::secret::Secrets;

const SNAPSHOT: &str = "tests/fixtures/openapi.json";

/// Routes that are another spelling of one that is described, or describe themselves, or are for people.
const ELSEWHERE: [&str; 4] = [
    "/.well-known/oauth-authorization-server/{path}",
    "/0/odata",
    "/odata",
    "/admin",
];

fn paths(document: &Value) -> BTreeSet<String> {
    document["paths"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_document_is_the_committed_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT);
    let now = format!("{:#}\n", document());
    if std::env::var_os("HOOKGATE_UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        now, committed,
        "if this is meant, run 'HOOKGATE_UPDATE=1 tests/run openapi' and commit {SNAPSHOT}"
    );
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let source = include_str!("../routes.rs").split("#[cfg(test)]").next().unwrap();
    let constants = [
        ("TOKEN_PATH", TOKEN_PATH),
        ("INTROSPECTION_PATH", INTROSPECTION_PATH),
        ("REVOCATION_PATH", REVOCATION_PATH),
        ("JWKS_PATH", JWKS_PATH),
    ];
    let mut routes = BTreeSet::new();
    let code: Vec<&str> = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let configured = code.join("\n");
    let configured = configured.split_once("pub fn webhooks").unwrap().1;
    for literal in configured
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.len() > 1 && text.starts_with('/'))
    {
        routes.insert(literal.replace(":.*}", "}"));
    }
    for word in configured.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if word.ends_with("_PATH") {
            let known = constants.iter().find(|(name, _)| *name == word);
            routes.insert(known.unwrap_or_else(|| panic!("what is {word}?")).1.to_owned());
        }
    }
    assert!(routes.len() > 10, "the routes were not read: {routes:?}");
    assert!(routes.remove(BASE));
    routes.extend(network_operations().map(|operation| format!("{BASE}{}", operation.path)));
    assert!(routes.remove("/webhooks"));
    routes.insert("/webhooks/{key}".to_owned());
    for elsewhere in ELSEWHERE {
        assert!(routes.remove(elsewhere), "{elsewhere} is no route (any more)");
    }
    assert_eq!(paths(&document()), routes);
}

/// What a generator of clients needs: types of queries and bodies, an answer, and no name that leads
/// nowhere.
#[test]
fn every_operation_has_its_schemas_and_every_name_is_there() {
    let document = document();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !path.starts_with(BASE) {
                continue;
            }
            operations += 1;
            let told = format!("{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            let good: Vec<_> = responses.iter().filter(|(status, _)| status.starts_with('2')).collect();
            let [(status, answer)] = good.as_slice() else {
                panic!("{told}: {responses:?}")
            };
            let content = answer["content"].as_object();
            assert!(
                status.as_str() == "204" || content.unwrap().values().all(|media| media["schema"].is_object()),
                "{told}"
            );
            if method == "patch" || (method == "put" && !path.contains("/entities/")) {
                assert!(
                    operation["requestBody"]["content"]["application/json"]["schema"].is_object(),
                    "{told}"
                );
            }
            for parameter in operation["parameters"].as_array().unwrap() {
                assert!(
                    parameter["schema"]["type"].is_string() || parameter["schema"]["$ref"].is_string(),
                    "{told}"
                );
            }
        }
    }
    assert!(operations > 80);
    let mut names = Vec::new();
    references(&document, &mut names);
    let schemas = &document["components"]["schemas"];
    assert!(!has_boolean_property(schemas), "{schemas}");
    for name in names {
        let pointer = name.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{name}");
    }
}

/// Whether a property has the schema `true`, over which generators of clients stumble.
fn has_boolean_property(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let properties = value.as_object().filter(|_| name == "properties");
            properties.is_some_and(|properties| properties.values().any(Value::is_boolean))
                || has_boolean_property(value)
        }),
        Value::Array(parts) => parts.iter().any(has_boolean_property),
        _ => false,
    }
}

fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                names.push(name.to_owned());
            }
            members.values().for_each(|value| references(value, names));
        }
        Value::Array(parts) => parts.iter().for_each(|value| references(value, names)),
        _ => {}
    }
}

#[tokio::test]
async fn every_described_path_is_answered() {
    let world = World::elsewhere();
    let ledger = &world.odata.ledger;
    let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
    let intake = Data::new(Intake::new(
        ledger.clone(),
        Arc::clone(&secrets),
        intake_limits(&defaults()),
    ));
    let people = People::new(
        ledger.clone(),
        Arc::clone(&secrets),
        session_policy(&defaults()),
        "none".into(),
        Timestamp(1),
    );
    let api = Data::new(Api::new(Arc::new(people), Hosts::default()));
    let health = Data::new(Health::new(ledger.clone(), "none".into(), None, Timestamp(1)));
    let issuer = Data::new(Issuer::new(
        ledger.clone(),
        secrets,
        RingPolicy::every(defaults().tokens.rotation),
        Timestamp(1),
    ));
    let app = App::new()
        .app_data(intake)
        .app_data(issuer)
        .app_data(api)
        .app_data(health)
        .app_data(Data::new(settings()))
        .configure(routes::webhooks)
        .configure(routes::operations)
        .configure(routes::unknown);
    let app = init_service(app).await;
    let document = document();
    let mut asked = 0;
    let paths = document["paths"].as_object().unwrap();
    // Those have a gate in front, and tests of their own.
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with(BASE)) {
        for method in item.as_object().unwrap().keys().filter(|name| *name != "parameters") {
            let request = TestRequest::with_uri(&path.replace("{key}", "whk_x"))
                .method(method.to_uppercase().parse().unwrap())
                .to_request();
            let response = call_service(&app, request).await;
            let status = response.status().as_u16();
            let text = to_bytes(response.into_body()).await.unwrap();
            let text = String::from_utf8_lossy(&text);
            let unknown = status == 404 && text.contains("path-unknown");
            assert!(status != 405 && !unknown, "{method} {path}: {status} {text}");
            let described = &item[method]["responses"];
            assert!(
                described.get(status.to_string()).is_some(),
                "{method} {path}: {status} is not described"
            );
            asked += 1;
        }
        let other = TestRequest::with_uri(&path.replace("{key}", "whk_x")).method("PUT".parse().unwrap());
        let response = call_service(&app, other.to_request()).await;
        let status = response.status().as_u16();
        // Without a key that is taken, every request gets the same answer.
        assert!(status == 405 || path == "/webhooks/{key}", "PUT {path}: {status}");
    }
    assert!(asked > 10);
}

#[test]
fn references_lead_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    found.insert(reference.clone());
                }
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 10);
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for kind in ["responses", "schemas"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            assert!(
                found.contains(&format!("#/components/{kind}/{name}")),
                "{name} is used nowhere"
            );
        }
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = document();
    let mut names = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for (_, operation) in item
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "parameters")
        {
            assert!(
                names.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{operation}"
            );
        }
    }
}
