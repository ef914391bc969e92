//! The real server, killed while somebody decides something: what was asked in one call is there as
//! a whole afterwards, or not at all. Never between: a source that demands a token is never there
//! without its demand.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use hookgate::control;
use serde_json::{Value, json};

use super::server::Server;
use crate::ask::ask;

/// Kills of each decision; with `HOOKGATE_KILLS` a third of what it says.
const KILLS: u64 = 3;

/// A decision that changes several things, as a command asks it, and the list that shows them.
fn decisions() -> Vec<(&'static str, &'static str, Value)> {
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
            json!({"source-add": {"name": "Shop", "edit": {"requires_token": true, "rate_per_minute": 5}}}),
        ),
        (
            "limit, token demand and switch of a source change",
            "source",
            json!({"source-set": {"name": "Form", "edit": {
                "requires_token": false, "rate_per_minute": 7, "enabled": false}}}),
        ),
        (
            "scopes and switch of a client change",
            "client",
            json!({"client-set": {"name": "Reports", "edit": {"scopes": ["api"], "enabled": false}}}),
        ),
        (
            "a user is added with a set-up link",
            "user",
            json!({"user-add": {"name": "ben", "role": "Operator", "password": null}}),
        ),
        (
            "role and switch of a user change",
            "user",
            json!({"user-set": {"name": "vera", "edit": {"role": "Operator", "enabled": false}}}),
        ),
        (
            "name, switch and OData of a technical user change",
            "technical-user",
            json!({"technical-user-set": {"code": "Shop", "edit": {"name": "The shop", "enabled": false, "odata": true}}}),
        ),
        (
            "objects, a lookup value, an index and an entity are applied",
            "object",
            json!({"object-apply": {"json": objects.to_string(), "dry_run": false}}),
        ),
    ]
}

#[test]
fn what_is_asked_in_one_call_is_done_as_a_whole_or_not_at_all() {
    let kills = std::env::var("HOOKGATE_KILLS").map_or(KILLS, |kills| kills.parse::<u64>().unwrap().div_ceil(3));
    let base = tempfile::tempdir().unwrap();
    prepare(base.path());
    let (mut nothing, mut whole) = (0, 0);
    for (name, list, request) in decisions() {
        let before = state(base.path(), list);
        let done = copy(base.path());
        decided(done.path(), &request);
        let after = state(done.path(), list);
        assert_ne!(before, after, "{name}: it changes nothing");
        for _ in 0..kills {
            let data = copy(base.path());
            let mut server = Server::spawn(data.path());
            server.ready();
            let _asked = send(data.path(), &request);
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
fn decided(data: &Path, request: &Value) {
    use std::io::{BufRead, BufReader};
    let mut server = Server::spawn(data);
    server.ready();
    let mut answer = String::new();
    BufReader::new(send(data, request)).read_line(&mut answer).unwrap();
    assert!(!answer.contains("\"error\""), "{answer}");
    server.stop();
}

pub fn send(data: &Path, request: &Value) -> UnixStream {
    let mut stream = UnixStream::connect(control::socket_path(data)).unwrap();
    let envelope = json!({"version": env!("CARGO_PKG_VERSION"), "request": request});
    writeln!(stream, "{envelope}").unwrap();
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
