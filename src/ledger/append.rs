//! Appending entries, with or without waiting for the result.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::{Applied, ChangeError, Item, Ledger, NotSynced, Synced};
use crate::domain::actor::Actor;
use crate::domain::catalog::ApplyError;
use crate::domain::change::WebhookChange;
use crate::domain::entry::{Entry, MAX_CHANGES};
use crate::domain::webhook::Webhook;
use crate::journal::AppendError;

type Reply = oneshot::Sender<Result<Applied, ApplyError>>;

impl Ledger {
    /// Appends a webhook. The receiver gets its sequence once it is synced to disk.
    ///
    /// # Errors
    /// Immediately [`ChangeError::Busy`] when too many entries wait already,
    /// [`ChangeError::DiskFull`], or [`ChangeError::Stopped`].
    pub fn webhook_append(&self, webhook: Webhook) -> Result<Synced, ChangeError> {
        self.webhook_check()?;
        let at = webhook.created_on;
        self.append(Entry::one(at, Actor::System, WebhookChange::Received(webhook)), None)
    }

    /// Checks whether another webhook can be accepted now.
    ///
    /// # Errors
    /// See [`Ledger::webhook_append`].
    pub fn webhook_check(&self) -> Result<(), ChangeError> {
        if self.inner.guard.full() {
            return Err(ChangeError::DiskFull);
        }
        if self.inner.load.unprocessed.load(Ordering::Acquire) > self.inner.limits.unprocessed {
            return Err(ChangeError::Busy);
        }
        Ok(())
    }

    /// Appends an entry and waits until it is applied, so that the next read sees it. Blocks: do
    /// not call it from async code.
    ///
    /// # Errors
    /// [`ChangeError`]. Then nothing of the entry is applied, or, with [`ChangeError::Stopped`],
    /// the whole entry may still be applied at the next start.
    pub fn commit(&self, entry: Entry) -> Result<Applied, ChangeError> {
        if entry.needs_room() && self.inner.guard.full() {
            return Err(ChangeError::DiskFull);
        }
        let (reply, applied) = oneshot::channel();
        let mut synced = self.append(entry, Some(reply))?;
        match applied.blocking_recv() {
            Ok(answer) => Ok(answer?),
            // Either the journal had no room for the entry, or the store has no room to apply it.
            Err(_) => match synced.try_recv() {
                Ok(Err(NotSynced::DiskFull)) => Err(ChangeError::DiskFull),
                Ok(Err(NotSynced::OpenFiles)) => Err(ChangeError::OpenFiles),
                Ok(Ok(_)) if !self.inner.progress.failed() => Err(ChangeError::DiskFull),
                _ => Err(ChangeError::Stopped),
            },
        }
    }

    /// Appends an entry without a waiting caller.
    ///
    /// # Errors
    /// [`ChangeError::Stopped`].
    pub fn submit(&self, entry: Entry) -> Result<(), ChangeError> {
        if self.inner.progress.failed() {
            return Err(ChangeError::Stopped);
        }
        let bytes = entry.encode();
        let item = item(entry, &bytes, None);
        self.inner
            .journal
            .append_unanswered(bytes, item)
            .map_err(|_| ChangeError::Stopped)
    }

    fn append(&self, entry: Entry, reply: Option<Reply>) -> Result<Synced, ChangeError> {
        if self.inner.progress.failed() {
            return Err(ChangeError::Stopped);
        }
        if self.inner.guard.exhausted() {
            return Err(ChangeError::DiskFull);
        }
        if !(1..=MAX_CHANGES).contains(&entry.changes.len()) {
            return Err(ChangeError::TooLarge);
        }
        let bytes = entry.encode();
        let item = item(entry, &bytes, reply);
        self.inner.journal.append(bytes, item).map_err(|error| match error {
            AppendError::Full => ChangeError::Busy,
            AppendError::TooLarge => ChangeError::TooLarge,
            AppendError::Closed(_) => ChangeError::Stopped,
        })
    }
}

fn item(entry: Entry, bytes: &[u8], reply: Option<Reply>) -> Item {
    Item {
        entry: Arc::new(entry),
        bytes: bytes.len() as u64,
        reply,
    }
}
