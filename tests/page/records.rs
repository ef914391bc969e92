//! Main tasks around records and what they are made of.

use serde_json::json;

use super::harness::Server;
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
    page.sees("The record was saved.");
    page.sees("zoe@example.com");
    page.press("The webhook it was made from");
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
    page.press("Show what would change");
    page.sees("This is not JSON");
    let ticket = r#"{"objects": [{"code": "UsrTicket", "caption": "Ticket", "columns": [{"code": "Name", "type": "text(250)", "required": true}]}], "entities": ["UsrTicket"]}"#;
    page.fill("definition", ticket);
    page.press("Show what would change");
    page.sees("+ object UsrTicket");
    page.press("Apply");
    page.sees("The definition was applied.");
    page.press("Ticket");
    page.is_at("#/objects/UsrTicket");
    page.sees("text(250)");
    page.clean(&[]);
}
