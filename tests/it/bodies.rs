//! The bound on the bytes of large bodies that are under way at once.

use crate::harness::{Connection, Request, Server, Source, wait_for, wait_until};

/// The least that `limits.bodies` takes; two bodies of unknown length of the source below are
/// more.
const BODIES: &str = "32 MiB";
const LARGEST: &str = "26214400";

fn site() -> (Server, Source) {
    let server = Server::start_with(&["--limits-bodies", BODIES, "--intake-body-patience", "60 s"]);
    let source = server.source_with("Large", &["--max-body", LARGEST]);
    (server, source)
}

/// A body whose length nobody knows before its end: it may become as large as the source lets
/// it.
fn unannounced(source: &Source) -> Request {
    Request::new("POST", &source.path)
        .header("Content-Type", "application/json")
        .chunked("{}", 1)
}

/// A sender who stops in front of the last chunk, once the server has made room for its body.
/// Gives what is still to be sent.
fn under_way(server: &Server, source: &Source) -> (Connection, Vec<u8>) {
    let mut bytes = unannounced(source).bytes();
    let rest = bytes.split_off(bytes.len() - b"0\r\n\r\n".len());
    let begin = || {
        let mut sender = server.connect();
        sender.write(&bytes);
        sender
    };
    let mut sender = begin();
    let refused = wait_for("the room to be taken", || {
        let other = server.send(&unannounced(source));
        if other.status == 200 {
            // The other one may have been first, and this one too many.
            if sender.answers() {
                assert_eq!(sender.answer().problem(503), "busy");
                sender = begin();
            }
            return None;
        }
        Some(other)
    });
    assert_eq!(refused.problem(503), "busy");
    let wait = refused.header("retry-after").expect("it says when to come again");
    assert!(wait.parse::<u32>().unwrap() > 0, "{wait}");
    (sender, rest)
}

#[test]
fn a_body_too_many_is_told_to_come_again_until_another_is_safe() {
    let (server, source) = site();
    let (mut sender, rest) = under_way(&server, &source);
    // What is small needs no room, and what is announced only as much as it says.
    server.accepted(&source, "{}");
    server.accepted(&source, format!("{{\"a\":\"{}\"}}", "a".repeat(1 << 20)));
    let refused = server.send(&unannounced(&source));
    assert_eq!(refused.problem(503), "busy");

    sender.write(&rest);
    sender.answer().id();
    server.send(&unannounced(&source)).id();
}

#[test]
fn a_sender_who_goes_away_gives_its_room_back() {
    let (server, source) = site();
    let (sender, _) = under_way(&server, &source);
    drop(sender);
    wait_until("the room to be given back", || {
        server.send(&unannounced(&source)).status == 200
    });
}
