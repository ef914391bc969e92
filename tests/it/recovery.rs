//! Recovery never trusts what it starts from: damaged journals, bases and databases, and what the
//! commands make of them. Nothing that is still there somewhere is lost.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use hookgate::journal::disk::Folder;
use hookgate::journal::frame::{FRAME_HEADER, FrameHeader, HEADER, SegmentHeader};
use hookgate::journal::segments;
use hookgate::ledger::OpenError;
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::shorten::journal_shorten;
use hookgate::store::store_open_unchanged;
use serde_json::{Value, json};

use super::filled::{End, days_ago, filled, many, processed, stopped_server};
use super::harness::{Server, Source, wait_until};

/// Below what the settings take, so that the journal has several files.
const SEGMENT: u64 = 1 << 20;

const BODY: &str = r#"{"EntityName": "Contact", "Name": "John Best", "Notes": "the mark of this test"}"#;

/// A stopped server with `count` webhooks more, each an entry of its own.
fn fill(server: &Server, count: usize) {
    filled(&server.data(), SEGMENT, |ledger| {
        many(ledger, count, BODY);
        processed(ledger, days_ago(1), End::Contact);
        ledger.read().unwrap();
    });
}

/// A folder whose journal was shortened: it has a base, and several files behind it.
fn with_base() -> Server {
    let server = stopped_server(&["--journal-segment", "32 MiB"]);
    let body = json!({ "EntityName": "Contact", "Name": "n".repeat(4000) }).to_string();
    let removed = filled(&server.data(), SEGMENT, |ledger| {
        many(ledger, 8_500, &body);
        ledger.read().unwrap();
        journal_shorten(&server.data().join("data"), &ledger.store(), SEGMENT, &|_| true).unwrap()
    });
    assert!(removed > 0, "the journal was not shortened");
    fill(&server, 50);
    server
}

fn database(server: &Server) -> PathBuf {
    server.data().join("data/hookgate.redb")
}

fn newest(server: &Server) -> PathBuf {
    let journal = server.data().join("data/journal");
    let first = *segments(&Folder::new(&journal)).unwrap().last().unwrap();
    journal.join(hookgate::journal::segment_name(first))
}

/// Where each frame of a file of the journal starts.
fn frames(path: &Path) -> Vec<u64> {
    let bytes = fs::read(path).unwrap();
    let salt = SegmentHeader::decode(&bytes).unwrap().salt;
    let (mut frames, mut at) = (Vec::new(), HEADER);
    while let Some(header) = bytes.get(at..).and_then(|bytes| FrameHeader::decode(salt, bytes)) {
        frames.push(at as u64);
        at += usize::try_from(header.frame_len()).unwrap();
    }
    frames
}

fn flip(path: &Path, at: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x20], at).unwrap();
}

/// Cuts a file of the journal in the middle of a frame, some way before its end.
fn cut(path: &Path) {
    let frames = frames(path);
    let frame = frames[frames.len() / 2];
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(frame + FRAME_HEADER as u64 + 5).unwrap();
}

/// Changes one letter of a body in the database, as a bad disk does. redb does not notice.
fn spoil(server: &Server) {
    let bytes = fs::read(database(server)).unwrap();
    // Also where redb keeps what is replaced already: the first place may be one of those.
    let mark = b"the mark of this test";
    let places = bytes.windows(mark.len()).enumerate();
    for (at, _) in places.filter(|(_, found)| found == mark) {
        flip(&database(server), at as u64);
    }
}

fn memchr(bytes: &[u8], text: &[u8]) -> u64 {
    bytes.windows(text.len()).position(|found| found == text).unwrap() as u64
}

/// How many webhooks the database of a stopped server holds.
fn count(server: &Server) -> Value {
    let folder = DataFolder::open_existing(&server.data()).unwrap();
    let store = store_open_unchanged(&folder.database(), folder.appliance, 1 << 20).unwrap();
    store.store().reader().unwrap().webhook_counts().unwrap().total().into()
}

/// A rebuild is refused, says what to do, and changes nothing.
#[track_caller]
fn refused(server: &Server, arguments: &[&str], words: &[&str]) {
    let before = fs::read(database(server)).ok();
    let output = server.cli(&[&["rebuild"], arguments].concat());
    assert_eq!(output.code, 1, "{output:?}");
    for word in words {
        assert!(output.stderr.contains(word), "{word} is missing: {}", output.stderr);
    }
    assert!(fs::read(database(server)).ok() == before, "the database was changed");
    assert!(!server.data().join("data/hookgate.redb.unborn").exists());
}

#[track_caller]
fn well(server: &Server) {
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
}

/// A damaged journal beside a whole database: a rebuild would lose what only the database holds.
fn journal_damaged(damage: impl FnOnce(&Path)) {
    let mut server = stopped_server(&[]);
    fill(&server, 300);
    let before = count(&server);
    damage(&newest(&server));
    refused(
        &server,
        &[],
        &["would lose", "Nothing was changed", "hookgate rebuild --from database"],
    );
    let check = server.cli(&["check", "--json"]);
    assert_eq!(check.code, 1, "{check:?}");
    let next = check.json()["next_step"].as_str().unwrap().to_owned();
    assert!(next.contains("'hookgate rebuild --from database'"), "{next}");
    // Done as it says.
    let made = server.ask(&["rebuild", "--from", "database"]);
    assert_eq!((&made["lost"], &made["webhooks"]), (&json!(0), &before), "{made}");
    assert!(
        Path::new(made["kept_as"][0].as_str().unwrap()).is_dir(),
        "the old journal stays: {made}"
    );
    well(&server);
    assert_eq!(count(&server), before);
    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    server.done_with(&source, BODY);
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["rebuild"])["equal"], true);
    well(&server);
}

#[test]
fn fault_01_a_journal_that_was_cut_off_loses_nothing_that_the_database_holds() {
    journal_damaged(cut);
}

#[test]
fn fault_01_a_flipped_bit_in_the_journal_loses_nothing_that_the_database_holds() {
    journal_damaged(|path| {
        let frames = frames(path);
        flip(path, frames[frames.len() / 2] + FRAME_HEADER as u64 + 5);
    });
}

#[test]
fn fault_01_entries_behind_the_damage_are_applied_to_a_database_that_lacks_them() {
    let server = stopped_server(&[]);
    fill(&server, 100);
    let behind = fs::read(database(&server)).unwrap();
    let frames = frames(&newest(&server));
    let damaged = frames[frames.len() / 2];
    fill(&server, 100);
    let before = count(&server);
    fs::write(database(&server), behind).unwrap();
    flip(&newest(&server), damaged + FRAME_HEADER as u64);
    // A start applies nothing behind the damage.
    let start = server.cli(&["serve", "--listen-address", "127.0.0.1:0"]);
    assert!(
        start.code == 4 && start.stderr.contains("'hookgate check'"),
        "{start:?}"
    );
    refused(&server, &[], &["--from database"]);
    let made = server.ask(&["rebuild", "--from", "database"]);
    assert_eq!((&made["lost"], &made["webhooks"]), (&json!(0), &before), "{made}");
    well(&server);
}

#[test]
fn fault_01_without_a_database_a_cut_journal_is_used_only_when_the_loss_is_accepted() {
    let server = stopped_server(&[]);
    fill(&server, 100);
    cut(&newest(&server));
    fs::remove_file(database(&server)).unwrap();
    refused(&server, &[], &["restore the newest backup", "--accept-loss"]);
    let made = server.ask(&["rebuild", "--accept-loss"]);
    assert!(made["entries"].as_u64().unwrap() > 0, "{made}");
    let left = server.cli(&["check", "--json"]);
    assert!(
        left.json()["next_step"].as_str().unwrap().contains("--from database"),
        "{left:?}"
    );
    server.ask(&["rebuild", "--from", "database"]);
    well(&server);
}

#[test]
fn fault_01_check_compares_with_what_a_rebuild_replaced() {
    let server = stopped_server(&[]);
    fill(&server, 100);
    let before = count(&server);
    cut(&newest(&server));
    let made = server.cli(&["rebuild", "--accept-loss", "--json"]).good().json();
    assert!(made["lost"].as_u64().unwrap() > 0, "{made}");
    let kept = PathBuf::from(made["kept_as"][0].as_str().unwrap());
    let check = server.cli(&["check", "--json"]);
    assert_eq!(check.code, 1, "{check:?}");
    let problems = check.json()["problems"].to_string();
    assert!(
        problems.contains(kept.to_str().unwrap()) && problems.contains(&format!("contains {before} webhooks")),
        "{problems}"
    );
    // Done as it says.
    fs::rename(&kept, database(&server)).unwrap();
    server.ask(&["rebuild", "--from", "database"]);
    well(&server);
    assert_eq!(count(&server), before);
}

#[test]
fn fault_01_a_damaged_base_never_replaces_a_good_database() {
    let mut server = with_base();
    let base = server.data().join("data/base.redb");
    let (whole, before) = (fs::read(&base).unwrap(), count(&server));
    let mark = memchr(&whole, b"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
    let mut pages: Vec<(u64, Vec<u8>)> = vec![(mark, vec![b'm'])];
    pages.extend([0, 65_536].map(|at| (at, vec![0xff; 4096])));
    for (at, bytes) in pages {
        File::options()
            .write(true)
            .open(&base)
            .unwrap()
            .write_all_at(&bytes, at)
            .unwrap();
        let rebuilt = server.cli(&["rebuild", "--json"]);
        if rebuilt.code == 0 {
            // What was damaged was no part of what it holds.
            assert_eq!(rebuilt.json()["equal"], true, "{rebuilt:?}");
        } else {
            assert!(rebuilt.stderr.contains("--from database"), "{rebuilt:?}");
        }
        assert_eq!(count(&server), before, "byte {at}");
        if at != mark {
            fs::write(&base, &whole).unwrap();
        }
    }
    fs::write(&base, &whole).unwrap();
    flip(&base, mark);
    refused(&server, &[], &["the base of the journal", "--from database"]);
    server.ask(&["rebuild", "--from", "database"]);
    well(&server);
    server.restart();
}

#[test]
fn fault_02_a_damaged_database_becomes_no_base_and_removes_nothing() {
    let server = stopped_server(&["--journal-segment", "32 MiB"]);
    filled(&server.data(), SEGMENT, |ledger| {
        many(ledger, 300, BODY);
        many(ledger, 8_500, &"x".repeat(4000));
        ledger.read().unwrap();
    });
    spoil(&server);
    let data = server.data().join("data");
    let journal = Folder::new(&data.join("journal"));
    let before = segments(&journal).unwrap();
    assert!(before.len() > 1);
    let shortened = filled(&server.data(), SEGMENT, |ledger| {
        journal_shorten(&data, &ledger.store(), SEGMENT, &|_| true)
    });
    match shortened {
        Err(OpenError::Disagree { tables }) => assert_eq!(tables.len(), 1, "{tables:?}"),
        other => panic!("it was taken: {other:?}"),
    }
    assert_eq!(segments(&journal).unwrap(), before, "the only good copy");
    assert!(!data.join("base.redb").exists() && !data.join("base.redb.unborn").exists());
    // The way out.
    let check = server.cli(&["check", "--json"]);
    assert!(
        check.json()["next_step"]
            .as_str()
            .unwrap()
            .contains("'hookgate rebuild'"),
        "{check:?}"
    );
    server.ask(&["rebuild"]);
    well(&server);
}

#[test]
fn fault_02_a_check_compares_the_database_with_the_journal() {
    let server = stopped_server(&[]);
    fill(&server, 20);
    spoil(&server);
    // Whether the page is written again with the wrong letter in it, and a checksum that is right
    // from then on, is for redb to say. A check finds it either way.
    fill(&server, 100);
    let check = server.cli(&["check", "--json"]);
    assert_eq!(check.code, 1, "{check:?}");
    if check.json()["problems"]
        .to_string()
        .contains("does not match the journal")
    {
        refused(&server, &[], &["differ in webhook", "--accept-loss", "--from database"]);
        server.ask(&["rebuild", "--accept-loss"]);
    } else {
        server.ask(&["rebuild"]);
    }
    let problems = server.cli(&["check", "--json"]).json()["problems"].to_string();
    assert!(!problems.contains("journal"), "{problems}");
}

#[test]
fn fault_02_no_backup_is_made_of_a_damaged_database() {
    let mut server = stopped_server(&[]);
    fill(&server, 300);
    spoil(&server);
    let file = server.data().parent().unwrap().join("one.backup");
    let backup = ["backup", file.to_str().unwrap()];
    for running in [false, true] {
        if running {
            server.restart();
        }
        let refused = server.cli(&backup);
        assert_ne!(refused.code, 0, "{refused:?}");
        assert!(
            refused.stderr.contains("does not match the journal") && refused.stderr.contains("'hookgate check'"),
            "{refused:?}"
        );
        assert!(!file.exists() && !server.data().join("backup.unborn").exists());
    }
    assert_eq!(server.stop(), 0);
    server.ask(&["rebuild"]);
    server.cli(&backup).good();
}

#[test]
fn fault_04_a_damaged_webhook_in_the_database_keeps_no_command_waiting() {
    let mut server = stopped_server(&[]);
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    fill(&server, 20);
    // The length of a text in each stored webhook becomes nonsense: the rows cannot be read.
    let mut bytes = fs::read(database(&server)).unwrap();
    let text = b"application/json";
    let mut damaged = 0;
    for at in 1..bytes.len() - text.len() {
        if bytes[at..].starts_with(text) {
            bytes[at - 1] = 0xff;
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    fs::write(database(&server), bytes).unwrap();
    let replay = server.cli(&["webhook", "replay", "--all", "--again", "--yes"]);
    assert!(!replay.stderr.contains("panicked"), "{replay:?}");
    assert!(replay.stderr.contains("'hookgate check'"), "{replay:?}");
    // A server goes on with what it can read, and says what it cannot.
    server.restart();
    let records = server.records("Contact").len();
    server.accepted(&source, BODY);
    wait_until("the new webhook to become a record", || {
        server.records("Contact").len() > records
    });
    wait_until("the health to tell", || {
        server
            .cli(&["healthcheck"])
            .stdout
            .contains("does not match the journal")
    });
    assert_eq!(server.stop(), 0);
    let check = server.cli(&["check", "--json"]);
    assert!(
        check.json()["next_step"]
            .as_str()
            .unwrap()
            .contains("'hookgate rebuild'"),
        "{check:?}"
    );
    server.ask(&["rebuild"]);
    well(&server);
}

#[test]
fn fault_04_damaged_pages_end_commands_with_words_and_never_raw() {
    let server = stopped_server(&[]);
    fill(&server, 50);
    let whole = fs::read(database(&server)).unwrap();
    let used: Vec<usize> = (1..whole.len() / 4096)
        .map(|page| page * 4096)
        .filter(|at| whole[*at..*at + 4096].iter().any(|byte| *byte != 0))
        .collect();
    let mut told = 0;
    for at in used.iter().step_by((used.len() / 10).max(1)) {
        let mut bytes = whole.clone();
        bytes[*at..at + 4096].fill(0xff);
        for command in [&["webhook", "list"][..], &["check"]] {
            fs::write(database(&server), &bytes).unwrap();
            let output = server.cli(command);
            // Where redb panics while it cleans up after a panic, the words are the last there is.
            let last = output.stderr.lines().last().unwrap_or_default();
            if !last.contains("the database is damaged, so the process stops") {
                assert!(
                    !output.stderr.contains("panicked") && output.code < 5,
                    "{command:?}: {output:?}"
                );
            }
            if output.code != 0 {
                told += 1;
                let said = output.stdout + &output.stderr;
                assert!(
                    said.contains("hookgate check") || said.contains("hookgate rebuild"),
                    "{said}"
                );
            }
        }
    }
    assert!(told > 0, "no damage was noticed");
}
