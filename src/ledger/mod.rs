//! Journal and store together: append a change, wait until it is safe or applied, read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::domain::catalog::{Catalog, Refusal};
use crate::domain::change::Change;
use crate::domain::webhook::Webhook;
use crate::store::{Reader, StoreError};

/// The handle on journal and store; cheap to clone.
#[derive(Clone)]
pub struct Ledger {}

/// What applying a change gave to the one who waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The change's sequence.
    pub seq: u64,
    /// How many things it touched, where that is a number (webhooks deleted, replayed, …).
    pub count: u64,
    /// For work done in steps: where the next step goes on; none when there is nothing left.
    pub resume: Option<u64>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It does not fit what there is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Hookgate has too much to do; try again soon.
    #[error("Hookgate is busy; try again in a moment")]
    Busy,
    /// The disk failed or the server is stopping; nothing more is accepted.
    #[error("Hookgate cannot write to its journal; it stops and starts again")]
    Stopped,
}

impl Ledger {
    /// Appends a webhook. The receiver gets its sequence once it is synced to disk.
    /// Answers at once with `Busy` when journal or store are too far behind.
    pub fn webhook_append(&self, webhook: Webhook) -> Result<oneshot::Receiver<Result<u64, ChangeError>>, ChangeError> { unimplemented!() }
    /// Appends a change and waits until it is applied, so that the next read sees it.
    pub fn change(&self, change: Change) -> Result<Applied, ChangeError> { unimplemented!() }
    /// The configuration as last applied.
    pub fn catalog(&self) -> Arc<Catalog> { unimplemented!() }
    /// A snapshot that holds all that was acknowledged before this call (waits for it, at most
    /// a few seconds).
    pub fn read(&self) -> Result<Reader, StoreError> { unimplemented!() }
    /// Waits until the webhook with this sequence is neither New nor Processing, at most so long.
    pub fn wait_processed(&self, seq: u64, at_most: Duration) -> Result<bool, StoreError> { unimplemented!() }
    /// Whether changes are accepted.
    pub fn healthy(&self) -> bool { unimplemented!() }
    /// The folder with all that this appliance keeps.
    pub fn data_folder(&self) -> PathBuf { unimplemented!() }
}
