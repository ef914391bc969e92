//! What administrators do, asked over the socket of a running server, as the command line and curl
//! ask.

use std::sync::Arc;

use hookgate::api::LocalRequest;
use hookgate::api::table::BASE;
use hookgate::app::serve::Server;
use hookgate::config::{self, Settings};
use hookgate::control::{self, socket_path};
use hookgate::domain::rights::WEBHOOK_SERVICE;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::harness::wait_for;

const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";

struct Site {
    server: Option<Server>,
    folder: TempDir,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&settings(&folder)).unwrap();
        Self {
            server: Some(server),
            folder,
        }
    }

    /// The answer; a failure is its code.
    fn ask(&self, line: &str, body: &str) -> Result<Value, String> {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = LocalRequest {
            method: method.to_owned(),
            path: format!("{BASE}{path}"),
            query: query.to_owned(),
            body: body.as_bytes().to_vec(),
        };
        match control::ask(&socket_path(self.folder.path()), &request) {
            Ok(reply) => Ok(serde_json::from_reader(reply.expect("a server").body).unwrap()),
            Err(control::AskError::Failed(failure)) => Err(failure.code),
            Err(other) => panic!("{other}"),
        }
    }

    fn get(&self, path: &str) -> Value {
        self.ask(&format!("GET {path}"), "").unwrap()
    }

    fn change(&self, line: &str, body: &Value) -> Result<Value, String> {
        self.ask(line, &body.to_string())
    }

    fn add_source(&self) -> String {
        let added = self.change("POST /sources", &json!({"name": "Forms"})).unwrap();
        added["webhook_url"]
            .as_str()
            .expect("the URL of a new source")
            .to_owned()
    }

    /// Posts to the source over HTTPS and waits until it is processed.
    fn post(&self, body: &str) -> Value {
        let tested = self.change("POST /sources/Forms/test", &json!({"body": body})).unwrap();
        assert_eq!(tested["answer_status"], 200, "{tested}");
        // The test itself waits for a while only.
        self.processed(&tested["webhook"]["id"])
    }

    fn grant_create(&self, object: &str) {
        let path = format!("PATCH /grants/{WEBHOOK_SERVICE}/{object}");
        let granted = self.change(&path, &json!({"create": true})).unwrap();
        assert_eq!((&granted["create"], &granted["read"]), (&json!(true), &json!(false)));
    }

    /// The webhook once its run is over.
    fn processed(&self, id: &Value) -> Value {
        let path = format!("/webhooks/{}", id.as_str().unwrap());
        wait_for("the webhook to be processed", || {
            let view = self.get(&path);
            matches!(view["status"].as_str(), Some("Done" | "Failed")).then_some(view)
        })
    }

    /// Begins a task and waits for its end.
    fn task(&self, line: &str, body: &Value) -> Value {
        let begun = self.change(line, body).unwrap();
        let path = format!("/tasks/{}", begun["id"]);
        wait_for("the end of the task", || {
            let task = self.get(&path);
            (task["state"] == "done").then_some(task)
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

fn settings(folder: &TempDir) -> Arc<Settings> {
    let command = config::arguments(clap::Command::new("test"));
    let data = folder.path().to_str().unwrap();
    let flags = [
        "test",
        "--data",
        data,
        "--listen-address",
        "127.0.0.1:0",
        "--http-workers",
        "1",
    ];
    Arc::new(config::load(None, &command.get_matches_from(flags), |_| None).unwrap())
}

#[test]
fn a_source_and_its_webhook_become_a_contact() {
    let site = Site::start();
    let url = site.add_source();
    assert!(url.starts_with("https://") && url.contains("/webhooks/whk_"), "{url}");
    site.grant_create("Contact");
    let webhook = site.post(&format!(
        r#"{{"EntityName": "Contact", "Name": "John Best", "CountryId": "{CANADA}", "BirthDate": "soon"}}"#
    ));
    assert_eq!(
        (&webhook["status"], &webhook["outcome"]),
        (&json!("Done"), &json!("RecordCreated")),
        "{webhook}"
    );
    assert_eq!(webhook["errors"].as_array().unwrap().len(), 1, "{webhook}");
    assert_eq!(webhook["errors"][0]["column"], "BirthDate");
    assert_eq!(webhook["records"][0]["display"], "John Best");

    let id = webhook["records"][0]["id"].as_str().unwrap();
    let record = site.get(&format!("/objects/contact/records/{id}"));
    assert_eq!(
        (&record["webhook"], &record["created_by"]),
        (&webhook["id"], &json!(WEBHOOK_SERVICE))
    );
    let values = record["values"].as_array().unwrap();
    let country = values.iter().find(|value| value["key"] == "CountryId").unwrap();
    assert_eq!(country["display"], "Canada");

    let sources = site.get("/sources");
    assert_eq!(sources[0]["webhooks"], 1);
    assert_eq!(sources[0]["webhook_url"], Value::Null);
}

#[test]
fn the_webhook_url_is_shown_only_where_it_is_noted() {
    let site = Site::start();
    let url = site.add_source();
    for shown in [
        site.get("/sources/Forms"),
        site.change("PATCH /sources/Forms", &json!({"rate_per_minute": 60}))
            .unwrap(),
    ] {
        assert_eq!((&shown["name"], &shown["webhook_url"]), (&json!("Forms"), &Value::Null));
    }
    let revealed = site.ask("POST /sources/Forms/reveal", "").unwrap();
    assert_eq!(revealed["webhook_url"], url.as_str());
    let secret = site
        .ask("POST /settings/IdentityServerClientSecret/reveal", "")
        .unwrap();
    let masked = site.get("/settings/IdentityServerClientSecret");
    assert_ne!(secret["value"], masked["value"], "{masked}");
    let audit = site.get("/audit");
    let noted: Vec<_> = (0..2)
        .map(|row| (&audit["rows"][row]["action"], &audit["rows"][row]["by"]))
        .collect();
    let by = json!("command line");
    assert_eq!(
        noted,
        [(&json!("setting-revealed"), &by), (&json!("source-revealed"), &by)],
        "{audit}"
    );
}

#[test]
fn a_failed_webhook_is_processed_again_after_its_cause_is_mended() {
    let site = Site::start();
    site.add_source();
    let failed = site.post(r#"{"EntityName": "Contact", "Name": "John Best"}"#);
    assert_eq!(failed["status"], "Failed");
    let id = failed["id"].as_str().unwrap();
    site.grant_create("Contact");
    let task = site.task("POST /webhooks/replay", &json!({"filter": {"status": "Failed"}}));
    assert_eq!((&task["done"], &task["total"]), (&json!(1), &json!(1)), "{task}");
    let done = wait_for("the second run", || {
        let view = site.processed(&failed["id"]);
        (view["run"] == 2).then_some(view)
    });
    assert_eq!(done["outcome"], "RecordCreated", "{done}");
    assert_eq!(done["records"].as_array().unwrap().len(), 1, "{done}");

    // All that match: it is left alone and stays findable by its outcome.
    let task = site.task("POST /webhooks/replay", &json!({"filter": {"status": "Done"}}));
    assert_eq!((&task["done"], &task["left_out"]), (&json!(0), &json!(1)), "{task}");
    let same = site.processed(&failed["id"]);
    assert_eq!(
        (&same["outcome"], &same["run"]),
        (&json!("RecordCreated"), &json!(2)),
        "{same}"
    );

    let replay = format!("POST /webhooks/{id}/replay");
    assert_eq!(site.ask(&replay, ""), Err("record-made".to_owned()));
    site.change(&replay, &json!({"again": true})).unwrap();
    wait_for("the second record", || {
        let view = site.processed(&failed["id"]);
        (view["records"].as_array().unwrap().len() == 2).then_some(())
    });

    let task = site.task("POST /webhooks/delete", &json!({"filter": {}}));
    assert_eq!(task["done"], 1, "{task}");
    assert_eq!(
        site.ask(&format!("GET /webhooks/{id}"), ""),
        Err("not-found".to_owned())
    );
    assert_eq!(site.get("/objects/Contact/records")["total"], 2, "records stay");
}

#[test]
fn a_definition_is_applied_once_and_exported_again() {
    let site = Site::start();
    let text = r#"{"objects": [{"code": "UsrBooking", "columns": [
        {"code": "Name", "type": "text(250)"}, {"code": "Kind", "type": "lookup(UsrKind)"}]},
        {"code": "UsrKind", "lookup": true}],
        "values": [{"object": "UsrKind", "name": "Double"}], "entities": ["UsrBooking"]}"#;
    let tried = site.ask("POST /definition?dry_run=true", text).unwrap();
    assert_eq!(tried["applied"], false);
    assert_ne!(tried["differences"], json!([]));
    assert_eq!(site.ask("GET /objects/UsrBooking", ""), Err("not-found".to_owned()));
    let applied = site.ask("POST /definition", text).unwrap();
    assert_eq!(
        (&applied["applied"], &applied["differences"]),
        (&json!(true), &tried["differences"])
    );
    assert_eq!(site.ask("POST /definition", text).unwrap()["differences"], json!([]));

    let definition = site.get("/definition?objects=UsrKind,UsrBooking");
    assert_eq!(definition["values"][0]["name"], "Double");
    assert_eq!(definition["entities"][0], "UsrBooking");
    let again = site.change("POST /definition", &definition).unwrap();
    assert_eq!(again["differences"], json!([]));

    let broken = site.ask("POST /definition?dry_run=true", "{");
    assert_eq!(broken, Err("definition-invalid".to_owned()));
}

#[test]
fn a_rotated_or_disabled_source_changes_what_it_takes() {
    let site = Site::start();
    let old = site.add_source();
    let rotated = site.change("POST /sources/forms/rotate-key", &json!({})).unwrap();
    assert_ne!(rotated["webhook_url"], old.as_str());
    assert!(rotated["previous_key_until"].is_string());
    let edit = json!({"rate_per_minute": 60, "enabled": false});
    let switched = site.change("PATCH /sources/Forms", &edit).unwrap();
    assert_eq!(
        (&switched["enabled"], &switched["rate_per_minute"]),
        (&json!(false), &json!(60))
    );
    let tested = site.change("POST /sources/Forms/test", &json!({})).unwrap();
    assert_eq!(
        (&tested["answer_status"], &tested["webhook"]),
        (&json!(404), &Value::Null)
    );
    let taken = site.change("POST /sources", &json!({"name": "FORMS"}));
    assert_eq!(taken, Err("name-taken".to_owned()));
    assert_eq!(site.ask("GET /sources/x", ""), Err("not-found".to_owned()));
}

#[test]
fn what_is_for_https_only_says_why() {
    let site = Site::start();
    for line in ["GET /session", "POST /session", "PUT /password", "GET /sessions"] {
        assert_eq!(site.ask(line, "{}"), Err("invalid".to_owned()), "{line}");
    }
    for line in ["GET /nothing", "PUT /webhooks"] {
        assert_eq!(site.ask(line, "{}"), Err("not-found".to_owned()), "{line}");
    }
}
