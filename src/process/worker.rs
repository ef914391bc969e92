//! The thread that processes webhooks: new ones immediately, and in between those that a crash left
//! New or that are reprocessed.
//!
//! A new webhook is processed from memory and not marked before it is finished. A webhook from the
//! store is first marked as Processing, so that a webhook that crashes the server is counted and
//! finally Failed, instead of crashing the server forever. A webhook that was tried before is
//! processed alone, so that it cannot harm others.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::{Processed, Verdict, WebhookChange};
use crate::domain::entry::Entry;
use crate::domain::parse_issue::{ParseIssue, Reason};
use crate::domain::webhook::{Status, Webhook};
use crate::ledger::{ChangeError, Ledger, Work};
use crate::metrics::recorded;
use crate::parse::Limits;
use crate::process::create_record;
use crate::store::StoreError;

/// The number of webhooks from the store that are marked and processed together.
const STEP: usize = 100;

/// The pause after webhooks from the store could not be processed.
const RETRY: Duration = Duration::from_millis(100);

/// The pause when the disk has no room.
const NO_ROOM: Duration = Duration::from_secs(1);

/// The maximum wait until a webhook that was tried before is applied, before the next one is tried.
const ALONE: Duration = Duration::from_secs(10);

/// The limits of processing. Decisions are stored with the webhook, so the limits may change from
/// one start to the next.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The maximum number of attempts before a webhook is Failed.
    pub max_attempts: u16,
    /// The limits for reading a body.
    pub body: Limits,
}

/// Processes webhooks until requested to stop. First returns webhooks that a crash left in
/// Processing to New; those that were tried too often become Failed.
pub fn run(ledger: &Ledger, work: &Receiver<Work>, bounds: Bounds) {
    let _end = End(ledger);
    let mut backlog = Backlog::new(bounds.body);
    let mut recovered = false;
    let mut pause = Duration::ZERO;
    loop {
        let next = if recovered && backlog.is_empty() {
            work.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            work.recv_timeout(pause)
        };
        match next {
            Ok(Work::Arrived(webhooks)) => arrived(ledger, &webhooks, bounds.body),
            Ok(Work::Reprocess(webhooks)) => backlog.reprocess.extend(webhooks),
            Ok(Work::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                let step = if recovered {
                    backlog.step(ledger)
                } else {
                    recover(ledger, bounds.max_attempts).map(|until| {
                        recovered = true;
                        backlog.old_until = until;
                    })
                };
                // Webhooks that were not processed stay in the store and are tried again. New
                // webhooks have priority while there is too much to do.
                pause = match step {
                    Ok(()) => Duration::ZERO,
                    // The cause was logged already, and the administrator needs no more messages.
                    Err(WorkError::Change(ChangeError::DiskFull | ChangeError::OpenFiles)) => NO_ROOM,
                    Err(error) => {
                        log(&error);
                        RETRY
                    }
                };
            }
        }
    }
}

/// If processing ends by a panic, no more webhooks must be accepted.
struct End<'a>(&'a Ledger);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("processing stopped because of an internal error; no more webhooks are accepted");
            self.0.fail();
        }
    }
}

fn log(error: &WorkError) {
    tracing::error!(error = %error, cause = ?std::error::Error::source(error), "stored webhooks could not be processed");
}

#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error("the store could not be read")]
    Store(#[from] StoreError),
    #[error("the change was not applied")]
    Change(#[from] ChangeError),
}

/// Returns the sequence up to which webhooks may be New from before this start.
fn recover(ledger: &Ledger, max_attempts: u16) -> Result<u64, WorkError> {
    let reader = ledger.read()?;
    let counts = reader.webhook_counts()?;
    if counts.processing > 0 {
        let at = clock::now();
        let back = ledger.commit(Entry::one(at, Actor::System, WebhookChange::Recovered { max_attempts }))?;
        tracing::warn!(
            webhooks = back.count,
            "webhooks that a crash left in status Processing are set to New"
        );
    }
    if counts.new + counts.processing == 0 {
        return Ok(0);
    }
    Ok(reader.applied()?)
}

fn arrived(ledger: &Ledger, webhooks: &[(u64, Arc<Entry>)], limits: Limits) {
    let catalog = ledger.catalog();
    for (seq, entry) in webhooks {
        if let Some(webhook) = entry.webhook_received() {
            // Rejected only when the server is stopping; then the webhook stays New.
            let _ = ledger.submit(process(&catalog, limits, *seq, 1, webhook));
        }
    }
    ledger.work_done(webhooks.len() as u64);
}

/// The entry with the result of a run.
fn process(catalog: &Catalog, limits: Limits, seq: u64, run: u16, webhook: &Webhook) -> Entry {
    let now = clock::now();
    let begun = Instant::now();
    let processed = guarded(catalog, seq, run, || {
        create_record(catalog, limits, seq, run, webhook, now, clock::new_id_at(now))
    })
    .inspect_err(|_| tracing::error!(webhook = %webhook.id, "processing a webhook caused an internal error"))
    .unwrap_or_else(|failed| failed);
    recorded::PROCESSING.observe_time(begun.elapsed());
    Entry::one(now, Actor::System, WebhookChange::Processed(processed))
}

/// A panic in processing must not end the thread: it fails the webhook and is returned as the
/// error.
fn guarded(catalog: &Catalog, seq: u64, run: u16, decide: impl FnOnce() -> Processed) -> Result<Processed, Processed> {
    catch_unwind(AssertUnwindSafe(decide)).map_err(|_| Processed {
        webhook: seq,
        run,
        rules: catalog.rules,
        verdict: Verdict::Failed { object: None },
        issues: vec![ParseIssue::whole(Reason::InternalFault)],
    })
}

/// The webhooks that wait in the store.
struct Backlog {
    limits: Limits,
    reprocess: VecDeque<u64>,
    /// The last sequence that may be New from before this start; 0 when all are processed.
    old_until: u64,
    old_after: u64,
    /// The webhooks of a step that failed.
    begun: Vec<u64>,
}

impl Backlog {
    const fn new(limits: Limits) -> Self {
        Self {
            limits,
            reprocess: VecDeque::new(),
            old_until: 0,
            old_after: 0,
            begun: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.reprocess.is_empty() && self.old_until == 0
    }

    /// One step. Webhooks that it could not process stay in the backlog.
    fn step(&mut self, ledger: &Ledger) -> Result<(), WorkError> {
        if !self.reprocess.is_empty() {
            let seqs: Vec<u64> = self.reprocess.iter().copied().take(STEP).collect();
            from_store(ledger, &seqs, self.limits)?;
            self.reprocess.drain(..seqs.len());
            ledger.reprocess_done(seqs.len() as u64);
            return Ok(());
        }
        let mut seqs = ledger.read()?.status_seqs(Status::New, self.old_after, STEP)?;
        seqs.retain(|seq| *seq <= self.old_until);
        // Webhooks that a failed step has marked are no longer New.
        seqs.extend(self.begun.iter().copied());
        self.begun.clone_from(&seqs);
        from_store(ledger, &seqs, self.limits)?;
        self.begun.clear();
        match seqs.iter().max() {
            None => self.old_until = 0,
            Some(last) => self.old_after = self.old_after.max(*last),
        }
        Ok(())
    }
}

/// Processes webhooks that are New in the store, or that a failed step has marked.
fn from_store(ledger: &Ledger, seqs: &[u64], limits: Limits) -> Result<(), WorkError> {
    let (mut fresh, mut tried, mut begun) = (Vec::new(), Vec::new(), Vec::new());
    let reader = ledger.read()?;
    for seq in seqs {
        let row = match reader.webhook_by_seq(*seq) {
            // The others must not wait for it. It is not marked, so nothing is decided about it.
            Err(error) if error.is_damage() => {
                tracing::error!(
                    entry = seq,
                    %error,
                    "a webhook in the database is damaged and is not processed. Stop the server and run 'hookgate \
                     check': it shows how to repair the data"
                );
                ledger.comparison_note(false);
                continue;
            }
            row => row?,
        };
        match row.map(|row| row.state) {
            Some(state) if state.status == Status::Processing => begun.push(*seq),
            Some(state) if state.status != Status::New => {}
            Some(state) if state.attempts == 0 => fresh.push(*seq),
            Some(_) => tried.push(*seq),
            None => {}
        }
    }
    drop(reader);
    process_marked(ledger, &begun, limits)?;
    if !fresh.is_empty() {
        mark(ledger, &fresh)?;
        process_marked(ledger, &fresh, limits)?;
    }
    for seq in tried {
        mark(ledger, &[seq])?;
        process_marked(ledger, &[seq], limits)?;
        // If it is New again, the catalog changed meanwhile, and it will be processed again.
        ledger.wait_status(seq, ALONE, |status| status != Status::Processing)?;
    }
    Ok(())
}

fn mark(ledger: &Ledger, seqs: &[u64]) -> Result<(), WorkError> {
    ledger.commit(Entry::one(
        clock::now(),
        Actor::System,
        WebhookChange::Started {
            webhooks: seqs.to_vec(),
        },
    ))?;
    Ok(())
}

fn process_marked(ledger: &Ledger, seqs: &[u64], limits: Limits) -> Result<(), WorkError> {
    let reader = ledger.read()?;
    let catalog = ledger.catalog();
    for seq in seqs {
        let Some(row) = reader.webhook_by_seq(*seq)? else {
            continue;
        };
        if row.state.status != Status::Processing {
            continue;
        }
        ledger.submit(process(&catalog, limits, *seq, row.state.run, &row.webhook))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
