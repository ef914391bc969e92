//! Main tasks around programs and the appliance itself: technical users, OAuth clients, settings, schedule.

use std::process::Command;

use serde_json::{Value, json};

use super::harness::{PASSWORD, Server};
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
    page.sees("Two secrets can be valid at once");
    assert!(!page.text().contains(first.as_str().unwrap()));
    page.press("Create secret");
    page.press("Create secret");
    page.sees("It is shown only now.");
    let second = page.evaluate(secret);
    assert!(second.as_str().unwrap().len() > 20 && first != second);
    page.press("Done");
    page.until(
        "two secrets",
        "return document.querySelectorAll('[aria-label^=\"Revoke the secret\"]').length === 2",
        &json!([]),
    );
    page.load("#/clients");
    page.press("Reports");
    page.sees("Two secrets can be valid at once");
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
    page.sees("The signing keys were rotated.");
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
    page.sees(" finished.");
    page.open("#/about");
    page.sees(env!("CARGO_PKG_VERSION"));
    page.sees("actix-web");
    page.sees(server.data().to_str().unwrap());
    page.clean(&[]);
}

/// The answer to a command of the page, pasted into a shell.
#[track_caller]
fn answer(command: &str) -> Value {
    let done = Command::new("bash").args(["-c", command]).output().unwrap();
    assert!(done.status.success(), "{command}\n{done:?}");
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{command}\n{done:?}"))
}

/// Presses the copy button of a dialog's last command.
#[track_caller]
fn records_command(page: &Page) -> String {
    page.press_found(
        "copy",
        "[...top().querySelectorAll('.copyable .button')].at(-1)",
        &json!([]),
    );
    page.sees("The command is on the clipboard.");
    page.messages_close();
    page.clipboard()
}

/// Whoever adds a client with what the form starts with is told what it lacks, and given it there.
#[test]
fn fault_13_a_client_with_the_defaults_of_the_form_comes_to_read_records() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let page = Page::administrator(&server);
    page.open("#/clients");
    page.press("Add a client");
    page.fill("name", "Reports");
    page.sees("The technical user WebhookService is not allowed to use OData.");
    page.sees("The technical user WebhookService has no permission to read the records of any object.");
    page.press("Add");
    page.sees("It is shown only now.");
    page.sees("This is currently rejected with 403");
    let command = records_command(&page);
    let refused = answer(&command);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("is not allowed to use OData"),
        "{refused}"
    );
    page.press("Done");

    // Its page says the same, and each has a button.
    page.sees("Requests for records are rejected with 403:");
    page.press("Allow OData for WebhookService");
    page.said("WebhookService may use OData.");
    let refused = answer(&command);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("may not read Contact"),
        "{refused}"
    );
    page.press("Allow WebhookService to read it");
    page.said("WebhookService may read Contact.");
    assert!(!page.text().contains("rejected with 403"));
    page.sees("create, read Contact");
    let records = answer(&command);
    assert_eq!(records["value"][0]["Name"], "Ann", "{records}");
    page.clean(&[]);
}

/// The same before the client is made, and from a link to all permissions.
#[test]
fn fault_13_the_form_of_a_new_client_gives_what_is_missing() {
    let server = Server::start();
    server.ask(&["technical-user", "add", "Reports"]);
    let page = Page::administrator(&server);
    page.open("#/clients");
    page.press("Add a client");
    page.fill("name", "Reports");
    page.choose("user", "Reports");
    page.sees("The technical user Reports has no permission on any object.");
    page.press("Allow OData for Reports");
    page.sees("Reports may use OData.");
    page.until(
        "only the permission to be missing",
        "return !text().includes('is not allowed to use OData')",
        &json!([]),
    );
    page.choose("permitted", "Lead");
    page.press("Allow Reports to read it");
    page.until(
        "nothing to be missing",
        "return !text().includes('rejected with 403')",
        &json!([]),
    );
    page.press("Scope webhook:send");
    page.press("Add");
    page.sees("It is shown only now.");
    assert!(!page.text().contains("403"));
    let records = answer(&records_command(&page));
    assert_eq!(records["value"], json!([]), "{records}");
    page.press("Done");
    page.sees("read Lead");

    // A viewer is told too, and gets no button.
    server.ask(&["technical-user", "set", "Reports", "--odata", "off"]);
    server.user_add("vera", "viewer");
    let place = page.evaluate("return location.hash");
    page.press("Log out");
    page.log_in("vera", PASSWORD);
    page.sees("Set-up");
    page.open(place.as_str().unwrap());
    page.sees("The technical user Reports is not allowed to use OData.");
    page.sees("An administrator can fix this.");
    assert!(!page.can_press("Allow Reports"));
    page.clean(&[]);
}
