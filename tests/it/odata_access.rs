//! Who may use OData, from when on and until when; and that tokens leave nothing behind.

use std::fs;
use std::thread;

use serde_json::{Value, json};

use super::harness::{Answer, Caller, Connection, Request, Server};

fn error(answer: &Answer) -> (String, String) {
    let part = |name: &str| answer.json()["error"][name].as_str().unwrap().to_owned();
    (part("code"), part("message"))
}

fn challenge(answer: &Answer) -> &str {
    answer.header("www-authenticate").unwrap()
}

#[test]
fn whoever_may_not_is_told_what_is_missing() {
    let server = Server::start();
    let program = server.caller("Shop", &[]);
    // Whoever shows no good token is sent away: the connection ends.
    let none = server.connect().is(401, &Request::new("GET", "/0/odata/Contact"));
    assert_eq!(challenge(&none), "Bearer realm=\"hookgate\"");
    assert_eq!(error(&none).0, "TokenMissing");
    let wrong = Request::new("GET", "/0/odata/").header("Authorization", &format!("Bearer {}x", program.token));
    let wrong = server.connect().is(401, &wrong);
    let mut connection = server.connect();
    assert!(challenge(&wrong).contains("error=\"invalid_token\""), "{wrong:?}");

    // Each refusal names the command that helps, and it does.
    let refused = connection.is(403, &program.get("Contact"));
    assert_eq!(error(&refused).0, "Forbidden");
    let command = error(&refused).1;
    let command = command.split('\'').nth(1).unwrap().strip_prefix("hookgate ").unwrap();
    assert_eq!(command, "grant Contact --read --user Shop");
    server.cli(&command.split(' ').collect::<Vec<_>>()).good();
    connection.is(200, &program.get("Contact"));
    let refused = connection.is(403, &program.with("POST", "Contact", &json!({"Name": "Ada"})));
    assert!(
        error(&refused)
            .1
            .contains("'hookgate grant Contact --create --user Shop'")
    );
    let refused = connection.is(403, &program.get("Contact?$filter=Country/Name eq 'Canada'"));
    assert!(
        error(&refused)
            .1
            .contains("'hookgate grant Country --read --user Shop'")
    );

    // A token for another thing.
    server.ask(&["client", "set", "Shop", "--scope", "webhook:send"]);
    let other = connection.is(200, &program.token_request("")).json();
    let other = other["access_token"].as_str().unwrap().to_owned();
    let request = Request::new("GET", "/0/odata/Contact").header("Authorization", &format!("Bearer {other}"));
    let refused = connection.is(403, &request);
    assert!(
        challenge(&refused).contains("error=\"insufficient_scope\"") && challenge(&refused).contains("scope=\"odata\""),
        "{refused:?}"
    );
}

#[test]
fn switching_off_ends_odata_at_once() {
    let server = Server::start();
    let mut program = server.caller("Shop", &["Contact --read"]);
    let mut connection = server.connect();
    let switch = |arguments: &[&str]| server.cli(arguments).good();
    let fresh = |program: &mut Caller, connection: &mut Connection| {
        let answer = connection.is(200, &program.token_request("")).json();
        answer["access_token"].as_str().unwrap().clone_into(&mut program.token);
    };
    // An answer of 401 is the last of its connection.
    let ended = |program: &Caller| server.connect().is(401, &program.get("Contact"));
    for (off, on) in [
        (
            &["client", "disable", "Shop"][..],
            Some(&["client", "enable", "Shop"][..]),
        ),
        (
            &["technical-user", "disable", "Shop"],
            Some(&["technical-user", "enable", "Shop"]),
        ),
        (&["client", "end-tokens", "Shop"], None),
    ] {
        connection.is(200, &program.get("Contact"));
        switch(off);
        let answer = ended(&program);
        assert!(challenge(&answer).contains("invalid_token"), "{off:?}");
        if let Some(on) = on {
            let refused = server.send(&program.token_request(""));
            assert_eq!(refused.json()["error"], "unauthorized_client", "{off:?}");
            switch(on);
            ended(&program);
        }
        fresh(&mut program, &mut connection);
    }
    // The token stays good; what it may do is looked at each time.
    connection.is(200, &program.get("Contact"));
    switch(&["technical-user", "set", "Shop", "--odata", "off"]);
    connection.is(403, &program.get("Contact"));
    switch(&["technical-user", "set", "Shop", "--odata", "on"]);
    connection.is(200, &program.get("Contact"));
    switch(&["grant", "revoke", "Contact", "--user", "Shop"]);
    connection.is(403, &program.get("Contact"));
    switch(&["client", "delete", "Shop", "--yes"]);
    ended(&program);
}

/// Entries of the journal and bytes of the database of a server that has stopped.
fn kept(server: &Server) -> (u64, u64) {
    let checked: Value = server.ask(&["check"]);
    assert_eq!(checked["problems"], json!([]));
    let database = fs::metadata(server.data().join("data/hookgate.redb")).unwrap().len();
    (checked["entries"].as_u64().unwrap(), database)
}

#[test]
fn tokens_leave_nothing_in_the_database() {
    let tokens: u64 = if std::env::var_os("HOOKGATE_LONG").is_some() {
        1_000_000
    } else {
        4_000
    };
    let mut server = Server::start();
    // Its first token, with the time of its last use.
    let program = server.caller("Shop", &["Contact --read"]);
    assert_eq!(server.stop(), 0);
    server.restart();
    assert_eq!(server.stop(), 0);
    let before = kept(&server);
    server.restart();
    let request = program.token_request("");
    let mut connections = [(); 4].map(|()| server.connect());
    let each = tokens / connections.len() as u64;
    thread::scope(|scope| {
        for connection in &mut connections {
            scope.spawn(|| {
                for _ in 0..each {
                    let answer = connection.send(&request);
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
            });
        }
    });
    let used = server.ask(&["client", "show", "Shop"]);
    // The last use, later than whatever was stored by then.
    assert_eq!(server.send(&request).status, 200);
    assert_eq!(server.stop(), 0);
    let after = kept(&server);
    // What a start and a stop leave, and the time of the last use, once a minute at most.
    assert!(after.0 <= before.0 + 40, "entries: {before:?}, then {after:?}");
    assert!(after.1 <= before.1 + (64 << 10), "bytes: {before:?}, then {after:?}");
    server.restart();
    let last = server.ask(&["client", "show", "Shop"])["last_used"].clone();
    assert!(last.as_str() > used["last_used"].as_str(), "{last} is its last use");
}
