//! What arrives and changes, as `/api/v1/events` tells it; the overview.

use serde_json::{Value, json};

use super::harness::{Connection, Request, Server, User, wait_for, wait_until};

/// A stream of events, its head read.
struct Stream(Connection);

impl Stream {
    fn open(server: &Server, person: &User, last: Option<&str>) -> Self {
        let mut connection = server.connect();
        let mut request = Request::new("GET", "/api/v1/events").header("Cookie", &person.cookie);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let head = connection.send(&request);
        assert_eq!(head.status, 200, "{head:?}");
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
        assert_eq!(head.header("cache-control"), Some("no-store"));
        Self(connection)
    }

    /// Number and data of the next event.
    fn next(&mut self) -> (String, Value) {
        self.0.until("id: ");
        let id = self.0.until("\n");
        let event = self.0.until("\n\n");
        let data = event.strip_prefix("event: webhooks\ndata: ").unwrap();
        (id.trim().to_owned(), serde_json::from_str(data).unwrap())
    }

    /// The events until one tells of a webhook in this status.
    fn until(&mut self, id: &str, status: &str) -> (String, Value) {
        loop {
            let (number, data) = self.next();
            let mut rows = data["webhooks"].as_array().unwrap().iter();
            if rows.any(|row| row["id"] == id && row["status"] == status) {
                return (number, data);
            }
        }
    }
}

#[test]
fn a_new_webhook_is_told_and_what_becomes_of_it() {
    let server = Server::start();
    server.administrator();
    let vera = server.person("vera", "viewer");
    let source = server.source("Shop");
    let mut stream = Stream::open(&server, &vera, None);
    let (_, first) = stream.next();
    assert_eq!(first["webhooks"], json!([]));
    assert_eq!(
        first["counts"],
        json!({"new": 0, "processing": 0, "failed": 0, "done": 0})
    );

    let id = server.accepted(&source, r#"{"Note": "<script>alert(1)</script>"}"#);
    let (last, data) = stream.until(&id, "Done");
    assert_eq!(data["counts"]["done"], 1);
    let row = &data["webhooks"][0];
    assert_eq!((&row["source"], &row["errors"]), (&json!("Shop"), &json!(0)));
    // As lists have it.
    assert_eq!(vera.ask(&server, "/webhooks")["webhooks"][0], *row);
    drop(stream);

    // What came while nobody listened is told at the next time.
    let missed = server.accepted(&source, "{}");
    server.processed(&missed);
    let mut stream = Stream::open(&server, &vera, Some(&last));
    let (_, data) = stream.next();
    assert_eq!(data["webhooks"][0]["id"], missed);
    let mut fresh = Stream::open(&server, &vera, None);
    assert_eq!(fresh.next().1["webhooks"], json!([]));

    // Deleted ones change the figures.
    server.cli(&["webhook", "delete", &missed]).good();
    while fresh.next().1["counts"]["done"] != 1 {}
}

#[test]
fn of_many_missed_webhooks_the_newest_are_told() {
    let server = Server::start();
    server.administrator();
    let vera = server.person("vera", "viewer");
    let source = server.source("Shop");
    let mut stream = Stream::open(&server, &vera, None);
    let (last, _) = stream.next();
    drop(stream);
    let mut connection = server.connect();
    let request = Request::post(&source, "application/json", "{}").bytes();
    connection.write(&request.repeat(150));
    for _ in 0..150 {
        assert_eq!(connection.answer().status, 200);
    }
    // Answered is not yet stored, and only what is stored is told.
    wait_until("all to be stored", || {
        vera.ask(&server, "/webhooks/count")["total"] == 150
    });
    let mut stream = Stream::open(&server, &vera, Some(&last));
    let (_, data) = stream.next();
    assert_eq!(data["webhooks"].as_array().unwrap().len(), 100);
    stream.0.until("event: reset\ndata: {}\n\n");
}

#[test]
fn streams_are_counted_and_end_with_the_server() {
    // Streams that held a stop up would do so for longer than the test waits.
    let mut server = Server::start_with(&["--shutdown-timeout", "600 s"]);
    server.administrator();
    let vera = server.person("vera", "viewer");
    let mut streams: Vec<Stream> = (0..64).map(|_| Stream::open(&server, &vera, None)).collect();
    let refused = vera.get(&server, "/events");
    assert_eq!(
        (refused.problem(503), refused.header("retry-after")),
        ("busy".to_owned(), Some("2"))
    );
    streams.truncate(60);
    wait_until("room for another", || vera.get(&server, "/events").status == 200);
    assert_eq!(server.stop(), 0);
    let mut stream = streams.pop().unwrap();
    stream.next();
    let rest = String::from_utf8(stream.0.end()).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "{rest:?}");
    let stranger = Server::start();
    stranger.administrator();
    let answer = stranger.send(&Request::new("GET", "/api/v1/events"));
    assert_eq!(answer.problem(401), "login-needed");
}

#[test]
fn the_set_up_list_ticks_itself_off() {
    let server = Server::start();
    let anna = server.administrator();
    let done = |overview: &Value| {
        let steps = overview["steps"].as_array().unwrap().iter();
        let done = steps.filter(|step| step["done"] == true);
        done.map(|step| step["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    // Until its keys are made there are no tokens.
    let oauth = |overview: &Value| overview["steps"][4]["done"] == true;
    let before = wait_for("the keys", || Some(anna.ask(&server, "/overview")).filter(oauth));
    // A certificate that Hookgate made itself is left to do: most senders refuse it.
    assert_eq!(done(&before), ["entity", "oauth"], "{before:#}");
    assert_eq!(before["steps"].as_array().unwrap().len(), 7);
    let certificate = before["steps"][5]["detail"].as_str().unwrap();
    assert!(
        certificate.contains("self-signed") && certificate.contains("GitHub"),
        "{certificate}"
    );
    let texts = before["attention"].to_string();
    assert!(texts.contains("second factor"), "{texts}");
    server.grant("Contact");
    let source = server.source("Shop");
    server.done_with(&source, r#"{"EntityName": "Lead"}"#);
    let after = anna.ask(&server, "/overview");
    let all = ["entity", "permission", "source", "webhook", "oauth"];
    assert_eq!(done(&after), all, "{after:#}");
    assert_eq!(
        after["counts"],
        json!({"new": 0, "processing": 0, "failed": 1, "done": 0})
    );
    let failed = json!({"level": "warn", "text": "1 webhook of the last 24 hours failed. Fix the cause, then reprocess them.",
        "about": "failed-webhooks"});
    assert!(after["attention"].as_array().unwrap().contains(&failed), "{after:#}");
    assert_eq!(after["health"]["healthy"], true);
    assert_eq!(anna.ask(&server, "/health")["failed"], 1);
    assert_eq!(anna.ask(&server, "/health/oauth")["healthy"], true);
}

#[test]
fn a_program_sees_health_and_does_what_its_scope_says() {
    let server = Server::start();
    server.administrator();
    let source = server.source("Shop");
    let id = server.done_with(&source, "{}")["id"].as_str().unwrap().to_owned();
    let token = |scope: &str| {
        let made = server.ask(&["client", "add", scope, "--user", "WebhookService", "--scope", scope]);
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            made["client_id"].as_str().unwrap(),
            made["secret"].as_str().or(made["client_secret"].as_str()).unwrap()
        );
        let request =
            Request::new("POST", "/connect/token").header("Content-Type", "application/x-www-form-urlencoded");
        let answer = server.send(&request.body(form));
        format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
    };
    let (operator, administrator, odata) = (token("api"), token("api:admin"), token("odata"));
    let ask = |token: &str, method: &str, path: &str, body: &str| {
        let request = Request::new(method, &format!("/api/v1{path}"))
            .header("Authorization", token)
            .header("Content-Type", "application/json");
        server.send(&request.body(body))
    };
    let get = |token: &str, path: &str| {
        server.send(&Request::new("GET", &format!("/api/v1{path}")).header("Authorization", token))
    };
    assert_eq!(get(&operator, "/health").json()["done"], 1);
    wait_until("the keys", || get(&operator, "/health/oauth").json()["healthy"] == true);
    assert_eq!(get(&odata, "/health").status, 403);
    let replay = format!("/webhooks/{id}/replay");
    assert_eq!(ask(&operator, "POST", &replay, "{}").status, 200);
    let all = r#"{"filter": {}}"#;
    assert_eq!(ask(&operator, "POST", "/webhooks/delete", all).status, 403);
    server.processed(&id);
    assert_eq!(ask(&administrator, "POST", "/webhooks/delete", all).status, 202);
    wait_until("all to be deleted", || {
        get(&operator, "/webhooks/count").json()["total"] == 0
    });
}
