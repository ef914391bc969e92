//! What arrives and changes, told to whoever watches: one thread for all of them, and only while
//! there are some.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::ManageError;
use super::webhook::{WebhookSummary, summary};
use crate::domain::webhook_filter::WebhookFilter;
use crate::ledger::Ledger;
use crate::store::query::WebhookCounts;
use crate::store::webhook_look::Bounds;

/// The most who watch at once.
const MAX_WATCHERS: usize = 64;

/// Webhooks of one message; of more, the newest.
const MAX_ROWS: usize = 100;

/// The time between two messages.
const PAUSE: Duration = Duration::from_millis(250);

/// How often whoever watches hears that the connection stands, and is looked at.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Messages that wait for one who reads slowly. After that the stream ends; it may be begun
/// again from where it ended.
const WAITING: usize = 32;

/// Entries before the last known one whose webhooks are told again: they may have changed since.
const OVERLAP: u64 = 256;

/// Tells who watches.
pub struct Feed {
    ledger: Ledger,
    shared: Arc<Shared>,
}

/// What one who watches is told.
pub struct Watching {
    /// Where things stand, and what was missed. It comes first: whoever keeps the number of a later
    /// message has had it.
    pub greeting: String,
    /// What changes from then on.
    pub changes: Receiver<Arc<str>>,
}

/// Whether one who watches still may.
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

#[derive(Serialize)]
struct Told<'a> {
    webhooks: &'a [WebhookSummary],
    counts: WebhookCounts,
}

impl Feed {
    /// Nobody watches yet.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        let shared = Arc::default();
        Self { ledger, shared }
    }

    /// Begins to tell somebody, in the form of server-sent events. `last` is the number of the
    /// last message that they got earlier.
    ///
    /// # Errors
    /// When too many watch, or the server stops.
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
        // What changes from here on is told by the thread, so nothing is left out.
        let greeting = greeting(&self.ledger, last)?;
        Ok(Watching { greeting, changes })
    }

    /// Ends all streams, for good.
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

    fn tell(&self, message: String) {
        let message: Arc<str> = message.into();
        let mut watchers = self.lock();
        watchers
            .all
            .retain(|watcher| watcher.send.try_send(Arc::clone(&message)).is_ok());
    }

    /// Those who may no more are told nothing more.
    fn look(&self) {
        // Asking reads the store: not while others wait for the lock.
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
            shared.tell(": still here\n\n".to_owned());
        }
        if applied > position {
            match changed(ledger, applied, &mut counts, &mut owed) {
                Ok(message) => {
                    position = applied;
                    if let Some(message) = message {
                        shared.tell(message);
                    }
                }
                Err(error) => tracing::warn!(%error, "what changed could not be told to the admin page"),
            }
        }
        let mut watchers = shared.lock();
        watchers.all.retain(|watcher| !watcher.send.is_closed());
        if watchers.all.is_empty() {
            watchers.running = false;
            ledger.changed_watch(false);
            return;
        }
        // Woken by nothing but the end.
        drop(shared.closing.wait_timeout(watchers, PAUSE));
    }
}

/// What changed since the last time; none if nothing did that anybody would see. `owed`: there are changes that were
/// taken and could not be told, since the store was too far behind; the next message says that some were missed.
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

/// The first message: where things stand, and what arrived since the last known one.
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

/// A message; `reset` says that there was more than it tells.
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
        shared.tell("a".to_owned());
        assert_eq!(shared.lock().all.len(), 2, "one has gone away");
        shared.look();
        assert_eq!(shared.lock().all.len(), 1, "the session of one has ended");
        assert_eq!(told.try_recv().as_deref(), Ok("a"));
        assert!(told.is_closed());
        for _ in 0..WAITING {
            shared.tell("b".to_owned());
        }
        assert!(shared.lock().all.is_empty(), "one does not read");
    }
}
