//! Main tasks around records and what they are made of.

use serde_json::json;

use super::harness::{PASSWORD, Server, User};
use super::page::Page;

#[test]
fn a_record_is_found_edited_with_an_error_beside_its_field_and_deleted() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    for name in ["Anna", "Ben", "Zoe"] {
        server.done_with(
            &source,
            format!(r#"{{"EntityName": "Contact", "Name": "{name} Example"}}"#),
        );
    }
    let page = Page::administrator(&server);
    page.open("#/records");
    page.press("Contact");
    page.sees("Ben Example");
    page.fill("filter", "bad eq 1");
    page.press("Apply");
    page.has("[role=alert]");
    page.fill("filter", "contains(Name,'Zoe')");
    page.press("Apply");
    page.until(
        "one row",
        "return document.querySelectorAll('tbody tr').length === 1",
        &json!([]),
    );
    page.press("Zoe Example");
    page.press("Edit");
    page.fill("Email", "zoe at example");
    page.press("Save");
    page.until(
        "the error beside the field",
        "const field = input('Email')?.closest('.field'); return field?.querySelector('.wrong:not([hidden])')?.textContent.includes('email')
           && input('Email').getAttribute('aria-invalid') === 'true' && document.activeElement === input('Email')",
        &json!([]),
    );
    page.fill("Email", "zoe@example.com");
    page.press("Save");
    page.said("The record was saved.");
    page.sees("zoe@example.com");
    page.press("The webhook that created it");
    page.sees("Zoe Example");
    page.press("Records (1)");
    page.press("Zoe Example");
    page.press("Delete");
    page.sees("will be deleted");
    page.press("Delete");
    page.sees("The record was deleted.");
    assert_eq!(server.records("Contact").len(), 2);
    page.clean(&["status of 400"]);
}

#[test]
fn a_definition_is_applied_after_its_difference_was_shown() {
    let server = Server::start();
    let page = Page::administrator(&server);
    page.open("#/objects");
    page.press("Apply a definition");
    page.fill("definition", "{nope");
    page.press("Preview changes");
    page.sees("not valid JSON");
    let ticket = r#"{"objects": [{"code": "UsrTicket", "caption": "Ticket", "columns": [{"code": "Name", "type": "text(250)", "required": true}]}], "entities": ["UsrTicket"]}"#;
    page.fill("definition", ticket);
    page.press("Preview changes");
    page.sees("+ object UsrTicket");
    page.press("Apply");
    page.said("The definition was applied.");
    page.press("Ticket");
    page.is_at("#/objects/UsrTicket");
    page.sees("text(250)");
    page.clean(&["status of 400"]);
}

#[test]
fn columns_are_chosen_conditions_added_and_lookups_have_names() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    for (name, title) in [("Ann", "Chief"), ("Ben", "Clerk"), ("Zoe", "Chief")] {
        let sent = json!({"EntityName": "Contact", "Name": name, "JobTitle": title});
        server.done_with(&source, sent.to_string());
    }
    let page = Page::administrator(&server);
    let names = |wanted: &[&str]| {
        page.until(
            &format!("{wanted:?}"),
            "return arguments[0].join() === [...document.querySelectorAll('tbody a.open')].map((one) => words(one.innerText)).join()",
            &json!([wanted]),
        );
    };
    page.open("#/records/Contact");
    names(&["Zoe", "Ben", "Ann"]);
    let headings =
        "return [...document.querySelectorAll('thead th')].some((one) => words(one.innerText).startsWith('Job title'))";
    assert_eq!(page.evaluate(headings), json!(false));
    page.press("Columns");
    page.press("Job title");
    page.press("Done");
    page.until("the column", headings, &json!([]));
    page.load("#/records/Contact");
    page.until("the column still", headings, &json!([]));
    page.press_at("thead button");
    names(&["Ann", "Ben", "Zoe"]);
    page.press_at("thead button");
    names(&["Zoe", "Ben", "Ann"]);

    page.press("Add a condition");
    page.choose("column", "JobTitle");
    page.choose("operator", "eq");
    page.fill("value", "Chief");
    page.press("Add");
    names(&["Zoe", "Ann"]);
    page.sees("2 records");

    // A lookup is found by its name, kept by its id, and leads to its record.
    page.press("Zoe");
    page.press("Edit");
    page.fill("CountryId", "germ");
    page.press("Germany");
    page.press("Save");
    page.said("The record was saved.");
    page.load(&format!("#/records/Contact?filter={}", "Name%20eq%20'Zoe'"));
    page.press("Zoe");
    page.press("Germany");
    page.until(
        "the country",
        "return location.hash.startsWith('#/records/Country/')",
        &json!([]),
    );
    page.sees("Germany");
    page.load("#/records/Contact");
    page.press("Add a condition");
    page.choose("column", "CountryId");
    page.fill("value", "germ");
    page.press("Germany");
    page.press("Add");
    names(&["Zoe"]);
    page.clean(&[]);
}

#[test]
fn required_values_that_are_left_empty_are_complained_of_before_anything_is_sent() {
    let server = Server::start();
    let definition = r#"{"objects": [{"code": "UsrVisit", "caption": "Visit", "columns": [
        {"code": "Name", "type": "text(250)", "required": true},
        {"code": "Note", "type": "text(250)"},
        {"code": "Country", "type": "lookup(Country)", "required": true}]}], "entities": ["UsrVisit"]}"#;
    server.cli_reading(&["object", "apply", "-"], definition).good();
    server.grant("UsrVisit");
    let countries = server.ask(&["record", "list", "Country", "--limit", "1000"]);
    let mut countries = countries["records"].as_array().unwrap().iter();
    let germany = countries.find(|one| one["display"] == "Germany").unwrap();
    let sent = json!({"EntityName": "UsrVisit", "Name": "Ann", "CountryId": germany["id"]});
    let visit = server.done_with(&server.source("Form"), sent.to_string());
    let id = visit["records"][0]["id"].as_str().unwrap();

    let page = Page::administrator(&server);
    page.open(&format!("#/records/UsrVisit/{id}"));
    page.press("Edit");
    page.evaluate(
        "const real = window.fetch;
         window.changes = 0;
         window.fetch = (url, options) => {
           if (options?.method === 'PATCH') window.changes += 1;
           return real(url, options);
         }",
    );
    // The server's own words.
    let person = User::of(&server.login("anna", PASSWORD, None));
    let path = format!("/objects/UsrVisit/records/{id}");
    let emptied = json!({"values": {"Name": null, "CountryId": null}});
    let refused = person.change(&server, "PATCH", &path, &emptied).json();
    let words = refused["errors"][0]["problem"].as_str().unwrap();
    assert_eq!(refused["errors"][1]["problem"], words, "{refused}");

    page.fill("CountryId", "");
    page.fill("Note", "in the morning");
    page.press("Save");
    let complained = "const [name, wanted] = arguments;
        const control = input(name);
        const wrong = control?.closest('.field')?.querySelector('.wrong:not([hidden])');
        return wrong?.textContent === wanted && control.getAttribute('aria-invalid') === 'true'
          && control.getAttribute('aria-describedby').split(' ').includes(wrong.id)";
    let focused = "return document.activeElement === input(arguments[0])";
    page.until("the lookup's words", complained, &json!(["CountryId", words]));
    page.until("the focus", focused, &json!(["CountryId"]));
    page.fill("Name", "");
    page.press("Save");
    page.until("the first one's words", complained, &json!(["Name", words]));
    page.until("the lookup's words still", complained, &json!(["CountryId", words]));
    page.until("the focus on the first", focused, &json!(["Name"]));
    assert_eq!(page.evaluate("return window.changes"), json!(0), "something was sent");

    page.fill("CountryId", "germ");
    page.press("Germany");
    page.fill("Name", "Ben");
    page.press("Save");
    page.sees("The record was saved.");
    page.sees("in the morning");
    assert_eq!(page.evaluate("return window.changes"), json!(1));
    page.clean(&[]);
}

/// The server counts for so long and no longer.
#[test]
fn records_that_are_too_many_to_count_are_not_none() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let page = Page::administrator(&server);
    page.evaluate(
        "const real = window.fetch;
         window.fetch = async (url, options) => {
           const answer = await real(url, options);
           if (!String(url).includes('/records?')) return answer;
           return new Response(JSON.stringify({ ...await answer.json(), total: null }), { status: 200 });
         }",
    );
    page.evaluate("location.hash = '#/records/Contact'");
    page.sees("Too many records to count");
    page.sees("Ann");
    assert!(!page.text().contains("0 records"));
    page.clean(&[]);
}
