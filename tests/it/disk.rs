//! A disk that fills up, from outside: a real one of some MiB, filled by webhooks and by a foreign
//! file.
//!
//! A small disk can be made by whoever may make a namespace; each test runs itself again in one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hookgate::cli::EXIT_DISK;
use serde_json::json;

use super::filled::{End, days_ago, filled, processed, stopped_server};
use super::harness::{Answer, Request, Server, Source, wait_for, wait_until};

/// The small disk of the test that runs in a namespace.
const SMALL_DISK: &str = "HOOKGATE_TEST_SMALL_DISK";

const MIB: u64 = 1 << 20;

/// The shortest files that the journal may have.
const SEGMENT: u64 = 32 * MIB;

/// What is left to other programs, such as for the log: nothing of Hookgate goes without more.
const CRUMBS: u64 = 256 << 10;

/// Webhooks are refused below this.
const MIN_FREE: u64 = 24 * MIB;

const BALLAST: u64 = 16 * MIB;

/// MiB of a disk that has room for all that was taken before its end, though none of it was
/// processed by then.
const ROOMY: u64 = 320;

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

/// The settings of a server on the small disk.
fn flags(min_free: u64, ballast: u64) -> Vec<String> {
    let flag = |name: &str, bytes: u64| format!("--{name}={bytes}");
    vec![
        flag("journal-segment", SEGMENT),
        flag("disk-min-free", min_free),
        flag("disk-warn-free", min_free),
        flag("disk-ballast", ballast),
    ]
}

fn strs(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

fn ballast(server: &Server) -> PathBuf {
    server.data().join("ballast")
}

fn free(disk: &Path) -> u64 {
    let disk = rustix::fs::statvfs(disk).unwrap();
    disk.f_bavail * disk.f_frsize
}

/// A webhook that must be there.
#[track_caller]
fn there(server: &Server, id: &str) {
    let output = server.cli(&["webhook", "show", id, "--json"]);
    assert_eq!(output.code, 0, "{output:?} {}", server.log());
    assert_eq!(output.json()["status"], "Done");
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

fn large() -> String {
    json!({"EntityName": "Contact", "Name": "John Best", "Notes": "x".repeat(200_000)}).to_string()
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

#[test]
fn before_the_disk_is_full_what_needs_room_is_refused_until_there_is_more() {
    let Some(disk) = small_disk(
        "before_the_disk_is_full_what_needs_room_is_refused_until_there_is_more",
        256,
    ) else {
        return;
    };
    let mut server = Server::start_with(&strs(&flags(MIN_FREE, BALLAST)));
    server.grant("Contact");
    let source = server.source("Shop");
    let caller = server.caller("Crm", &["Contact --create --read --delete"]);
    let somebody = server.administrator();
    wait_until("the ballast", || ballast(&server).exists());
    let mut odata = server.connect();
    let contact = json!({"Name": "Ann"});
    let made = odata.is(201, &caller.with("POST", "Contact", &contact)).json();
    let record = format!("Contact({})", made["Id"].as_str().unwrap());

    let other = foreign(&disk, MIN_FREE + 16 * MIB);
    let mut connection = server.connect();
    let mut ids = Vec::new();
    let answer = wait_for("a webhook to be refused", || {
        let answer = connection.send(&Request::post(&source, "application/json", large()));
        if answer.status == 200 {
            // One after the other: what waits to be processed would need room as well.
            assert_eq!(server.processed(&answer.id())["status"], "Done");
            ids.push(answer.id());
            return None;
        }
        Some(answer)
    });
    refused(&answer);
    assert!(free(&disk) > CRUMBS, "it was refused too late");
    assert!(
        ballast(&server).exists(),
        "it is for a disk that is really full: {}",
        server.log()
    );
    let attention = |words: &str| {
        let overview = somebody.ask(&server, "/overview");
        let attention = overview["attention"].as_array().unwrap().clone();
        attention
            .iter()
            .any(|line| line["level"] == "error" && line["text"].as_str().unwrap().contains(words))
    };
    assert!(attention("nearly full"));

    let first = ids[0].as_str();
    let file = server.folder().join("one.backup");
    for needs_room in [
        &["webhook", "replay", first, "--again"][..],
        &["backup", file.to_str().unwrap()],
    ] {
        let output = server.cli(needs_room);
        assert_ne!(output.code, 0, "{output:?}");
        assert!(output.stderr.contains("nearly full"), "{output:?}");
    }
    let answer = odata.is(503, &caller.with("POST", "Contact", &contact));
    assert!(answer.json().to_string().contains("DiskFull"), "{answer:?}");
    let copy = json!({"content_type": "application/json", "body": CONTACT});
    let answer = somebody.change(&server, "POST", &format!("/webhooks/{first}/copy"), &copy);
    assert_eq!(answer.problem(503), "disk-full");

    // What is read is there, and what needs no room is done.
    odata.is(200, &caller.get(&record));
    odata.is(204, &caller.request("DELETE", &record));
    server.ask(&["process", "disable", "CreateRecords"]);
    server.ask(&["process", "enable", "CreateRecords"]);
    server.ask(&["webhook", "delete", ids.pop().unwrap().as_str()]);

    fs::remove_file(other).unwrap();
    wait_until("webhooks to be taken again", || taken(&server, &source));
    assert!(!attention("nearly full"));
    odata.is(201, &caller.with("POST", "Contact", &contact));
    for turn in ["is nearly full", "there is disk space again"] {
        assert_eq!(server.log().matches(turn).count(), 1, "{}", server.log());
    }
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
}

#[test]
fn on_a_full_disk_it_starts_after_a_kill_and_retention_deletes() {
    let Some(disk) = small_disk("on_a_full_disk_it_starts_after_a_kill_and_retention_deletes", 256) else {
        return;
    };
    let mut server = stopped_server(&strs(&flags(MIN_FREE, BALLAST)));
    let old: Vec<String> = filled(&server.data(), SEGMENT, |ledger| {
        let ends = (0..400).map(|n| if n % 2 == 0 { End::Contact } else { End::Stored });
        ends.map(|end| processed(ledger, days_ago(91), end).to_string())
            .collect()
    });
    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    // Processed before the disk is full: whether it would be afterwards is not the question.
    let id = server.done_with(&source, CONTACT)["id"].as_str().unwrap().to_owned();
    wait_until("the ballast", || ballast(&server).exists());
    let other = foreign(&disk, CRUMBS);
    wait_until("webhooks to be refused", || !taken(&server, &source));

    server.kill();
    server.restart();
    assert!(!ballast(&server).exists(), "a start on a full disk needs the room");
    assert!(!taken(&server, &source));
    there(&server, &id);
    let run = server.ask(&["retention", "run"]);
    assert_eq!(run["deleted"]["done"], old.len(), "{run}");
    assert!(!taken(&server, &source));

    // Somebody takes that room as well: nothing can be changed, and nothing is lost.
    foreign(&disk, CRUMBS);
    wait_until("changes to be refused", || {
        let output = server.cli(&["process", "disable", "CreateRecords"]);
        if output.code == 0 {
            return false;
        }
        assert!(output.stderr.contains("nearly full"), "{output:?}");
        true
    });
    there(&server, &id);
    server.kill();
    server.restart();
    there(&server, &id);
    assert!(!taken(&server, &source));

    fs::remove_file(other).unwrap();
    wait_until("webhooks to be taken again", || taken(&server, &source));
    wait_until("the ballast to be made anew", || ballast(&server).exists());
    server.ask(&["process", "enable", "CreateRecords"]);
    assert_eq!(server.done_with(&source, CONTACT)["status"], "Done");
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
    assert_eq!(server.ask(&["rebuild"])["equal"], true);
}

#[test]
fn without_a_mark_the_end_of_the_disk_is_met_and_it_goes_on_when_there_is_room() {
    let Some(disk) = small_disk(
        "without_a_mark_the_end_of_the_disk_is_met_and_it_goes_on_when_there_is_room",
        ROOMY,
    ) else {
        return;
    };
    let (mut server, source, ids, other) = at_the_end(&disk);
    // Whoever comes first to the end: the journal goes on when there is room again, the database
    // must be opened again.
    fs::remove_file(&other).unwrap();
    let mut ended = false;
    wait_until("it to go on or to end", || {
        ended = server.has_ended();
        ended || taken(&server, &source)
    });
    if ended {
        assert_eq!(server.wait(), i32::from(EXIT_DISK));
        server.restart();
    }
    nothing_is_lost(server, &source, &ids);
}

#[test]
fn killed_at_the_end_of_the_disk_it_has_lost_nothing() {
    let Some(disk) = small_disk("killed_at_the_end_of_the_disk_it_has_lost_nothing", ROOMY) else {
        return;
    };
    let (mut server, source, ids, other) = at_the_end(&disk);
    server.kill();
    fs::remove_file(&other).unwrap();
    server.restart();
    nothing_is_lost(server, &source, &ids);
}

/// A server without marks, filled with webhooks until nothing goes any more: with those that were
/// answered, and what else is on the disk.
fn at_the_end(disk: &Path) -> (Server, Source, Vec<String>, PathBuf) {
    let server = Server::start_with(&strs(&flags(0, 0)));
    server.grant("Contact");
    let source = server.source("Shop");
    let other = foreign(disk, 60 * MIB);
    let mut ids = Vec::new();
    let mut connection = server.connect();
    let request = Request::post(&source, "application/json", large());
    let answer = wait_for("the end of the disk", || {
        let answer = connection.send(&request);
        if answer.status == 200 {
            ids.push(answer.id());
            return None;
        }
        Some(answer)
    });
    let code = answer.problem(503);
    assert!(["disk-full", "stopped"].contains(&code.as_str()), "{answer:?}");
    assert!(ids.len() > 20, "{}", ids.len());
    (server, source, ids, other)
}

fn nothing_is_lost(mut server: Server, source: &Source, ids: &[String]) {
    for id in ids {
        assert_eq!(server.processed(id)["status"], "Done", "{id}");
    }
    assert_eq!(server.done_with(source, CONTACT)["status"], "Done");
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
}

#[test]
fn a_start_without_room_waits_for_it() {
    let Some(disk) = small_disk("a_start_without_room_waits_for_it", 96) else {
        return;
    };
    let other = foreign(&disk, CRUMBS);
    let mut server = Server::new(&strs(&flags(MIN_FREE, 0)));
    let log = server.folder().join("log");
    let making_room = std::thread::spawn(move || {
        wait_until("the start to wait", || {
            fs::read_to_string(&log).is_ok_and(|log| log.contains("too full to start"))
        });
        fs::remove_file(other).unwrap();
    });
    server.restart();
    making_room.join().unwrap();
    let source = server.source("Shop");
    server.accepted(&source, CONTACT);
    assert_eq!(server.stop(), 0);
}
