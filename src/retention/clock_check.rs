//! Decides whether the clock can be trusted for deleting expired webhooks.
//!
//! A clock that jumps forward makes all webhooks look old. Known are the arrival of the newest
//! webhook before this start, and the time that has passed since, measured by a counter that cannot
//! be set. Webhooks that arrive later prove nothing: their times come from the clock in question.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::time::Timestamp;

/// How far the clock may be ahead of the known time.
pub const AHEAD: Duration = Duration::from_secs(86_400);

/// What is known about the time.
#[derive(Debug)]
pub struct ClockCheck {
    /// The latest moment that is trusted, and the value of the counter at that moment.
    known: Mutex<(Timestamp, Instant)>,
}

impl ClockCheck {
    /// For a start. Without any webhook nothing can be lost, and the clock is trusted.
    #[must_use]
    pub fn new(newest_webhook: Option<Timestamp>, now: Timestamp, counter: Instant) -> Self {
        // A machine without a battery-backed clock starts with a much earlier time, until it is
        // synchronized: that is not a jump.
        Self {
            known: Mutex::new((newest_webhook.unwrap_or(now), counter)),
        }
    }

    /// How far the clock is ahead, if that is too far. Otherwise its time is trusted from now on.
    /// Must be called often.
    pub fn look(&self, now: Timestamp, counter: Instant) -> Option<Duration> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = counter.saturating_duration_since(known.1).as_micros();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let ahead = now.0.saturating_sub(known.0.0).saturating_sub(passed);
        // A clock that is behind proves nothing.
        let ahead = Duration::from_micros(u64::try_from(ahead).ok()?);
        if ahead > AHEAD {
            return Some(ahead);
        }
        *known = (now, counter);
        None
    }

    /// Trusts the clock, because an administrator confirmed it.
    pub fn settle(&self, now: Timestamp, counter: Instant) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = (now, counter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const START: Timestamp = Timestamp(1_800_000_000_000_000);

    fn after(hours: i64) -> Timestamp {
        Timestamp(START.0 + hours * 3_600_000_000)
    }

    #[test]
    fn time_that_passes_is_no_jump() {
        let counter = Instant::now();
        let doubt = ClockCheck::new(None, START, counter);
        for hours in 0..1000 {
            let seen = doubt.look(after(hours), counter + HOUR * u32::try_from(hours).unwrap());
            assert_eq!(seen, None, "{hours}");
        }
        // Days between two calls are fine too, if the counter measured them as well.
        assert_eq!(doubt.look(after(5000), counter + HOUR * 5000), None);
    }

    #[test]
    fn a_jump_forward_is_doubted_until_the_clock_is_right_again() {
        let counter = Instant::now();
        let doubt = ClockCheck::new(None, START, counter);
        assert_eq!(doubt.look(after(24), counter), None, "a day may be put right");
        let doubt = ClockCheck::new(None, START, counter);
        assert_eq!(doubt.look(after(25), counter), Some(HOUR * 25));
        // Passing time does not make the clock right.
        assert_eq!(doubt.look(after(125), counter + HOUR * 100), Some(HOUR * 25));
        assert_eq!(doubt.look(after(101), counter + HOUR * 101), None);
        assert_eq!(doubt.look(after(102), counter + HOUR * 102), None);
    }

    #[test]
    fn a_clock_that_is_behind_may_be_put_right() {
        let counter = Instant::now();
        let doubt = ClockCheck::new(Some(START), after(-500_000), counter);
        for (hours, passed) in [(-500_000, 0), (-499_999, 1), (1, 1), (-500, 2), (3, 3)] {
            assert_eq!(doubt.look(after(hours), counter + HOUR * passed), None, "{hours}");
        }
        assert_eq!(doubt.look(after(30), counter + HOUR * 4), Some(HOUR * 26));
    }

    #[test]
    fn at_a_start_the_newest_webhook_is_what_is_known() {
        let counter = Instant::now();
        let doubt = ClockCheck::new(Some(after(-100)), START, counter);
        assert_eq!(doubt.look(START, counter), Some(HOUR * 100));
        doubt.settle(START, counter);
        assert_eq!(doubt.look(after(1), counter + HOUR), None);

        assert_eq!(
            ClockCheck::new(Some(after(-24)), START, counter).look(START, counter),
            None
        );
    }
}
