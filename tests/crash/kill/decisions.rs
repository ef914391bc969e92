//! The real server, killed while somebody decides something: what was asked in one call is there as
//! a whole afterwards, or not at all. Never between: a source that demands a token is never there
//! without its demand.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use hookgate::api::table::BASE;
use hookgate::control;
use serde_json::{Value, json};

use super::server::Server;
use crate::ask::ask;

/// Kills of each decision; with `HOOKGATE_KILLS` a third of what it says.
const KILLS: u64 = 3;

/// Method, path and body.
type Request = (&'static str, &'static str, Value);

/// A decision that changes several things, the list that shows them, and how a command asks it.
fn decisions() -> Vec<(&'static str, &'static str, Request)> {
    let objects = json!({
        "objects": [{"code": "UsrTicket", "columns": [
            {"code": "Name", "type": "text(50)", "indexed": true},
            {"code": "Priority", "type": "lookup(UsrPriority)"}]},
            {"code": "UsrPriority", "lookup": true}],
        "values": [{"object": "UsrPriority", "name": "High"}],
        "entities": ["UsrTicket"],
    });
    vec![
        (
            "a source that demands a token is added",
            "source",
            (
                "POST",
                "/sources",
                json!({"name": "Shop", "requires_token": true, "rate_per_minute": 5}),
            ),
        ),
        (
            "limit, token demand and switch of a source change",
            "source",
            (
                "PATCH",
                "/sources/Form",
                json!({"requires_token": false, "rate_per_minute": 7, "enabled": false}),
            ),
        ),
        (
            "scopes and switch of a client change",
            "client",
            (
                "PATCH",
                "/clients/Reports",
                json!({"scopes": ["api"], "enabled": false}),
            ),
        ),
        (
            "a user is added with a set-up link",
            "user",
            ("POST", "/users", json!({"name": "ben", "role": "Operator"})),
        ),
        (
            "role and switch of a user change",
            "user",
            ("PATCH", "/users/vera", json!({"role": "Operator", "enabled": false})),
        ),
        (
            "name, switch and OData of a technical user change",
            "technical-user",
            (
                "PATCH",
                "/technical-users/Shop",
                json!({"name": "The shop", "enabled": false, "odata": true}),
            ),
        ),
        (
            "objects, a lookup value, an index and an entity are applied",
            "object",
            ("POST", "/definition", objects),
        ),
    ]
}

#[test]
fn what_is_asked_in_one_call_is_done_as_a_whole_or_not_at_all() {
    let kills = std::env::var("HOOKGATE_KILLS").map_or(KILLS, |kills| kills.parse::<u64>().unwrap().div_ceil(3));
    let base = tempfile::tempdir().unwrap();
    prepare(base.path());
    let (mut nothing, mut whole) = (0, 0);
    for (name, list, (method, path, body)) in decisions() {
        let before = state(base.path(), list);
        let done = copy(base.path());
        decided(done.path(), method, path, &body);
        let after = state(done.path(), list);
        assert_ne!(before, after, "{name}: it changes nothing");
        for _ in 0..kills {
            let data = copy(base.path());
            let mut server = Server::spawn(data.path());
            server.ready();
            let _asked = send(data.path(), method, path, &body);
            std::thread::sleep(super::some_micros(100..8_000));
            server.kill();
            let found = state(data.path(), list);
            if found == before {
                nothing += 1;
            } else {
                assert_eq!(found, after, "{name}: half of it was done");
                whole += 1;
            }
        }
    }
    println!("not done {nothing}, done {whole}");
    assert!(whole > 0, "every kill came too early to show anything");
}

fn prepare(data: &Path) {
    let mut server = Server::spawn(data);
    server.ready();
    // Made behind the first start; it would come at another moment each time.
    loop {
        let keys = ask(data, &["signing-key", "list"]).to_string();
        if keys.contains("RS256") {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    ask(data, &["source", "add", "Form", "--require-token", "on"]);
    ask(data, &["technical-user", "add", "Shop"]);
    ask(data, &["client", "add", "Reports", "--user", "Shop"]);
    ask(data, &["user", "add", "anna", "--role", "administrator"]);
    ask(data, &["user", "add", "vera", "--role", "viewer"]);
    server.stop();
}

/// Asks and waits for the answer.
fn decided(data: &Path, method: &str, path: &str, body: &Value) {
    use std::io::{BufRead, BufReader};
    let mut server = Server::spawn(data);
    server.ready();
    let mut answer = String::new();
    BufReader::new(send(data, method, path, body))
        .read_line(&mut answer)
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    server.stop();
}

/// Asks, and leaves the answer to be read.
pub fn send(data: &Path, method: &str, path: &str, body: &Value) -> UnixStream {
    let mut stream = UnixStream::connect(control::socket_path(data)).unwrap();
    let body = body.to_string();
    let head = format!(
        "{method} {BASE}{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    stream
}

fn state(data: &Path, list: &str) -> Value {
    let mut state = json!([ask(data, &[list, "list"]), ask(data, &["audit", "list"])]);
    plain(&mut state);
    state
}

/// Without what is another each time: ids, keys, times.
fn plain(value: &mut Value) {
    const CHANCE: [&str; 12] = [
        "id",
        "client_id",
        "secrets",
        "key_hint",
        "created_on",
        "at",
        "seq",
        "hash",
        "next",
        "expires",
        "webhook_url",
        "detail",
    ];
    match value {
        Value::Object(members) if members.get("field").is_some_and(|field| field == "key.hint") => members.clear(),
        Value::Object(members) => {
            members.retain(|name, _| !CHANCE.contains(&name.as_str()));
            members.values_mut().for_each(plain);
        }
        Value::Array(parts) => parts.iter_mut().for_each(plain),
        _ => {}
    }
}

fn copy(from: &Path) -> tempfile::TempDir {
    fn all(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let (path, to) = (entry.path(), to.join(entry.file_name()));
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => all(&path, &to),
                kind if kind.is_file() => drop(fs::copy(&path, &to).unwrap()),
                // The socket of a server that ended.
                _ => {}
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    all(from, folder.path());
    folder
}
