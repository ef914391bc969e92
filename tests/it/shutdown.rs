//! Stopping and starting: what was begun is answered, what was acknowledged is there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::harness::{Connection, Request, Server, wait_until};

const JOHN: &str = r#"{"EntityName":"Contact","Name":"John Best"}"#;

#[test]
fn a_request_under_way_gets_its_answer_when_the_server_stops() {
    let mut server = Server::start();
    server.grant("Contact");
    server.keys_made();
    let source = server.source("Forms");
    let mut begun = server.connect();
    let request = Request::post(&source, "application/json", JOHN).header("Expect", "100-continue");
    let request = request.bytes();
    let (start, rest) = request.split_at(request.len() - 10);
    begun.write(start);
    assert_eq!(begun.answer().status, 100, "the server has begun with it");
    server.signal(rustix::process::Signal::TERM);
    wait_until("the server to stop", || server.log().contains("stopping"));
    let address = server.address();
    let certificate = server.certificate();
    wait_until("nothing new to be taken", || {
        Connection::open(address, "localhost", &certificate).is_err()
    });
    begun.write(rest);
    let id = begun.answer().id();
    assert_eq!(server.wait(), 0);
    assert!(server.log().contains("stopped"), "{}", server.log());

    server.restart();
    let webhook = server.webhook(&id);
    assert_eq!(webhook["status"], "Done", "processed before the end: {webhook:#}");
}

#[test]
fn what_never_ends_does_not_hold_a_stop_up_for_long() {
    let mut server = Server::start_with(&["--shutdown-timeout", "1 s"]);
    let source = server.source("Forms");
    let mut never = server.connect();
    let request = Request::post(&source, "application/json", JOHN).bytes();
    never.write(&request[..request.len() - 10]);
    let idle = server.connect();
    server.accepted(&source, "{}");
    assert_eq!(server.stop(), 0);
    drop((never, idle));
    server.restart();
    assert_eq!(server.stored(), 1);
}

#[test]
fn an_interrupt_from_the_keyboard_stops_it_as_well() {
    let mut server = Server::start();
    server.keys_made();
    let source = server.source("Forms");
    server.accepted(&source, JOHN);
    server.signal(rustix::process::Signal::INT);
    assert_eq!(server.wait(), 0);
    assert!(!server.data().join("hookgate.sock").exists(), "its socket is gone");
    let offline = server.ask(&["webhook", "list"]);
    assert_eq!(
        offline["webhooks"][0]["status"], "Failed",
        "processed before the end: {offline:#}"
    );
}

#[test]
fn nothing_acknowledged_is_missing_and_nothing_stored_unanswered_after_a_stop_under_load() {
    const SENDERS: usize = 8;
    const ENOUGH: usize = 200;
    let mut server = Server::start();
    server.grant("Contact");
    server.keys_made();
    let source = server.source("Forms");
    let request = Request::post(&source, "application/json", JOHN);
    let answered = AtomicUsize::new(0);
    let acknowledged: BTreeSet<String> = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let mut connection = server.connect();
                let (request, answered) = (&request, &answered);
                scope.spawn(move || {
                    let mut ids = Vec::new();
                    loop {
                        connection.write(&request.bytes());
                        match connection.try_answer() {
                            Some(answer) if answer.status == 200 => ids.push(answer.id()),
                            Some(answer) => {
                                answer.problem(503);
                                break ids;
                            }
                            None => break ids,
                        }
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        wait_until("some answers", || answered.load(Ordering::Relaxed) > ENOUGH);
        assert_eq!(server.stop(), 0);
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    assert!(acknowledged.len() > ENOUGH);

    server.restart();
    let mut stored = BTreeSet::new();
    let mut before = None;
    loop {
        let place: Vec<_> = before.iter().flat_map(|number: &String| ["--before", number]).collect();
        let page = server.ask(&[&["webhook", "list", "--limit", "1000"], &place[..]].concat());
        for webhook in page["webhooks"].as_array().unwrap() {
            assert_eq!(webhook["status"], "Done", "{webhook}");
            stored.insert(webhook["id"].as_str().unwrap().to_owned());
        }
        match page["next"].as_u64() {
            Some(next) => before = Some(next.to_string()),
            None => break,
        }
    }
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    let unanswered: Vec<_> = stored.difference(&acknowledged).collect();
    assert!(
        lost.is_empty() && unanswered.is_empty(),
        "lost {lost:?}, not answered {unanswered:?}"
    );
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let mut server = Server::start();
    server.grant("Contact");
    let source = server.source("Forms");
    let ids: Vec<_> = (0..20).map(|_| server.accepted(&source, JOHN)).collect();
    server.kill();
    server.restart();
    for id in &ids {
        assert_eq!(server.processed(id)["records"].as_array().unwrap().len(), 1);
    }
    assert_eq!(server.records("Contact").len(), ids.len());
}

#[test]
fn no_log_holds_a_source_key() {
    let mut server = Server::start_with(&["--log-level", "trace", "--listen-plain-http", "127.0.0.1:0"]);
    let source = server.source("Forms");
    server.accepted(&source, JOHN);
    let plain = server.addresses()[1];
    Connection::plain(plain).send(&Request::post(&source, "application/json", JOHN));
    Connection::plain(plain)
        .send(&Request::post(&source, "text/plain", JOHN))
        .problem(415);
    server.send(&Request::new("GET", &format!("{}?key={}", source.path, source.key)));
    let mut broken = Connection::plain(plain);
    broken.write(format!("POST {} HTTP/1.1\r\nno colon\r\n\r\n", source.path).as_bytes());
    broken.end();
    server.cli(&["source", "rotate-key", "Forms"]).good();
    server.cli(&["source", "disable", "Forms"]).good();
    server
        .send(&Request::post(&source, "application/json", JOHN))
        .problem(404);
    assert_eq!(server.stop(), 0);
    let log = server.log();
    assert!(log.contains("stopped"), "{log}");
    assert!(!log.contains(&source.key["whk_".len()..]), "{log}");
}
