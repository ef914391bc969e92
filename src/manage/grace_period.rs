//! How long the previous key or secret stays valid after a rotation. What was announced for an
//! earlier one is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ManageError;
use crate::domain::time::Timestamp;

/// How long the previous one stays valid by default: one day.
pub const OVERLAP_HOURS: u32 = 24;

/// The longest time for which two can be valid at once: 30 days.
const MAX_OVERLAP_HOURS: u32 = 30 * 24;

/// What happens to the previous key or secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GracePeriod {
    /// For how many hours it stays valid; 0 revokes it and all earlier ones immediately.
    pub hours: u32,
    /// Also revokes an earlier one, although it was announced to be valid longer.
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

/// A previous key or secret that is still valid, as announced.
pub(super) struct ActivePredecessor<'a> {
    /// The type of thing, such as "Webhook URL".
    pub what: &'static str,
    pub hint: &'a str,
    /// The moment at which it expires.
    pub until: Timestamp,
    /// Who is affected if it is revoked, and how.
    pub lost: &'static str,
}

impl GracePeriod {
    /// The moment at which the previous one expires; none to revoke it immediately.
    ///
    /// # Errors
    /// If there are too many hours.
    pub(super) fn until(self, at: Timestamp) -> Result<Option<Timestamp>, ManageError> {
        if self.hours > MAX_OVERLAP_HOURS {
            let problem = format!("the previous one can stay valid for at most {MAX_OVERLAP_HOURS} hours (30 days)");
            return Err(ManageError::Invalid {
                what: "overlap",
                problem,
            });
        }
        let until = Timestamp(at.0.saturating_add(i64::from(self.hours) * 3_600_000_000));
        Ok((self.hours > 0).then_some(until))
    }

    /// Checks that no announced expiry is shortened unintentionally. With 0 hours everything must
    /// be revoked now, because it leaked: then nothing is checked.
    ///
    /// # Errors
    /// If one would be shortened.
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
