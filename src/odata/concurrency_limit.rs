//! Limits how many requests scan many rows at once: each needs a thread and memory for its
//! response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits for requests that scan many rows.
#[derive(Debug)]
pub struct ConcurrencyLimit {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

/// The turn of one request; it ends when this is dropped.
#[derive(Debug)]
#[must_use]
pub struct ConcurrencyPermit {
    _running: OwnedSemaphorePermit,
}

impl ConcurrencyLimit {
    /// Allows `concurrent` requests at once, and `queue` more that wait.
    #[must_use]
    pub fn new(concurrent: usize, queue: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(concurrent.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            queue,
        }
    }

    /// Waits for a turn; none if too many wait already.
    pub async fn acquire(&self) -> Option<ConcurrencyPermit> {
        if let Ok(running) = Arc::clone(&self.running).try_acquire_owned() {
            return Some(ConcurrencyPermit { _running: running });
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.queue {
            return None;
        }
        let running = Arc::clone(&self.running).acquire_owned().await;
        drop(waiting);
        Some(ConcurrencyPermit {
            _running: running.ok()?,
        })
    }
}

/// Counts a waiting request until it is dropped, also when its client disconnects.
struct Waiting<'t>(&'t AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn those_above_the_bound_wait_and_those_above_the_queue_are_sent_away() {
        let concurrency_limit = ConcurrencyLimit::new(2, 1);
        let first = concurrency_limit.acquire().await.unwrap();
        let _second = concurrency_limit.acquire().await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        {
            let mut third = pin!(concurrency_limit.acquire());
            assert!(third.as_mut().poll(&mut context).is_pending());
            assert!(concurrency_limit.acquire().await.is_none(), "one waits already");
            drop(first);
            assert!(matches!(third.as_mut().poll(&mut context), Poll::Ready(Some(_))));
        }
        // Who goes away while waiting leaves the queue.
        let _fourth = concurrency_limit.acquire().await.unwrap();
        for _ in 0..3 {
            let mut gone = pin!(concurrency_limit.acquire());
            assert!(gone.as_mut().poll(&mut context).is_pending());
        }
    }
}
