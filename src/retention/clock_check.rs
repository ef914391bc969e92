//! Whether the clock can be believed when it says what is past its time.
//!
//! A clock that jumps forward makes everything look old. What is known of the time: when the
//! newest webhook of before this start arrived, and how much of it has passed since, which is
//! measured by a counter that nobody can set. Webhooks that arrive later prove nothing: they got
//! their time from the clock in question.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::time::Timestamp;

/// How far the clock may be ahead of what is known.
pub const AHEAD: Duration = Duration::from_secs(86_400);

/// What is known of the time.
#[derive(Debug)]
pub struct ClockCheck {
    /// The latest moment that is believed to have come, and the counter's value then.
    known: Mutex<(Timestamp, Instant)>,
}

impl ClockCheck {
    /// At a start. Without any webhook there is nothing to lose, and the clock is believed.
    #[must_use]
    pub fn new(newest_webhook: Option<Timestamp>, now: Timestamp, counter: Instant) -> Self {
        // A machine without a clock of its own starts long before it, until somebody tells it
        // the time: that is no jump.
        Self {
            known: Mutex::new((newest_webhook.unwrap_or(now), counter)),
        }
    }

    /// To be asked often: how far the clock is ahead, if that is too far. Otherwise what it
    /// says is believed.
    pub fn look(&self, now: Timestamp, counter: Instant) -> Option<Duration> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = counter.saturating_duration_since(known.1).as_micros();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let ahead = now.0.saturating_sub(known.0.0).saturating_sub(passed);
        // Nothing to believe if it is behind.
        let ahead = Duration::from_micros(u64::try_from(ahead).ok()?);
        if ahead > AHEAD {
            return Some(ahead);
        }
        *known = (now, counter);
        None
    }

    /// Somebody says that the clock is right.
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
        // Nor are days between two looks, when the counter saw them too.
        assert_eq!(doubt.look(after(5000), counter + HOUR * 5000), None);
    }

    #[test]
    fn a_jump_forward_is_doubted_until_the_clock_is_right_again() {
        let counter = Instant::now();
        let doubt = ClockCheck::new(None, START, counter);
        assert_eq!(doubt.look(after(24), counter), None, "a day may be put right");
        let doubt = ClockCheck::new(None, START, counter);
        assert_eq!(doubt.look(after(25), counter), Some(HOUR * 25));
        // Time that passes does not heal it.
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
