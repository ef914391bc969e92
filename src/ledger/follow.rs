//! The thread that applies the journal to the store.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::oneshot;

use super::audit_log::audit_log;
use super::progress::Progress;
use super::touched::Touched;
use super::{Applied, Item, Load, Work};
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::{Change, Verdict, WebhookChange};
use crate::domain::entry::Entry;
use crate::journal::Batch;
use crate::metrics::recorded;
use crate::space::{Guard, comes_of_full_disk};
use crate::store::StoreWriter;

/// The maximum number of entries in one transaction.
const ENTRIES: usize = 4096;

/// The maximum number of bytes in one transaction.
const BYTES: u64 = 16 << 20;

/// From this number of entries at once, a transaction collects more for a while: each transaction
/// has a cost, also for the journal, which shares the disk.
const LOAD: usize = 24;

/// How long a transaction collects entries under load. Senders already have their response; all
/// callers that still wait are counted in `replies`.
const GATHER: Duration = Duration::from_millis(12);

/// The maximum number of bytes in one transaction when there is little room.
const FEW: u64 = 256 << 10;

/// How often it checks for room when the disk is full.
const LOOK: Duration = Duration::from_millis(250);

pub(super) struct Follower {
    pub store: StoreWriter,
    pub incoming: Receiver<Batch<Item>>,
    pub catalog: Arc<ArcSwap<Catalog>>,
    pub progress: Arc<Progress>,
    pub load: Arc<Load>,
    pub touched: Arc<Touched>,
    pub guard: Guard,
    pub work: Sender<Work>,
}

type Reply = oneshot::Sender<Result<Applied, ApplyError>>;

impl Follower {
    /// The next batch, or none if the time is up first.
    fn gather(&self, until: Instant) -> Option<Batch<Item>> {
        let left = until.saturating_duration_since(Instant::now());
        self.incoming.recv_timeout(left).ok()
    }

    /// Applies the batches of the journal, until the journal is closed or the database fails.
    pub fn run(mut self) {
        let _end = End(Arc::clone(&self.progress));
        while let Ok(batch) = self.incoming.recv() {
            let until = Instant::now() + GATHER;
            let mut entries: Vec<Synced> = Vec::new();
            let mut replies: VecDeque<(u64, Reply)> = VecDeque::new();
            let mut bytes = 0;
            let mut next = Some(batch);
            while let Some(batch) = next.take() {
                for (seq, item) in (batch.first..).zip(batch.items) {
                    bytes += item.bytes;
                    replies.extend(item.reply.map(|reply| (seq, reply)));
                    entries.push(Synced {
                        seq,
                        entry: item.entry,
                        bytes: item.bytes,
                    });
                }
                if entries.len() < ENTRIES && bytes < BYTES {
                    next = self.incoming.try_recv().ok();
                    if next.is_none() && entries.len() >= LOAD && replies.is_empty() {
                        next = self.gather(until);
                    }
                }
            }
            if entries.is_empty() {
                // A heartbeat of the journal: this thread shows that it is alive too.
                self.progress.round();
            }
            let mut rest = entries.as_slice();
            while !rest.is_empty() {
                let Some(some) = self.find_room(rest, &mut replies) else {
                    // The journal holds them; they are applied at the next start.
                    return;
                };
                let (now, later) = rest.split_at(some);
                if !self.apply(now, &mut replies) {
                    return;
                }
                rest = later;
            }
        }
    }

    /// How many of these entries there is room for in one transaction: all of them, unless the disk
    /// is full. Waits for room, since redb is unusable after it finds the disk full. None if the
    /// ledger is closed before there is room.
    fn find_room(&self, entries: &[Synced], replies: &mut VecDeque<(u64, Reply)>) -> Option<usize> {
        let all = entries.iter().map(|entry| entry.bytes).sum();
        if self.guard.has_room(all) {
            return Some(entries.len());
        }
        let mut bytes = 0;
        let few = entries.iter().take_while(|entry| {
            bytes += entry.bytes;
            bytes <= FEW
        });
        let few = few.count().max(1);
        let bytes = entries.iter().take(few).map(|entry| entry.bytes).sum();
        if self.guard.make_room(bytes) {
            return Some(few);
        }
        tracing::error!("the disk is full: the journal is applied to the database when there is space again");
        // Waiting callers must not wait until an administrator makes room.
        replies.clear();
        while !self.guard.make_room(bytes) {
            // It waits, but it is alive.
            self.progress.round();
            let closing = |_| self.load.closing.load(Ordering::Acquire);
            if self.progress.wait(LOOK, closing) {
                return None;
            }
        }
        tracing::info!("there is disk space again: the journal is applied to the database");
        Some(few)
    }

    /// Applies entries in one transaction and sends the results to waiting callers. Returns whether
    /// the database succeeded.
    fn apply(&mut self, entries: &[Synced], replies: &mut VecDeque<(u64, Reply)>) -> bool {
        let folded = self
            .store
            .fold(entries.iter().map(|synced| (synced.seq, &*synced.entry)));
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        self.load.bytes.fetch_sub(bytes, Ordering::AcqRel);
        let folded = match folded {
            Ok(folded) => folded,
            Err(error) => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the database failed; no more webhooks are accepted");
                if comes_of_full_disk(&error) {
                    // Another process filled the disk first. The next start needs room.
                    let _ = self.guard.no_room();
                }
                // Must come before waiting callers get their error.
                self.progress.fail();
                return false;
            }
        };
        count_processed(entries, &folded.reprocess);
        if let Some(catalog) = folded.catalog {
            self.catalog.store(catalog);
        }
        if !folded.reprocess.is_empty() {
            self.load
                .reprocess
                .fetch_add(folded.reprocess.len() as u64, Ordering::AcqRel);
            let _ = self.work.send(Work::Reprocess(folded.reprocess));
        }
        if let Some(waits) = folded.task_waits {
            self.load.task_waits.store(waits, Ordering::Release);
        }
        self.touched.add(folded.touched);
        for (seq, row) in folded.audited {
            audit_log(seq, &row, &self.catalog.load());
        }
        self.progress.advance(self.store.applied());
        self.progress.round();
        for (seq, answer) in folded.answers {
            while replies.front().is_some_and(|(waiting, _)| *waiting < seq) {
                replies.pop_front();
            }
            if replies.front().is_some_and(|(waiting, _)| *waiting == seq)
                && let Some((_, reply)) = replies.pop_front()
            {
                let _ = reply.send(answer);
            }
        }
        true
    }
}

/// Counts the results of webhooks. Those that are decided again are counted then.
fn count_processed(entries: &[Synced], reprocess: &[u64]) {
    for change in entries.iter().flat_map(|synced| &synced.entry.changes) {
        if let Change::Webhook(WebhookChange::Processed(processed)) = change
            && !reprocess.contains(&processed.webhook)
        {
            recorded::WEBHOOKS_PROCESSED.one(match processed.verdict {
                Verdict::Records(_) => "record",
                Verdict::StoredOnly => "stored-only",
                Verdict::Failed { .. } => "failed",
            });
        }
    }
}

/// An entry that is synced and must be applied.
struct Synced {
    seq: u64,
    entry: Arc<Entry>,
    bytes: u64,
}

/// When the thread ends for any reason, waiting callers learn that nothing more is applied.
struct End(Arc<Progress>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.fail();
    }
}
