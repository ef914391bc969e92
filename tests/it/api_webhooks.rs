//! Webhooks at `/api/v1`.

use std::thread;

use serde_json::{Value, json};

use super::harness::{Connection, Request, Server, wait_until};

/// What must stay text wherever it stands.
const SCRIPT: &str = r#"<script>alert(1)</script>"><img src=x onerror=alert(1)> javascript:alert(1)"#;

const FORM: &str = "application/x-www-form-urlencoded";

fn ids(page: &Value) -> Vec<String> {
    let rows = page["webhooks"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn webhooks_are_found_by_each_part_of_a_filter() {
    let server = Server::start();
    let anna = server.administrator();
    server.grant("Contact");
    let (shop, site) = (server.source("Shop"), server.source("Site"));
    let done = server.done_with(&shop, r#"{"EntityName": "Contact", "Name": "Ann Best"}"#);
    let failed = server.done_with(&site, r#"{"EntityName": "Lead", "Name": "Jörg Ünal"}"#);
    let kept = server.done_with(&site, r#"{"Note": "nothing to make of it"}"#);
    let [done, failed, kept] = [done, failed, kept].map(|webhook| webhook["id"].as_str().unwrap().to_owned());
    for (query, expected) in [
        ("", vec![&kept, &failed, &done]),
        ("?status=Failed", vec![&failed]),
        ("?status=done", vec![&kept, &done]),
        ("?source=Site", vec![&kept, &failed]),
        ("?source=Site&status=Failed", vec![&failed]),
        ("?entity=Contact", vec![&done]),
        ("?outcome=StoredOnly", vec![&kept]),
        ("?outcome=record-created", vec![&done]),
        ("?text=NOTHING%20to", vec![&kept]),
        ("?text=%C3%9Cnal", vec![&failed]),
        ("?text=never", vec![]),
        ("?from=2000-01-01T00:00:00Z&to=2001-01-01T00:00:00Z", vec![]),
        ("?from=2000-01-01T00:00:00Z", vec![&kept, &failed, &done]),
    ] {
        let page = anna.ask(&server, &format!("/webhooks{query}"));
        assert_eq!(
            ids(&page),
            expected.iter().map(|id| (*id).clone()).collect::<Vec<_>>(),
            "{query}"
        );
        assert_eq!(
            (&page["next"], &page["complete"]),
            (&Value::Null, &json!(true)),
            "{query}"
        );
        let count = anna.ask(&server, &format!("/webhooks/count{query}"));
        assert_eq!(
            (&count["total"], &count["complete"]),
            (&json!(expected.len()), &json!(true)),
            "{query}"
        );
    }
    let first = anna.ask(&server, "/webhooks?limit=2");
    assert_eq!(ids(&first), [kept.clone(), failed.clone()]);
    let rest = anna.ask(&server, &format!("/webhooks?limit=2&before={}", first["next"]));
    assert_eq!((ids(&rest), &rest["next"]), (vec![done], &Value::Null));
    let count = anna.ask(&server, "/webhooks/count");
    let expected = json!({"total": 3, "new": 0, "processing": 0, "failed": 1, "done": 2, "complete": true});
    assert_eq!(count, expected);
    let chart = anna.ask(&server, "/webhooks/chart?step=day");
    let points = chart["points"].as_array().unwrap();
    assert_eq!(points.len(), 24);
    let sum = |part: &str| points.iter().map(|point| point[part].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("done"), sum("failed"), sum("new")), (2, 1, 0));
    for (wrong, code) in [
        ("?status=Fine", 400),
        ("?outcome=best", 400),
        ("?statsu=Failed", 400),
        ("?from=yesterday", 400),
        ("?source=Nobody", 404),
        ("?entity=Nothing", 404),
    ] {
        assert_eq!(anna.get(&server, &format!("/webhooks{wrong}")).status, code, "{wrong}");
    }
}

#[test]
fn a_filter_that_no_index_serves_looks_at_so_many_and_says_where_to_go_on() {
    const SENDERS: usize = 16;
    const EACH: usize = 625;
    const AT_ONCE: usize = 25;
    let server = Server::start();
    let anna = server.administrator();
    let source = server.source("Shop");
    let first = server.accepted(&source, r#"{"Note": "the needle"}"#);
    let request = Request::post(&source, "application/json", r#"{"Note": "hay"}"#).bytes();
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            let (mut connection, request): (Connection, &[u8]) = (server.connect(), &request);
            scope.spawn(move || {
                for _ in 0..EACH / AT_ONCE {
                    connection.write(&request.repeat(AT_ONCE));
                    for _ in 0..AT_ONCE {
                        assert_eq!(connection.answer().status, 200);
                    }
                }
            });
        }
    });
    let all = 1 + SENDERS * EACH;
    wait_until("all to be counted", || {
        anna.ask(&server, "/webhooks/count")["total"] == all
    });
    let (mut before, mut answers) = (String::new(), 0);
    let found = loop {
        let page = anna.ask(&server, &format!("/webhooks?text=needle{before}"));
        answers += 1;
        assert!(answers < all, "it goes on for ever");
        if page["complete"] == true {
            break page;
        }
        assert!(ids(&page).is_empty());
        before = format!("&before={}", page["next"].as_u64().unwrap());
    };
    assert_eq!(ids(&found), [first]);
    assert_eq!(found["next"], Value::Null);
    assert!(answers > 1, "{answers}");
    let count = anna.ask(&server, "/webhooks/count?text=hay");
    assert_eq!(count["complete"], false);
    assert!((1..all as u64).contains(&count["total"].as_u64().unwrap()), "{count}");
    assert_eq!(anna.ask(&server, "/webhooks/count?source=Shop")["total"], all);

    // Deleting them goes to the end.
    wait_until("all to be processed", || {
        anna.ask(&server, "/webhooks/count")["done"] == all
    });
    let task = anna.task(&server, "/webhooks/delete", &json!({"filter": {"text": "hay"}}));
    assert_eq!(task["done"], all - 1, "{task}");
    assert_eq!(anna.ask(&server, "/webhooks/count")["total"], 1);
}

#[test]
fn one_webhook_is_shown_downloaded_processed_again_and_deleted() {
    let server = Server::start();
    let anna = server.administrator();
    server.grant("Contact");
    let source = server.source("Shop");
    let body = json!({"EntityName": "Contact", "Name": SCRIPT, "Zip": 5}).to_string();
    let id = server.done_with(&source, &body)["id"].as_str().unwrap().to_owned();
    let path = format!("/webhooks/{id}");
    let answer = anna.get(&server, &path);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let shown = answer.json();
    assert_eq!(shown["body"]["text"], body);
    assert_eq!(shown["records"][0]["display"], SCRIPT);
    assert_eq!((&shown["run"], &shown["attempts"]), (&json!(1), &json!(1)));
    let raw = anna.get(&server, &format!("{path}/body"));
    assert_eq!(raw.body, body);
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
    assert!(raw.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(raw.header("x-content-type-options"), Some("nosniff"));

    let replay = |body: Value| anna.change(&server, "POST", &format!("{path}/replay"), &body);
    assert_eq!(replay(json!({})).problem(409), "record-made");
    assert_eq!(replay(json!({"again": true})).json()["count"], 1);
    wait_until("the second record", || {
        anna.ask(&server, &path)["records"].as_array().unwrap().len() == 2
    });
    let ben = server.person("ben", "operator");
    let refused = ben.change(&server, "DELETE", &path, &Value::Null);
    assert_eq!(refused.problem(403), "role", "deleting is for administrators");
    assert_eq!(anna.change(&server, "DELETE", &path, &Value::Null).status, 200);
    assert_eq!(anna.get(&server, &path).problem(404), "not-found");
    assert_eq!(anna.get(&server, "/webhooks/nonsense").problem(400), "invalid");
}

#[test]
fn a_copy_is_a_webhook_of_the_same_source_within_its_limits() {
    let server = Server::start();
    server.administrator();
    let ben = server.person("ben", "operator");
    server.grant("Contact");
    let source = server.source_with("Shop", &["--max-body", "100"]);
    let id = server.done_with(&source, r#"{"EntityName": "Contact"}"#)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ben.ask(&server, &format!("/webhooks/{id}"))["status"], "Failed");
    let copy = |content_type: &str, body: &str| {
        let body = json!({"content_type": content_type, "body": body});
        ben.change(&server, "POST", &format!("/webhooks/{id}/copy"), &body)
    };
    let made = copy("application/json", r#"{"EntityName": "Contact", "Name": "Mended"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    let made = made.json()["id"].as_str().unwrap().to_owned();
    let shown = server.processed(&made);
    assert_eq!((&shown["status"], &shown["source"]), (&json!("Done"), &json!("Shop")));
    assert_eq!(shown["remote"], "127.0.0.1");
    let headers = shown["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["x-hookgate-copy-of", id])), "{shown}");
    assert_eq!(copy("application/json", &"x".repeat(101)).problem(400), "invalid");
    assert_eq!(copy("image/png", "x").problem(400), "invalid");
    let told = server.ask(&["audit", "list"]);
    let told = told["rows"].as_array().unwrap();
    assert!(
        told.iter()
            .any(|row| row["action"] == "webhook-copied" && row["by"] == "ben"),
        "{told:?}"
    );
    server.cli(&["source", "disable", "Shop"]).good();
    assert_eq!(copy("application/json", "{}").problem(400), "invalid");
}

#[test]
fn all_that_match_are_processed_again_by_operators_and_deleted_by_administrators() {
    let server = Server::start();
    let (anna, ben) = (server.administrator(), server.person("ben", "operator"));
    let source = server.source("Shop");
    for _ in 0..3 {
        server.done_with(&source, r#"{"EntityName": "Contact", "Name": "Ann"}"#);
    }
    let other = server.done_with(&source, "{}")["id"].as_str().unwrap().to_owned();
    server.grant("Contact");
    let filter = json!({"filter": {"status": "Failed"}, "again": false});
    let task = ben.task(&server, "/webhooks/replay", &filter);
    let counts = |task: &Value| (task["done"].clone(), task["total"].clone(), task["left_out"].clone());
    assert_eq!(counts(&task), (json!(3), json!(3), json!(0)));
    assert_eq!(task["begun_by"], "ben");
    wait_until("all to be done", || ben.ask(&server, "/webhooks/count")["done"] == 4);
    assert_eq!(server.records("Contact").len(), 3);

    // Those that made a record are counted beforehand, left alone, and keep their outcome.
    let total = |query: &str| ben.ask(&server, &format!("/webhooks/count?{query}"))["total"].clone();
    assert_eq!(total("made_record=true"), 3);
    assert_eq!(total("made_record=false"), 1);
    let task = ben.task(&server, "/webhooks/replay", &json!({"filter": {"entity": "Contact"}}));
    assert_eq!(counts(&task), (json!(0), json!(0), json!(3)));
    let task = ben.task(&server, "/webhooks/replay", &json!({"filter": {}}));
    assert_eq!(counts(&task), (json!(1), json!(1), json!(3)));
    wait_until("all to be done", || ben.ask(&server, "/webhooks/count")["done"] == 4);
    assert_eq!(total("outcome=RecordCreated"), 3);

    let entity = json!({"filter": {"entity": "Contact"}});
    assert_eq!(
        ben.change(&server, "POST", "/webhooks/delete", &entity).problem(403),
        "role"
    );
    // A word that is not known must not delete everything.
    for wrong in [
        json!({}),
        json!({"filter": {"statsu": "Failed"}}),
        json!({"filter": {"limit": 1}}),
        json!({"filter": {}, "all": true}),
    ] {
        assert_eq!(
            anna.change(&server, "POST", "/webhooks/delete", &wrong).problem(400),
            "invalid",
            "{wrong}"
        );
    }
    let task = anna.task(&server, "/webhooks/delete", &entity);
    assert_eq!(counts(&task), (json!(3), json!(3), json!(0)));
    assert_eq!(ids(&anna.ask(&server, "/webhooks")), [other]);
}

#[test]
fn exports_hold_everything_and_no_formula() {
    let server = Server::start();
    let anna = server.administrator();
    let source = server.source("Shop");
    let formula = "=HYPERLINK(\"http://evil.example\")";
    let first = server.post(&source, FORM, formula).id();
    let second = server.accepted(&source, "{\"Note\": \"two\\nlines, \\\"quoted\\\"\"}");
    server.processed(&second);
    server.processed(&first);
    let (head, csv) = anna.download(&server, "/webhooks/export?format=csv");
    assert_eq!(head.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        head.header("content-disposition")
            .unwrap()
            .contains("hookgate-webhooks.csv")
    );
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(lines[0].starts_with("Id,CreatedOn,") && lines[0].ends_with(",BodyEncoding,Body"));
    assert!(lines[1].starts_with(&second), "{csv}");
    assert!(
        lines[2].ends_with(",text,\"'=HYPERLINK(\"\"http://evil.example\"\")\""),
        "{csv}"
    );

    let (head, ndjson) = anna.download(&server, "/webhooks/export?format=ndjson&text=hyperlink");
    assert_eq!(head.header("content-type"), Some("application/x-ndjson"));
    let rows: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["id"], &rows[0]["body"]["text"]),
        (&json!(first), &json!(formula))
    );
    assert_eq!(
        anna.get(&server, "/webhooks/export?source=Nobody").problem(404),
        "not-found"
    );
    let told = server.ask(&["audit", "list"]);
    let exported = told["rows"].as_array().unwrap().iter();
    assert_eq!(exported.filter(|row| row["action"] == "webhooks-exported").count(), 2);
}
