//! A damaged database that ends the process: the last line says what to do.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};
use std::sync::atomic::Ordering;

use hookgate::store::{StoreError, last_words_prepare, store_create_on, store_open_on};
use hookgate::telemetry::{self, Format};
use serde_json::Value;

use crate::memory::Memory;
use crate::setup::APPLIANCE;

/// How a child of these tests ends.
const HOW: &str = "HOOKGATE_LAST_WORDS";

/// What a child does: opens a database whose last page read is damaged.
#[test]
#[ignore = "a part of the tests below"]
fn open_damaged() {
    let how = std::env::var(HOW).expect("the tests below say how");
    last_words_prepare();
    if how == "json" {
        assert!(telemetry::init(tracing::Level::INFO, Format::Json, "silent_library"));
    }
    let whole = Memory::default();
    store_create_on(whole.clone(), APPLIANCE).unwrap();
    drop(store_open_on(whole.clone(), APPLIANCE).unwrap());
    whole.reads.store(0, Ordering::SeqCst);
    let store = store_open_on(whole.clone(), APPLIANCE).unwrap();
    let reads = whole.reads.load(Ordering::SeqCst);
    drop(store);
    whole.reads.store(0, Ordering::SeqCst);
    // By the last one redb has all that it must clean up.
    let damaged = Memory {
        panic_at: reads,
        panic_at_end: how != "caught",
        ..whole
    };
    let error = store_open_on(damaged, APPLIANCE).map(drop);
    assert!(matches!(error, Err(StoreError::Damaged { .. })), "{error:?}");
}

fn child(how: &str) -> (Output, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "last_words::open_damaged", "--ignored", "--nocapture"])
        .env(HOW, how)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

/// SIGABRT, as Rust ends a process that panics while it cleans up after a panic.
#[track_caller]
fn aborted(output: &Output) {
    assert_eq!(output.status.signal(), Some(6), "{output:?}");
}

#[test]
fn a_process_that_a_damaged_database_ends_names_the_next_step_last() {
    let (output, said) = child("text");
    aborted(&output);
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("hookgate: the database is damaged"), "{said}");
    for word in ["'hookgate check'", "'hookgate rebuild'", "restore a backup"] {
        assert!(last.contains(word), "{word} is missing: {last}");
    }
    assert!(said.contains("the end is damaged too"), "redb's own words stay: {said}");

    let (output, said) = child("json");
    aborted(&output);
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(last["level"], "ERROR");
    assert!(
        last["message"].as_str().unwrap().contains("'hookgate rebuild'"),
        "{last}"
    );
}

#[test]
fn fault_04_a_panic_that_becomes_an_error_is_told_by_the_error_alone() {
    let (output, said) = child("caught");
    assert!(output.status.success(), "{output:?}");
    assert!(
        !said.contains("panicked") && !said.contains("the page is damaged"),
        "{said}"
    );
    assert!(!said.contains("hookgate rebuild"), "{said}");
}
