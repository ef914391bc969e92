//! The database made anew from the journal holds what was there, also when only the end of the
//! journal is kept.

use std::fs;

use hookgate::ledger::shorten::journal_shorten;
use serde_json::{Value, json};

use super::filled::{End, days_ago, filled, many, processed, stopped_server};
use super::harness::{Server, Source};

const CONTACT: &str = r#"{"EntityName": "Contact", "Name": "John Best", "Age": "old"}"#;

/// All that can be seen of a folder.
fn seen(server: &Server) -> Vec<Value> {
    let mut all = vec![
        server.ask(&["webhook", "list", "--limit", "1000"]),
        server.ask(&["record", "list", "Contact", "--limit", "1000"]),
        server.ask(&["object", "export"]),
        server.ask(&["grant", "list"]),
        server.ask(&["entity", "list"]),
        server.ask(&["process", "list"]),
        server.ask(&["source", "list"]),
        server.ask(&["source", "show", "Form"]),
    ];
    for webhook in all[0]["webhooks"].as_array().unwrap().clone().iter().take(20) {
        all.push(server.ask(&["webhook", "show", webhook["id"].as_str().unwrap()]));
    }
    all
}

/// A folder with a bit of everything; its server has stopped.
fn site() -> Server {
    let mut server = stopped_server(&[]);
    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    let first = server.done_with(&source, CONTACT);
    server.done_with(&source, r#"{"EntityName": "Nothing"}"#);
    let gone = server.done_with(&source, CONTACT);
    let id = first["id"].as_str().unwrap();
    server.ask(&["webhook", "replay", id, "--again"]);
    server.processed(id);
    server.ask(&["webhook", "delete", gone["id"].as_str().unwrap()]);
    server.ask(&["entity", "add", "Account"]);
    server.ask(&["process", "disable", "CreateRecords"]);
    server.done_with(&source, CONTACT);
    server.ask(&["process", "enable", "CreateRecords"]);
    assert_eq!(server.stop(), 0);
    server
}

#[test]
fn it_holds_exactly_what_the_old_database_held() {
    let mut server = site();
    let before = seen(&server);
    let rebuilt = server.ask(&["rebuild"]);
    assert_eq!(rebuilt["equal"], true, "{rebuilt}");
    assert_eq!(rebuilt["webhooks"], 3, "{rebuilt}");
    let kept = rebuilt["kept_as"][0].as_str().unwrap();
    assert!(fs::metadata(kept).unwrap().len() > 0, "the old database stays: {kept}");
    assert_eq!(seen(&server), before);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
    let text = server.cli(&["rebuild"]).good().stdout;
    assert!(text.contains("identical to the old database"), "{text}");

    // It goes on from there.
    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    assert_eq!(server.done_with(&source, CONTACT)["status"], "Done");
}

#[test]
fn numbers_that_were_given_and_automatic_ones_are_the_same_after_it() {
    let mut server = Server::start();
    server.ask(&["grant", "Order", "--create"]);
    let source = server.source("Shop");
    let order = |server: &Server, given: &str| {
        let webhook = server.done_with(&source, format!(r#"{{"EntityName": "Order"{given}}}"#));
        let id = webhook["records"][0]["id"].as_str().unwrap().to_owned();
        server.ask(&["record", "show", "Order", &id])["display"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(order(&server, ""), "ORD-1");
    assert_eq!(order(&server, r#", "Number": "ORD-2""#), "ORD-2");
    assert_eq!(order(&server, ""), "ORD-3");
    assert_eq!(order(&server, r#", "Number": "ORD-40""#), "ORD-40");
    assert_eq!(server.stop(), 0);
    let rebuilt = server.ask(&["rebuild"]);
    assert_eq!(rebuilt["equal"], true, "{rebuilt}");
    server.restart();
    assert_eq!(order(&server, ""), "ORD-41");
}

#[test]
fn another_rebuild_leaves_what_the_first_one_kept() {
    let server = stopped_server(&[]);
    let mut kept = Vec::new();
    let mut first = Vec::new();
    for _ in 0..3 {
        let rebuilt = server.ask(&["rebuild"]);
        let path = rebuilt["kept_as"][0].as_str().unwrap().to_owned();
        assert!(fs::metadata(&path).unwrap().len() > 0, "{path}");
        assert!(!kept.contains(&path), "{path} was kept before");
        if kept.is_empty() {
            first = fs::read(&path).unwrap();
        }
        kept.push(path);
    }
    assert!(kept[0].ends_with("hookgate.redb.before-rebuild"), "{kept:?}");
    assert!(fs::read(&kept[0]).unwrap() == first, "the first one was touched");

    // A name that was made free is taken again.
    fs::remove_file(&kept[1]).unwrap();
    assert_eq!(server.ask(&["rebuild"])["kept_as"], json!([kept[1]]));

    // There is an end to it, which says what to do.
    for number in 4..=100 {
        fs::write(format!("{}-{number}", kept[0]), "").unwrap();
    }
    let refused = server.cli(&["rebuild"]);
    assert_ne!(refused.code, 0);
    assert!(
        refused.stderr.contains("delete the ones") && refused.stderr.contains("-100"),
        "{refused:?}"
    );
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
}

#[test]
fn it_makes_a_lost_or_damaged_database_anew() {
    let mut server = site();
    let before = seen(&server);
    let database = server.data().join("data/hookgate.redb");
    fs::remove_file(&database).unwrap();
    let rebuilt = server.ask(&["rebuild"]);
    assert_eq!(
        (&rebuilt["equal"], &rebuilt["kept_as"]),
        (&Value::Null, &json!([])),
        "{rebuilt}"
    );
    assert_eq!(seen(&server), before);

    let half = fs::metadata(&database).unwrap().len() / 2;
    fs::File::options()
        .write(true)
        .open(&database)
        .unwrap()
        .set_len(half)
        .unwrap();
    let rebuilt = server.ask(&["rebuild"]);
    assert_eq!(rebuilt["equal"], Value::Null, "{rebuilt}");
    assert_eq!(seen(&server), before);
    server.restart();
}

#[test]
fn a_journal_of_which_only_the_end_is_kept_is_enough() {
    const SMALL: u64 = 1 << 20;
    let mut server = site();
    let data = server.data();
    let body = json!({ "EntityName": "Contact", "Name": "n".repeat(4000) }).to_string();
    let removed = filled(&data, SMALL, |ledger| {
        // The first file is as large as the server made it: fill it up.
        many(ledger, 17_000, &body);
        processed(ledger, days_ago(1), End::Contact);
        ledger.read().unwrap();
        journal_shorten(&data.join("data"), &ledger.store(), SMALL, &|_| true).unwrap()
    });
    assert!(removed > 0, "nothing was removed");
    let before = seen(&server);
    let rebuilt = server.ask(&["rebuild"]);
    assert_eq!(rebuilt["equal"], true, "{rebuilt}");
    assert_eq!(seen(&server), before);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
    let base = data.join("data/base.redb");
    let whole = std::fs::read(&base).unwrap();
    std::fs::write(&base, &whole[..whole.len() / 2]).unwrap();
    let found = server.cli(&["check", "--json"]);
    assert_eq!(found.code, 1, "a base that no rebuild could begin with: {found:?}");
    std::fs::write(&base, &whole).unwrap();

    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    server.done_with(&source, CONTACT);
    super::harness::wait_until("all webhooks to be processed", || {
        server.ask(&["healthcheck"])["waiting"] == 0
    });
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["rebuild"])["equal"], true);
}
