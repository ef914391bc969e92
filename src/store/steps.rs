//! A sign of life while one entry, a migration or a repair takes long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts steps of work that is not done yet; cheap to clone, and shared by the clones.
#[derive(Debug, Clone, Default)]
pub struct Steps(Arc<AtomicU64>);

impl Steps {
    /// How many steps were made so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// One more.
    pub fn made(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}
