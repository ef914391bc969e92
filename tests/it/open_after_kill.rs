//! A start after a kill with many webhooks stored. How long it takes is asserted for a million of
//! them only, with `tests/run --long`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::filled::{End, days_ago, filled, many, processed, stopped_server};

const FOLDER: &str = "HOOKGATE_FILL_FOLDER";
const COUNT: &str = "HOOKGATE_FILL_COUNT";
const SEGMENT: u64 = 64 << 20;
const BODY: &str = r#"{"Name": "John Best", "Email": "j.best@ourcompany.com"}"#;

#[test]
fn a_start_after_a_kill_has_everything() {
    let count: usize = if std::env::var_os("HOOKGATE_LONG").is_some() {
        1_000_000
    } else {
        20_000
    };
    let mut server = stopped_server(&[]);
    // Webhooks stay as they are: the start alone is measured.
    let killed = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "open_after_kill::fill_and_be_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, server.data())
        .env(COUNT, count.to_string())
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), None, "it was to die of a signal: {killed:?}");

    let begin = Instant::now();
    server.restart();
    let took = begin.elapsed();
    println!(
        "ready {} ms after the start, with {count} webhooks stored",
        took.as_millis()
    );
    // Once the number is large, time that grows with it would show far above this.
    if std::env::var_os("HOOKGATE_LONG").is_some() {
        assert!(took < Duration::from_secs(1), "{took:?} with {count} webhooks");
    }
    assert_eq!(server.stored(), count as u64 + 1);
    server.kill();
}

/// In a process of its own: fills a folder, then ends as by SIGKILL.
#[test]
#[ignore = "a part of the test above"]
fn fill_and_be_killed() {
    let folder = std::env::var_os(FOLDER).expect("the test above says where");
    let count = std::env::var(COUNT).unwrap().parse().unwrap();
    filled(Path::new(&folder), SEGMENT, |ledger| {
        processed(ledger, days_ago(1), End::Contact);
        many(ledger, count, BODY);
        ledger.read().unwrap();
        std::process::abort();
    });
}
