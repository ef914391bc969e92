//! Files that the page gives: downloaded in the browser, and looked into.

use serde_json::{Value, json};

use super::harness::Server;
use super::page::Page;

/// Rows of cells, as RFC 4180 has them.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        match one {
            '"' if quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => assert_eq!(rest.peek(), Some(&'\n')),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    assert!(
        !quoted && row.is_empty() && cell.is_empty(),
        "the file ends with a line: {text}"
    );
    rows
}

/// Cells by the name of their column.
fn columns<'a>(rows: &'a [Vec<String>], row: &'a [String]) -> impl Fn(&str) -> &'a str {
    assert_eq!(rows[0].len(), row.len());
    |name| {
        let at = rows[0].iter().position(|column| column == name);
        &row[at.unwrap_or_else(|| panic!("{name}: {:?}", rows[0]))]
    }
}

#[test]
fn webhooks_that_match_are_exported_as_csv_and_ndjson() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form, \"the\" first");
    let good = server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    let body = "{\"EntityName\": \"Contact\",\r\n \"Email\": \"no, \\\"none\\\"\"}";
    let bad = server.done_with(&source, body);
    let formula = server.done_with(&source, "=cmd()");
    let page = Page::administrator(&server);
    page.open("#/webhooks");
    page.press("Bulk actions");
    page.press("Export as CSV");
    let (name, text) = page.downloaded();
    assert!(name == "hookgate-webhooks.csv", "{name}");
    let rows = cells(&text);
    assert_eq!(rows.len(), 4, "{text}");
    for (row, webhook) in rows[1..].iter().zip([&formula, &bad, &good]) {
        let cell = columns(&rows, row);
        assert_eq!(cell("Id"), webhook["id"]);
        assert_eq!(cell("Status"), webhook["status"]);
        assert_eq!(cell("Records").is_empty(), webhook["records"] == json!([]));
        assert_eq!(cell("Source"), "Form, \"the\" first");
        assert_eq!(cell("ContentType"), "application/json");
    }
    let cell = columns(&rows, &rows[2]);
    assert_eq!(cell("Body"), body);
    assert!(cell("Errors").contains("Email"), "{}", cell("Errors"));
    // A spreadsheet takes it for text.
    assert_eq!(columns(&rows, &rows[1])("Body"), "'=cmd()");
    let record = good["records"][0]["id"].as_str().unwrap();
    assert_eq!(columns(&rows, &rows[3])("Records"), format!("Contact({record})"));

    // The filter holds for the file as well.
    page.press("2 Failed");
    page.is_at("status=Failed");
    page.press("Bulk actions");
    page.press("Export as NDJSON");
    let (name, text) = page.downloaded();
    assert!(name == "hookgate-webhooks.ndjson", "{name}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<_> = lines.iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, [&formula["id"], &bad["id"]]);
    assert_eq!(lines[1]["body"], json!({"text": body}));
    page.clean(&[]);
}

#[test]
fn records_the_audit_log_and_definitions_are_exported() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    for name in ["Ann", "Ben \"B\", the first", "Zoe"] {
        let sent = json!({"EntityName": "Contact", "Name": name, "CountryId": "f8af0e88-f36b-1410-fa98-00155d043204"});
        assert_eq!(server.done_with(&source, sent.to_string())["status"], "Done");
    }
    let page = Page::administrator(&server);
    page.open("#/records/Contact");
    page.sees("3 records");
    page.press("CSV");
    let (name, text) = page.downloaded();
    assert!(name == "hookgate-Contact.csv", "{name}");
    let rows = cells(&text);
    let names: Vec<_> = rows[1..].iter().map(|row| columns(&rows, row)("Name")).collect();
    assert_eq!(names, ["Zoe", "Ben \"B\", the first", "Ann"]);
    assert_eq!(
        columns(&rows, &rows[1])("CountryId"),
        "f8af0e88-f36b-1410-fa98-00155d043204"
    );
    assert!(rows[1].len() > 10 && rows[1].contains(&"WebhookService".to_owned()));

    page.fill("filter", "contains(Name,'Ben')");
    page.press("Apply");
    page.sees("1 record");
    page.press("CSV");
    assert_eq!(cells(&page.downloaded().1).len(), 2);

    page.open("#/audit");
    page.fill("action", "source-added");
    page.is_at("action=source-added");
    page.settled();
    page.press("Export");
    page.press("NDJSON");
    let (_, text) = page.downloaded();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert_eq!(lines[0]["action"], "source-added");
    page.press("Export");
    page.press("CSV");
    assert_eq!(cells(&page.downloaded().1).len(), 2);

    page.open("#/objects/Contact");
    page.press("Export");
    let (name, text) = page.downloaded();
    assert_eq!(name, "Contact.json");
    let definition: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(definition["objects"][0]["code"], "Contact", "{definition:#}");
    page.clean(&[]);
}
