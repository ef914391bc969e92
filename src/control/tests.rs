//! The protocol over a real socket, with answers made up here.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::api::{Body, LocalRequest, Output};
use crate::manage::thing::Thing;
use crate::manage::{Kind, ManageError};

fn request(method: &str, path: &str) -> LocalRequest {
    LocalRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        ..LocalRequest::default()
    }
}

/// Says what it was asked; knows no sources.
fn responder(request: &LocalRequest) -> Result<Output, ManageError> {
    if request.path == "/api/v1/sources/x" {
        return Err(ManageError::NotFound {
            what: Thing::Source,
            name: "x".to_owned(),
        });
    }
    let body = String::from_utf8_lossy(&request.body);
    let said = json!([request.method, request.path, request.query, body]);
    Ok(Output::json(200, &said))
}

/// Lines without end, until they cannot be written; then what it was.
fn endless(ended: mpsc::Sender<()>) -> Output {
    let write = move |out: &mut dyn std::io::Write| {
        while out.write_all(b"step\n").and_then(|()| out.flush()).is_ok() {}
        let _ = out.write_all(b"ended early\n").and_then(|()| out.flush());
        let _ = ended.send(());
        Ok(())
    };
    Output {
        status: 200,
        headers: vec![("content-type", "text/plain".to_owned())],
        body: Body::Stream(Box::new(write)),
    }
}

struct Running {
    folder: tempfile::TempDir,
    server: Server,
}

fn running(responder: impl Fn(&LocalRequest) -> Result<Output, ManageError> + Send + Sync + 'static) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&socket_path(folder.path()), Arc::new(responder)).unwrap();
    Running { folder, server }
}

impl Running {
    fn socket(&self) -> PathBuf {
        socket_path(self.folder.path())
    }

    fn ask(&self, request: &LocalRequest) -> Result<Reply, AskError> {
        ask(&self.socket(), request).map(|reply| reply.expect("a server"))
    }
}

fn value(mut reply: Reply) -> Value {
    let mut text = String::new();
    reply.body.read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_request_gets_its_answer() {
    let running = running(responder);
    let asked = LocalRequest {
        query: "user=a%20b".to_owned(),
        body: b"{}".to_vec(),
        ..request("POST", "/api/v1/sources/a%2Fb/test")
    };
    let reply = running.ask(&asked).unwrap();
    assert_eq!((reply.status, reply.content_type.as_str()), (200, "application/json"));
    assert_eq!(
        value(reply),
        json!(["POST", "/api/v1/sources/a%2Fb/test", "user=a%20b", "{}"])
    );
    running.server.stop();
}

#[test]
fn a_failure_keeps_its_kind_and_text() {
    let running = running(responder);
    let failed = running.ask(&request("GET", "/api/v1/sources/x")).err();
    let Some(AskError::Failed(error)) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(error.kind, Kind::NotFound);
    assert_eq!(error.code, "not-found");
    assert_eq!(error.unknown, Some(Thing::Source));
    assert_eq!(error.detail, "no webhook source 'x'");
    running.server.stop();
}

#[test]
fn only_this_user_may_connect_and_nothing_else_is_left() {
    let running = running(responder);
    let socket = running.socket();
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let left = std::fs::read_dir(running.folder.path()).unwrap().count();
    assert_eq!(left, 1, "only the socket");
    running.server.stop();
    assert!(!socket.exists());
    assert!(ask(&socket, &request("GET", "/")).unwrap().is_none());
}

#[test]
fn a_socket_left_by_a_killed_server_counts_as_none_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_path(folder.path());
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    std::fs::create_dir(socket.with_extension("new")).unwrap();
    assert!(ask(&socket, &request("GET", "/")).unwrap().is_none());
    let server = Server::start(&socket, Arc::new(responder)).unwrap();
    assert!(ask(&socket, &request("GET", "/")).unwrap().is_some());
    server.stop();
}

#[test]
fn other_programs_are_answered_and_another_version_is_refused_in_words() {
    let running = running(responder);
    let said = |header: &str| {
        let mut stream = UnixStream::connect(running.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(
            stream,
            "GET /api/v1/sources HTTP/1.1\r\nHost: localhost\r\n{header}\r\n"
        )
        .unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    };
    assert!(said("").starts_with("HTTP/1.1 200 OK\r\n"));
    let refused = said("X-Hookgate-Version: 0.0.0\r\n");
    assert!(refused.starts_with("HTTP/1.1 409 Conflict\r\n"), "{refused}");
    let words = format!("the server that runs is version {VERSION}, this command is 0.0.0; restart the server");
    assert!(refused.contains(&words), "{refused}");
    assert!(said("nonsense\r\n").starts_with("HTTP/1.1 400 "));
    running.server.stop();
}

#[test]
fn a_panic_of_one_request_ends_no_other() {
    let running = running(|request| {
        assert!(request.path != "/panic", "a fault");
        responder(request)
    });
    let failed = running.ask(&request("GET", "/panic")).err();
    assert!(matches!(failed, Some(AskError::Failed(error)) if error.code == "internal"));
    assert_eq!(running.ask(&request("GET", "/")).unwrap().status, 200);
    running.server.stop();
}

#[test]
fn stopping_ends_long_work_and_waits_for_its_answer() {
    let (ended, wait_ended) = mpsc::channel();
    let running = running(move |_| Ok(endless(ended.clone())));
    let mut reply = running.ask(&request("POST", "/api/v1/retention/run")).unwrap();
    let mut step = [0; 5];
    reply.body.read_exact(&mut step).unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        reply.body.read_to_string(&mut text).map(|_| text)
    });
    running.server.stop();
    wait_ended.recv_timeout(Duration::from_secs(60)).unwrap();
    let text = reading.join().unwrap().unwrap();
    assert!(text.ends_with("step\nended early\n"), "{}", text.len());
}

#[test]
fn work_ends_when_the_one_who_asked_has_gone() {
    let (ended, wait_ended) = mpsc::channel();
    let running = running(move |_| Ok(endless(ended.clone())));
    drop(running.ask(&request("POST", "/api/v1/retention/run")).unwrap());
    wait_ended.recv_timeout(Duration::from_secs(60)).unwrap();
    running.server.stop();
}
