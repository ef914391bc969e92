//! Who may do what: every operation that the `OpenAPI` document names, asked by everybody.

use std::collections::{BTreeMap, BTreeSet};

use hookgate::domain::user::Role;
use serde_json::{Value, json};

use super::harness::{Answer, Asker, PASSWORD_OF_SITE as PASSWORD, Request, Site};

/// Who may: those of this rank and above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    /// Everybody, also who is not logged in.
    Anybody,
    /// Whoever is logged in; no program.
    Session,
    Viewer,
    Operator,
    Administrator,
}

use Least::{Administrator as A, Anybody as N, Operator as O, Session as S, Viewer as V};

/// Every operation and who may. Written down here a second time, on purpose: a slip in the table
/// of operations fails this test.
const EXPECTED: &[(&str, &str, Least)] = &[
    // Coming in, own account.
    ("GET", "/session", S),
    ("POST", "/session", N),
    ("DELETE", "/session", N),
    ("POST", "/setup", N),
    ("POST", "/session/confirm", V),
    ("GET", "/sessions", V),
    ("DELETE", "/sessions/{id}", V),
    ("PUT", "/password", V),
    ("POST", "/totp", V),
    ("PUT", "/totp", V),
    ("DELETE", "/totp", V),
    // Users, audit log.
    ("GET", "/users", A),
    ("POST", "/users", A),
    ("PATCH", "/users/{id}", A),
    ("POST", "/users/{id}/reset-link", A),
    ("PUT", "/users/{id}/password", A),
    ("GET", "/login-sessions", A),
    ("DELETE", "/login-sessions", A),
    ("DELETE", "/login-sessions/{id}", A),
    ("GET", "/audit", A),
    ("GET", "/audit/export", A),
    ("GET", "/audit/verify", A),
    // Set-up.
    ("GET", "/objects", V),
    ("GET", "/objects/{code}", V),
    ("GET", "/definition", V),
    ("POST", "/definition", A),
    ("GET", "/entities", V),
    ("PUT", "/entities/{code}", A),
    ("DELETE", "/entities/{code}", A),
    ("GET", "/sources", V),
    ("POST", "/sources", A),
    ("GET", "/sources/{name}", V),
    ("POST", "/sources/{name}/reveal", A),
    ("PATCH", "/sources/{name}", A),
    ("POST", "/sources/{name}/rotate-key", A),
    ("POST", "/sources/{name}/test", O),
    ("GET", "/retention", V),
    ("PATCH", "/retention", A),
    ("GET", "/retention/preview", V),
    ("POST", "/retention/run", A),
    ("GET", "/tasks", V),
    ("GET", "/tasks/{id}", V),
    ("POST", "/tasks/{id}/cancel", O),
    ("GET", "/technical-users", V),
    ("POST", "/technical-users", A),
    ("GET", "/technical-users/{code}", V),
    ("PATCH", "/technical-users/{code}", A),
    ("GET", "/grants", V),
    ("PATCH", "/grants/{user}/{object}", A),
    ("GET", "/clients", V),
    ("POST", "/clients", A),
    ("GET", "/clients/{client_id}", V),
    ("PATCH", "/clients/{client_id}", A),
    ("DELETE", "/clients/{client_id}", A),
    ("POST", "/clients/{client_id}/secrets", A),
    ("DELETE", "/clients/{client_id}/secrets/{id}", A),
    ("PUT", "/clients/{client_id}/keys", A),
    ("POST", "/clients/{client_id}/end-tokens", A),
    ("GET", "/signing-keys", V),
    ("POST", "/signing-keys/rotate", A),
    ("GET", "/processes", V),
    ("PUT", "/processes/{code}", A),
    ("GET", "/settings", V),
    ("GET", "/settings/{code}", V),
    ("POST", "/settings/{code}/reveal", A),
    ("GET", "/schedule", V),
    ("POST", "/schedule/{task}/run", A),
    ("GET", "/about", V),
    ("GET", "/certificate", V),
    // Overview and health.
    ("GET", "/overview", V),
    ("GET", "/health", V),
    ("GET", "/health/oauth", V),
    // Webhooks.
    ("GET", "/webhooks", V),
    ("GET", "/webhooks/count", V),
    ("GET", "/webhooks/chart", V),
    ("GET", "/webhooks/export", V),
    ("POST", "/webhooks/replay", O),
    ("POST", "/webhooks/delete", A),
    ("GET", "/webhooks/{id}", V),
    ("GET", "/webhooks/{id}/body", V),
    ("POST", "/webhooks/{id}/replay", O),
    ("POST", "/webhooks/{id}/copy", O),
    ("DELETE", "/webhooks/{id}", A),
    ("GET", "/events", V),
    // Records.
    ("GET", "/objects/{code}/records", V),
    ("GET", "/objects/{code}/records/export", V),
    ("GET", "/objects/{code}/records/{id}", V),
    ("PATCH", "/objects/{code}/records/{id}", O),
    ("DELETE", "/objects/{code}/records/{id}", A),
    ("GET", "/objects/{code}/options", V),
];

/// Those that take a proof of who asks which is a few minutes old at most. Written down a second
/// time as well.
const CONFIRMED: &[(&str, &str)] = &[
    ("POST", "/users"),
    ("PATCH", "/users/{id}"),
    ("POST", "/users/{id}/reset-link"),
    ("PUT", "/users/{id}/password"),
    ("POST", "/sources/{name}/reveal"),
    ("POST", "/sources/{name}/rotate-key"),
    ("POST", "/clients"),
    ("PATCH", "/clients/{client_id}"),
    ("POST", "/clients/{client_id}/secrets"),
    ("PUT", "/clients/{client_id}/keys"),
    ("POST", "/signing-keys/rotate"),
    ("POST", "/settings/{code}/reveal"),
];

/// Method and path of every operation of the document that is served.
fn described(site: &Site) -> BTreeSet<(String, String)> {
    let document = site.send(&Request::new("GET", "/api/openapi.json")).json();
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix("/api/v1") else {
            continue;
        };
        for method in item.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            operations.insert((method.to_uppercase(), path.to_owned()));
        }
    }
    operations
}

/// The path with something in the place of its names that does not exist.
fn filled(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "none" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// An empty object is wrong for nearly all of them, so that nothing is changed by asking.
fn body(method: &str) -> Value {
    if method == "GET" { Value::Null } else { json!({}) }
}

/// Logging out comes last: whoever did it is a stranger.
fn in_order(operations: &BTreeMap<(String, String), Least>) -> Vec<(&str, &str, Least)> {
    let mut list: Vec<_> = operations
        .iter()
        .map(|((method, path), least)| (method.as_str(), path.as_str(), *least))
        .collect();
    list.sort_by_key(|(method, path, _)| (*method, *path) == ("DELETE", "/session"));
    list
}

fn expected() -> BTreeMap<(String, String), Least> {
    let all = EXPECTED.iter().map(|(method, path, least)| {
        let key = ((*method).to_owned(), (*path).to_owned());
        (key, *least)
    });
    let map: BTreeMap<_, _> = all.collect();
    assert_eq!(map.len(), EXPECTED.len(), "an operation stands there twice");
    map
}

#[test]
fn everybody_may_what_their_role_may_and_nothing_else() {
    let site = Site::start();
    let expected = expected();
    let named: BTreeSet<_> = expected.keys().cloned().collect();
    assert_eq!(described(&site), named, "left: the document; right: this test");

    let ada = site.administrator();
    let everybody = [
        ("a stranger", Asker::page(), Some(N)),
        ("a viewer", site.person(&ada, "Vera", Role::Viewer), Some(V)),
        ("an operator", site.person(&ada, "Otto", Role::Operator), Some(O)),
        (
            "an administrator",
            site.person(&ada, "Anna", Role::Administrator),
            Some(A),
        ),
        ("a program without scope", site.program(&ada, "Plain", &["odata"]), None),
        ("a program with api", site.program(&ada, "Worker", &["api"]), Some(O)),
        (
            "a program with api:admin",
            site.program(&ada, "Keeper", &["api:admin"]),
            Some(A),
        ),
    ];
    let mut faults = Vec::new();
    for (name, asker, rank) in &everybody {
        for (method, path, least) in in_order(&expected) {
            let program = name.starts_with("a program");
            let may = rank.is_some_and(|rank| rank >= least) && !(least == S && program);
            let answer = asker.asks(&site, method, &filled(path), &body(method));
            let refused = matches!(answer.status, 401 | 403);
            if refused == may {
                faults.push(format!("{name}: {method} {path}: {} {}", answer.status, answer.body));
            }
            assert!(answer.status < 500, "{name}: {method} {path}: {answer:?}");
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_shows_secrets_or_makes_ways_in_asks_once_more_who_it_is() {
    let mut site = Site::start();
    let ada = site.administrator();
    let vera = site.person(&ada, "Vera", Role::Viewer);
    let keeper = site.program(&ada, "Keeper", &["api:admin"]);
    let document = site.send(&Request::new("GET", "/api/openapi.json")).json();
    // The proofs of the logins are gone, the sessions are not.
    site.restart();
    let operations = in_order_of_names(expected());
    for (method, path) in &operations {
        let confirmed = CONFIRMED.contains(&(method.as_str(), path.as_str()));
        let described = &document["paths"][format!("/api/v1{path}")][method.to_lowercase()];
        assert_eq!(described["x-hookgate-confirm"] == true, confirmed, "{method} {path}");
        let answer = ada.asks(&site, method, &filled(path), &body(method));
        assert_eq!(
            code(&answer) == "confirm-needed",
            confirmed,
            "{method} {path}: {answer:?}"
        );
        if confirmed {
            assert_eq!(answer.status, 403);
            assert!(answer.body.contains("POST /api/v1/session/confirm"), "{answer:?}");
            let answer = vera.asks(&site, method, &filled(path), &body(method));
            assert_eq!(code(&answer), "role", "{method} {path}");
        }
        let answer = keeper.asks(&site, method, &filled(path), &body(method));
        assert_ne!(code(&answer), "confirm-needed", "a program: {method} {path}");
    }
    // One proof is enough for all of them, and is that of one session.
    let other = Asker::page().asks(&site, "POST", "/session", &json!({"name": "Ada", "password": PASSWORD}));
    let other = Asker::page().with("Cookie", other.header("set-cookie").unwrap().split(';').next().unwrap());
    for (asker, may) in [(&other, true), (&ada, false)] {
        let answer = asker.asks(&site, "POST", "/signing-keys/rotate", &json!({"now": 1}));
        assert_eq!(code(&answer) != "confirm-needed", may, "{answer:?}");
    }
    ada.changes(&site, "POST", "/session/confirm", &json!({"password": PASSWORD}));
    for (method, path) in CONFIRMED {
        let answer = ada.asks(&site, method, &filled(path), &body(method));
        assert_ne!(code(&answer), "confirm-needed", "{method} {path}");
    }
    let noted = ada.reads(&site, "/audit?action=session-confirmed");
    assert_eq!(noted["rows"][0]["subject"], "Ada");
    assert_eq!(noted["rows"].as_array().unwrap().len(), 1);
}

/// Logging out left out.
fn in_order_of_names(operations: BTreeMap<(String, String), Least>) -> Vec<(String, String)> {
    let all = operations.into_keys();
    all.filter(|(method, path)| (method.as_str(), path.as_str()) != ("DELETE", "/session"))
        .collect()
}

/// The code of a refusal; empty for an answer that is none.
fn code(answer: &Answer) -> String {
    let document: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    document["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn no_other_page_changes_anything() {
    let site = Site::start();
    let ada = site.administrator();
    let elsewhere = [
        ("without X-Hookgate", ada.clone().without("X-Hookgate")),
        ("from another site", ada.clone().with("Sec-Fetch-Site", "cross-site")),
        ("from a neighbour", ada.clone().with("Sec-Fetch-Site", "same-site")),
        ("from nowhere", ada.clone().without("Sec-Fetch-Site")),
        (
            "of another origin",
            ada.clone()
                .without("Sec-Fetch-Site")
                .with("Origin", "https://evil.example"),
        ),
    ];
    let mut asked = 0;
    for (method, path) in described(&site).iter().filter(|(method, _)| method != "GET") {
        for (how, asker) in &elsewhere {
            let code = asker.refused(&site, method, &filled(path), &json!({}), 403);
            assert_eq!(code, "origin-refused", "{method} {path} {how}");
            asked += 1;
        }
        // A form of another page can send this content type, and no other header.
        let form = Request::new(method, &format!("/api/v1{}", filled(path)));
        let mut form = form.header("Content-Type", "text/plain").header("X-Hookgate", "1");
        form = form.header("Sec-Fetch-Site", "same-origin").body("{}");
        assert_eq!(site.send(&form).problem(403), "origin-refused", "{method} {path}");
    }
    assert!(asked > 100, "{asked}");
    // The session is what it was, and a browser without that header is known by its origin.
    assert_eq!(ada.reads(&site, "/session")["user"]["name"], "Ada");
}
