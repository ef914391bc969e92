//! The limit of open files: connections never take what the journal needs, and a server that meets
//! the limit all the same loses nothing and goes on.

use std::fs;
use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, prlimit};

use super::harness::{Connection, Request, Server, Source, hookgate, wait_for, wait_until};

/// Of a webhook: the journal's file is full after 36 of them.
const LARGE: usize = 900_000;

const LARGE_ENOUGH: usize = 40;

/// The shortest files that the journal may have.
const SEGMENT: &str = "32 MiB";

/// What a process with a low limit may have open, and how many connections are tried.
const LOW: usize = 192;
const MANY: usize = 230;

fn large(source: &Source) -> Request {
    let body = serde_json::json!({"Notes": "x".repeat(LARGE)}).to_string();
    Request::post(source, "application/json", body)
}

/// Changes how many files the running server may have open; none for as many as at its start.
fn allow(server: &Server, files: Option<u64>) {
    let hard = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: files.or(hard),
        maximum: hard,
    };
    prlimit(Some(server.pid()), Resource::Nofile, limit).unwrap();
}

fn journal_files(server: &Server) -> usize {
    let files = fs::read_dir(server.data().join("data/journal")).unwrap().flatten();
    files
        .filter(|file| file.path().extension().is_some_and(|suffix| suffix == "journal"))
        .count()
}

/// Every webhook that was answered 200 is there, and no other.
#[track_caller]
fn all_there(server: &Server, ids: &[String]) {
    for id in ids {
        server.processed(id);
    }
    assert_eq!(server.stored(), ids.len() as u64);
}

#[test]
fn fault_03_the_soft_limit_is_raised_to_the_hard_one() {
    let mut server = Server::new(&[]);
    server.shell("ulimit -S -n 256 && ulimit -H -n 4096 && exec \"$@\"");
    server.restart();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.pid().as_raw_nonzero())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<&str> = files.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers, ["4096", "4096"], "{limits}");
    // 10,000 connections are more than that.
    let log = server.log();
    let told = log.lines().find(|line| line.contains("limits.connections is 10000"));
    let told = told.unwrap_or_else(|| panic!("{log}"));
    assert!(
        told.contains("WARN") && told.contains("limited to 4096") && told.contains("LimitNOFILE="),
        "{told}"
    );
}

#[test]
fn fault_03_more_connections_than_open_files_end_nothing() {
    let mut server = Server::new(&["--http-workers", "1", "--journal-segment", SEGMENT]);
    server.shell(&format!("ulimit -n {LOW} && exec \"$@\""));
    server.restart();
    let source = server.source("Shop");
    let mut sender = server.connect();
    // It is served before the many come.
    let mut ids = vec![sender.send(&Request::post(&source, "application/json", "{}")).id()];
    let before = server.open_files();

    let many: Vec<TcpStream> = (0..MANY)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    wait_until("the server to have many connections", || {
        server.open_files() >= before + 80
    });
    let (request, files) = (large(&source), journal_files(&server));
    ids.extend((0..LARGE_ENOUGH).map(|_| sender.send(&request).id()));
    assert!(journal_files(&server) > files, "the journal has a further file");
    assert!(server.open_files() < LOW, "none is left for what comes");
    all_there(&server, &ids);

    drop(many);
    let id = server.accepted(&source, "{}");
    server.processed(&id);
    assert_eq!(server.stored(), ids.len() as u64 + 1);
    assert_eq!(server.stop(), 0, "{}", server.log());
    let log = server.log();
    assert!(!log.contains("oo many open files"), "{log}");
}

#[test]
fn fault_03_without_open_files_webhooks_are_refused_until_there_are_some() {
    let mut server = Server::start_with(&["--http-workers", "1", "--journal-segment", SEGMENT]);
    server.keys_made();
    let source = server.source("Shop");
    let (mut sender, mut operator) = (server.connect(), server.connect());
    let request = large(&source);
    let mut ids = vec![sender.send(&request).id()];

    allow(&server, Some(0));
    let refused = loop {
        let answer = sender.send(&request);
        if answer.status != 200 {
            break answer;
        }
        ids.push(answer.id());
        assert!(ids.len() < 2 * LARGE_ENOUGH, "{}", server.log());
    };
    assert_eq!(refused.problem(503), "open-files");
    let told = refused.json().to_string();
    assert!(told.contains("limit of open files") && !told.contains("disk"), "{told}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    let ready = operator.send(&Request::new("GET", "/readyz"));
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.json().to_string().contains("LimitNOFILE="), "{ready:?}");

    allow(&server, None);
    // It is tried again soon, not at once.
    ids.push(wait_for("webhooks to be accepted", || {
        let answer = sender.send(&request);
        (answer.status == 200).then(|| answer.id())
    }));
    ids.extend((0..3).map(|_| sender.send(&request).id()));
    all_there(&server, &ids);
    let log = server.log();
    let told = log.lines().find(|line| line.contains("cannot open its next file"));
    let told = told.unwrap_or_else(|| panic!("{log}"));
    for part in ["LimitNOFILE=", "ulimit -n", "limits.connections"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(log.contains("can open files again"), "{log}");
    for wrong in [
        "disk is full",
        "disk of the data folder",
        "has no disk space",
        "no more webhooks are accepted",
    ] {
        assert!(!log.contains(wrong), "{wrong}: {log}");
    }
    assert_eq!(server.stop(), 0, "{log}");
    assert_eq!(server.ask(&["check"])["problems"], serde_json::json!([]));
}

#[test]
fn fault_03_a_server_without_open_files_stops_as_any_other() {
    let mut server = Server::start();
    let source = server.source("Shop");
    let id = server.accepted(&source, "{}");
    allow(&server, Some(0));
    assert_eq!(server.stop(), 0, "{}", server.log());
    assert!(!server.log().contains("panicked"), "{}", server.log());
    server.restart();
    server.processed(&id);
}

#[test]
fn fault_03_a_certificate_that_could_not_be_opened_is_read_again() {
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let mut server = Server::new(&[]);
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| server.folder().join(name));
    let put = |name: &str| {
        let made = made(name);
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::write(&certificate, made.cert.pem()).unwrap();
    };
    put("old.example");
    server.variable("HOOKGATE_TLS_CERTIFICATE", certificate.to_str().unwrap());
    server.variable("HOOKGATE_TLS_KEY", key.to_str().unwrap());
    server.restart();

    allow(&server, Some(0));
    put("new.example");
    server.signal(Signal::HUP);
    let unread = "the current certificate stays in use";
    wait_until("the certificate to be read in vain", || server.log().contains(unread));
    let log = server.log();
    let told = log.lines().find(|line| line.contains(unread)).unwrap();
    assert!(told.contains("LimitNOFILE="), "{told}");

    allow(&server, None);
    wait_until("the new certificate", || {
        Connection::open(server.address(), "new.example", &certificate).is_ok()
    });
}

#[test]
fn fault_03_fewer_connections_than_set_are_said_before_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let limited = |files: u64| {
        let mut command = super::harness::command();
        command.args(["check-config", "--json", "--data"]).arg(folder.path());
        let script = format!("ulimit -n {files} && exec \"$@\"");
        let output = super::harness::through_shell(&command, &script).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["warnings"].clone()
    };
    let told = limited(1024)[0].as_str().unwrap().to_owned();
    for part in [
        "limits.connections is 10000",
        "limited to 1024",
        "ulimit -n",
        "LimitNOFILE=",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(limited(16_000), serde_json::json!([]));
    assert!(
        hookgate(folder.path(), &["check-config"], "")
            .good()
            .stdout
            .contains("valid")
    );
}
