//! Main tasks around people: users, sessions, passwords, the second factor, the audit log.

use serde_json::json;

use super::accessible::serious_faults;
use super::harness::{PASSWORD, Server};
use super::page::Page;
use super::totp::code;

#[test]
fn a_user_is_added_comes_in_by_the_link_and_as_viewer_sees_no_changes() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    let webhook = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let [id, record] = [&webhook["id"], &webhook["records"][0]["id"]].map(|id| id.as_str().unwrap());
    let page = Page::administrator(&server);
    page.open("#/users");
    page.press("Add a user");
    page.fill("name", "vera");
    page.choose("role", "Viewer");
    page.press("Add");
    page.sees("vera was added");
    let link = page.until(
        "the link",
        "return document.querySelector('dialog .secret output')?.textContent",
        &json!([]),
    );
    page.press("Done");
    page.press("Change vera");
    page.press("Save");
    page.said("vera was saved.");
    page.press("Log out");
    page.is_at("#/login");

    let link = link.as_str().unwrap();
    page.load(&link[link.find("#/setup/").unwrap()..]);
    page.fill("password", "seven quiet herons");
    page.fill("repeated", "seven quiet herons");
    page.press("Set the password and log in");
    page.sees("Set-up");
    let places = [
        "webhooks".to_owned(),
        format!("webhooks/{id}"),
        "sources".to_owned(),
        "sources/Form".to_owned(),
        format!("records/Contact/{record}"),
        "entities".to_owned(),
        "objects".to_owned(),
        "clients".to_owned(),
        "processes".to_owned(),
        "statuses".to_owned(),
        "schedule".to_owned(),
        "settings".to_owned(),
        "technical-users".to_owned(),
        "technical-users/WebhookService".to_owned(),
    ];
    for place in places {
        page.load(&format!("#/{place}"));
        let dangerous = page.evaluate(
            "const names = [...document.querySelectorAll('main button')].filter(shown).map(named);
             return names.filter((name) => /delete|process again|save|rotate|add (a|an) |make|switch|run now|permit|apply a|edit$|edit a|take away|show .|end /i.test(name))
               .concat([...document.querySelectorAll('main input[type=checkbox]:enabled')].map(named))",
        );
        assert_eq!(dangerous, json!([]), "{place}");
        assert!(!page.text().contains(&source.key), "{place} shows the key");
    }
    page.open("#/users");
    page.sees("This page requires the role Administrator");
    assert!(!page.can_press("Audit log"));
    page.clean(&[]);
}

#[test]
fn an_operator_mends_and_processes_again_but_is_offered_no_deleting() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    let webhook = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let [id, record] = [&webhook["id"], &webhook["records"][0]["id"]].map(|id| id.as_str().unwrap());
    server.user_add("anna", "administrator");
    server.user_add("otto", "operator");
    let page = Page::new(&server);
    page.log_in("otto", PASSWORD);
    page.sees("Set-up");
    let offers = "return [...document.querySelectorAll('main button')].map((one) => one.textContent)";
    for (place, offered) in [
        ("#/webhooks".to_owned(), "Reprocess…"),
        (format!("#/webhooks/{id}"), "Reprocess"),
        (format!("#/records/Contact/{record}"), "Edit"),
    ] {
        page.open(&place);
        page.until(
            offered,
            "return [...document.querySelectorAll('main button')].some((one) => one.textContent === arguments[0])",
            &json!([offered]),
        );
        let shown = page.evaluate(offers);
        let deleting = shown.as_array().unwrap().iter();
        let deleting: Vec<_> = deleting
            .filter(|one| one.as_str().unwrap().contains("Delete"))
            .collect();
        assert!(deleting.is_empty(), "{place}: {deleting:?}");
    }
    page.clean(&[]);
}

#[test]
fn ones_own_sessions_password_and_second_factor() {
    let server = Server::start();
    let page = Page::administrator(&server);
    let other = server.login("anna", PASSWORD, None);
    assert_eq!(other.status, 200);
    page.open("#/account");
    page.press("End the session from");
    page.said("The session has ended.");

    page.fill("old", "not the password");
    page.fill("password", "seven quiet herons");
    page.fill("repeated", "seven quiet herons");
    page.press("Change password");
    page.has(".wrong:not([hidden]), [role=alert]");
    page.fill("old", PASSWORD);
    page.press("Change password");
    page.said("The password was changed.");

    page.press("Enable");
    page.fill("password", "seven quiet herons");
    page.press("Next");
    page.has("svg.qr path[d^='M0 0h7']");
    let secret = page.evaluate("return document.querySelector('dialog .secret output').textContent");
    let secret = secret.as_str().unwrap().replace(' ', "");
    page.fill("code", &code(&secret, 0));
    page.press("Enable");
    page.sees("Your recovery codes");
    assert!(page.has("ul.codes li") >= 8);
    let recovery = page.evaluate("return [...document.querySelectorAll('ul.codes li')].map((li) => li.textContent)");
    page.press("Done");
    page.sees("Disable");
    page.settled();
    page.press("Log out");
    page.is_at("#/login");
    page.fill("name", "anna");
    page.fill("password", "seven quiet herons");
    page.press("Log in");
    page.fill("code", &code(&secret, 1));
    page.press("Log in");
    page.sees("Overview");
    page.has(".steps");

    // The password alone does not switch it off.
    page.open("#/account");
    page.press("Disable");
    page.fill("password", "seven quiet herons");
    page.press("Disable");
    page.until(
        "the code being asked for",
        "return shown(document.querySelector('dialog input[name=code]'))",
        &json!([]),
    );
    page.fill("code", recovery[0].as_str().unwrap());
    page.press("Disable");
    page.until(
        "that it is off",
        "return !document.querySelector('dialog') && text().includes('Enable')",
        &json!([]),
    );
    assert_eq!(server.login("anna", "seven quiet herons", None).status, 200);
    // A wrong password; and that a code is needed is told by a refusal.
    page.clean(&["status of 400", "status of 401", "status of 403"]);
}

#[test]
fn a_secret_is_shown_once_the_password_was_given_again() {
    let mut server = Server::start();
    let source = server.source("Form");
    let page = Page::administrator(&server);
    page.open("#/sources/Form");
    page.press("Show the Webhook URL");
    page.sees(&source.key);
    // From here on nobody asks this server any more.
    page.browser.open("about:blank");
    page.clean(&[]);
    let browser = page.browser;
    // The session goes on; that the password was given is forgotten, as it is after some minutes.
    assert_eq!(server.stop(), 0);
    server.restart();

    let page = Page::of(browser, &server);
    page.load("#/sources/Form");
    page.sees("Connect a sending service");
    assert!(!page.text().contains(&source.key));
    page.press("Show the Webhook URL");
    page.sees("Confirm your identity");
    page.press("Cancel");
    page.sees("The action was cancelled");
    page.messages_close();
    page.press("Show the Webhook URL");
    page.fill("password", "not the password");
    page.press("Confirm");
    page.has("dialog [role=alert]");
    let faults = serious_faults(&page.browser);
    assert!(faults.is_empty(), "the dialog: {faults:?}");
    page.fill("password", PASSWORD);
    page.press("Confirm");
    page.sees(&source.key);
    // It counts for a while, and for the others that ask for it.
    page.press("Rotate key");
    page.press("Rotate");
    page.sees("The key was rotated.");
    page.until(
        "the new key",
        "return !text().includes(arguments[0]) && text().includes('/webhooks/whk_')",
        &json!([source.key]),
    );
    page.clean(&["status of 401", "status of 403"]);
}

#[test]
fn the_audit_log_is_filtered_and_verified() {
    let server = Server::start();
    server.source("Form");
    assert_eq!(server.login("nobody", "guessed it all", None).status, 401);
    let page = Page::administrator(&server);
    page.open("#/audit");
    page.press("Verify");
    page.sees("The audit log is intact");
    page.fill("action", "source-added");
    page.is_at("action=source-added");
    page.until(
        "only what was asked for",
        "const rows = [...document.querySelectorAll('tbody tr')];
         return rows.length === 1 && rows[0].innerText.includes('source-added') && rows[0].innerText.includes('Form')",
        &json!([]),
    );
    page.clean(&[]);
}
