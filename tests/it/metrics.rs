//! Health and metrics, as a monitoring system reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Answer, Connection, Request, Server, wait_for};

const DOCUMENT: &str = include_str!("../../docs/metrics.md");

fn get(path: &str) -> Request {
    Request::new("GET", path)
}

/// A page of metrics: the number of each line, as it is written, by all in front of it.
fn numbers(page: &str) -> BTreeMap<String, String> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, number) = line.rsplit_once(' ').unwrap();
            assert!(number.parse::<f64>().is_ok(), "{line}");
            (name.to_owned(), number.to_owned())
        })
        .collect()
}

#[track_caller]
fn scraped(server: &Server) -> BTreeMap<String, String> {
    let answer = server.send(&get("/metrics"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    numbers(&answer.body)
}

fn number(page: &BTreeMap<String, String>, name: &str) -> f64 {
    page[name].parse().unwrap()
}

/// Name, type and labels of each family, as the page has them.
fn served(page: &str) -> BTreeSet<(String, String, BTreeSet<String>)> {
    let mut families: BTreeMap<&str, (&str, BTreeSet<String>)> = BTreeMap::new();
    let mut current = "";
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(families.insert(name, (kind, BTreeSet::new())).is_none(), "{name} twice");
            current = name;
        } else if !line.starts_with('#') {
            assert!(line.starts_with(current), "{line} is not of {current}");
            if let Some((_, rest)) = line.split_once('{') {
                let (label, _) = rest.split_once('=').unwrap();
                families.get_mut(current).unwrap().1.insert(label.to_owned());
            }
        }
    }
    let families = families.into_iter();
    families
        .map(|(name, (kind, labels))| (name.to_owned(), kind.to_owned(), labels))
        .collect()
}

/// The same of the table in the document, and the unit of each.
fn documented() -> BTreeMap<(String, String, BTreeSet<String>), String> {
    let (_, table) = DOCUMENT.split_once("| name | type | unit |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[4].split(", ").filter(|label| !label.is_empty());
        let labels = labels.map(|label| label.trim_matches('`').to_owned()).collect();
        assert!(cells[5].len() > 5, "{row}");
        (
            (cells[1].trim_matches('`').to_owned(), cells[2].to_owned(), labels),
            cells[3].to_owned(),
        )
    })
    .collect()
}

#[test]
fn the_table_in_the_document_is_what_is_served() {
    let server = Server::start();
    let page = server.send(&get("/metrics")).body;
    let documented = documented();
    assert_eq!(served(&page), documented.keys().cloned().collect());
    for ((name, kind, _), unit) in &documented {
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        for suffix in ["_seconds", "_bytes", "_entries"] {
            assert_eq!(name.ends_with(suffix), unit == &suffix[1..], "{name} is in {unit}");
        }
    }
    // Every rule and hint of the document is about something that is served.
    let names: BTreeSet<&str> = documented.keys().map(|(name, ..)| name.as_str()).collect();
    let words = DOCUMENT.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    for word in words.filter(|word| word.starts_with("hookgate_")) {
        let name = word.strip_suffix("_bucket").unwrap_or(word);
        assert!(names.contains(name), "{word} is not served");
    }
}

#[test]
fn what_happens_is_counted() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source_with("Forms", &["--max-body", "2048"]);
    let before = scraped(&server);
    let started = before["process_start_time_seconds"].as_str();
    assert!(number(&before, "process_start_time_seconds") > 1.7e9, "{before:?}");
    assert_eq!(before["hookgate_ready"], "1");
    assert_eq!(before["hookgate_webhooks_accepted_total"], "0");
    assert_eq!(before["hookgate_webhooks_oldest_new_seconds"], "0");

    server.done_with(&source, r#"{"EntityName":"Contact","Name":"Ada"}"#);
    server.done_with(&source, "{}");
    server.done_with(&source, r#"{"EntityName":"Nothing"}"#);
    let long = "x".repeat(4096);
    assert_eq!(server.post(&source, "application/json", long).status, 413);
    assert_eq!(server.post(&source, "text/csv", "a").status, 415);
    let stranger = Request::new("POST", "/webhooks/whk_guessed").header("Content-Type", "application/json");
    for _ in 0..2 {
        assert_eq!(server.send(&stranger.clone().body("{}")).status, 404);
    }
    let caller = server.caller("Reports", &[]);
    let wrong = caller.token_request("").bytes();
    let wrong = String::from_utf8(wrong)
        .unwrap()
        .replace("client_credentials", "code-grant-type-x2");
    let mut connection = server.connect();
    connection.write(wrong.as_bytes());
    assert_eq!(connection.answer().status, 400);

    // Stored is what was looked up a moment ago, and what is behind now may be level in a moment.
    let momentary = [
        ("hookgate_webhooks_stored{status=\"Done\"}", "2"),
        ("hookgate_webhooks_stored{status=\"Failed\"}", "1"),
        ("hookgate_store_lag_entries", "0"),
        ("hookgate_webhooks_unprocessed", "0"),
    ];
    let after = wait_for("all to be stored, and to be shown so", || {
        let page = scraped(&server);
        momentary
            .iter()
            .all(|(name, number)| page[*name] == *number)
            .then_some(page)
    });
    for (name, expected) in [
        ("hookgate_webhooks_accepted_total", "3"),
        ("hookgate_webhook_answer_seconds_count", "3"),
        ("hookgate_webhook_answer_seconds_bucket{le=\"+Inf\"}", "3"),
        ("hookgate_webhooks_rejected_total{reason=\"body-too-large\"}", "1"),
        ("hookgate_webhooks_rejected_total{reason=\"content-type\"}", "1"),
        ("hookgate_webhooks_rejected_total{reason=\"webhook-url-unknown\"}", "2"),
        ("hookgate_webhooks_rejected_total{reason=\"rate-limit\"}", "0"),
        ("hookgate_webhooks_processed_total{outcome=\"record\"}", "1"),
        ("hookgate_webhooks_processed_total{outcome=\"stored-only\"}", "1"),
        ("hookgate_webhooks_processed_total{outcome=\"failed\"}", "1"),
        ("hookgate_tokens_issued_total", "1"),
        ("hookgate_tokens_refused_total{error=\"unsupported_grant_type\"}", "1"),
        ("process_start_time_seconds", started),
    ] {
        assert_eq!(
            after.get(name).map(String::as_str),
            Some(expected),
            "{name}: {after:#?}"
        );
    }
    // One that meets a change of the rules is decided twice.
    assert!(
        number(&after, "hookgate_webhook_processing_seconds_count") >= 3.0,
        "{after:#?}"
    );
    // Three webhooks, and what became of each.
    assert!(
        number(&after, "hookgate_journal_batch_entries_sum") >= 6.0,
        "{after:#?}"
    );
    for name in [
        "hookgate_journal_sync_seconds_count",
        "hookgate_journal_sync_seconds_sum",
        "hookgate_store_commit_seconds_count",
        "hookgate_store_batch_entries_sum",
        "hookgate_webhook_answer_seconds_sum",
        "hookgate_journal_bytes",
        "hookgate_database_bytes",
        "hookgate_disk_free_bytes",
        "hookgate_disk_low_bytes",
    ] {
        assert!(number(&after, name) > 0.0, "{name}: {after:#?}");
    }
    let days = number(&after, "hookgate_certificate_remaining_seconds") / 86_400.0;
    assert!(days > 30.0, "{days}");
}

#[test]
fn what_retention_deletes_is_counted() {
    let server = Server::start();
    let source = server.source("Forms");
    server.done_with(&source, "{}");
    server.cli(&["retention", "run"]).good();
    let after = scraped(&server);
    for status in ["New", "Processing", "Failed", "Done"] {
        let name = format!("hookgate_retention_deleted_total{{status=\"{status}\"}}");
        assert_eq!(after[&name], "0", "no webhooks are expired");
    }
}

/// The metrics with these headers in the request.
fn metrics_with(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let request = headers
        .iter()
        .fold(get("/metrics"), |request, (name, value)| request.header(name, value));
    server.send(&request)
}

/// A client with one scope, and a token of it in an Authorization header.
fn token_of(server: &Server, name: &str, scope: &str) -> String {
    let made = server.ask(&["client", "add", name, "--user", "WebhookService", "--scope", scope]);
    let part = |part: &str| made[part].as_str().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        part("client_id"),
        part("secret")
    );
    let request = Request::new("POST", "/connect/token");
    let answer = server.send(
        &request
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
}

#[test]
fn metrics_are_for_this_machine_and_for_whoever_shows_a_token() {
    let server = Server::start_with(&["--listen-plain-http", "127.0.0.1:0"]);
    assert_eq!(metrics_with(&server, &[]).status, 200);
    assert_eq!(
        Connection::plain(server.addresses()[1]).send(&get("/metrics")).status,
        200
    );
    let proxied = ("X-Forwarded-For", "203.0.113.9");
    for headers in [
        &[proxied][..],
        &[("Forwarded", "for=203.0.113.9")],
        &[("Via", "1.1 proxy")],
    ] {
        let refused = metrics_with(&server, headers);
        assert_eq!(refused.problem(401), "token-missing", "{headers:?}");
        assert!(refused.header("www-authenticate").is_some(), "{refused:?}");
    }
    // A page of another name that was made to point here.
    let mut connection = server.connect();
    connection.write(b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(connection.answer().problem(401), "token-missing");

    let reader = token_of(&server, "Prometheus", "metrics:read");
    assert_eq!(
        metrics_with(&server, &[proxied, ("Authorization", &reader)]).status,
        200
    );
    // A token that is shown decides, wherever it comes from.
    let other = token_of(&server, "Reports", "odata");
    assert_eq!(
        metrics_with(&server, &[("Authorization", &other)]).problem(403),
        "token-scope"
    );
    assert_eq!(
        metrics_with(&server, &[("Authorization", "Bearer none")]).problem(401),
        "token-invalid"
    );
    server.cli(&["client", "disable", "Prometheus"]).good();
    assert_eq!(
        metrics_with(&server, &[proxied, ("Authorization", &reader)]).problem(401),
        "token-invalid"
    );
    // Other resources do not open to it.
    let odata = get("/0/odata/Contact").header("Authorization", &token_of(&server, "Another", "metrics:read"));
    assert_eq!(server.send(&odata).status, 403);
    assert_eq!(server.send(&Request::new("POST", "/metrics")).status, 405);
}

#[test]
fn without_allowed_addresses_everybody_needs_a_token() {
    let server = Server::start_with(&["--metrics-allow", ""]);
    assert_eq!(metrics_with(&server, &[]).problem(401), "token-missing");
    let reader = token_of(&server, "Prometheus", "metrics:read");
    assert_eq!(metrics_with(&server, &[("Authorization", &reader)]).status, 200);
}

fn by_name(checks: &Value) -> BTreeMap<String, Value> {
    let checks = checks.as_array().unwrap().iter();
    checks
        .map(|check| (check["name"].as_str().unwrap().to_owned(), check.clone()))
        .collect()
}

#[test]
fn readiness_names_each_check_and_numbers_are_not_for_strangers() {
    let server = Server::start();
    assert_eq!(
        server.send(&get("/livez")).json(),
        serde_json::json!({"status": "alive"})
    );
    // The first keys are made behind the start: for a moment the store is one entry behind.
    let (ready, told) = wait_for("the store to be level", || {
        let ready = server.send(&get("/readyz"));
        assert_eq!(ready.status, 200, "{ready:?}");
        let told = ready.json();
        (by_name(&told["checks"])["store"]["lag_entries"] == 0).then_some((ready, told))
    });
    // The disk of whoever runs this may be nearly full.
    assert!(matches!(told["status"].as_str(), Some("ok" | "warn")), "{told:#}");
    let checks = by_name(&told["checks"]);
    let names: Vec<&str> = checks.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["certificate", "disk", "journal", "processing", "secrets", "store"]
    );
    assert!(checks["certificate"]["days_left"].as_i64().unwrap() > 30, "{told:#}");
    assert!(checks["disk"]["free_bytes"].as_i64().unwrap() > 0, "{told:#}");
    assert_eq!(checks["processing"]["oldest_new_seconds"], 0, "{told:#}");

    let stranger = server.send(&get("/readyz").header("X-Forwarded-For", "203.0.113.9"));
    assert_eq!(stranger.status, 200, "{stranger:?}");
    for (name, check) in by_name(&stranger.json()["checks"]) {
        let keys: Vec<&str> = check.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["name", "status", "text"], "{name}");
        assert_eq!(check["text"], checks[&name]["text"], "{name}");
    }
    let data = server.data();
    for answer in [&ready, &stranger] {
        assert!(!answer.body.contains(data.to_str().unwrap()), "{answer:?}");
    }
    assert_eq!(server.send(&Request::new("POST", "/readyz")).status, 405);
    for path in ["/readyz", "/metrics"] {
        let mut connection = server.connect();
        connection.write(&Request::new("HEAD", path).header("Connection", "close").bytes());
        let head = String::from_utf8(connection.end()).unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
    }
}

#[test]
fn the_page_the_command_line_and_readiness_say_the_same() {
    let server = Server::start();
    let anna = server.administrator();
    let words = |checks: &Value| -> BTreeMap<String, (Value, Value)> {
        let checks = by_name(checks).into_iter();
        checks
            .map(|(name, check)| (name, (check["status"].clone(), check["text"].clone())))
            .collect()
    };
    let ready = words(&server.send(&get("/readyz")).json()["checks"]);
    assert_eq!(ready.len(), 6);
    assert_eq!(words(&server.ask(&["healthcheck"])["checks"]), ready);
    assert_eq!(words(&anna.ask(&server, "/health")["checks"]), ready);
    assert_eq!(words(&anna.ask(&server, "/overview")["health"]["checks"]), ready);
    let shown = server.cli(&["healthcheck"]).good();
    assert!(shown.stdout.contains("Webhooks are accepted."), "{shown:?}");
}
