//! Tasks: what continues when nobody waits for it, and what ends early.

use std::ops::ControlFlow;

use hookgate::clock;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::{TaskChange, UpkeepChange};
use hookgate::domain::entry::{Entry, MAX_CHANGES};
use hookgate::domain::task::{BulkAction, Task};
use hookgate::domain::webhook_filter::WebhookFilter;
use hookgate::ledger::{ChangeError, Ledger};
use hookgate::manage::ManageError;
use hookgate::manage::webhook_bulk::{bulk_begin, bulk_run};
use serde_json::{Value, json};

use super::filled::{filled, many, stopped_server};
use super::harness::{PASSWORD, User, wait_for};

const SEGMENT: u64 = 64 << 20;

/// Three steps, the last one short.
const WEBHOOKS: usize = 1200;

const DELETE: BulkAction = BulkAction::Delete { unprocessed: true };

fn delete_all(ledger: &Ledger, watch: &mut dyn FnMut(u64) -> ControlFlow<()>) -> Result<Task, ManageError> {
    let task = bulk_begin(ledger, Actor::CommandLine, &WebhookFilter::default(), DELETE)?;
    bulk_run(ledger, task, &mut |progress| watch(progress.done))
}

/// Deletes one step of all webhooks; then nobody waits for the rest.
fn begin(ledger: &Ledger) {
    many(ledger, WEBHOOKS, "{}");
    let left = delete_all(ledger, &mut |done| {
        if done == 0 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    let left = left.unwrap_err();
    assert!(
        matches!(
            left,
            ManageError::TaskContinues {
                task: 1,
                done: 500,
                cause: None
            }
        ),
        "{left:?}"
    );
    assert!(left.to_string().contains("'hookgate task cancel 1'"), "{left}");
    assert_eq!(ledger.read().unwrap().webhook_counts().unwrap().total(), 700);
}

fn cancel(ledger: &Ledger) {
    let change = TaskChange::Cancelled { task: 1 };
    ledger
        .commit(Entry::one(clock::now(), Actor::CommandLine, change))
        .unwrap();
}

#[test]
fn what_nobody_waits_for_is_finished_after_the_next_start() {
    let mut server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, begin);
    // What arrives after the decision is not meant by it.
    filled(&server.data(), SEGMENT, |ledger| many(ledger, 3, "{}"));
    server.restart();
    let task = wait_for("the end of the task", || {
        let task = server.ask(&["task", "show", "1"]);
        (task["state"] == "done").then_some(task)
    });
    assert_eq!((&task["done"], &task["total"]), (&json!(1200), &json!(1200)), "{task}");
    assert_eq!(
        task["what"],
        json!({"kind": "webhooks-delete", "filter": empty_filter(), "include_new": true})
    );
    assert_eq!(task["begun_by"], "command line");
    let list = server.ask(&["webhook", "list", "--limit", "1000"]);
    assert_eq!(list["webhooks"].as_array().unwrap().len(), 3);

    let again = server.cli(&["task", "cancel", "1"]);
    assert_eq!(again.code, 3, "{again:?}");
    assert!(again.stderr.contains("no task 1 that has not ended"), "{again:?}");
    let unknown = server.cli(&["task", "show", "77"]);
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert!(unknown.stderr.contains("'hookgate task list'"), "{unknown:?}");
    let shown = server.cli(&["task", "list"]);
    assert!(
        shown.stdout.contains("delete webhooks with --include-new: all"),
        "{shown:?}"
    );
}

#[test]
fn a_cancelled_task_ends_before_its_next_step() {
    let mut server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, |ledger| {
        begin(ledger);
        cancel(ledger);
    });
    server.restart();
    let task = wait_for("the end of the task", || {
        let task = server.ask(&["task", "list"])[0].clone();
        (task["state"] == "cancelled").then_some(task)
    });
    assert_eq!(task["done"], 500);
    let audit = server.ask(&["audit", "list"]);
    let noted: Vec<(&str, &str)> = audit["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["action"].as_str().unwrap(), row["subject"].as_str().unwrap()))
        .filter(|(action, _)| action.contains("webhooks") || action.contains("task"))
        .collect();
    assert_eq!(
        noted,
        [
            ("webhooks-deleted", "500"),
            ("task-cancelled", "1"),
            ("webhooks-delete-begun", "")
        ]
    );
}

#[test]
fn the_one_who_waits_hears_that_the_task_was_cancelled() {
    let server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, |ledger| {
        many(ledger, WEBHOOKS, "{}");
        let done = delete_all(ledger, &mut |done| {
            if done == 500 {
                cancel(ledger);
            }
            ControlFlow::Continue(())
        });
        let done = done.unwrap();
        assert_eq!((done.done, done.cancelled), (500, true));
        let next = delete_all(ledger, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!((next.done, next.cancelled), (700, false), "another task");
    });
}

#[test]
fn the_api_lists_and_cancels_tasks_by_role() {
    let mut server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, begin);
    server.restart();
    server.user_add("anna", "administrator");
    server.user_add("vera", "viewer");
    let anna = User::of(&server.login("anna", PASSWORD, None));
    let vera = User::of(&server.login("vera", PASSWORD, None));
    let tasks = wait_for("the end of the task", || {
        let tasks = vera.ask(&server, "/tasks");
        (tasks[0]["state"] == "done").then_some(tasks)
    });
    assert_eq!(vera.ask(&server, "/tasks/1"), tasks[0]);
    let refused = vera.change(&server, "POST", "/tasks/1/cancel", &json!({}));
    assert_eq!(refused.status, 403, "{refused:?}");
    for path in ["/tasks/1/cancel", "/tasks/9/cancel", "/tasks/one/cancel"] {
        let ended = anna.change(&server, "POST", path, &json!({}));
        assert_eq!(ended.problem(404), "not-found");
    }
}

#[test]
fn an_entry_without_changes_or_with_too_many_is_refused() {
    let server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, |ledger| {
        let end = ledger.position().durable;
        for count in [0, MAX_CHANGES + 1] {
            let entry = Entry {
                at: clock::now(),
                by: Actor::CommandLine,
                changes: vec![UpkeepChange::TokensForgotten.into(); count],
            };
            assert!(matches!(ledger.commit(entry), Err(ChangeError::TooLarge)), "{count}");
        }
        assert_eq!(ledger.position().durable, end);
        let entry = Entry {
            at: clock::now(),
            by: Actor::CommandLine,
            changes: vec![UpkeepChange::TokensForgotten.into(); MAX_CHANGES],
        };
        ledger.commit(entry).unwrap();
    });
}

fn empty_filter() -> Value {
    json!({
        "status": null, "source": null, "object": null, "outcome": null, "made_record": null,
        "from": null, "to": null, "text": null,
    })
}
