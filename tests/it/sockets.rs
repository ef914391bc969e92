//! Sockets that are passed to the server: a restart refuses nobody, and nothing that was
//! acknowledged is missing.

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};

use crate::harness::{Connection, Recorder, Request, Server, Source, command, passing, wait_until};

const SENDERS: usize = 4;
const RESTARTS: usize = 4;
/// Answers between two restarts.
const ENOUGH: usize = 40;

fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Posts on new connections until told to end; gives the ids. Every one must be answered.
fn post_until(
    end: &AtomicBool,
    answered: &AtomicUsize,
    source: &Source,
    connect: &dyn Fn() -> Connection,
) -> Vec<String> {
    let request = Request::post(source, "application/json", "{}");
    let mut ids = Vec::new();
    while !end.load(Ordering::Acquire) {
        ids.push(connect().send(&request).id());
        answered.fetch_add(1, Ordering::AcqRel);
    }
    ids
}

/// Ids of all webhooks that are stored.
fn stored(server: &Server) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut before: Option<String> = None;
    loop {
        let place: Vec<_> = before.iter().flat_map(|number| ["--before", number]).collect();
        let page = server.ask(&[&["webhook", "list", "--limit", "1000"], &place[..]].concat());
        let webhooks = page["webhooks"].as_array().unwrap();
        ids.extend(
            webhooks
                .iter()
                .map(|webhook| webhook["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_u64() {
            Some(next) => before = Some(next.to_string()),
            None => return ids,
        }
    }
}

/// Restarts the server again and again while senders come; every connection of theirs is
/// answered, and every answer is true. It has stopped so often before.
#[track_caller]
fn restarted_under_load(server: &mut Server, stops: usize, connect: &(dyn Fn() -> Connection + Sync)) {
    let source = server.source("Forms");
    let (end, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let acknowledged: BTreeSet<String> = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| scope.spawn(|| post_until(&end, &answered, &source, connect)))
            .collect();
        for _ in 0..RESTARTS {
            let before = answered.load(Ordering::Acquire);
            wait_until("answers", || {
                answered.load(Ordering::Acquire) >= before + ENOUGH || senders.iter().any(ScopedJoinHandle::is_finished)
            });
            assert_eq!(server.stop(), 0);
            server.restart();
        }
        end.store(true, Ordering::Release);
        senders
            .into_iter()
            .flat_map(|sender| sender.join().expect("every connection is answered"))
            .collect()
    });
    assert!(acknowledged.len() >= RESTARTS * ENOUGH);
    assert_eq!(stored(server), acknowledged);
    let log = server.log();
    assert_eq!(log.matches("stopped").count(), stops + RESTARTS, "{log}");
}

#[test]
fn restarts_under_load_refuse_no_connection() {
    let (listener, address) = listening();
    let mut server = Server::new(&[]);
    server.pass(listener, "plain");
    server.restart();
    assert_eq!(server.addresses()[1], address, "{}", server.printed());
    restarted_under_load(&mut server, 0, &|| Connection::plain(address));
}

#[test]
fn restarts_under_load_refuse_no_connection_by_tls() {
    let (listener, address) = listening();
    let mut server = Server::new(&[]);
    // It takes the place of the address in the settings. One without a name of its own has that
    // of its unit.
    server.pass(listener, "hookgate.socket");
    server.restart();
    assert_eq!(server.addresses(), [address], "{}", server.printed());
    let certificate = server.certificate();
    restarted_under_load(&mut server, 0, &|| {
        Connection::open(address, "localhost", &certificate).unwrap()
    });
}

#[test]
fn a_port_of_its_own_is_kept_over_restarts_and_refuses_no_connection() {
    let mut server = Server::new(&[]);
    let recorder = Recorder::of(&mut server);
    server.restart();
    let address = server.address();
    let source = server.source("Early");
    recorder.wait(0, "READY=1");
    assert_eq!(recorder.names_kept(), ["kept-https"]);
    assert_eq!(server.stop(), 0);

    server.pass(recorder.kept("kept-https").unwrap(), "kept-https");
    let certificate = server.certificate();
    let connect = || Connection::open(address, "localhost", &certificate).unwrap();
    // Who comes while none runs waits for the next.
    drop(TcpStream::connect(address).expect("nobody is refused"));
    let early = thread::spawn({
        let certificate = certificate.clone();
        move || {
            let mut connection = Connection::open(address, "localhost", &certificate).unwrap();
            connection.send(&Request::post(&source, "application/json", "{}")).id()
        }
    });
    server.restart();
    assert_eq!(server.addresses(), [address], "{}", server.printed());
    let early = early.join().unwrap();
    assert!(stored(&server).contains(&early));
    server.cli(&["webhook", "delete", &early]).good();
    restarted_under_load(&mut server, 1, &connect);
}

#[test]
fn a_port_that_the_settings_ask_for_no_more_is_given_up() {
    let mut server = Server::new(&[]);
    let recorder = Recorder::of(&mut server);
    let before = TcpListener::bind("127.0.0.2:0").unwrap();
    let address = before.local_addr().unwrap();
    server.pass(before, "kept-https");
    server.restart();
    assert_ne!(server.address().ip(), address.ip());
    let ready = recorder.wait(0, "READY=1");
    let messages = recorder.messages();
    assert_eq!(
        messages[..2],
        ["FDSTOREREMOVE=1\nFDNAME=kept-https\n", "BARRIER=1"],
        "{messages:?}"
    );
    assert!(ready > 2, "{messages:?}");
    assert_eq!(
        recorder.kept("kept-https").unwrap().local_addr().unwrap(),
        server.address()
    );
    assert_eq!(server.stop(), 0);
}

#[test]
fn who_connects_while_no_server_runs_is_answered_by_the_next() {
    let (listener, address) = listening();
    let mut server = Server::new(&[]);
    server.pass(listener, "plain");
    server.restart();
    let source = server.source("Forms");
    // A connection without a request: it is ended, and holds nothing up.
    let mut idle = Connection::plain(address);
    idle.send(&Request::post(&source, "application/json", "{}")).id();
    assert_eq!(server.stop(), 0);
    assert_eq!(idle.end(), b"", "ended without a word");

    let mut early = Connection::plain(address);
    early.write(&Request::post(&source, "application/json", "{}").bytes());
    server.restart();
    let id = early.answer().id();
    assert!(stored(&server).contains(&id));
}

#[test]
fn an_answer_under_way_at_a_stop_is_the_last_of_its_connection() {
    let (listener, address) = listening();
    let mut server = Server::new(&[]);
    server.pass(listener, "plain");
    server.restart();
    let source = server.source("Forms");
    let mut begun = Connection::plain(address);
    let request = Request::post(&source, "application/json", "{}").header("Expect", "100-continue");
    let request = request.bytes();
    let (start, rest) = request.split_at(request.len() - 1);
    begun.write(start);
    assert_eq!(begun.answer().status, 100, "the server has begun with it");
    let mut other = Connection::plain(address);
    let whole = Request::post(&source, "application/json", "{}").bytes();
    other.write(&whole);
    assert_eq!(other.answer().header("connection"), None);
    server.signal(rustix::process::Signal::TERM);
    // It says that it stops before it does.
    wait_until("an answer that is the last of its connection, or its end", || {
        other.write(&whole);
        let answer = other.try_answer();
        answer.is_none_or(|answer| answer.header("connection") == Some("close"))
    });
    begun.write(rest);
    let answer = begun.answer();
    answer.id();
    assert_eq!(answer.header("connection"), Some("close"), "{answer:?}");
    assert_eq!(begun.end(), b"");
    assert_eq!(server.wait(), 0);
}

#[test]
fn a_socket_for_senders_keeps_them_apart() {
    let (listener, address) = listening();
    let mut server = Server::new(&[]);
    server.pass(listener, "senders");
    server.restart();
    assert_eq!(
        (server.addresses().len(), server.address()),
        (2, address),
        "{}",
        server.printed()
    );
    let source = server.source("Forms");
    assert!(
        source.url.contains(&format!(":{}/webhooks/", address.port())),
        "{}",
        source.url
    );
    server.accepted(&source, "{}");
    assert_eq!(server.send(&Request::new("GET", "/livez")).problem(404), "path-unknown");
    let everybody = Connection::open(server.addresses()[1], "localhost", &server.certificate());
    assert_eq!(everybody.unwrap().send(&Request::new("GET", "/livez")).status, 200);
}

/// Starts a server with something passed to it that it cannot use; gives what it says.
#[track_caller]
fn refused(passed: &impl AsFd, names: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = serve(&folder);
    serve.envs(names.map(|names| ("LISTEN_FDNAMES", names)));
    let output = passing(&serve, passed).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(!folder.path().join("data").exists(), "nothing was begun");
    said
}

fn serve(folder: &tempfile::TempDir) -> Command {
    let mut serve = command();
    serve.args(["serve", "--listen-address", "127.0.0.1:0", "--data"]);
    serve.arg(folder.path().join("data"));
    serve
}

#[test]
fn what_cannot_be_used_is_said_at_the_start() {
    let (listener, address) = listening();
    let said = refused(&listener, Some("admin"));
    assert!(
        said.contains("\"admin\"") && said.contains("FileDescriptorName="),
        "{said}"
    );
    let said = refused(&listener, Some("https:senders"));
    assert!(said.contains("1 sockets and 2 names"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let not_listening = [
        refused(&UdpSocket::bind("127.0.0.1:0").unwrap(), Some("https")),
        refused(
            &UnixListener::bind(folder.path().join("socket")).unwrap(),
            Some("https"),
        ),
        refused(&TcpStream::connect(address).unwrap(), Some("https")),
        refused(&fs::File::open("/dev/null").unwrap(), Some("https")),
    ];
    for said in not_listening {
        assert!(
            said.contains("not a listening TCP socket") && said.contains("ListenStream="),
            "{said}"
        );
    }
}

#[test]
fn plain_http_on_a_passed_socket_is_for_this_machine_only_too() {
    let open = TcpListener::bind("0.0.0.0:0").unwrap();
    let mut server = Server::new(&[]);
    let mut serve = command();
    serve
        .args(["serve", "--listen-address", "127.0.0.1:0", "--data"])
        .arg(server.data());
    serve.env("LISTEN_FDNAMES", "plain");
    let output = passing(&serve, &open).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("loopback"), "{said}");
    server.kill();
}

#[test]
fn what_was_passed_to_another_process_is_not_taken() {
    let (listener, address) = listening();
    let mut server = Server::new(&[]);
    // As in a service that is started by one that sockets were passed to.
    server.variable("LISTEN_FDS", "1");
    server.variable("LISTEN_PID", "1");
    server.restart();
    assert_ne!(server.address(), address);
    assert_eq!(server.send(&Request::new("GET", "/livez")).status, 200);
    drop(listener);
}
