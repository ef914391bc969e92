//! What docs/operate.md says of symptoms and of deleted webhooks is what happens.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::harness::{Request, Server, Source};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate.md")).unwrap()
}

/// The row of the table of symptoms that begins so.
#[track_caller]
fn row(start: &str) -> String {
    let page = page();
    let row = page.lines().find(|line| line.starts_with(&format!("| {start}")));
    row.unwrap_or_else(|| panic!("no row begins with {start}")).to_owned()
}

fn texts(webhook: &Value, kind: &str) -> String {
    let list = webhook[kind].as_array().unwrap().iter();
    list.map(|one| one["text"].as_str().unwrap())
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn fault_13_why_there_is_no_record_is_as_the_page_says() {
    let server = Server::start();
    let source = server.source("Form");
    server.grant("Contact");
    let failed = row("the response is 200, but there is no record: the webhook is Failed");
    server.ask(&["entity", "remove", "Lead"]);
    for (body, named) in [
        (
            r#"{"EntityName": "Lead", "LeadName": "x"}"#,
            "is not in the Webhook entities lookup",
        ),
        (r#"{"EntityName": "Nothing"}"#, "no object has this code"),
        (
            r#"{"EntityName": "Order"}"#,
            "has no permission to create records of Order",
        ),
        (r#"{"EntityName": "Contact"}"#, "a value is required"),
    ] {
        let webhook = server.done_with(&source, body);
        assert_eq!(webhook["status"], "Failed", "{webhook:#}");
        assert!(texts(&webhook, "errors").contains(named), "{webhook:#}");
        let listed = server.ask(&["webhook", "list", "--status", "failed"]);
        assert!(
            listed["webhooks"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["id"] == webhook["id"])
        );
    }
    assert!(failed.contains("is not in the Webhook entities lookup"), "{failed}");

    // Mended, it is processed again.
    let webhook = server.done_with(&source, r#"{"EntityName": "Lead", "LeadName": "x"}"#);
    server.ask(&["entity", "add", "Lead"]);
    server.grant("Lead");
    let id = webhook["id"].as_str().unwrap();
    server.ask(&["webhook", "replay", id]);
    assert_eq!(server.processed(id)["outcome"], "RecordCreated");

    let silent = row("a webhook is Done without a record and without an error");
    assert!(!silent.contains("Webhook entities"), "{silent}");
    let is_silent = |webhook: &Value, note: &str| {
        assert_eq!(webhook["status"], "Done", "{webhook:#}");
        assert!(webhook["records"].as_array().unwrap().is_empty() && texts(webhook, "errors").is_empty());
        assert!(texts(webhook, "notes").contains(note), "{webhook:#}");
    };
    is_silent(&server.done_with(&source, r#"{"Name": "x"}"#), "no EntityName");
    let form = "application/x-www-form-urlencoded";
    let sent = server
        .post(&source, form, r#"{"EntityName": "Contact", "Name": "x"}"#)
        .id();
    is_silent(&server.processed(&sent), "looks like JSON");
    server.ask(&["process", "disable", "CreateRecords"]);
    is_silent(
        &server.done_with(&source, r#"{"EntityName": "Contact", "Name": "x"}"#),
        "is disabled",
    );
}

#[test]
fn fault_13_what_senders_get_is_as_the_page_says() {
    let server = Server::start();
    let status = |source: &Source, kind: &str, body: &[u8]| server.send(&Request::post(source, kind, body)).status;
    let json = "application/json";

    row("a sender gets 404 | `hookgate source list` | the key is wrong or was replaced, or the source is disabled");
    let source = server.source("Forms");
    let wrong = Source {
        path: format!("{}x", source.path),
        ..source.clone()
    };
    assert_eq!(status(&wrong, json, b"{}"), 404);
    let new = Source::of(&server.ask(&["source", "rotate-key", "Forms", "--overlap", "0"]));
    assert_eq!((status(&source, json, b"{}"), status(&new, json, b"{}")), (404, 200));
    server.ask(&["source", "disable", "Forms"]);
    assert_eq!(status(&new, json, b"{}"), 404);

    row("a sender gets 401");
    let asking = server.source_with("Tokens", &["--require-token", "on"]);
    assert_eq!(status(&asking, json, b"{}"), 401);

    row("a sender gets 413 or 415");
    let small = server.source_with("Small", &["--max-body", "10"]);
    assert_eq!(status(&small, json, br#"{"Name": "long"}"#), 413);
    assert_eq!(status(&small, "image/png", b"x"), 415);

    row("a sender gets 429 or 503");
    let rare = server.source_with("Rare", &["--rate", "1"]);
    assert_eq!(status(&rare, json, b"{}"), 200);
    let answer = server.send(&Request::post(&rare, json, b"{}"));
    assert!(
        answer.status == 429 && answer.header("retry-after").is_some(),
        "{answer:?}"
    );
}

/// Texts that the page quotes stand so in the program.
#[test]
fn fault_13_symptoms_are_quoted_as_the_program_says_them() {
    fn sources(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                all.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let page = page();
    let (_, table) = page.split_once("## Troubleshooting by symptom").unwrap();
    let mut quotes = 0;
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        // Commands have quotes of their own.
        let plain: String = line.split('`').step_by(2).collect();
        for quoted in plain.split('"').skip(1).step_by(2) {
            quotes += 1;
            assert!(all.contains(quoted), "nothing says {quoted:?}: {line}");
        }
    }
    assert!(quotes > 4, "{quotes}");
}

/// Where a deleted body is, and how it goes.
#[test]
fn fault_14_a_deleted_body_stays_in_the_journal_until_a_backup_is_restored() {
    fn holds(folder: &Path, text: &str) -> bool {
        fs::read_dir(folder).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                return holds(&path, text);
            }
            // A socket cannot be read.
            fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
        })
    }
    let marker = "only-this-body-has-these-words";
    let mut server = Server::start();
    let source = server.source("Form");
    let id = server.done_with(&source, format!(r#"{{"Name": "{marker}"}}"#))["id"].clone();
    server.cli(&["webhook", "delete", id.as_str().unwrap()]).good();
    assert_eq!(server.stop(), 0);
    assert!(
        holds(&server.data().join("data/journal"), marker),
        "the page says too much"
    );

    let restored = server.folder().join("restored");
    let backup = server.folder().join("after.backup");
    server.cli(&["backup", backup.to_str().unwrap()]).good();
    fs::create_dir(&restored).unwrap();
    fs::copy(server.data().join("master.key"), restored.join("master.key")).unwrap();
    super::harness::hookgate(&restored, &["restore", backup.to_str().unwrap()], "").good();
    assert!(!holds(&restored, marker));
    let page = page();
    let (_, section) = page.split_once("## Deleted data and how long it stays").unwrap();
    for said in [
        "data/journal",
        "data/base.redb",
        "data/hookgate.redb",
        "backups that were created before",
        "journal.keep",
    ] {
        assert!(section.contains(said), "{said}");
    }
    for help in [["webhook", "delete", "--help"], ["retention", "run", "--help"]] {
        let help = server.cli(&help).good().stdout;
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains("stay in the journal files"), "{help}");
    }
}
