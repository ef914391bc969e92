//! Bodies that are too large, too slow, cut or of the wrong kind.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use super::{BOUND, JSON, LIMIT, TestResponse, TestServer, chunk};

#[test]
fn bodies_up_to_the_limit_are_taken_and_the_connection_goes_on() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /take HTTP/1.1\r\n{JSON}Content-Length: {LIMIT}\r\n\r\n{}",
        "x".repeat(LIMIT)
    )
    .unwrap();
    let answer = TestResponse::read(&mut stream);
    assert_eq!((answer.status, answer.body.as_str()), (200, "{\"bytes\":1000}"));
    write!(
        stream,
        "POST /take HTTP/1.1\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk(LIMIT)
    )
    .unwrap();
    let answer = TestResponse::read(&mut stream);
    assert_eq!((answer.status, answer.body.as_str()), (200, "{\"bytes\":1000}"));
    assert!(!answer.closes());
}

#[test]
fn an_announced_body_over_the_limit_is_refused_before_it_comes() {
    let answer = TestServer::plain().ask(format!("POST /take HTTP/1.1\r\n{JSON}Content-Length: 1001\r\n\r\n"));
    assert_eq!((answer.status, answer.kind().as_str()), (413, "body-too-large"));
    assert!(answer.closes() && answer.body.contains("1000 bytes"), "{}", answer.body);
}

#[test]
fn a_sender_of_far_too_much_still_sees_the_answer() {
    let server = TestServer::plain();
    let body = chunk(64 * 1024).repeat(32);
    for framing in [
        format!("Transfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n"),
        format!("Content-Length: {}\r\n\r\n{body}", body.len()),
    ] {
        let answer = server.ask(format!("POST /take HTTP/1.1\r\n{JSON}{framing}"));
        assert_eq!((answer.status, answer.kind().as_str()), (413, "body-too-large"));
        assert!(answer.closes());
    }
}

#[test]
fn a_stalled_body_is_refused_and_the_connection_closed() {
    let server = TestServer::impatient();
    for framing in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let mut stream = server.connect();
        write!(stream, "POST /take HTTP/1.1\r\n{JSON}{framing}").unwrap();
        let answer = TestResponse::read(&mut stream);
        assert_eq!((answer.status, answer.kind().as_str()), (408, "body-stalled"));
        assert!(answer.closes());
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn a_body_that_trickles_is_refused() {
    let server = TestServer::impatient();
    let mut stream = server.connect();
    write!(stream, "POST /take HTTP/1.1\r\n{JSON}Content-Length: 900\r\n\r\n").unwrap();
    let mut writer = stream.try_clone().unwrap();
    let trickle = thread::spawn(move || {
        // One byte at a time, for as long as the server listens.
        while writer.write_all(b"x").is_ok() {
            thread::park_timeout(Duration::from_millis(20));
        }
    });
    assert_eq!(TestResponse::read(&mut stream).status, 408);
    stream.shutdown(Shutdown::Both).unwrap();
    trickle.join().unwrap();
}

#[test]
fn a_truncated_body_is_refused() {
    let server = TestServer::plain();
    for framing in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ] {
        let mut stream = server.connect();
        write!(stream, "POST /take HTTP/1.1\r\n{JSON}{framing}").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let answer = TestResponse::read(&mut stream);
        assert_eq!((answer.status, answer.kind().as_str()), (400, "body-broken"));
    }
}

#[test]
fn a_refused_request_with_a_short_body_keeps_the_connection() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    for _ in 0..3 {
        // At once: the server waits for a second only for a body that it does not want.
        stream
            .write_all(b"POST /take HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}")
            .unwrap();
        let answer = TestResponse::read(&mut stream);
        assert_eq!((answer.status, answer.kind().as_str()), (415, "content-type"));
        assert!(!answer.closes());
    }
}

#[test]
fn an_endless_body_of_a_refused_request_is_not_read_for_ever() {
    let server = TestServer::plain();
    let mut stream = server.connect();
    write!(
        stream,
        "POST /nothing HTTP/1.1\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let started = Instant::now();
    while stream.write_all(chunk(1).as_bytes()).is_ok() {
        assert!(started.elapsed() < BOUND, "the connection stays open");
        thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn what_the_headers_say_is_refused_with_a_reason() {
    let server = TestServer::plain();
    for (headers, status, kind) in [
        ("Content-Type: text/xml\r\n", 415, "content-type"),
        ("", 415, "content-type"),
        (
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            415,
            "content-encoding",
        ),
        (
            &format!("{JSON}X-Long: {}\r\n", "x".repeat(40_000)),
            431,
            "headers-too-large",
        ),
        (
            "Content-Type: application/json; charset=utf-8\r\nContent-Encoding: identity\r\n",
            200,
            "",
        ),
        ("Content-Type: Multipart/Form-Data; boundary=x\r\n", 200, ""),
    ] {
        let host = if headers.contains("Host") { "" } else { "Host: h\r\n" };
        let answer = server.ask(format!(
            "POST /take HTTP/1.1\r\n{host}{headers}Content-Length: 2\r\n\r\n{{}}"
        ));
        assert_eq!(answer.status, status, "{headers:.60}");
        if status != 200 {
            assert_eq!(answer.kind(), kind);
        }
    }
}
