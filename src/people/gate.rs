//! Limits how many passwords are hashed at once. Each hash takes 19 MiB and a large part of a
//! second of processor time, so anonymous requests could otherwise exhaust both.

use std::sync::{Condvar, Mutex, PoisonError};

/// The number of hashes that run at once.
const RUNNING: usize = 2;

/// The maximum number of hashes that wait.
const WAITING: usize = 16;

/// Lets a limited number of callers through at a time.
#[derive(Debug, Default)]
pub struct Gate {
    load: Mutex<Load>,
    free: Condvar,
}

#[derive(Debug, Default)]
struct Load {
    running: usize,
    waiting: usize,
}

/// The right to run a hash. Dropping it lets the next caller through.
pub struct Pass<'a>(&'a Gate);

impl Gate {
    /// Waits for the right to run a hash; none if too many wait already.
    pub fn pass(&self) -> Option<Pass<'_>> {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        if load.running >= RUNNING {
            if load.waiting >= WAITING {
                return None;
            }
            load.waiting += 1;
            while load.running >= RUNNING {
                load = self.free.wait(load).unwrap_or_else(PoisonError::into_inner);
            }
            load.waiting -= 1;
        }
        load.running += 1;
        Some(Pass(self))
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut load = self.0.load.lock().unwrap_or_else(PoisonError::into_inner);
        load.running = load.running.saturating_sub(1);
        self.0.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_than_the_bound_at_once_and_too_many_are_sent_away() {
        let gate = Gate::default();
        let (running, most, away) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let held: Vec<_> = (0..RUNNING).map(|_| gate.pass().unwrap()).collect();
        std::thread::scope(|scope| {
            for _ in 0..WAITING + 5 {
                scope.spawn(|| {
                    let Some(_pass) = gate.pass() else {
                        away.fetch_add(1, Ordering::SeqCst);
                        return;
                    };
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
            while away.load(Ordering::SeqCst) < 5 {
                std::thread::yield_now();
            }
            drop(held);
        });
        assert_eq!(away.load(Ordering::SeqCst), 5);
        assert!(most.load(Ordering::SeqCst) <= RUNNING);
        assert!(gate.pass().is_some());
    }
}
