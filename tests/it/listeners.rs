//! Where the server listens, and who is answered there.

use std::net::TcpStream;
use std::path::Path;

use crate::harness::{Connection, Request, Server, hookgate};

fn at(server: &Server, listener: usize, request: &Request) -> crate::harness::Answer {
    let address = server.addresses()[listener];
    Connection::open(address, "localhost", &server.certificate())
        .unwrap()
        .send(request)
}

#[test]
fn senders_and_everybody_else_are_kept_apart() {
    let server = Server::start_with(&["--listen-senders", "127.0.0.1:0"]);
    assert_eq!(server.addresses().len(), 2, "{}", server.printed());
    let source = server.source("Forms");
    let for_senders = format!(":{}/webhooks/", server.address().port());
    assert!(source.url.contains(&for_senders), "{} is not for senders", source.url);
    let post = Request::post(&source, "application/json", "{}");
    assert_eq!(at(&server, 0, &post).status, 200);
    assert_eq!(at(&server, 1, &post).problem(404), "path-unknown");
    for path in ["/livez", "/readyz"] {
        let get = Request::new("GET", path);
        assert_eq!(at(&server, 0, &get).problem(404), "path-unknown");
        assert_eq!(at(&server, 1, &get).status, 200);
    }
    for path in ["/", "/metrics", "/connect/token"] {
        assert_eq!(at(&server, 0, &Request::new("GET", path)).problem(404), "path-unknown");
    }
    // What cannot be a key is answered as a key that is not known.
    for path in ["/webhooks/", "/webhooks/a/b"] {
        let get = Request::new("POST", path);
        assert_eq!(at(&server, 0, &get).problem(404), "webhook-url-unknown");
    }
    let shown = server.ask(&["source", "test", "Forms"]);
    assert_eq!(shown["answer_status"], 200, "{shown:#}");
}

#[test]
fn fault_11_silent_connections_keep_no_sender_waiting() {
    // More than the HTTP library takes handshakes at once by itself, at each listener's one worker.
    const SILENT: usize = 300;

    let server = Server::start_with(&["--listen-senders", "127.0.0.1:0", "--http-workers", "1"]);
    let source = server.source("Forms");
    let mut silent = Vec::new();
    for address in server.addresses() {
        for _ in 0..SILENT {
            silent.push(TcpStream::connect(address).unwrap());
        }
    }
    assert_eq!(
        at(&server, 0, &Request::post(&source, "application/json", "{}")).status,
        200
    );
    assert_eq!(at(&server, 1, &Request::new("GET", "/livez")).status, 200);
    // Not answered only because the others' time was over.
    let closed = silent.iter().filter(|stream| {
        stream.set_nonblocking(true).unwrap();
        stream.peek(&mut [0]).is_ok()
    });
    assert_eq!(closed.count(), 0, "of {} silent connections", silent.len());
}

#[test]
fn plain_http_is_served_on_a_loopback_address_when_asked_for() {
    let server = Server::start_with(&["--listen-plain-http", "127.0.0.1:0", "--admin-hsts", "on"]);
    assert!(server.printed().contains("http://127.0.0.1:"), "{}", server.printed());
    let source = server.source("Forms");
    let post = Request::post(&source, "application/json", "{}");
    let mut plain = Connection::plain(server.addresses()[1]);
    let answer = plain.send(&post);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), None, "not over plain HTTP");
    assert!(server.send(&post).header("strict-transport-security").is_some());
    assert_eq!(server.webhook(&answer.id())["remote"], "127.0.0.1");
}

#[test]
fn plain_http_for_others_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let refused = hookgate(&data, &["serve", "--listen-plain-http", address], "");
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("loopback"), "{refused:?}");
    }
    assert!(!Path::new(&data).exists(), "nothing was begun");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let address = server.address().to_string();
    let refused = hookgate(
        &folder.path().join("data"),
        &["serve", "--listen-address", &address],
        "",
    );
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(
        refused.stderr.contains(&address) && refused.stderr.contains("in use"),
        "{refused:?}"
    );
}

#[test]
fn the_public_url_is_what_senders_are_given() {
    let server = Server::start_with(&["--listen-public-url", "https://hooks.example/in"]);
    let source = server.source("Forms");
    assert!(
        source.url.starts_with("https://hooks.example/in/webhooks/whk_"),
        "{}",
        source.url
    );
    assert_eq!(server.post(&source, "application/json", "{}").status, 200);
}
