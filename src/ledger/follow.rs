//! The thread by which the store follows the journal.

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
use crate::domain::catalog::{Catalog, Refusal};
use crate::journal::Batch;
use crate::store::StoreWriter;

/// Entries of one transaction at most.
const ENTRIES: usize = 4096;

/// Bytes of one transaction at most.
const BYTES: u64 = 16 << 20;

/// From so many entries at once on there is a load, and a transaction gathers for a while: each
/// has its price, also for the journal, which shares the disk.
const LOAD: usize = 24;

/// How long a transaction gathers under load. Senders were answered before; nobody waits who
/// is not counted in `replies`.
const GATHER: Duration = Duration::from_millis(12);

pub(super) struct Follower {
    pub store: StoreWriter,
    pub incoming: Receiver<Batch<Item>>,
    pub catalog: Arc<ArcSwap<Catalog>>,
    pub progress: Arc<Progress>,
    pub load: Arc<Load>,
    pub touched: Arc<Touched>,
    pub work: Sender<Work>,
}

type Reply = oneshot::Sender<Result<Applied, Refusal>>;

impl Follower {
    /// The next batch, if it comes in time.
    fn gather(&self, until: Instant) -> Option<Batch<Item>> {
        let left = until.saturating_duration_since(Instant::now());
        self.incoming.recv_timeout(left).ok()
    }

    /// Applies what the journal hands over, until the journal ends or the database fails.
    pub fn run(mut self) {
        let _end = End(Arc::clone(&self.progress));
        while let Ok(batch) = self.incoming.recv() {
            let until = Instant::now() + GATHER;
            let mut entries = Vec::new();
            let mut replies: VecDeque<(u64, Reply)> = VecDeque::new();
            let mut bytes = 0;
            let mut next = Some(batch);
            while let Some(batch) = next.take() {
                for (seq, item) in (batch.first..).zip(batch.items) {
                    bytes += item.bytes;
                    replies.extend(item.reply.map(|reply| (seq, reply)));
                    entries.push((seq, item.change));
                }
                if entries.len() < ENTRIES && bytes < BYTES {
                    next = self.incoming.try_recv().ok();
                    if next.is_none() && entries.len() >= LOAD && replies.is_empty() {
                        next = self.gather(until);
                    }
                }
            }
            let folded = self.store.fold(entries.iter().map(|(seq, change)| (*seq, &**change)));
            drop(entries);
            self.load.bytes.fetch_sub(bytes, Ordering::AcqRel);
            let folded = match folded {
                Ok(folded) => folded,
                Err(error) => {
                    tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the database failed; nothing more is accepted");
                    // Before those who wait for a reply hear of it.
                    self.progress.fail();
                    break;
                }
            };
            if let Some(catalog) = folded.catalog {
                self.catalog.store(catalog);
            }
            if !folded.again.is_empty() {
                self.load.again.fetch_add(folded.again.len() as u64, Ordering::AcqRel);
                let _ = self.work.send(Work::Again(folded.again));
            }
            self.touched.add(folded.touched);
            for (seq, row) in folded.audited {
                audit_log(seq, &row, &self.catalog.load());
            }
            self.progress.advance(self.store.applied());
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
        }
    }
}

/// When the thread ends, for whatever reason, those who wait are told that nothing more is
/// applied.
struct End(Arc<Progress>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.fail();
    }
}
