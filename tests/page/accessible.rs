//! That everybody can read every page: axe-core finds no serious or critical fault, in light and dark.

use std::path::Path;

use serde_json::{Value, json};

use super::browser::Browser;
use super::harness::Server;
use super::page::Page;

fn axe() -> String {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&axe).expect("axe-core is needed: tests/run installs it")
}

/// What axe-core finds in what is shown now.
pub fn serious_faults(browser: &Browser) -> Vec<Value> {
    let axe = axe();
    let script = format!(
        "{axe}; return axe.run(document, {{ resultTypes: ['violations'] }}).then((found) => found.violations
           .filter((one) => one.impact === 'serious' || one.impact === 'critical')
           .map((one) => `${{one.id}}: ${{one.nodes.map((node) => node.html.slice(0, 150)).join(' | ')}}`)
           .concat(found.passes === undefined || found.passes.length ? [] : ['nothing was looked at']))"
    );
    browser.run(&script, &json!([])).as_array().unwrap().clone()
}

#[test]
fn no_page_has_a_serious_fault_in_light_or_dark() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    let done = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann", "Odd": 1}"#);
    let failed = server.done_with(&source, r#"{"EntityName": "Contact", "Email": "no"}"#);
    let client = server.ask(&["client", "add", "Reports", "--user", "WebhookService"]);
    let client = client["client_id"].as_str().unwrap();
    let page = Page::new(&server);
    let [id, record] = [&done["id"], &done["records"][0]["id"]].map(|id| id.as_str().unwrap());
    let failed = failed["id"].as_str().unwrap();
    let faults = std::cell::RefCell::new(Vec::new());
    let check = |place: &str, scheme: &str| {
        page.load(&format!("#/{place}"));
        let found = serious_faults(&page.browser);
        let found = found.iter().map(|fault| format!("{place} {scheme}: {fault}"));
        faults.borrow_mut().extend(found);
    };
    for scheme in ["light", "dark"] {
        page.browser.colours(scheme);
        check("login", scheme);
        check("setup/abc", scheme);
    }
    server.person_add("anna", "administrator");
    page.log_in("anna", super::harness::PASSWORD);
    page.sees("Set-up");
    let places = [
        String::new(),
        "webhooks".to_owned(),
        format!("webhooks/{failed}"),
        format!("webhooks/{id}"),
        format!("webhooks/{failed}?tab=errors"),
        format!("webhooks/{id}?tab=headers"),
        format!("webhooks/{id}?tab=records"),
        "records".to_owned(),
        "records/Contact".to_owned(),
        format!("records/Contact/{record}"),
        "sources".to_owned(),
        "sources/Form".to_owned(),
        "new-source".to_owned(),
        "entities".to_owned(),
        "objects".to_owned(),
        "objects/Contact".to_owned(),
        "technical-users".to_owned(),
        "technical-users/WebhookService".to_owned(),
        "clients".to_owned(),
        format!("clients/{client}"),
        "processes".to_owned(),
        "statuses".to_owned(),
        "settings".to_owned(),
        "schedule".to_owned(),
        "users".to_owned(),
        "account".to_owned(),
        "audit".to_owned(),
        "about".to_owned(),
        "nowhere".to_owned(),
    ];
    for scheme in ["light", "dark"] {
        page.browser.colours(scheme);
        for place in &places {
            check(place, scheme);
        }
    }
    let faults = faults.into_inner();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    page.clean(&[]);
}

/// What is found is really looked for.
#[test]
fn a_page_with_a_fault_is_found() {
    let axe = axe();
    let server = Server::start();
    let page = Page::new(&server);
    page.load("#/login");
    page.evaluate("document.querySelector('main').append(document.createElement('input'))");
    let script = format!("{axe}; return axe.run().then((found) => found.violations.map((one) => one.id))");
    let found = page.browser.run(&script, &json!([]));
    assert!(found.as_array().unwrap().contains(&json!("label")), "{found}");
}
