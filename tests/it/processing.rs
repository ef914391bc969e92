//! Which webhooks become records: every rule, set and mended by an administrator's commands.

use serde_json::{Value, json};

use crate::harness::{Server, Source};

fn contact(name: &str) -> String {
    json!({"EntityName": "Contact", "Name": name}).to_string()
}

/// Column and reason of each parsing error.
pub fn errors(webhook: &Value) -> Vec<(&str, &str)> {
    issues(webhook, "errors")
}

pub fn issues<'w>(webhook: &'w Value, kind: &str) -> Vec<(&'w str, &'w str)> {
    let issues = webhook[kind].as_array().unwrap().iter();
    issues
        .map(|one| (one["column"].as_str().unwrap(), one["text"].as_str().unwrap()))
        .collect()
}

#[track_caller]
pub fn is(webhook: &Value, status: &str, outcome: &str) {
    assert_eq!(
        (&webhook["status"], &webhook["outcome"]),
        (&json!(status), &json!(outcome)),
        "{webhook:#}"
    );
}

/// Processes it once more and waits for the result.
#[track_caller]
fn replayed(server: &Server, webhook: &Value) -> Value {
    let id = webhook["id"].as_str().unwrap();
    server.cli(&["webhook", "replay", id]).good();
    let run = webhook["run"].as_u64().unwrap();
    crate::harness::wait_for("the next run", || {
        let shown = server.processed(id);
        (shown["run"].as_u64().unwrap() > run).then_some(shown)
    })
}

pub fn forms(server: &Server) -> Source {
    server.source("Forms")
}

#[test]
fn without_a_permission_a_webhook_fails_until_it_is_granted() {
    let server = Server::start();
    let source = forms(&server);
    let webhook = server.done_with(&source, contact("John Best"));
    is(&webhook, "Failed", "Failed");
    let [(_, reason)] = errors(&webhook)[..] else {
        panic!("{webhook:#}")
    };
    assert!(
        reason.contains("WebhookService") && reason.contains("hookgate grant Contact --create"),
        "{reason}"
    );
    assert!(server.records("Contact").is_empty());

    server.grant("Contact");
    let webhook = replayed(&server, &webhook);
    is(&webhook, "Done", "RecordCreated");
    assert!(errors(&webhook).is_empty(), "{webhook:#}");
    assert_eq!(server.records("Contact").len(), 1);

    server.cli(&["grant", "revoke", "Contact"]).good();
    is(&server.done_with(&source, contact("Jane Best")), "Failed", "Failed");
}

#[test]
fn an_object_that_is_no_webhook_entity_fails_until_it_is_added() {
    let server = Server::start();
    server.grant("Contact");
    server.cli(&["entity", "remove", "Contact"]).good();
    let source = forms(&server);
    let webhook = server.done_with(&source, contact("John Best"));
    is(&webhook, "Failed", "Failed");
    let [(_, reason)] = errors(&webhook)[..] else {
        panic!("{webhook:#}")
    };
    assert!(reason.contains("hookgate entity add Contact"), "{reason}");

    server.cli(&["entity", "add", "Contact"]).good();
    is(&replayed(&server, &webhook), "Done", "RecordCreated");
}

#[test]
fn an_object_that_nobody_defined_fails_until_it_is() {
    let server = Server::start();
    let source = forms(&server);
    let webhook = server.done_with(&source, r#"{"EntityName":"UsrBooking","Name":"A","Seats":"4"}"#);
    is(&webhook, "Failed", "Failed");
    let [("EntityName", reason)] = errors(&webhook)[..] else {
        panic!("{webhook:#}")
    };
    assert!(reason.contains("hookgate object apply"), "{reason}");

    let definition = r#"{"objects": [{"code": "UsrBooking", "caption": "Booking", "columns": [
        {"code": "Name", "type": "text(250)", "required": true},
        {"code": "Seats", "type": "integer"}]}], "entities": ["UsrBooking"]}"#;
    server.cli_reading(&["object", "apply", "-"], definition).good();
    server.grant("UsrBooking");
    let webhook = replayed(&server, &webhook);
    is(&webhook, "Done", "RecordCreated");
    assert_eq!(server.values(&webhook)["Seats"], 4);
}

#[test]
fn a_process_that_is_off_leaves_webhooks_stored() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    server.cli(&["process", "disable", "CreateRecords"]).good();
    let webhook = server.done_with(&source, contact("John Best"));
    is(&webhook, "Done", "StoredOnly");
    assert!(issues(&webhook, "notes")[0].1.contains("is disabled"), "{webhook:#}");
    assert!(server.records("Contact").is_empty());

    server.cli(&["process", "enable", "CreateRecords"]).good();
    is(&replayed(&server, &webhook), "Done", "RecordCreated");
}

#[test]
fn a_webhook_without_entity_name_is_stored_only() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    for body in [
        r#"{"Name":"John Best"}"#,
        r#"{"EntityName":null}"#,
        r#"{"EntityName":" "}"#,
        "{}",
    ] {
        let webhook = server.done_with(&source, body);
        is(&webhook, "Done", "StoredOnly");
        assert!(errors(&webhook).is_empty(), "{webhook:#}");
    }
    assert!(server.records("Contact").is_empty());
}

#[test]
fn a_second_record_is_made_only_when_told_to() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    let webhook = server.done_with(&source, contact("John Best"));
    let id = webhook["id"].as_str().unwrap();
    let refused = server.cli(&["webhook", "replay", id]);
    assert_eq!(
        (refused.code, refused.stderr.contains("--again")),
        (1, true),
        "{refused:?}"
    );
    let left = server.ask(&["webhook", "replay", "--all", "--yes"]);
    assert_eq!((&left["done"], &left["left_out"]), (&0.into(), &1.into()), "{left:#}");
    is(&server.webhook(id), "Done", "RecordCreated");
    assert_eq!(server.records("Contact").len(), 1);

    server.cli(&["webhook", "replay", id, "--again"]).good();
    crate::harness::wait_until("a second record", || server.records("Contact").len() == 2);
    let webhook = server.processed(id);
    assert_eq!(webhook["records"].as_array().unwrap().len(), 2, "{webhook:#}");
}

/// A replay once turned such a webhook into Failed, although its record stood.
#[test]
fn what_was_made_stays_made_whatever_the_rules_say_at_a_replay() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Forms");
    let webhook = server.done_with(&source, r#"{"EntityName":"Contact","Name":"John Best"}"#);
    let id = webhook["id"].as_str().unwrap();
    server.cli(&["grant", "revoke", "Contact"]).good();
    server.cli(&["webhook", "replay", "--all", "--yes"]).good();
    let webhook = server.processed(id);
    is(&webhook, "Done", "RecordCreated");
    assert_eq!(webhook["records"].as_array().unwrap().len(), 1, "{webhook:#}");
}
