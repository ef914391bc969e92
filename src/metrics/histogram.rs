//! How long things take, and how many there are at once.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The number of parts of a histogram. Each thread writes to one of them, so that the threads that
/// serve webhooks do not share a cache line for every observation.
const SHARDS: usize = 8;

/// Counts of observations by size. `B` bounds, the last bucket beyond them.
#[derive(Debug)]
pub struct Histogram<const B: usize> {
    bounds: [u64; B],
    shards: [Shard<B>; SHARDS],
}

#[derive(Debug)]
#[repr(align(128))]
struct Shard<const B: usize> {
    counts: [AtomicU64; B],
    beyond: AtomicU64,
    sum: AtomicU64,
}

/// What a histogram holds at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Each bound, and how many observations were at most that.
    pub up_to: Vec<(u64, u64)>,
    pub count: u64,
    /// The sum of all observations, in the unit of the buckets.
    pub sum: u64,
}

impl<const B: usize> Shard<B> {
    const fn new() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; B],
            beyond: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }
}

thread_local! {
    static SHARD: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The part that this thread writes to.
fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    SHARD.with(|shard| {
        if shard.get() == usize::MAX {
            shard.set(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
        }
        shard.get()
    })
}

impl<const B: usize> Histogram<B> {
    /// Nothing observed yet. Bounds ascend; for times they are nanoseconds.
    #[must_use]
    pub const fn new(bounds: [u64; B]) -> Self {
        Self {
            bounds,
            shards: [const { Shard::new() }; SHARDS],
        }
    }

    /// Observes a number.
    pub fn observe(&self, value: u64) {
        let Some(shard) = self.shards.get(shard()) else { return };
        let bucket = self.bounds.iter().position(|bound| value <= *bound);
        let count = bucket.and_then(|bucket| shard.counts.get(bucket));
        count.unwrap_or(&shard.beyond).fetch_add(1, Ordering::Relaxed);
        shard.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Observes a time, in nanoseconds.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// What it holds. While others observe, the sum may be a moment ahead of the count.
    #[must_use]
    pub fn measured(&self) -> Measured {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let mut count = 0;
        let mut up_to = Vec::with_capacity(B);
        for (at, bound) in self.bounds.iter().enumerate() {
            let in_bucket = self.shards.iter().filter_map(|shard| shard.counts.get(at));
            count += in_bucket.map(load).sum::<u64>();
            up_to.push((*bound, count));
        }
        count += self.shards.iter().map(|shard| load(&shard.beyond)).sum::<u64>();
        let sum = self.shards.iter().map(|shard| load(&shard.sum));
        Measured {
            up_to,
            count,
            sum: sum.fold(0, u64::wrapping_add),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn buckets_add_up() {
        let histogram = Histogram::new([1, 10, 100]);
        for value in [0, 1, 2, 10, 11, 1000] {
            histogram.observe(value);
        }
        let measured = histogram.measured();
        assert_eq!(measured.up_to, [(1, 2), (10, 4), (100, 5)]);
        assert_eq!((measured.count, measured.sum), (6, 1024));
    }

    #[test]
    fn no_observation_of_any_thread_is_lost() {
        static HISTOGRAM: Histogram<2> = Histogram::new([5, 50]);
        let threads: Vec<_> = (0..2 * SHARDS as u64)
            .map(|thread| {
                thread::spawn(move || {
                    for _ in 0..1000 {
                        HISTOGRAM.observe(thread);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let measured = HISTOGRAM.measured();
        assert_eq!(measured.count, 16_000);
        assert_eq!(measured.sum, 1000 * (0..16).sum::<u64>());
        assert_eq!(measured.up_to, [(5, 6000), (50, 16_000)]);
    }

    #[test]
    fn times_are_nanoseconds() {
        let histogram = Histogram::new([1_000_000]);
        histogram.observe_time(Duration::from_millis(1));
        histogram.observe_time(Duration::from_secs(u64::MAX));
        assert_eq!(histogram.measured().up_to, [(1_000_000, 1)]);
    }
}
