//! How many requests look at many rows at once: each needs a thread and memory for its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns of requests that look at many rows.
#[derive(Debug)]
pub struct Turns {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

/// The turn of one request; it ends when this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Turn {
    _running: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at once, and so many more that wait.
    #[must_use]
    pub fn new(concurrent: usize, queue: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(concurrent.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            queue,
        }
    }

    /// Waits for a turn; none if too many wait already.
    pub async fn turn(&self) -> Option<Turn> {
        if let Ok(running) = Arc::clone(&self.running).try_acquire_owned() {
            return Some(Turn { _running: running });
        }
        let waits = Waits(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.queue {
            return None;
        }
        let running = Arc::clone(&self.running).acquire_owned().await;
        drop(waits);
        Some(Turn {
            _running: running.ok()?,
        })
    }
}

/// One that waits, or does not any more: also when its program goes away meanwhile.
struct Waits<'t>(&'t AtomicUsize);

impl Drop for Waits<'_> {
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
        let turns = Turns::new(2, 1);
        let first = turns.turn().await.unwrap();
        let _second = turns.turn().await.unwrap();
        let mut context = Context::from_waker(Waker::noop());
        {
            let mut third = pin!(turns.turn());
            assert!(third.as_mut().poll(&mut context).is_pending());
            assert!(turns.turn().await.is_none(), "one waits already");
            drop(first);
            assert!(matches!(third.as_mut().poll(&mut context), Poll::Ready(Some(_))));
        }
        // Who goes away while waiting leaves the queue.
        let _fourth = turns.turn().await.unwrap();
        for _ in 0..3 {
            let mut gone = pin!(turns.turn());
            assert!(gone.as_mut().poll(&mut context).is_pending());
        }
    }
}
