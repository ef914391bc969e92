//! How long a key or secret of before is taken beside a new one, and that what was promised for
//! one before it is kept.

use serde::{Deserialize, Serialize};

use super::ManageError;
use crate::domain::time::Timestamp;

/// How long the one before is taken, unless said otherwise: a day.
pub const OVERLAP_HOURS: u32 = 24;

/// The longest time that two are taken side by side: 30 days.
const MAX_OVERLAP_HOURS: u32 = 30 * 24;

/// What becomes of the key or secret of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GracePeriod {
    /// For how many more hours it is taken; 0 ends it at once, and with it all before it.
    pub hours: u32,
    /// Ends one before it too, although that was promised more time.
    pub force: bool,
}

impl Default for GracePeriod {
    fn default() -> Self {
        Self {
            hours: OVERLAP_HOURS,
            force: false,
        }
    }
}

/// A key or secret that is still taken, as was promised.
pub(super) struct ActivePredecessor<'a> {
    /// What it is, as in "Webhook URL".
    pub what: &'static str,
    pub hint: &'a str,
    /// Until when it is taken.
    pub until: Timestamp,
    /// Who would notice, and how.
    pub lost: &'static str,
}

impl GracePeriod {
    /// Until when the one before is taken; none for not any more.
    ///
    /// # Errors
    /// When the hours are too many.
    pub(super) fn until(self, at: Timestamp) -> Result<Option<Timestamp>, ManageError> {
        if self.hours > MAX_OVERLAP_HOURS {
            let problem = format!("what was before can be taken for at most {MAX_OVERLAP_HOURS} more hours (30 days)");
            return Err(ManageError::Invalid {
                what: "overlap",
                problem,
            });
        }
        let until = Timestamp(at.0.saturating_add(i64::from(self.hours) * 3_600_000_000));
        Ok((self.hours > 0).then_some(until))
    }

    /// That no promise is broken that nobody wanted broken. No hours at all say that whatever was
    /// before must end now, because it leaked: that waits for no question.
    ///
    /// # Errors
    /// When one would be.
    pub(super) fn ensure_free(self, promise: Option<ActivePredecessor<'_>>) -> Result<(), ManageError> {
        match promise {
            Some(promise) if !self.force && self.hours > 0 => Err(ManageError::OverlapRuns {
                what: promise.what,
                hint: promise.hint.to_owned(),
                until: promise.until,
                lost: promise.lost,
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise() -> ActivePredecessor<'static> {
        ActivePredecessor {
            what: "secret",
            hint: "hgs_abc",
            until: Timestamp(60_000_000),
            lost: "programs with it get no more tokens",
        }
    }

    #[test]
    fn only_a_promise_that_would_be_broken_unasked_is_in_the_way() {
        for (hours, force, some, kept) in [
            (24, false, false, true),
            (24, false, true, false),
            (24, true, true, true),
            (0, false, true, true),
        ] {
            let overlap = GracePeriod { hours, force };
            let promise = some.then(promise);
            assert_eq!(overlap.ensure_free(promise).is_ok(), kept, "{hours} {force} {some}");
        }
    }

    #[test]
    fn the_refusal_says_what_until_when_and_how_to_go_on() {
        let text = GracePeriod::default()
            .ensure_free(Some(promise()))
            .unwrap_err()
            .to_string();
        for part in [
            "secret",
            "hgs_abc…",
            "1970-01-01T00:01:00Z",
            "no more tokens",
            "--force",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn hours_have_a_limit_and_none_is_none() {
        let until = |hours| GracePeriod { hours, force: false }.until(Timestamp(0));
        assert_eq!(until(0).unwrap(), None);
        assert_eq!(until(720).unwrap(), Some(Timestamp(720 * 3_600_000_000)));
        assert!(until(721).is_err());
    }
}
