//! `hookgate demo`, as somebody runs it who has never seen Hookgate.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use serde_json::json;

use crate::harness::{Asker, Connection, PASSWORD, Request};

fn demo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookgate"));
    command.arg("demo").stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

#[test]
fn it_shows_the_whole_way_and_ends_well_only_with_the_record() {
    let output = demo().arg("--once").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "https://localhost:",
        "/webhooks/whk_",
        "response      200 {\"id\":\"",
        "status        Done (record created)",
        "Name          John Best",
        "f8af0e88-f36b-1410-fa98-00155d043204  = Canada",
        "status        Failed (failed)",
        "add { before the first key and } after the last value",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("/setup/"), "nobody could use the link");
    assert!(!text.contains("Next steps"), "nothing is left to go to");
    let folder = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("data folder   "))
        .unwrap();
    assert!(!Path::new(folder).exists(), "{folder} is left behind");
}

#[test]
fn it_serves_until_interrupted_at_the_address_that_it_shows() {
    let mut child = demo().spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut said: Vec<String> = lines
        .by_ref()
        .take_while(|line| !line.contains("Press Ctrl-C to stop"))
        .collect();
    said.retain(|line| !line.is_empty());
    let url = said
        .iter()
        .map(|line| line.trim())
        .find(|line| line.starts_with("https://localhost:"))
        .unwrap();
    let (authority, path) = url["https://".len()..].split_once('/').unwrap();
    let port: u16 = authority.rsplit_once(':').unwrap().1.parse().unwrap();
    let folder = said
        .iter()
        .find_map(|line| line.trim().strip_prefix("data folder   "))
        .unwrap();
    let certificate = Path::new(folder).join("tls/cert.pem");
    let mut connection = Connection::open(([127, 0, 0, 1], port).into(), "localhost", &certificate).unwrap();
    let request = Request::new("POST", &format!("/{path}"))
        .header("Content-Type", "application/json")
        .body("{\"EntityName\":\"Contact\",\"Name\":\"Jane Doe\"}");
    connection.write(&request.bytes());
    assert_eq!(connection.answer().status, 200);
    // The last of where to go next: the way in to the admin page.
    let next = said.iter().position(|line| line.starts_with("Next steps")).unwrap();
    let link = said[next..].iter().rfind(|line| line.trim().starts_with("https://"));
    let link = link.unwrap().trim();
    let (start, token) = link.split_once("/admin/#/setup/").unwrap();
    assert_eq!(start, format!("https://localhost:{port}"));
    let setup = json!({"token": token, "name": "anna", "password": PASSWORD});
    let answer = connection.send(&Asker::page().request("POST", "/setup", &setup));
    assert_eq!(answer.status, 201, "{answer:?}");
    drop(connection);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!Path::new(folder).exists(), "{folder} is left behind");
}
