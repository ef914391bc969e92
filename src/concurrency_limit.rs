//! Limits how many do something expensive at once, such as hashing a password or scanning many
//! rows, and how many wait for it: anonymous requests could otherwise exhaust processor and memory.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits for something expensive.
#[derive(Debug)]
pub struct ConcurrencyLimit {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

/// The turn of one caller; it ends when this is dropped.
#[derive(Debug)]
#[must_use]
pub struct ConcurrencyPermit {
    _running: OwnedSemaphorePermit,
}

impl ConcurrencyLimit {
    /// Allows `concurrent` callers at once, and `queue` more that wait.
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

    /// As [`ConcurrencyLimit::acquire`], for a thread that may block.
    pub fn acquire_blocking(&self) -> Option<ConcurrencyPermit> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut acquired = pin!(self.acquire());
        loop {
            match acquired.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(permit) => return permit,
                Poll::Pending => thread::park(),
            }
        }
    }
}

/// Wakes a thread that waits for its turn.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Counts a waiting caller until it is dropped, also when its client disconnects.
struct Waiting<'t>(&'t AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn threads_wait_for_their_turn_and_too_many_are_sent_away() {
        let limit = ConcurrencyLimit::new(2, 16);
        let (running, highest, away) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let held: Vec<_> = (0..2).map(|_| limit.acquire_blocking().unwrap()).collect();
        thread::scope(|scope| {
            for _ in 0..16 + 5 {
                scope.spawn(|| {
                    let Some(_permit) = limit.acquire_blocking() else {
                        away.fetch_add(1, Ordering::SeqCst);
                        return;
                    };
                    highest.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
            while away.load(Ordering::SeqCst) < 5 {
                thread::yield_now();
            }
            drop(held);
        });
        assert_eq!(away.load(Ordering::SeqCst), 5);
        assert!(highest.load(Ordering::SeqCst) <= 2);
        assert!(limit.acquire_blocking().is_some());
    }
}
