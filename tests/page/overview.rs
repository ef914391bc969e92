//! The overview: what is left to do, each with its button, and what needs attention.

use serde_json::json;

use super::harness::Server;
use super::page::Page;

#[test]
fn the_set_up_list_leads_to_each_step_and_ticks_itself_off() {
    let server = Server::start();
    let page = Page::administrator(&server);
    for (button, place) in [
        ("Set permissions", "#/technical-users/WebhookService"),
        ("Add a source", "#/new-source"),
        ("Send a test webhook", "#/sources"),
    ] {
        page.open("#/");
        page.press(button);
        page.is_at(place);
        page.settled();
    }
    page.open("#/");
    page.press("Create a backup");
    page.sees("hookgate backup /mnt/backup/hookgate.backup --data");
    page.sees(server.data().to_str().unwrap());
    page.press("Done");
    assert_eq!(page.has(".steps li:not(.done)"), 5);
    page.evaluate("window.stayed = true");

    server.grant("Contact");
    let source = server.source("Form");
    server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let file = server.folder().join("all.backup");
    server.cli(&["backup", file.to_str().unwrap()]).good();
    // All but the certificate, which is self-signed.
    page.sees("6 of 7 done");
    page.until(
        "each step done",
        "return document.querySelectorAll('.steps li.done').length === 6",
        &json!([]),
    );
    assert_eq!(page.evaluate("return window.stayed"), json!(true));

    // What needs attention leads to it.
    server.done_with(&source, r#"{"EntityName": "Nothing"}"#);
    page.sees("1 webhook of the last 24 hours failed.");
    page.press("Show failed webhooks");
    page.until(
        "the webhooks",
        "return location.hash.startsWith('#/webhooks')",
        &json!([]),
    );
    page.sees("1 Failed");
    page.clean(&[]);
}

#[test]
fn fault_12_the_overview_says_that_public_senders_refuse_a_self_signed_certificate() {
    let server = Server::start();
    let page = Page::administrator(&server);
    page.sees("Use a certificate that senders trust");
    page.sees("public senders (GitHub, Stripe, WordPress and others) reject it");
    let step =
        "const step = [...document.querySelectorAll('.steps li')].find((li) => li.textContent.includes('certificate'));
        return step.classList.contains('done')";
    assert_eq!(page.evaluate(step), json!(false));
    assert!(!page.text().contains("The certificate is valid"));
    page.clean(&[]);
}
