//! Main tasks around programs and the appliance itself: technical users, OAuth clients, settings, schedule.

use serde_json::json;

use super::harness::Server;
use super::page::Page;

#[test]
fn a_technical_user_gets_permissions_in_the_grid() {
    let server = Server::start();
    let page = Page::administrator(&server);
    page.open("#/technical-users");
    page.press("Add a technical user");
    page.fill("code", "ReportReader");
    page.press("Add");
    page.is_at("#/technical-users/ReportReader");
    page.press("Read Contact");
    page.until(
        "the permission to be kept",
        "const box = press('Read Contact'); return box?.checked && !box.disabled",
        &json!([]),
    );
    page.load("#/technical-users/ReportReader");
    page.until(
        "it to be there still",
        "return press('Read Contact')?.checked",
        &json!([]),
    );
    assert_eq!(page.evaluate("return press('Create Contact').checked"), json!(false));

    // One that is given before the answer to another takes nothing away again.
    page.evaluate(
        "const real = window.fetch;
         window.held = [];
         window.fetch = async (url, options) => {
           if (options?.method === 'PUT') await new Promise((go) => window.held.push(go));
           return real(url, options);
         }",
    );
    page.press("Create Contact");
    page.press("Edit Contact");
    let both =
        "['Create Contact', 'Edit Contact'].map((name) => press(name)).every((box) => box?.checked && !box.disabled)";
    page.until(
        "both to be kept",
        &format!("window.held.splice(0).forEach((go) => go()); return {both}"),
        &json!([]),
    );
    page.load("#/technical-users/ReportReader");
    page.until("both to be there still", &format!("return {both}"), &json!([]));
    assert_eq!(page.evaluate("return press('Read Contact').checked"), json!(true));
    page.clean(&[]);
}

#[test]
fn an_oauth_client_shows_its_secret_once() {
    let server = Server::start();
    let page = Page::administrator(&server);
    let secret = "return [...document.querySelectorAll('dialog .secret output')].at(-1)?.textContent";
    page.open("#/clients");
    page.press("Add a client");
    page.fill("name", "Reports");
    page.press("Add");
    page.sees("It is shown only now.");
    let first = page.evaluate(secret);
    page.press("Done");
    page.sees("Two are taken side by side");
    assert!(!page.text().contains(first.as_str().unwrap()));
    page.press("Make a new secret");
    page.press("Make it");
    page.sees("It is shown only now.");
    let second = page.evaluate(secret);
    assert!(second.as_str().unwrap().len() > 20 && first != second);
    page.press("Done");
    page.until(
        "two secrets",
        "return document.querySelectorAll('[aria-label^=\"End now: the secret\"]').length === 2",
        &json!([]),
    );
    page.load("#/clients");
    page.press("Reports");
    page.sees("Two are taken side by side");
    for secret in [first, second] {
        assert!(!page.text().contains(secret.as_str().unwrap()));
    }
    page.clean(&[]);
}

#[test]
fn settings_health_schedule_and_about() {
    let server = Server::start();
    let page = Page::administrator(&server);
    page.open("#/settings");
    page.sees("Programs can get tokens.");
    page.press("Check again");
    page.settled();
    page.sees("Programs can get tokens.");
    page.press("Rotate");
    page.press("Rotate");
    page.sees("There are new signing keys.");
    let masked = page.has("button[aria-label^='Show ']");
    page.press("Show ");
    page.until(
        "one value in the clear",
        "return document.querySelectorAll(\"button[aria-label^='Show ']\").length === arguments[0] - 1",
        &json!([masked]),
    );

    page.open("#/schedule");
    page.press("Run now: ");
    page.press("Run now");
    page.sees(" was run.");
    page.open("#/about");
    page.sees(env!("CARGO_PKG_VERSION"));
    page.sees("actix-web");
    page.sees(server.data().to_str().unwrap());
    page.clean(&[]);
}
