//! The real server, killed: nothing acknowledged is lost, and no start trips over the one before.

mod decisions;
mod senders;
mod server;
mod tasks;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hookgate::domain::webhook::Status;
use hookgate::manage::record_search::RecordsFound;
use hookgate::manage::webhook::{BodyView, WebhookSummary, WebhookView};
use hookgate::manage::webhook_search::WebhooksFound;
use uuid::Uuid;

use senders::{Ledger, Marker, Senders};
use server::{PATIENCE, Server};

use crate::ask::ask;

/// Connections at once.
const SENDERS: u32 = 32;

/// Kills of a server that takes webhooks; `HOOKGATE_KILLS` wins.
const KILLS: u64 = 20;

/// Kills of a server on its first start.
const FIRST_STARTS: u32 = 30;

/// How many of these run side by side: they wait for the disk most of the time.
const AT_ONCE: u32 = 4;

/// What is acknowledged between two kills at least, however slow the machine is.
const ACKNOWLEDGED: u64 = 2;

/// The most that one page holds.
const PAGE: usize = 1000;

#[test]
fn nothing_acknowledged_is_lost_by_kills() {
    let kills = std::env::var("HOOKGATE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Server::spawn(data);
    let mut bases = server.ready();
    ask(data, &["grant", "Contact", "--create"]);
    let source = ask(data, &["source", "add", "Form"]);
    let path = source["webhook_url"].as_str().unwrap().splitn(4, '/').nth(3).unwrap();

    let senders = Senders::start(SENDERS, path);
    for kill in 0..kills {
        senders.go_to(bases);
        std::thread::sleep(some_time(10..500));
        senders.wait_acknowledged(ACKNOWLEDGED * (kill + 1));
        senders.wait();
        server.kill();
        // Every third time the next start is cut short as well, while it recovers.
        if kill % 3 == 0 {
            let cut_short = Server::spawn(data);
            std::thread::sleep(some_time(0..150));
            cut_short.kill();
        }
        server = Server::spawn(data);
        bases = server.ready();
    }
    let ledger = senders.finish();
    server.settled();
    everything_is_there_once(&server, &ledger);
    server.stop();

    let found = ask(data, &["check"]);
    assert_eq!(found["problems"], serde_json::json!([]));
    assert_eq!(
        ask(data, &["rebuild"])["equal"],
        true,
        "rebuilt from the journal it holds the same"
    );
}

/// Milliseconds within the range. A seed would repeat nothing: what is killed goes its own way.
fn some_time(millis: Range<u64>) -> Duration {
    let drawn = u64::from_le_bytes(hookgate::secret::random().unwrap());
    Duration::from_millis(millis.start + drawn % (millis.end - millis.start))
}

/// The same in microseconds.
fn some_micros(micros: Range<u64>) -> Duration {
    let drawn = u64::from_le_bytes(hookgate::secret::random().unwrap());
    Duration::from_micros(micros.start + drawn % (micros.end - micros.start))
}

/// Acknowledged ⊆ stored ⊆ attempted; each stored webhook is Done and made one record of its own.
fn everything_is_there_once(server: &Server, ledger: &Ledger) {
    let webhooks = webhooks(server);
    let contacts = contacts(server);
    let attempted: u32 = ledger.attempted.iter().sum();
    println!(
        "attempted {attempted}, acknowledged {}, stored {}, records {}",
        ledger.acknowledged.len(),
        webhooks.len(),
        contacts.len()
    );
    assert!(
        ledger.acknowledged.len() > SENDERS as usize,
        "too little happened to show anything"
    );
    assert_eq!(webhooks.len(), contacts.len());

    let stored: HashSet<Uuid> = webhooks.iter().map(|webhook| webhook.id).collect();
    assert_eq!(stored.len(), webhooks.len(), "an id is there twice");
    for (id, marker) in &ledger.acknowledged {
        assert!(
            stored.contains(id),
            "{id} ({}) was acknowledged and is lost",
            marker.text()
        );
    }

    let mut seen = HashSet::new();
    for summary in &webhooks {
        assert_eq!(summary.status, Status::Done, "{summary:?}");
        let webhook: WebhookView = server.ask(&format!("/webhooks/{}", summary.id), "");
        let [record] = webhook.records.as_slice() else {
            panic!("not one record: {webhook:?}")
        };
        let marker = contacts[&record.id];
        assert!(seen.insert(marker), "{} made two records", marker.text());
        assert!(
            marker.number < ledger.attempted[marker.sender as usize],
            "{} was never sent",
            marker.text()
        );
        assert_eq!(webhook.body, BodyView::Text(marker.body()), "{}", summary.id);
        if let Some(promised) = ledger.acknowledged.get(&summary.id) {
            assert_eq!(*promised, marker, "the id was given for another webhook");
        }
    }
}

fn webhooks(server: &Server) -> Vec<WebhookSummary> {
    let mut all = Vec::new();
    let mut query = format!("limit={PAGE}");
    loop {
        let page: WebhooksFound = server.ask("/webhooks", &query);
        all.extend(page.webhooks);
        match page.next {
            Some(next) => query = format!("limit={PAGE}&before={next}"),
            None => return all,
        }
    }
}

/// The marker of each Contact, by its id.
fn contacts(server: &Server) -> HashMap<Uuid, Marker> {
    let mut all = HashMap::new();
    let mut query = format!("limit={PAGE}");
    loop {
        let page: RecordsFound = server.ask("/objects/Contact/records", &query);
        for record in page.records {
            let marker = Marker::parse(&record.display).expect("a marker");
            assert!(all.insert(record.id, marker).is_none(), "{} is listed twice", record.id);
        }
        let Some(next) = page.next else {
            assert!(page.total.is_none_or(|total| total == all.len() as u64));
            return all;
        };
        query = format!("limit={PAGE}&before={next}");
    }
}

#[test]
fn a_kill_at_any_moment_of_the_first_start_leaves_nothing_in_the_way() {
    let whole = first_start_takes();
    let turns = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let turn = turns.fetch_add(1, Ordering::Relaxed);
                    if turn >= FIRST_STARTS {
                        break;
                    }
                    // From the very beginning to well behind its end.
                    killed_after(whole * turn * 2 / FIRST_STARTS);
                }
            });
        }
    });
}

fn killed_after(moment: Duration) {
    let folder = tempfile::tempdir().unwrap();
    // The first start makes the folder, too.
    let data = folder.path().join("data folder");
    let first = Server::spawn(&data);
    std::thread::sleep(moment);
    first.kill();

    let mut second = Server::spawn(&data);
    second.ready();
    works(&data);
    second.stop();
    assert_eq!(
        ask(&data, &["check"])["problems"],
        serde_json::json!([]),
        "killed after {moment:?}"
    );
}

fn first_start_takes() -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let mut server = Server::spawn(folder.path());
    server.ready();
    let took = begin.elapsed();
    server.kill();
    took
}

/// A webhook becomes a record.
fn works(data: &Path) {
    ask(data, &["grant", "Contact", "--create"]);
    ask(data, &["source", "add", "Form"]);
    let body = r#"{"EntityName": "Contact", "Name": "John Best"}"#;
    let test = ask(data, &["source", "test", "Form", "--body", body]);
    let id = test["webhook"]["id"].as_str().unwrap();
    // The command waits for so long and no longer.
    let begin = Instant::now();
    let webhook = loop {
        let webhook = ask(data, &["webhook", "show", id]);
        if webhook["status"] != "New" && webhook["status"] != "Processing" {
            break webhook;
        }
        assert!(begin.elapsed() < PATIENCE, "not processed: {webhook}");
    };
    assert_eq!(webhook["status"], "Done", "{webhook}");
    assert_eq!(webhook["records"][0]["display"], "John Best", "{webhook}");
}
