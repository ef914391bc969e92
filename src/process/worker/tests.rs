//! Processing from the store under obstacles: nothing is lost, and nothing is done twice.

mod held;
mod site;

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::change::WebhookChange;
use crate::domain::entry::Entry;
use crate::domain::webhook::{Outcome, WebhookState};
use site::{AT, Site};

const BOUNDS: Bounds = Bounds {
    max_attempts: 5,
    body: Limits {
        depth: 128,
        fields: 1000,
    },
};

const CONTACT: &str = r#"{"EntityName":"Contact","Name":"John Best"}"#;

/// The time limit of each operation before the test fails.
const BOUND: Duration = Duration::from_secs(60);

fn state(ledger: &Ledger, seq: u64) -> WebhookState {
    let state = ledger.read().unwrap().webhook_state(seq).unwrap();
    state.expect("the webhook is there")
}

fn contacts(ledger: &Ledger) -> u64 {
    let contact = ledger.catalog().object("Contact").unwrap().id;
    ledger.read().unwrap().record_count(contact).unwrap()
}

fn done(ledger: &Ledger, seq: u64) {
    assert!(
        ledger.wait_processed(seq, BOUND).unwrap(),
        "webhook {seq} is not processed"
    );
    let state = state(ledger, seq);
    assert_eq!(
        (state.status, state.outcome),
        (Status::Done, Outcome::RecordCreated),
        "{state:?}"
    );
}

/// Reprocesses a webhook; returns the webhooks that processing gets.
fn replayed(ledger: &Ledger, work: &Receiver<Work>, seq: u64) -> Vec<u64> {
    let replay = Entry::one(
        AT,
        Actor::CommandLine,
        WebhookChange::Reprocessed {
            webhooks: vec![seq],
            repeat: true,
        },
    );
    ledger.commit(replay).unwrap();
    loop {
        match work.recv_timeout(BOUND).unwrap() {
            Work::Reprocess(seqs) => return seqs,
            Work::Arrived(_) => {}
            Work::Stop => panic!("nobody asked for the end"),
        }
    }
}

#[test]
fn what_a_busy_ledger_refuses_stays_in_the_backlog() {
    let site = Site::new();
    let (ledger, work) = site.open();
    let seq = site::arrived(&ledger, CONTACT);
    let mut backlog = Backlog {
        old_until: seq,
        ..Backlog::new(BOUNDS.body)
    };

    // A webhook that was New before the start.
    let filler = site.fill(&ledger);
    assert!(matches!(
        backlog.step(&ledger),
        Err(WorkError::Change(ChangeError::Busy))
    ));
    site.release(filler);
    assert_eq!(state(&ledger, seq).status, Status::New);
    backlog.step(&ledger).unwrap();
    done(&ledger, seq);
    backlog.step(&ledger).unwrap();
    assert!(backlog.is_empty());

    // A webhook that is reprocessed.
    backlog.reprocess.extend(replayed(&ledger, &work, seq));
    let filler = site.fill(&ledger);
    assert!(matches!(
        backlog.step(&ledger),
        Err(WorkError::Change(ChangeError::Busy))
    ));
    assert_eq!((backlog.reprocess.len(), ledger.reprocess_wait(Duration::ZERO)), (1, 1));
    site.release(filler);
    backlog.step(&ledger).unwrap();
    assert_eq!((backlog.reprocess.len(), ledger.reprocess_wait(Duration::ZERO)), (0, 0));
    done(&ledger, seq);
    assert_eq!(state(&ledger, seq).run, 2);
    assert_eq!(contacts(&ledger), 2);
    ledger.close();
}

#[test]
fn what_a_failed_step_has_marked_is_finished_by_the_next_without_another_mark() {
    let site = Site::new();
    let (ledger, _work) = site.open();
    let (marked, new) = (site::arrived(&ledger, CONTACT), site::arrived(&ledger, CONTACT));
    mark(&ledger, &[marked]).unwrap();
    let mut backlog = Backlog {
        old_until: new,
        begun: vec![marked, new],
        ..Backlog::new(BOUNDS.body)
    };
    while !backlog.is_empty() {
        backlog.step(&ledger).unwrap();
    }
    for seq in [marked, new] {
        done(&ledger, seq);
        assert_eq!(state(&ledger, seq).attempts, 1);
    }
    assert_eq!(contacts(&ledger), 2);
    ledger.close();
}

#[test]
fn processing_goes_on_once_the_ledger_is_not_busy_any_more() {
    let site = Site::new();
    let (ledger, _) = site.open();
    let (new, cut_short) = (site::arrived(&ledger, CONTACT), site::arrived(&ledger, CONTACT));
    mark(&ledger, &[cut_short]).unwrap();
    site::close(ledger);

    let (ledger, work) = site.open();
    let filler = site.fill(&ledger);
    let (tell, told) = channel();
    let processing = processing(&ledger, work, Told(tell));
    // There is more than one attempt, and none of them is the last.
    for _ in 0..2 {
        let line = told.recv_timeout(BOUND).unwrap();
        assert!(
            line.contains("could not be processed") && line.contains("Busy"),
            "{line}"
        );
    }
    assert_eq!(ledger.position().applied, ledger.position().durable);
    site.release(filler);
    done(&ledger, new);
    done(&ledger, cut_short);
    assert_eq!(contacts(&ledger), 2);
    ledger.work_stop();
    processing.join().unwrap();
    assert!(ledger.healthy());
    ledger.close();
}

#[test]
fn whoever_waits_for_the_backlog_is_told_when_it_is_done_or_will_not_be() {
    let site = Site::new();
    let (ledger, work) = site.open();
    let seq = site::arrived(&ledger, CONTACT);
    let mut backlog = Backlog {
        old_until: seq,
        ..Backlog::new(BOUNDS.body)
    };
    let begin = std::time::Instant::now();
    while !backlog.is_empty() {
        backlog.step(&ledger).unwrap();
    }
    done(&ledger, seq);

    backlog.reprocess.extend(replayed(&ledger, &work, seq));
    assert_eq!(ledger.reprocess_wait(Duration::ZERO), 1);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| ledger.reprocess_wait(BOUND));
        backlog.step(&ledger).unwrap();
        assert_eq!(waiting.join().unwrap(), 0);
    });
    done(&ledger, seq);

    assert_eq!(replayed(&ledger, &work, seq), [seq]);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| ledger.reprocess_wait(BOUND));
        ledger.fail();
        assert_eq!(waiting.join().unwrap(), 1);
    });
    assert!(begin.elapsed() < BOUND);
    ledger.close();
}

#[test]
fn a_fault_in_processing_fails_the_webhook_and_nothing_else() {
    let site = Site::new();
    let (ledger, _work) = site.open();
    let (bad, good) = (site::arrived(&ledger, CONTACT), site::arrived(&ledger, CONTACT));
    let failed = guarded(&ledger.catalog(), bad, 1, || panic!("on purpose")).unwrap_err();
    ledger
        .submit(Entry::one(AT, Actor::System, WebhookChange::Processed(failed)))
        .unwrap();
    assert!(ledger.wait_processed(bad, BOUND).unwrap());
    let bad = state(&ledger, bad);
    assert_eq!((bad.status, bad.outcome), (Status::Failed, Outcome::Failed), "{bad:?}");
    assert_eq!(bad.issues, [ParseIssue::whole(Reason::InternalFault)]);

    let reader = ledger.read().unwrap();
    let row = reader.webhook_by_seq(good).unwrap().unwrap();
    let processed = process(&ledger.catalog(), BOUNDS.body, good, 1, &row.webhook);
    ledger.submit(processed).unwrap();
    done(&ledger, good);
    assert!(ledger.healthy());
    ledger.close();
}

/// Processing ends by a panic of the log, the only other part that may panic.
#[test]
fn when_the_thread_ends_by_a_panic_nothing_more_is_accepted() {
    let site = Site::new();
    let (ledger, _) = site.open();
    site::arrived(&ledger, CONTACT);
    site::close(ledger);

    let (ledger, work) = site.open();
    let filler = site.fill(&ledger);
    assert!(ledger.healthy());
    let (tell, told) = channel();
    drop(told);
    let processing = processing(&ledger, work, Told(tell));
    processing.join().expect_err("it ends by a panic");
    assert!(!ledger.healthy());
    let refused = ledger.webhook_append(site::webhook(CONTACT));
    assert!(matches!(refused, Err(ChangeError::Stopped)));
    site.release(filler);
    ledger.close();
}

/// Starts processing on its own thread, which logs to `log`.
fn processing(ledger: &Ledger, work: Receiver<Work>, log: Told) -> thread::JoinHandle<()> {
    let ledger = ledger.clone();
    thread::spawn(move || {
        let log = tracing_subscriber::fmt().with_writer(log).finish();
        tracing::subscriber::with_default(log, || run(&ledger, &work, BOUNDS));
    })
}

/// A log that the test reads. It panics when the test no longer reads it.
struct Told(Sender<String>);

impl<'a> MakeWriter<'a> for Told {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self(self.0.clone())
    }
}

impl io::Write for Told {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line).into_owned();
        if !std::thread::panicking() {
            self.0.send(text).expect("somebody reads the log");
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
