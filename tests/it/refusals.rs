//! A webhook that is not taken: a clear answer, and nothing stored.

use crate::harness::{Answer, Connection, Request, Server, Source, wait_until};

const JSON: &str = "application/json";

fn bare(source: &Source) -> Request {
    Request::new("POST", &source.path).header("Content-Type", JSON)
}

/// That nothing of what was sent before is stored: a webhook that is taken now is the first.
#[track_caller]
fn nothing_stored(server: &Server) {
    let probe = server.source("Probe");
    let id = server.accepted(&probe, "{}");
    server.processed(&id);
    assert_eq!(server.stored(), 1);
}

#[test]
fn an_unknown_and_a_disabled_key_get_the_same_answer_to_everything() {
    let server = Server::start();
    let source = server.source("Forms");
    server.cli(&["source", "disable", "Forms"]).good();
    let unknown: String = source.key["whk_".len()..].chars().rev().collect();
    let unknown = format!("/webhooks/whk_{unknown}");
    for method in ["POST", "GET", "OPTIONS", "PUT"] {
        for content_type in [JSON, "text/xml"] {
            let ask = |path: &str| {
                let request = Request::new(method, path)
                    .header("Content-Type", content_type)
                    .header("Origin", "https://a.example")
                    .body("{}");
                server.send(&request).timeless()
            };
            let (off, never) = (ask(&source.path), ask(&unknown));
            assert_eq!(off.problem(404), "webhook-url-unknown");
            assert_eq!(off, never);
        }
    }
    nothing_stored(&server);
}

#[test]
fn there_is_nothing_beside_webhooks_and_health() {
    let server = Server::start();
    for path in [
        "/",
        "/webhooks",
        "/webhooks/",
        "/webhooks//",
        "/favicon.ico",
        "/webhooks/../livez",
        "/0/odatas",
    ] {
        server.send(&Request::new("GET", path)).problem(404);
    }
    for path in ["/livez", "/readyz"] {
        assert_eq!(server.send(&Request::new("GET", path)).status, 200);
        let answer = server.send(&Request::new("DELETE", path));
        answer.problem(405);
        assert!(answer.header("allow").unwrap().contains("GET"), "{answer:?}");
    }
}

#[test]
fn other_methods_are_told_which_one_it_takes() {
    let server = Server::start();
    let source = server.source("Forms");
    for method in ["GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
        let answer = server.send(&Request::new(method, &source.path).body(""));
        assert_eq!(answer.problem(405), "method-not-allowed");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
    }
    let mut head = server.connect();
    head.write(&Request::new("HEAD", &source.path).header("Connection", "close").bytes());
    assert!(head.end().starts_with(b"HTTP/1.1 405 "));
    nothing_stored(&server);
}

#[test]
fn other_content_types_are_told_what_is_accepted() {
    let server = Server::start();
    let source = server.source("Forms");
    for content_type in [
        "text/plain",
        "application/xml",
        "application/jsonp",
        "json",
        "",
        "\u{e4}",
    ] {
        let answer = server.post(&source, content_type, "{}");
        assert_eq!(answer.problem(415), "content-type");
        for accepted in [
            "application/json",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
        ] {
            assert!(answer.body.contains(accepted), "{answer:?}");
            assert!(answer.header("accept-post").unwrap().contains(accepted), "{answer:?}");
        }
    }
    let none = Request::new("POST", &source.path).body("{}");
    assert_eq!(server.send(&none).problem(415), "content-type");
    nothing_stored(&server);
}

#[test]
fn compressed_bodies_are_not_taken() {
    let server = Server::start();
    let source = server.source("Forms");
    for encoding in ["gzip", "br", "identity, gzip"] {
        let answer = server.send(&bare(&source).header("Content-Encoding", encoding).body("{}"));
        assert_eq!(answer.problem(415), "content-encoding");
        assert_eq!(answer.header("accept-encoding"), Some("identity"));
    }
    nothing_stored(&server);
    assert_eq!(
        server
            .send(&bare(&source).header("Content-Encoding", "identity").body("{}"))
            .status,
        200
    );
}

#[test]
fn a_body_over_the_limit_is_refused_whether_it_says_its_length_or_not() {
    let server = Server::start_with(&["--intake-max-body", "2 KiB"]);
    let source = server.source("Forms");
    let (fits, over) = ("x".repeat(2048), "x".repeat(2049));
    for request in [
        bare(&source).body(&over),
        bare(&source).chunked(&over, 100),
        bare(&source).chunked(&over, 4096),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.problem(413), "body-too-large");
        assert!(answer.body.contains("2048"), "{answer:?}");
    }
    // The announced length is enough.
    let mut connection = server.connect();
    connection.write(&bare(&source).header("Content-Length", "99999999999").bytes());
    assert_eq!(connection.answer().problem(413), "body-too-large");
    nothing_stored(&server);
    assert_eq!(server.send(&bare(&source).body(&fits)).status, 200);
    assert_eq!(server.send(&bare(&source).chunked(&fits, 100)).status, 200);
}

#[test]
fn a_source_has_its_own_limit_in_both_directions() {
    let server = Server::start_with(&["--intake-max-body", "2 KiB"]);
    let small = server.source_with("Small", &["--max-body", "1024"]);
    let large = server.source_with("Large", &["--max-body", "3000000"]);
    let body = |length: usize| "x".repeat(length);
    assert_eq!(server.post(&small, JSON, body(1025)).problem(413), "body-too-large");
    assert_eq!(server.post(&small, JSON, body(1024)).status, 200);
    assert_eq!(
        server.post(&large, JSON, body(3_000_001)).problem(413),
        "body-too-large"
    );
    assert_eq!(server.post(&large, JSON, body(3_000_000)).status, 200);
    server.cli(&["source", "set", "Small", "--no-max-body"]).good();
    assert_eq!(server.post(&small, JSON, body(2048)).status, 200);
}

#[test]
fn a_body_that_stops_coming_is_given_up() {
    let server = Server::start_with(&["--intake-body-timeout", "1 s"]);
    let source = server.source("Forms");
    let stalled = |request: &Request, part: &[u8]| {
        let mut connection = server.connect();
        connection.write(&[&request.bytes()[..], part].concat());
        connection.answer()
    };
    let announced = bare(&source).header("Content-Length", "10");
    let chunked = bare(&source).header("Transfer-Encoding", "chunked");
    for answer in [
        stalled(&announced, b""),
        stalled(&announced, b"{\"a\""),
        stalled(&chunked, b"4\r\n{\"a\"\r\n"),
    ] {
        assert_eq!(answer.problem(408), "body-stalled");
    }
    nothing_stored(&server);
}

#[test]
fn a_body_that_trickles_is_given_up_though_it_never_stops() {
    let server = Server::start_with(&[
        "--intake-body-timeout",
        "600 s",
        "--intake-body-patience",
        "5 s",
        "--intake-min-rate",
        "1 MiB/s",
    ]);
    let source = server.source("Forms");
    let mut connection = server.connect();
    connection.write(&bare(&source).header("Content-Length", "1000000").bytes());
    wait_until("a slow body to be given up", || {
        connection.write(b"x");
        connection.answers()
    });
    assert_eq!(connection.answer().problem(408), "body-stalled");
    nothing_stored(&server);
}

#[test]
fn a_body_that_breaks_off_is_not_stored() {
    let server = Server::start();
    let source = server.source("Forms");
    let mut connection = server.connect();
    connection.write(&[&bare(&source).header("Content-Length", "10").bytes()[..], b"{}"].concat());
    drop(connection);
    let mut connection = server.connect();
    let chunked = bare(&source).header("Transfer-Encoding", "chunked").bytes();
    connection.write(&[&chunked[..], b"2\r\n{}\r\nzz\r\n"].concat());
    // The HTTP library ends the connection; an answer would be as good.
    if let Some(answer) = connection.try_answer() {
        assert_eq!(answer.problem(400), "body-broken");
    }
    nothing_stored(&server);
}

#[test]
fn a_source_over_its_rate_is_told_when_to_come_back() {
    let server = Server::start();
    let source = server.source_with("Busy", &["--rate", "2"]);
    for _ in 0..2 {
        assert_eq!(server.post(&source, JSON, "{}").status, 200);
    }
    let answer = server.post(&source, JSON, "{}");
    assert_eq!(answer.problem(429), "rate-limit");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(server.post(&server.source("Other"), JSON, "{}").status, 200);
    wait_until("three webhooks", || server.stored() == 3);
}

#[test]
fn headers_over_the_limit_are_refused() {
    let server = Server::start();
    let source = server.source("Forms");
    let answer = server.send(&bare(&source).header("X-Long", &"x".repeat(64 * 1024)).body("{}"));
    assert_eq!(answer.problem(431), "headers-too-large");
    let long = Request::new("POST", &format!("{}?{}", source.path, "x".repeat(60_000)))
        .header("Content-Type", JSON)
        .body("{}");
    assert!([414, 431].contains(&server.send(&long).status));
    nothing_stored(&server);
    let fits = bare(&source).header("X-Long", &"x".repeat(30 * 1024)).body("{}");
    assert_eq!(server.send(&fits).status, 200);
}

/// Sends bytes that are no request; gives the answer, if there is one before the end.
fn garbage(server: &Server, bytes: &[u8]) -> Option<Answer> {
    let mut connection = server.connect();
    connection.write(bytes);
    connection.try_answer()
}

#[test]
fn what_is_no_request_harms_nobody() {
    // Some of it is the begin of something that never comes.
    let server = Server::start_with(&["--http-head-timeout", "5 s"]);
    let source = server.source("Forms");
    let many = "X: x\r\n".repeat(2000);
    let path = &source.path;
    let requests = [
        "\0\u{1}\u{2}\u{ff}garbage\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        format!("POST {path} HTTP/9.9\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nno colon\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
        format!("POST {path} HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nHost: h\r\n{many}\r\n"),
        format!("POST {path} HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)),
    ];
    for request in requests {
        let start: String = request.chars().take(60).collect();
        if let Some(answer) = garbage(&server, request.as_bytes()) {
            assert!((400..500).contains(&answer.status), "{start:?}: {answer:?}");
        }
    }
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0; 5000],
        &[0xff; 5000],
        b"\x16\x03\x01\xff\xff\x01",
    ] {
        let mut plain = Connection::plain(server.address());
        plain.write(bytes);
        let came = plain.end();
        assert!(!came.starts_with(b"HTTP/1.1 2"), "{came:?}");
    }
    nothing_stored(&server);
    // A stranger must not be able to fill the disk by way of the log.
    let log = server.log();
    assert!(!log.contains("parse error"), "{log}");
}

#[test]
fn connections_that_say_nothing_make_room_for_others() {
    let server = Server::start_with(&[
        "--limits-connections",
        "16",
        "--http-workers",
        "1",
        "--http-head-timeout",
        "5 s",
    ]);
    let source = server.source("Forms");
    let mut half_heads: Vec<_> = (0..8).map(|_| server.connect()).collect();
    for connection in &mut half_heads {
        connection.write(format!("POST {} HTTP/1.1\r\nHost:", source.path).as_bytes());
    }
    let silent: Vec<_> = (0..8).map(|_| Connection::plain(server.address())).collect();
    assert_eq!(server.send(&bare(&source).body("{}")).status, 200);
    for connection in half_heads.into_iter().chain(silent) {
        let came = connection.end();
        assert!(came.is_empty() || came.starts_with(b"HTTP/1.1 408 "), "{came:?}");
    }
    wait_until("the one webhook", || server.stored() == 1);
}

#[test]
fn the_command_line_is_answered_while_no_connection_is_left() {
    let server = Server::start_with(&[
        "--limits-connections",
        "16",
        "--http-workers",
        "1",
        "--http-head-timeout",
        "60 s",
    ]);
    let source = server.source("Forms");
    let mut silent: Vec<_> = (0..16).map(|_| server.connect()).collect();
    for connection in &mut silent {
        connection.write(format!("POST {} HTTP/1.1\r\nHost:", source.path).as_bytes());
    }
    assert_eq!(server.ask(&["source", "list"])[0]["name"], "Forms");
    // They held all connections meanwhile: each is answered now.
    for connection in &mut silent {
        let rest = " localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        connection.write(rest.as_bytes());
    }
    for connection in silent {
        let came = connection.end();
        assert!(came.starts_with(b"HTTP/1.1 200 "), "{came:?}");
    }
}
