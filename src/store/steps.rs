//! A sign of progress while an entry, a migration or a repair takes long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts completed steps of a long operation. Cheap to clone; clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Steps(Arc<AtomicU64>);

impl Steps {
    /// The number of completed steps.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Adds a completed step.
    pub fn made(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}
