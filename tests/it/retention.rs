//! Retention: what is past its time goes, with its parsing errors; records stay.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ArgMatches;
use hookgate::app::context::context;
use hookgate::app::{Appliance, CreateMode};
use hookgate::config::load;
use hookgate::domain::actor::Actor;
use hookgate::manage::ManageError;
use hookgate::manage::audit::{AuditQuery, audit_list};
use hookgate::manage::retention::{
    DaysEdit, RetentionEdit, retention_preview, retention_run, retention_run_scheduled, retention_set,
};
use serde_json::{Value, json};

use super::filled::{End, days_ago, filled, processed, stopped_server};
use super::harness::{Connection, Request, Server};

const SEGMENT: u64 = 64 << 20;

#[test]
fn webhooks_are_kept_90_days_and_deleted_at_three_unless_said_otherwise() {
    let server = Server::start();
    let shown = server.ask(&["retention", "show"]);
    assert_eq!(
        shown["days"],
        json!({"new": 90, "processing": 90, "failed": 90, "done": 90})
    );
    assert_eq!(shown["schedule"], "0 3 * * *");
    let runs = shown["next_runs"].as_array().unwrap();
    assert!(
        runs.len() > 1 && runs.iter().all(|run| run.as_str().unwrap().ends_with("T03:00:00Z")),
        "{shown}"
    );

    let set = server.ask(&[
        "retention",
        "set",
        "--done",
        "30",
        "--failed",
        "0",
        "--schedule",
        "30 2 * * Sun",
    ]);
    assert_eq!(
        set["days"],
        json!({"new": 90, "processing": 90, "failed": 0, "done": 30})
    );
    // What comes next may have come meanwhile.
    let kept = |view: &Value| (view["days"].clone(), view["schedule"].clone());
    assert_eq!(kept(&server.ask(&["retention", "show"])), kept(&set));
    for wrong in [["--schedule", "61 * * * *"], ["--done", "4000000"]] {
        let refused = server.cli(&[&["retention", "set"], &wrong[..]].concat());
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(
            refused.stderr.contains(wrong[0].trim_start_matches('-')) || refused.stderr.contains("days"),
            "{refused:?}"
        );
    }
    assert_eq!(
        kept(&server.ask(&["retention", "show"])),
        kept(&set),
        "a refused change changes nothing"
    );
}

/// A folder with old and fresh webhooks of each kind, served in steps of three.
fn site() -> (Server, Vec<String>, Vec<String>) {
    let mut server = stopped_server(&["--retention-batch", "3"]);
    let (old, fresh) = filled(&server.data(), SEGMENT, |ledger| {
        let all = |days: u32, counts: [(End, usize); 3]| {
            let ends = counts
                .into_iter()
                .flat_map(|(end, count)| std::iter::repeat_n(end, count));
            ends.map(|end| processed(ledger, days_ago(days), end).to_string())
                .collect::<Vec<_>>()
        };
        let old = all(91, [(End::Contact, 7), (End::Stored, 4), (End::Failed, 5)]);
        (old, all(88, [(End::Contact, 2), (End::Stored, 1), (End::Failed, 1)]))
    });
    server.restart();
    (server, old, fresh)
}

#[test]
fn what_is_past_its_time_is_counted_then_deleted_and_records_stay() {
    let (server, old, fresh) = site();
    let failed = server.ask(&["webhook", "show", old.last().unwrap()]);
    assert_eq!(failed["errors"].as_array().unwrap().len(), 1, "{failed}");

    let preview = server.ask(&["retention", "preview"]);
    assert_eq!(
        preview["expired"],
        json!({"new": 0, "processing": 0, "failed": 5, "done": 11}),
        "{preview}"
    );
    let text = server.cli(&["retention", "preview"]).good().stdout;
    assert!(text.contains("11 Done") && text.contains("5 Failed"), "{text}");
    assert_eq!(server.stored(), 20, "a preview deletes nothing");

    let before = server.ask(&["healthcheck"])["journal"].as_u64().unwrap();
    let done = server.ask(&["retention", "run"]);
    assert_eq!(
        done["deleted"],
        json!({"new": 0, "processing": 0, "failed": 5, "done": 11}),
        "{done}"
    );
    let steps = server.ask(&["healthcheck"])["journal"].as_u64().unwrap() - before;
    assert!(steps >= 6, "16 webhooks in steps of 3 went in {steps} transactions");

    for id in &old {
        assert_eq!(server.cli(&["webhook", "show", id]).code, 3, "{id} is past its time");
    }
    for id in &fresh {
        assert_eq!(server.ask(&["webhook", "show", id])["id"], **id);
    }
    let records = server.records("Contact");
    assert_eq!(records.len(), 9, "all records stay");
    let gone = records.iter().filter(|record| {
        let id = record["id"].as_str().unwrap();
        server.ask(&["record", "show", "Contact", id])["webhook"] == Value::Null
    });
    assert_eq!(gone.count(), 7, "records of deleted webhooks name none");
    assert_eq!(server.ask(&["retention", "run"])["deleted"]["done"], 0);
    checks(server);
}

#[test]
fn zero_days_keep_for_ever() {
    let (server, old, _) = site();
    server.ask(&["retention", "set", "--done", "0"]);
    assert_eq!(
        server.ask(&["retention", "run"])["deleted"],
        json!({"new": 0, "processing": 0, "failed": 5, "done": 0})
    );
    assert_eq!(server.ask(&["webhook", "show", &old[0]])["id"], *old[0]);
}

#[test]
fn webhooks_go_on_arriving_while_old_ones_are_deleted() {
    let mut server = stopped_server(&["--retention-batch", "1"]);
    filled(&server.data(), SEGMENT, |ledger| {
        for _ in 0..150 {
            processed(ledger, days_ago(400), End::Failed);
        }
    });
    server.restart();
    let source = super::harness::Source::of(&server.ask(&["source", "show", "Form"]));
    let ended = AtomicBool::new(false);
    let (address, certificate) = (server.address(), server.certificate());
    let arrived = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut connection = Connection::open(address, "localhost", &certificate).unwrap();
            let mut ids = Vec::new();
            while !ended.load(Ordering::Acquire) || ids.len() < 5 {
                let body = r#"{"EntityName":"Contact","Name":"New"}"#;
                ids.push(connection.send(&Request::post(&source, "application/json", body)).id());
            }
            ids
        });
        let deleted = server.ask(&["retention", "run"]);
        ended.store(true, Ordering::Release);
        assert_eq!(deleted["deleted"]["failed"], 150, "{deleted}");
        sender.join().unwrap()
    });
    for id in &arrived {
        assert_eq!(server.processed(id)["status"], "Done");
    }
    assert_eq!(server.stored(), arrived.len() as u64);
    checks(server);
}

/// In this process: from outside, the schedule would let it wait for a minute.
#[test]
fn after_a_jump_of_the_clock_the_schedule_deletes_nothing_until_somebody_confirms_it() {
    let server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, |ledger| {
        for _ in 0..5 {
            processed(ledger, days_ago(100), End::Failed);
        }
        for _ in 0..3 {
            processed(ledger, days_ago(50), End::Stored);
        }
    });
    // To this start it looks as if the clock were fifty days ahead of the newest webhook, and of
    // when a server last ran.
    ran(&server.data(), 50);
    let mut settings = load(None, &ArgMatches::default(), |_| None).unwrap();
    settings.data = server.data();
    settings.secrets.master_key = server.data().join("master.key");
    let appliance = Appliance::open(&Arc::new(settings), CreateMode::Refused).unwrap();
    let context = context(&appliance);
    let scheduled = || retention_run_scheduled(&context, &mut |_| ControlFlow::Continue(()));
    let ledger = &appliance.ledger;
    let count = || ledger.read().unwrap().webhook_counts().unwrap().total();

    // One that arrives now has its time from the same clock and proves nothing.
    processed(ledger, days_ago(0), End::Failed);
    for _ in 0..2 {
        let refused = scheduled().unwrap_err();
        assert!(
            matches!(refused, ManageError::ClockDoubted { webhooks: 5, hours } if (1199..=1201).contains(&hours)),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("'hookgate retention run'"), "{refused}");
        assert_eq!(count(), 9);
    }

    let preview = retention_preview(&context).unwrap();
    assert!(
        preview
            .clock_ahead_hours
            .is_some_and(|hours| (1199..=1201).contains(&hours)),
        "{preview:?}"
    );

    let by_hand = retention_run(&context, Actor::CommandLine, None, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(retention_preview(&context).unwrap().clock_ahead_hours, None);
    assert_eq!((by_hand.deleted.failed, count()), (5, 4));
    let edit = RetentionEdit {
        days: DaysEdit {
            done: Some(30),
            ..DaysEdit::default()
        },
        schedule: None,
    };
    retention_set(&context, Actor::CommandLine, edit).unwrap();
    assert_eq!(scheduled().unwrap().deleted.done, 3, "the clock is believed now");
    assert_eq!(count(), 1);
    // Nothing is left: nothing to note.
    scheduled().unwrap();
    let query = AuditQuery {
        action: Some("retention-deleted".to_owned()),
        ..AuditQuery::default()
    };
    let rows = audit_list(&context, &query, None, 10).unwrap().rows;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.subject.as_str(), row.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [("3 webhooks", "3 Done, by the schedule"), ("5 webhooks", "5 Failed")]
    );
    appliance.close();
}

/// Webhooks may be rare: that a server ran yesterday says that the clock did not jump.
#[test]
fn a_site_where_nothing_arrives_for_weeks_is_not_doubted() {
    let server = stopped_server(&[]);
    filled(&server.data(), SEGMENT, |ledger| {
        for _ in 0..5 {
            processed(ledger, days_ago(100), End::Failed);
        }
    });
    ran(&server.data(), 0);
    let mut settings = load(None, &ArgMatches::default(), |_| None).unwrap();
    settings.data = server.data();
    settings.secrets.master_key = server.data().join("master.key");
    let appliance = Appliance::open(&Arc::new(settings), CreateMode::Refused).unwrap();
    let done = retention_run_scheduled(&context(&appliance), &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(done.deleted.failed, 5);
    appliance.close();
}

/// As if a server had last run on the data so many days ago.
fn ran(data: &std::path::Path, days: u64) {
    let lock = std::fs::File::options().write(true).open(data.join("lock")).unwrap();
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(days * 86_400);
    lock.set_modified(then).unwrap();
}

#[track_caller]
fn checks(mut server: Server) {
    assert_eq!(server.stop(), 0);
    assert_eq!(server.ask(&["check"])["problems"], json!([]));
    assert_eq!(server.ask(&["rebuild"])["equal"], true);
}
