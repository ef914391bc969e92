//! Records which webhooks changed, for a watcher. Costs nothing while there is none.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// The maximum number of recorded webhooks. The newest are kept.
const MAX_TOUCHED: usize = 1000;

/// Webhooks that changed since they were last taken.
#[derive(Debug, Default)]
pub(super) struct Touched {
    watched: AtomicBool,
    lately: Mutex<BTreeSet<u64>>,
}

impl Touched {
    /// Starts or stops recording.
    pub fn watch(&self, on: bool) {
        self.watched.store(on, Ordering::Release);
        self.lately.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Records changed webhooks.
    pub fn add(&self, webhooks: Vec<u64>) {
        if webhooks.is_empty() || !self.watched.load(Ordering::Acquire) {
            return;
        }
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately.extend(webhooks);
        while lately.len() > MAX_TOUCHED {
            lately.pop_first();
        }
    }

    /// The webhooks that changed since the last call, oldest first.
    pub fn take(&self) -> BTreeSet<u64> {
        std::mem::take(&mut *self.lately.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered_while_somebody_watches() {
        let touched = Touched::default();
        touched.add(vec![1]);
        assert!(touched.take().is_empty());
        touched.watch(true);
        touched.add((1..=MAX_TOUCHED as u64 + 5).collect());
        touched.add(vec![7, 7]);
        let taken = touched.take();
        assert_eq!(
            (taken.len(), taken.first(), taken.contains(&7)),
            (MAX_TOUCHED, Some(&6), true)
        );
        assert!(touched.take().is_empty());
    }
}
