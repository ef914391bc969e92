//! Deleting webhooks that are not processed yet: they were acknowledged, and their records are
//! still to come.

use std::ops::ControlFlow;

use hookgate::clock;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::WebhookChange;
use hookgate::domain::entry::Entry;
use hookgate::domain::task::BulkAction;
use hookgate::domain::webhook::Status;
use hookgate::domain::webhook_filter::WebhookFilter;
use hookgate::ledger::Ledger;
use hookgate::manage::webhook_bulk::{bulk_begin, bulk_run};
use serde_json::{Value, json};

use super::harness::{Answer, Request};
use super::issuer::World;

/// A server whose processing never begins, and a program that may delete.
struct Held {
    world: World,
    token: String,
    sequences: Vec<u64>,
    ids: Vec<String>,
}

impl Held {
    /// With five webhooks: two of them New, one in Processing, one Failed and one Done.
    fn new() -> Self {
        let world = World::start();
        world.api_open();
        let path = world.token_source();
        let program = world.program("Cleaner", &["api", "api:admin", "webhook:send"], |_| ());
        let token = world.token(&program, "");
        let ids: Vec<String> = (0..5)
            .map(|_| {
                let request = Request::new("POST", &path)
                    .header("Content-Type", "application/json")
                    .header("Authorization", &format!("Bearer {token}"));
                world.send(&request.body("{}")).id()
            })
            .collect();
        let reader = world.ledger.read().unwrap();
        let sequences: Vec<u64> = ids
            .iter()
            .map(|id| reader.webhook_by_id(id.parse().unwrap()).unwrap().unwrap().seq)
            .collect();
        drop(reader);
        let held = Self {
            world,
            token,
            sequences,
            ids,
        };
        held.started(2);
        held.processed(3, true);
        held.processed(4, false);
        held
    }

    fn started(&self, number: usize) {
        let webhooks = vec![self.sequences[number]];
        let at = clock::now();
        self.world
            .ledger
            .commit(Entry::one(at, Actor::System, WebhookChange::Started { webhooks }))
            .unwrap();
    }

    /// As the thread that processes would.
    fn processed(&self, number: usize, failed: bool) {
        use hookgate::domain::change::{Processed, Verdict};
        let ledger = &self.world.ledger;
        let verdict = if failed {
            Verdict::Failed { object: None }
        } else {
            Verdict::StoredOnly
        };
        let processed = Processed {
            webhook: self.sequences[number],
            run: 1,
            rules: ledger.catalog().rules,
            verdict,
            issues: Vec::new(),
        };
        ledger
            .submit(Entry::one(
                clock::now(),
                Actor::System,
                WebhookChange::Processed(processed),
            ))
            .unwrap();
        let ended = ledger.wait_status(self.sequences[number], super::harness::PATIENCE, |status| {
            !status.is_unprocessed()
        });
        assert!(ended.unwrap());
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Request {
        let request =
            Request::new(method, &format!("/api/v1{path}")).header("Authorization", &format!("Bearer {}", self.token));
        match body {
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body.to_string()),
            None => request,
        }
    }

    fn asks(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.world.send(&self.request(method, path, body))
    }

    /// Deletes all that match; gives how many, and how many were left alone.
    fn delete(&self, body: &Value) -> (u64, u64) {
        let begun = self.asks("POST", "/webhooks/delete", Some(body));
        assert_eq!(begun.status, 202, "{begun:?}");
        let id = begun.json()["id"].as_u64().unwrap();
        assert_eq!(begun.header("location").unwrap(), format!("/api/v1/tasks/{id}"));
        let task = bulk_run(&self.world.ledger, id, &mut |_| ControlFlow::Continue(())).unwrap();
        (task.done, task.left_out)
    }

    /// The statuses of those that are left.
    fn left(&self) -> Vec<(usize, Status)> {
        let reader = self.world.ledger.read().unwrap();
        let states = self.sequences.iter().enumerate();
        states
            .filter_map(|(number, seq)| Some((number, reader.webhook_state(*seq).unwrap()?.status)))
            .collect()
    }
}

const WAITING: [(usize, Status); 3] = [(0, Status::New), (1, Status::New), (2, Status::Processing)];

#[test]
fn fault_04_webhooks_that_are_not_processed_are_left_alone_by_every_filter() {
    for filter in [
        json!({}),
        json!({"source": "Shop"}),
        json!({"to": "2099-01-01T00:00:00Z"}),
        json!({"text": "{"}),
        json!({"source": "Shop", "from": "2000-01-01T00:00:00Z"}),
    ] {
        let held = Held::new();
        let told = held.delete(&json!({"filter": filter}));
        assert_eq!(told, (2, 3), "{filter}");
        assert_eq!(held.left(), WAITING, "{filter}");
        // What was left alone is processed as ever.
        held.processed(0, false);
        held.processed(2, true);
        assert_eq!(
            held.left(),
            [(0, Status::Done), (1, Status::New), (2, Status::Failed)],
            "{filter}"
        );
        let told = held.delete(&json!({"filter": filter, "include_new": true}));
        assert_eq!(told, (3, 0), "{filter}");
        assert_eq!(held.left(), [], "{filter}");
    }
}

#[test]
fn fault_04_a_status_or_one_webhook_is_refused_until_it_is_asked_for() {
    let held = Held::new();
    for status in ["New", "Processing"] {
        let filter = json!({"status": status});
        let refused = held.asks("POST", "/webhooks/delete", Some(&json!({"filter": filter})));
        assert_eq!(refused.problem(409), "not-processed");
        assert!(
            refused.json()["detail"].as_str().unwrap().contains("include_new"),
            "{refused:?}"
        );
    }
    for id in &held.ids[..3] {
        let refused = held.asks("DELETE", &format!("/webhooks/{id}"), None);
        assert_eq!(refused.problem(409), "not-processed");
    }
    assert_eq!(held.left().len(), 5);
    // No word that is not known is taken for the wish.
    let wrong = held.asks("DELETE", &format!("/webhooks/{}?includenew=true", held.ids[0]), None);
    assert_eq!(wrong.status, 400, "{wrong:?}");

    let one = held.asks("DELETE", &format!("/webhooks/{}?include_new=true", held.ids[0]), None);
    assert_eq!(one.status, 200, "{one:?}");
    let done = held.asks("DELETE", &format!("/webhooks/{}", held.ids[4]), None);
    assert_eq!(done.status, 200, "{done:?}");
    let told = held.delete(&json!({"filter": {"status": "Processing"}, "include_new": true}));
    assert_eq!(told.0, 1);
    assert_eq!(held.left(), [(1, Status::New), (3, Status::Failed)]);
    // Deleted while it was processed: its verdict comes to nothing.
    let records = held.asks("GET", &format!("/webhooks/{}", held.ids[2]), None);
    assert_eq!(records.status, 404);
}

/// One that was Done when it was chosen and is New again when the deletion is applied.
#[test]
fn fault_04_one_that_became_new_again_meanwhile_is_left_alone() {
    let held = Held::new();
    let ledger: &Ledger = &held.world.ledger;
    let between = || {
        let change = Entry::one(
            clock::now(),
            Actor::CommandLine,
            WebhookChange::Reprocessed {
                webhooks: vec![held.sequences[4]],
                repeat: false,
            },
        );
        ledger.commit(change).unwrap();
    };
    // What was chosen before comes to the ledger after the replay.
    let stale = Entry::one(
        clock::now(),
        Actor::CommandLine,
        WebhookChange::Deleted {
            webhooks: held.sequences.clone(),
            unprocessed: false,
        },
    );
    between();
    assert_eq!(ledger.commit(stale).unwrap().count, 1, "the one that Failed");
    assert_eq!(held.left(), [WAITING.to_vec(), vec![(4, Status::New)]].concat());
    let spare = BulkAction::Delete { unprocessed: false };
    let task = bulk_begin(ledger, Actor::CommandLine, &WebhookFilter::default(), spare).unwrap();
    let done = bulk_run(ledger, task, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.done, done.left_out), (0, 4));
}
