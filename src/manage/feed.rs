//! Sends new and changed webhooks to watchers. One thread serves all of them, and runs only while
//! there are some.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::ManageError;
use super::webhook::{WebhookSummary, summary};
use crate::domain::webhook_filter::WebhookFilter;
use crate::ledger::Ledger;
use crate::store::query::WebhookCounts;
use crate::store::webhook_look::Bounds;

/// The maximum number of watchers.
const MAX_WATCHERS: usize = 64;

/// The maximum number of webhooks in a message. If there are more, the newest are sent.
const MAX_ROWS: usize = 100;

/// The time between two messages.
const PAUSE: Duration = Duration::from_millis(250);

/// How often a heartbeat is sent to each watcher, and each watcher's permission is checked.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The maximum number of messages that wait for a slow reader. Beyond it the stream ends; the
/// client can continue it from where it ended.
const WAITING: usize = 32;

/// Entries before the last known one whose webhooks are sent again: they may have changed since.
const OVERLAP: u64 = 256;

/// Serves all watchers.
pub struct Feed {
    ledger: Ledger,
    shared: Arc<Shared>,
}

/// The messages for one watcher.
pub struct Watching {
    /// The current state, and what the client missed. It must be sent first: a client that knows
    /// the number of a later message must have received it.
    pub greeting: String,
    /// The messages about later changes.
    pub changes: Receiver<Arc<str>>,
}

/// Checks whether a watcher is still authorized.
pub type StillMay = Box<dyn Fn() -> bool + Send>;

#[derive(Default)]
struct Shared {
    watchers: Mutex<Watchers>,
    closing: Condvar,
}

#[derive(Default)]
struct Watchers {
    all: Vec<Watcher>,
    running: bool,
    closed: bool,
}

struct Watcher {
    send: Sender<Arc<str>>,
    still_may: StillMay,
}

#[derive(Serialize, JsonSchema)]
struct Told<'a> {
    webhooks: &'a [WebhookSummary],
    counts: WebhookCounts,
}

impl Feed {
    /// A feed without watchers.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        let shared = Arc::default();
        Self { ledger, shared }
    }

    /// Adds a watcher, which gets server-sent events. `last` is the number of the last message that
    /// the client received earlier.
    ///
    /// # Errors
    /// If there are too many watchers, or the server is stopping.
    pub fn watch(&self, last: Option<u64>, still_may: StillMay) -> Result<Watching, ManageError> {
        let (send, changes) = channel(WAITING);
        let mut watchers = self.shared.lock();
        watchers.all.retain(|watcher| !watcher.send.is_closed());
        if watchers.closed || watchers.all.len() >= MAX_WATCHERS {
            return Err(ManageError::Busy);
        }
        if !watchers.running {
            self.ledger.changed_watch(true);
            let (ledger, shared) = (self.ledger.clone(), Arc::clone(&self.shared));
            let thread = std::thread::Builder::new().name("feed".to_owned());
            let begun = thread.spawn(move || run(&ledger, &shared));
            begun.map_err(|_| ManageError::Busy)?;
            watchers.running = true;
        }
        watchers.all.push(Watcher { send, still_may });
        drop(watchers);
        // Later changes are sent by the thread, so nothing is missed.
        let greeting = greeting(&self.ledger, last)?;
        Ok(Watching { greeting, changes })
    }

    /// Ends all streams permanently.
    pub fn close(&self) {
        let mut watchers = self.shared.lock();
        watchers.closed = true;
        watchers.all.clear();
        self.shared.closing.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, message: String) {
        let message: Arc<str> = message.into();
        let mut watchers = self.lock();
        watchers
            .all
            .retain(|watcher| watcher.send.try_send(Arc::clone(&message)).is_ok());
    }

    /// Drops watchers that are no longer authorized.
    fn look(&self) {
        // The check reads the store, so it must not hold the lock.
        let mut all = std::mem::take(&mut self.lock().all);
        all.retain(|watcher| (watcher.still_may)());
        let mut watchers = self.lock();
        if !watchers.closed {
            watchers.all.append(&mut all);
        }
    }
}

fn run(ledger: &Ledger, shared: &Shared) {
    let mut position = 0;
    let mut counts = None;
    let mut owed = false;
    let mut heartbeat = Instant::now() + HEARTBEAT;
    loop {
        let left = heartbeat.saturating_duration_since(Instant::now());
        let applied = ledger.wait_applied(position, left.min(Duration::from_secs(1)));
        if !ledger.healthy() {
            shared.lock().all.clear();
        }
        if Instant::now() >= heartbeat {
            heartbeat = Instant::now() + HEARTBEAT;
            shared.look();
            shared.send(": still here\n\n".to_owned());
        }
        if applied > position {
            match changed(ledger, applied, &mut counts, &mut owed) {
                Ok(message) => {
                    position = applied;
                    if let Some(message) = message {
                        shared.send(message);
                    }
                }
                Err(error) => tracing::warn!(%error, "changes could not be sent to the admin page"),
            }
        }
        let mut watchers = shared.lock();
        watchers.all.retain(|watcher| !watcher.send.is_closed());
        if watchers.all.is_empty() {
            watchers.running = false;
            ledger.changed_watch(false);
            return;
        }
        // Only closing wakes it before the pause is over.
        drop(shared.closing.wait_timeout(watchers, PAUSE));
    }
}

/// The changes since the last call; none if there are none to show. `owed` is set while changes
/// were taken but not sent, because the store was too far behind; the next message then says that
/// some were missed.
fn changed(
    ledger: &Ledger,
    applied: u64,
    before: &mut Option<WebhookCounts>,
    owed: &mut bool,
) -> Result<Option<String>, ManageError> {
    let missed = std::mem::replace(owed, true);
    let seqs = ledger.changed_take();
    let (reader, catalog) = ledger.read_with_catalog()?;
    let counts = reader.webhook_counts()?;
    if seqs.is_empty() && !missed && *before == Some(counts) {
        *owed = false;
        return Ok(None);
    }
    *before = Some(counts);
    let mut rows = Vec::new();
    for seq in seqs.iter().rev().take(MAX_ROWS) {
        let row = reader.webhook_by_seq(*seq)?;
        rows.extend(row.map(|row| summary(&catalog, &row)));
    }
    *owed = false;
    let reset = missed || seqs.len() > MAX_ROWS;
    Ok(Some(message(applied, &rows, counts, reset)))
}

/// The first message: the current state, and what arrived since the last message that the client
/// knows.
fn greeting(ledger: &Ledger, last: Option<u64>) -> Result<String, ManageError> {
    let (reader, catalog) = ledger.read_with_catalog()?;
    let applied = reader.applied()?;
    let counts = reader.webhook_counts()?;
    let (mut rows, mut left_out) = (Vec::new(), false);
    if let Some(last) = last.filter(|last| *last < applied) {
        let filter = WebhookFilter::default();
        reader.webhook_look::<ManageError>(&filter, None, Bounds::NONE, |seq, tables| {
            if seq <= last.saturating_sub(OVERLAP) {
                return Ok(ControlFlow::Break(()));
            }
            if rows.len() == MAX_ROWS {
                left_out = seq > last;
                return Ok(ControlFlow::Break(()));
            }
            rows.extend(tables.row(seq)?.map(|row| summary(&catalog, &row)));
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(message(applied, &rows, counts, left_out))
}

/// Formats a message; `reset` says that it is incomplete.
fn message(id: u64, webhooks: &[WebhookSummary], counts: WebhookCounts, reset: bool) -> String {
    // Views can always be written, on one line.
    let data = serde_json::to_string(&Told { webhooks, counts }).unwrap_or_default();
    let reset = if reset { "event: reset\ndata: {}\n\n" } else { "" };
    format!("id: {id}\nevent: webhooks\ndata: {data}\n\n{reset}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_an_event() {
        let counts = WebhookCounts {
            done: 2,
            ..WebhookCounts::default()
        };
        let text = message(7, &[], counts, true);
        let expected = "id: 7\nevent: webhooks\ndata: {\"webhooks\":[],\"counts\":{\"new\":0,\"processing\":0,\
                        \"failed\":0,\"done\":2}}\n\nevent: reset\ndata: {}\n\n";
        assert_eq!(text, expected);
    }

    fn watcher(may: bool) -> (Watcher, Receiver<Arc<str>>) {
        let (send, receive) = channel(WAITING);
        let still_may: StillMay = Box::new(move || may);
        (Watcher { send, still_may }, receive)
    }

    #[test]
    fn who_reads_too_slowly_or_may_no_more_is_told_nothing_more() {
        let shared = Shared::default();
        let ((slow, _kept), (gone, _)) = (watcher(true), watcher(true));
        let (ended, mut told) = watcher(false);
        shared.lock().all = vec![slow, gone, ended];
        shared.send("a".to_owned());
        assert_eq!(shared.lock().all.len(), 2, "one has gone away");
        shared.look();
        assert_eq!(shared.lock().all.len(), 1, "the session of one has ended");
        assert_eq!(told.try_recv().as_deref(), Ok("a"));
        assert!(told.is_closed());
        for _ in 0..WAITING {
            shared.send("b".to_owned());
        }
        assert!(shared.lock().all.is_empty(), "one does not read");
    }
}
