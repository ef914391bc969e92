//! The real server, killed again and again while a task is done: the task is done to its end by
//! the servers that follow, each webhook once.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::decisions::send;
use super::senders::Senders;
use super::server::Server;
use super::{SENDERS, some_micros};
use crate::ask::ask;

/// Several steps of a task.
const WEBHOOKS: u64 = 2500;

/// Kills of each task.
const KILLS: u32 = 4;

#[test]
fn a_task_that_kills_interrupt_does_all_of_its_work_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Server::spawn(data);
    let bases = server.ready();
    ask(data, &["grant", "Contact", "--create"]);
    let source = ask(data, &["source", "add", "Form"]);
    let path = source["webhook_url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap();
    let senders = Senders::start(SENDERS, path);
    senders.go_to(bases);
    senders.wait_acknowledged(WEBHOOKS);
    senders.finish();
    server.settled();
    let stored = super::webhooks(&server).len();

    let again = json!({"filter": {}, "again": true});
    server = killed_on_the_way(server, data, "/webhooks/replay", &again);
    let task = ended(data, "webhooks-reprocess");
    assert_eq!((&task["done"], &task["left_out"]), (&json!(stored), &json!(0)));
    server.settled();
    assert_eq!(super::contacts(&server).len(), 2 * stored, "one more record each");

    let deleted = json!({"filter": {}});
    server = killed_on_the_way(server, data, "/webhooks/delete", &deleted);
    let task = ended(data, "webhooks-delete");
    assert_eq!((&task["done"], &task["left_out"]), (&json!(stored), &json!(0)));
    assert_eq!(super::webhooks(&server).len(), 0);
    let audit = ask(data, &["audit", "list", "--action", "webhooks-deleted"]);
    let rows = audit["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "one decision: {rows:?}");
    assert_eq!(rows[0]["subject"], stored.to_string());
    server.stop();
    assert_eq!(ask(data, &["check"])["problems"], json!([]));
}

/// Asks for it, kills the server once the task has begun, and those that follow while they continue
/// it. The last one lives.
fn killed_on_the_way(server: Server, data: &Path, path: &str, body: &Value) -> Server {
    let mut line = String::new();
    BufReader::new(send(data, "POST", path, body))
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("202"), "{line}");
    let mut server = server;
    for _ in 0..KILLS {
        std::thread::sleep(some_micros(0..15_000));
        server.kill();
        server = Server::spawn(data);
        server.ready();
    }
    server
}

/// The last task, once it has ended.
fn ended(data: &Path, kind: &str) -> Value {
    loop {
        let tasks = ask(data, &["task", "list"]);
        assert_eq!(tasks[0]["what"]["kind"], kind, "{tasks}");
        if tasks[0]["ended_on"].is_string() {
            return tasks[0].clone();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
