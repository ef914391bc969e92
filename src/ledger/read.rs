//! Reading what is applied, and waiting for it.

use std::sync::Arc;
use std::time::Duration;

use super::Ledger;
use crate::domain::catalog::Catalog;
use crate::domain::webhook::Status;
use crate::store::{Reader, StoreError};

/// How long a reader waits for the store to apply what was acknowledged before.
pub(super) const READ_WAIT: Duration = Duration::from_secs(5);

/// How often a snapshot is taken until it matches the catalog.
const CATALOG_TRIES: usize = 100;

impl Ledger {
    /// The configuration after the last applied entry.
    #[must_use]
    pub fn catalog(&self) -> Arc<Catalog> {
        self.inner.catalog.load_full()
    }

    /// The version of [`Ledger::catalog`]; very cheap.
    #[must_use]
    pub fn catalog_version(&self) -> u64 {
        self.inner.catalog.load().version
    }

    /// A snapshot that contains everything that was acknowledged before this call. Waits for it,
    /// for a limited time.
    ///
    /// # Errors
    /// If the store lags too far behind, or fails.
    pub fn read(&self) -> Result<Reader, StoreError> {
        let durable = self.inner.journal.durable();
        if !self.inner.progress.wait(READ_WAIT, |applied| applied >= durable) {
            return Err(StoreError::Behind {
                behind: durable.saturating_sub(self.inner.progress.applied()),
            });
        }
        self.inner.store.reader()
    }

    /// Same as [`Ledger::read`], with the catalog that matches the snapshot. Another catalog could
    /// name an index that is not complete yet, or already removed.
    ///
    /// # Errors
    /// See [`Ledger::read`]; also if the catalog changes all the time.
    pub fn read_with_catalog(&self) -> Result<(Reader, Arc<Catalog>), StoreError> {
        for _ in 0..CATALOG_TRIES {
            let reader = self.read()?;
            let version = reader.catalog_version()?;
            let catalog = self.catalog();
            if catalog.version == version {
                return Ok((reader, catalog));
            }
            // The catalog is published right after the commit.
            let published = |_| self.catalog_version() >= version;
            if !self.inner.progress.wait(READ_WAIT, published) {
                break;
            }
        }
        Err(StoreError::Behind { behind: 0 })
    }

    /// Waits until the webhook with this sequence is neither New nor Processing, or was deleted.
    /// Returns false if time is up.
    ///
    /// # Errors
    /// If the store fails.
    pub fn wait_processed(&self, seq: u64, at_most: Duration) -> Result<bool, StoreError> {
        self.wait_status(seq, at_most, |status| {
            !matches!(status, Status::New | Status::Processing)
        })
    }

    /// Waits until `reached` returns true for the status of the webhook with this sequence, or the
    /// webhook was deleted. Returns false if time is up.
    ///
    /// # Errors
    /// If the store fails.
    pub fn wait_status(
        &self,
        seq: u64,
        at_most: Duration,
        reached: impl Fn(Status) -> bool,
    ) -> Result<bool, StoreError> {
        let mut failure = None;
        let reached = self.inner.progress.wait(at_most, |applied| {
            if applied < seq {
                return false;
            }
            let state = self.inner.store.reader().and_then(|reader| reader.webhook_state(seq));
            match state {
                Ok(state) => state.is_none_or(|state| reached(state.status)),
                Err(error) => {
                    failure = Some(error);
                    true
                }
            }
        });
        failure.map_or(Ok(reached), Err)
    }

    /// Waits until an entry after `after` is applied, or time is up. Returns the last applied
    /// sequence.
    #[must_use]
    pub fn wait_applied(&self, after: u64, at_most: Duration) -> u64 {
        self.inner.progress.wait(at_most, |applied| applied > after);
        self.inner.progress.applied()
    }
}
