//! A disk that fills up, from outside: a real one of some MiB, filled by webhooks and by a foreign
//! file.
//!
//! A small disk can be made by whoever may make a namespace; each test runs itself again in one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::harness::{Answer, Caller, Request, Server, Source, wait_until};

/// The small disk of the test that runs in a namespace.
const SMALL_DISK: &str = "HOOKGATE_TEST_SMALL_DISK";

const MIB: u64 = 1 << 20;

/// The least that the journal takes: a file of it, and the next one.
const SEGMENT: &str = "32 MiB";

/// Webhooks are refused below this.
const MIN_FREE: u64 = 24 * MIB;

const BALLAST: u64 = 16 * MIB;

const CONTACT: &str = r#"{"EntityName": "Contact", "Name": "John Best"}"#;

/// Runs `test` on a disk of so many MiB. In the namespace gives the disk's folder.
fn small_disk(test: &str, mib: u64) -> Option<PathBuf> {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        return Some(disk.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=$1m tmpfs \"$2\" || exit 77; exec \"$3\" --exact \"$4\" --nocapture";
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh", &mib.to_string()])
        .args([folder.path(), &std::env::current_exe().unwrap()])
        .arg(format!("disk::{test}"))
        .env(SMALL_DISK, folder.path())
        .env("TMPDIR", folder.path())
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: there is no unshare here");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let ran = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(77) || (!output.status.success() && said.starts_with("unshare:")) {
        eprintln!("SKIPPED: a small disk cannot be made here: {said}");
        return None;
    }
    assert!(output.status.success(), "{ran}\n{said}");
    assert!(ran.contains("1 passed"), "it did not run: {ran}");
    None
}

/// A server on the small disk.
fn server() -> Server {
    let (min_free, ballast) = (MIN_FREE.to_string(), BALLAST.to_string());
    let server = Server::start_with(&[
        "--journal-segment",
        SEGMENT,
        "--journal-keep",
        "1 GiB",
        "--disk-min-free",
        &min_free,
        "--disk-warn-free",
        &min_free,
        "--disk-ballast",
        &ballast,
    ]);
    server.grant("Contact");
    server
}

fn ballast(server: &Server) -> PathBuf {
    server.data().join("ballast")
}

fn free(disk: &Path) -> u64 {
    let disk = rustix::fs::statvfs(disk).unwrap();
    disk.f_bavail * disk.f_frsize
}

/// Something else that takes up the disk, until only so many bytes are free.
fn foreign(disk: &Path, left: u64) -> PathBuf {
    let path = disk.join("foreign");
    let mut file = File::options().create(true).append(true).open(&path).unwrap();
    let chunk = vec![7; 64 << 10];
    while free(disk) > left {
        let step = usize::try_from(free(disk) - left).unwrap().min(chunk.len());
        if file.write_all(&chunk[..step]).is_err() {
            break;
        }
    }
    path
}

fn refused(answer: &Answer) {
    assert_eq!(answer.problem(503), "disk-full");
    assert!(answer.json()["title"].as_str().unwrap().contains("disk"), "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}

/// Sends until a webhook is refused; gives the ids of those that were answered.
#[track_caller]
fn until_refused(server: &Server, source: &Source, fill: usize) -> Vec<String> {
    let body = json!({"EntityName": "Contact", "Name": "John Best", "Notes": "x".repeat(fill)}).to_string();
    let mut ids = Vec::new();
    let mut connection = server.connect();
    for _ in 0..10_000 {
        let answer = connection.send(&Request::post(source, "application/json", &body));
        if answer.status == 503 {
            refused(&answer);
            return ids;
        }
        ids.push(answer.id());
    }
    panic!("no webhook was refused");
}

fn taken(server: &Server, source: &Source) -> bool {
    let answer = server.post(source, "application/json", CONTACT);
    if answer.status == 503 {
        refused(&answer);
        return false;
    }
    answer.id();
    true
}

/// How often the log says something.
fn said(server: &Server, words: &str) -> usize {
    server.log().matches(words).count()
}

#[test]
fn a_disk_that_fills_up_loses_nothing_and_goes_on_when_there_is_room() {
    let Some(disk) = small_disk("a_disk_that_fills_up_loses_nothing_and_goes_on_when_there_is_room", 256) else {
        return;
    };
    let mut server = server();
    let source = server.source("Shop");
    wait_until("the ballast", || ballast(&server).exists());

    // By webhooks, until they are refused before the disk is full.
    foreign(&disk, MIN_FREE + 16 * MIB);
    let mut ids = until_refused(&server, &source, 200_000);
    assert!(!ids.is_empty());
    assert_eq!(said(&server, "is nearly full"), 1);
    assert!(ballast(&server).exists(), "it is for a disk that is really full");
    for id in &ids {
        assert_eq!(server.processed(id)["status"], "Done", "{id}");
    }

    // What needs room is refused, what is read is there, small changes are made.
    let first = &ids[0];
    for needs in [
        &["webhook", "process-again", first, "--again"][..],
        &["backup", "/nowhere/one.backup"],
    ] {
        let output = server.cli(needs);
        assert_ne!(output.code, 0, "{output:?}");
        assert!(output.stderr.contains("disk"), "{output:?}");
    }
    server.ask(&["process", "disable", "CreateRecords"]);
    server.ask(&["process", "enable", "CreateRecords"]);

    // By somebody else, to the end; then the server is killed and starts on the full disk.
    let foreign_file = foreign(&disk, 0);
    assert!(free(&disk) < MIB, "{}", free(&disk));
    assert!(!taken(&server, &source));
    server.kill();
    server.restart();
    assert!(!ballast(&server).exists(), "a start on a full disk needs the room");
    assert!(!taken(&server, &source));
    assert!(server.stored() >= ids.len() as u64);

    // Deleting works while it is full, and the webhooks of the last hour stay.
    let deleted = ids.split_off(ids.len() / 2);
    let mut delete = vec!["webhook", "delete", "--yes"];
    delete.extend(deleted.iter().map(String::as_str));
    server.cli(&delete).good();
    assert!(!taken(&server, &source));
    assert_eq!(server.stop(), 0, "{}", server.log());
    server.restart();

    // With room it goes on without a restart.
    fs::remove_file(foreign_file).unwrap();
    wait_until("webhooks to be taken again", || taken(&server, &source));
    assert_eq!(said(&server, "webhooks are taken"), 1, "{}", server.log());
    wait_until("the ballast to be made anew", || ballast(&server).exists());
    for id in &ids {
        assert_eq!(server.processed(id)["status"], "Done", "{id}");
    }
    assert_eq!(server.done_with(&source, CONTACT)["status"], "Done");
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
    assert_eq!(server.ask(&["rebuild"])["equal"], true);
}
