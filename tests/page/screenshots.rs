//! The pictures of the main pages in the documentation; `tests/page/screenshots` makes them.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::harness::Server;
use super::page::Page;

const LARGEST: usize = 150_000;

#[test]
#[ignore = "tests/page/screenshots runs it"]
fn screenshots_are_made() {
    let folder = PathBuf::from(std::env::var_os("HOOKGATE_SCREENSHOTS").expect("the folder for the pictures"));
    let server = Server::start();
    server.grant("Contact");
    let form = server.source("Website form");
    let shop = server.source("Shop");
    let people = [
        "Ada Lovell",
        "Ben Carter",
        "Chloe Diaz",
        "Dan Evans",
        "Eva Fischer",
        "Finn Grant",
        "Gina Hall",
        "Hugo Ivers",
    ];
    for (number, name) in people.iter().enumerate() {
        let first = name.split(' ').next().unwrap().to_lowercase();
        let contact = json!({
            "EntityName": "Contact", "Name": name, "Email": format!("{first}@example.com"),
            "CountryId": "f8af0e88-f36b-1410-fa98-00155d043204",
        });
        server.done_with(if number % 3 == 0 { &shop } else { &form }, contact.to_string());
    }
    server.done_with(&shop, r#"{"event": "order.paid", "id": 1043}"#);
    let wrong = r#"{"EntityName": "Contact", "Email": "ines at example", "CountryId": "Atlantis", "MobilePhone": "+49 30 123456"}"#;
    let failed = server.done_with(&form, wrong);
    let failed = format!("#/webhooks/{}", failed["id"].as_str().unwrap());
    let page = Page::administrator(&server);
    let pages = [
        ("overview", "#/"),
        ("webhooks", "#/webhooks"),
        ("webhook", &failed),
        ("records", "#/records/Contact"),
        ("source", "#/new-source"),
        ("permissions", "#/technical-users/WebhookService"),
    ];
    let shoot = |name: &str| {
        let taken = page.browser.tool("Page.captureScreenshot", &json!({"format": "png"}));
        let picture = STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        assert!(picture.len() < LARGEST, "{name}: {} bytes", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    };
    for scheme in ["light", "dark"] {
        page.browser.colours(scheme);
        for (name, hash) in pages {
            page.load(hash);
            if name == "source" {
                page.fill("name", &format!("Newsletter {scheme}"));
                page.press("Add source");
                page.sees("connect the sending service");
                // The Webhook URL is a secret, and looks the same with another key.
                page.evaluate(
                    "const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
                     while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data
                       .replace(/https:\\/\\/localhost:\\d+/g, 'https://hooks.example.com').replace(/whk_[\\w-]+/g, 'whk_7Qm0vX3sT9kLr2ZpYb4N')",
                );
            }
            if name == "webhooks" {
                page.sees("Live");
            }
            shoot(&format!("{name}-{scheme}"));
        }
        page.browser.size(390, 844);
        page.load("#/webhooks");
        page.sees("Live");
        shoot(&format!("webhooks-narrow-{scheme}"));
        page.browser.size(1440, 900);
    }
}
