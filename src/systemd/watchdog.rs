//! When systemd gets a sign of life: only while the threads that matter show theirs.

use std::time::{Duration, Instant};

/// The threads are asked again after one of these parts of the time limit. The other five are left
/// for a slow disk: one sync may take that long.
const PARTS: u32 = 6;

/// Decides when to send a sign of life. Each thread shows its own by a number that grows.
#[derive(Debug)]
pub struct Watchdog {
    every: Duration,
    next: Instant,
    /// What the threads showed when they were asked; none while no question is open.
    asked: Option<[u64; 2]>,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Nothing,
    /// The threads must be asked for a sign.
    Ask,
    /// All threads have responded: systemd gets a sign of life.
    Tell,
}

impl Watchdog {
    /// For a service that systemd ends after this long without a message.
    #[must_use]
    pub fn new(limit: Duration, now: Instant) -> Self {
        Self {
            every: limit / PARTS,
            next: now,
            asked: None,
        }
    }

    /// As `WATCHDOG_USEC` has it.
    pub(super) fn of_micros(micros: &str, now: Instant) -> Option<Self> {
        let limit = micros.parse().ok().filter(|micros| *micros > 0)?;
        Some(Self::new(Duration::from_micros(limit), now))
    }

    /// How often to check, at least.
    #[must_use]
    pub const fn every(&self) -> Duration {
        self.every
    }

    /// What is due, when the threads show these numbers. Each must have grown since they were
    /// asked: what they did before says nothing of now.
    pub fn look(&mut self, now: Instant, shown: [u64; 2]) -> Due {
        match self.asked {
            None if now < self.next => Due::Nothing,
            None => {
                self.asked = Some(shown);
                Due::Ask
            }
            Some(before) if before.iter().zip(&shown).all(|(before, now)| now > before) => {
                self.asked = None;
                self.next = now + self.every;
                Due::Tell
            }
            // Asked again: the first question may have found no room.
            Some(_) => Due::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_is_told_once_both_have_answered() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watchdog = Watchdog::new(Duration::from_secs(30), start);
        assert_eq!(watchdog.look(at(0), [5, 5]), Due::Ask);
        assert_eq!(watchdog.look(at(1), [5, 5]), Due::Ask);
        assert_eq!(watchdog.look(at(2), [6, 5]), Due::Ask, "the store is silent");
        assert_eq!(watchdog.look(at(3), [6, 6]), Due::Tell);
        assert_eq!(
            watchdog.look(at(7), [90, 90]),
            Due::Nothing,
            "not more often than needed"
        );
        assert_eq!(
            watchdog.look(at(8), [90, 90]),
            Due::Ask,
            "what was shown before does not count"
        );
        for second in 9..100 {
            assert_eq!(
                watchdog.look(at(second), [90, 90 + second]),
                Due::Ask,
                "the journal is stuck"
            );
        }
        assert_eq!(watchdog.look(at(100), [91, 300]), Due::Tell, "it was slow, not dead");
    }

    #[test]
    fn only_a_number_of_microseconds_is_a_limit() {
        let now = Instant::now();
        let every = |text: &str| Watchdog::of_micros(text, now).map(|watchdog| watchdog.every());
        assert_eq!(every("30000000"), Some(Duration::from_secs(5)));
        assert_eq!(["0", "", "-1", "soon"].map(every), [None; 4]);
    }
}
