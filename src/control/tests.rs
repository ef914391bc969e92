//! The protocol over a real socket, with answers made up here.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::*;
use crate::manage::ProgressFn;
use crate::manage::process::ProcessView;
use crate::manage::webhook::WebhookQuery;
use crate::manage::webhook_change::WebhooksChanged;

fn progress(done: u64) -> Progress {
    Progress {
        what: "deleted".to_owned(),
        done,
        total: Some(3),
        task: None,
    }
}

fn processes() -> Answer {
    let view = ProcessView {
        code: "CreateRecords".to_owned(),
        caption: "Create".to_owned(),
        enabled: true,
    };
    Answer::Processes(vec![view])
}

/// Knows one process and three webhooks that can be deleted.
fn responder(request: Request, watch: ProgressFn<'_>) -> Result<Answer, ManageError> {
    match request {
        Request::ProcessList => Ok(processes()),
        Request::WebhookDeleteAll { .. } => {
            for done in 1..=3 {
                if watch(progress(done)).is_break() {
                    return Err(ManageError::Interrupted { done });
                }
            }
            Ok(Answer::WebhooksDeleted(WebhooksChanged::of(3)))
        }
        Request::SourceShow { name } => Err(ManageError::NotFound {
            what: "webhook source",
            name,
            next: "look at the list",
        }),
        other => panic!("not asked here: {other:?}"),
    }
}

struct Running {
    folder: tempfile::TempDir,
    server: Server,
}

fn running(
    responder: impl Fn(Request, ProgressFn<'_>) -> Result<Answer, ManageError> + Send + Sync + 'static,
) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&socket_path(folder.path()), Arc::new(responder)).unwrap();
    Running { folder, server }
}

impl Running {
    fn connect(&self) -> UnixStream {
        connect(&socket_path(self.folder.path())).unwrap().expect("a server")
    }

    fn ask(&self, request: &Request) -> Result<Answer, AskError> {
        ask(self.connect(), request, &mut |_| ControlFlow::Continue(()))
    }
}

fn delete_all() -> Request {
    Request::WebhookDeleteAll {
        query: WebhookQuery::default(),
        include_new: false,
    }
}

#[test]
fn a_question_gets_its_answer() {
    let running = running(responder);
    assert_eq!(running.ask(&Request::ProcessList).unwrap(), processes());
    running.server.stop();
}

#[test]
fn progress_comes_before_the_answer() {
    let running = running(responder);
    let mut told = Vec::new();
    let answer = ask(running.connect(), &delete_all(), &mut |step| {
        told.push(step);
        ControlFlow::Continue(())
    });
    assert_eq!(answer.unwrap(), Answer::WebhooksDeleted(WebhooksChanged::of(3)));
    assert_eq!(told, [progress(1), progress(2), progress(3)]);
    running.server.stop();
}

#[test]
fn a_failure_keeps_its_kind_and_text() {
    let running = running(responder);
    let failed = running.ask(&Request::SourceShow { name: "x".to_owned() }).unwrap_err();
    let AskError::Failed(error) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(error.kind, Kind::NotFound);
    assert_eq!(error.code, "not-found");
    assert_eq!(error.text, "no webhook source 'x'; look at the list");
    running.server.stop();
}

#[test]
fn only_this_user_may_connect_and_nothing_else_is_left() {
    let running = running(responder);
    let socket = socket_path(running.folder.path());
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let left = std::fs::read_dir(running.folder.path()).unwrap().count();
    assert_eq!(left, 1, "only the socket");
    running.server.stop();
    assert!(!socket.exists());
    assert!(connect(&socket).unwrap().is_none());
}

#[test]
fn a_socket_left_by_a_killed_server_counts_as_none_and_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = socket_path(folder.path());
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    std::fs::create_dir(socket.with_extension("new")).unwrap();
    assert!(connect(&socket).unwrap().is_none());
    let server = Server::start(&socket, Arc::new(responder)).unwrap();
    assert!(connect(&socket).unwrap().is_some());
    server.stop();
}

#[test]
fn another_version_and_nonsense_are_refused() {
    let running = running(responder);
    for (line, code) in [
        (r#"{"version":"0.0.0","request":"process-list"}"#, "version"),
        ("nonsense", "malformed"),
        (
            &format!(r#"{{"version":"{VERSION}","request":"no-such-thing"}}"#),
            "malformed",
        ),
    ] {
        let mut stream = running.connect();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        writeln!(stream, "{line}").unwrap();
        let mut reply = String::new();
        BufReader::new(&stream).read_line(&mut reply).unwrap();
        let Reply::Error(error) = serde_json::from_str(&reply).unwrap() else {
            panic!("{reply}")
        };
        assert_eq!(error.code, code);
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "closed afterwards");
    }
    running.server.stop();
}

#[test]
fn no_more_than_the_bound_are_answered_at_once() {
    let running = running(responder);
    // Sixteen that ask nothing take all places; accepting is in order.
    let silent: Vec<_> = (0..16).map(|_| running.connect()).collect();
    let failed = running.ask(&Request::ProcessList).unwrap_err();
    assert!(matches!(failed, AskError::Failed(error) if error.code == "busy"));
    drop(silent);
    running.server.stop();
}

#[test]
fn stopping_ends_long_work_and_waits_for_its_answer() {
    let (begun, wait_begun) = mpsc::channel();
    let running = running(move |_, watch| {
        begun.send(()).unwrap();
        let mut done = 0;
        loop {
            done += 1;
            if watch(progress(done)).is_break() {
                return Err(ManageError::Interrupted { done });
            }
        }
    });
    let stream = running.connect();
    let asking = std::thread::spawn(move || ask(stream, &delete_all(), &mut |_| ControlFlow::Continue(())));
    wait_begun.recv_timeout(Duration::from_secs(60)).unwrap();
    running.server.stop();
    let failed = asking.join().unwrap().unwrap_err();
    assert!(matches!(failed, AskError::Failed(error) if error.code == "interrupted"));
}

#[test]
fn work_ends_when_the_one_who_asked_has_gone() {
    let steps = Arc::new(AtomicU64::new(0));
    let (ended, wait_ended) = mpsc::channel();
    let counted = Arc::clone(&steps);
    let running = running(move |_, watch| {
        while watch(progress(counted.fetch_add(1, Ordering::SeqCst))).is_continue() {}
        ended.send(()).unwrap();
        Err(ManageError::Interrupted { done: 0 })
    });
    let gone = ask(running.connect(), &delete_all(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(gone, Err(AskError::Interrupted)));
    wait_ended.recv_timeout(Duration::from_secs(60)).unwrap();
    running.server.stop();
}

#[test]
fn the_value_inside_is_what_json_shows() {
    let json = processes().to_json().unwrap();
    assert_eq!(
        json,
        serde_json::json!([{ "code": "CreateRecords", "caption": "Create", "enabled": true }])
    );
}
