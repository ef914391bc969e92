//! Retention: finds expired webhooks and deletes them in bounded steps, while others continue to
//! arrive. Parsing errors are deleted with their webhooks; records are kept.

pub mod clock_check;

use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::actor::Actor;
use crate::domain::change::WebhookChange;
use crate::domain::entry::Entry;
use crate::domain::retention::Retention;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::ledger::{ChangeError, Ledger};
use crate::metrics::recorded;
use crate::store::StoreError;

/// The number of webhooks by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByStatus {
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
}

impl ByStatus {
    /// The number of all webhooks.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.new + self.processing + self.failed + self.done
    }

    /// The number of webhooks of a status.
    pub const fn of(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::New => &mut self.new,
            Status::Processing => &mut self.processing,
            Status::Failed => &mut self.failed,
            Status::Done => &mut self.done,
        }
    }
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A step failed; `deleted` webhooks were deleted before it.
    #[error("retention stopped after {deleted} webhooks")]
    Change {
        /// The number of webhooks deleted before.
        deleted: u64,
        #[source]
        source: ChangeError,
    },
    /// The caller stopped the run.
    #[error("retention was interrupted after {deleted} webhooks")]
    Interrupted {
        /// The number of webhooks deleted before.
        deleted: u64,
    },
}

/// The number of webhooks that a run at this moment would delete.
///
/// # Errors
/// If the store fails.
pub fn preview(ledger: &Ledger, at: Timestamp) -> Result<ByStatus, StoreError> {
    let reader = ledger.read()?;
    let mut expired = ByStatus::default();
    for (status, modified_before) in limits(&ledger.catalog().retention, at) {
        *expired.of(status) = reader.webhook_expired_count(status, modified_before)?;
    }
    Ok(expired)
}

/// Deletes webhooks that have expired at this moment, at most `batch` per step, so that arriving
/// webhooks wait for one step at most. Statuses of which `expired` has none are skipped: a step
/// that deletes nothing would still be an entry of the journal. `step` commits each entry and may wait before it. `watch`
/// gets the number of webhooks deleted so far and returns whether to continue.
///
/// # Errors
/// If a step fails or `watch` stops the run. What was deleted stays deleted.
pub fn run(
    retention: &Retention,
    at: Timestamp,
    expired: &ByStatus,
    batch: u32,
    step: &mut dyn FnMut(Status, &Entry) -> Result<crate::ledger::Applied, ChangeError>,
    watch: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<ByStatus, RunError> {
    let mut deleted = ByStatus::default();
    for (status, modified_before) in limits(retention, at) {
        if *expired.clone().of(status) == 0 {
            continue;
        }
        let mut after = Some(0);
        while let Some(from) = after {
            let entry = Entry::one(
                at,
                Actor::System,
                WebhookChange::Expired {
                    status,
                    modified_before,
                    after: from,
                    limit: batch,
                },
            );
            let applied = step(status, &entry).map_err(|source| RunError::Change {
                deleted: deleted.total(),
                source,
            })?;
            *deleted.of(status) += applied.count;
            recorded::RETENTION_DELETED.add(status.name(), applied.count);
            after = applied.resume;
            if watch(deleted.total()).is_break() {
                return Err(RunError::Interrupted {
                    deleted: deleted.total(),
                });
            }
        }
    }
    Ok(deleted)
}

/// The statuses that are not kept forever, each with the moment before which webhooks have expired.
fn limits(retention: &Retention, at: Timestamp) -> impl Iterator<Item = (Status, Timestamp)> + '_ {
    Status::ALL.into_iter().filter_map(move |status| {
        let days = retention.days(status);
        (days > 0).then(|| (status, at.minus_days(days)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Applied;

    /// Some of each status.
    const SOME: ByStatus = ByStatus {
        new: 1,
        processing: 1,
        failed: 1,
        done: 1,
    };

    fn at() -> Timestamp {
        "2026-11-23T03:00:00Z".parse().unwrap()
    }

    /// A store that contains these numbers of expired webhooks of a status, step by step.
    fn answers(counts: &[(Status, u64, Option<u64>)]) -> impl FnMut(Status, &Entry) -> Result<Applied, ChangeError> {
        let mut counts = counts.iter().copied();
        move |asked, _| {
            let (status, count, resume) = counts.next().expect("no more steps");
            assert_eq!(asked, status);
            Ok(Applied { seq: 1, count, resume })
        }
    }

    #[test]
    fn zero_days_keep_for_ever() {
        let retention = Retention {
            days: [0, 0, 30, 0],
            ..Retention::default()
        };
        let limits: Vec<_> = limits(&retention, at()).collect();
        assert_eq!(limits, [(Status::Failed, "2026-10-24T03:00:00Z".parse().unwrap())]);
    }

    #[test]
    fn a_run_goes_on_until_a_step_has_no_more() {
        let retention = Retention {
            days: [0, 0, 30, 90],
            ..Retention::default()
        };
        let mut step = answers(&[
            (Status::Failed, 1000, Some(17)),
            (Status::Failed, 0, Some(40)),
            (Status::Failed, 3, None),
            (Status::Done, 5, None),
        ]);
        let mut told = Vec::new();
        let deleted = run(&retention, at(), &SOME, 1000, &mut step, &mut |count| {
            told.push(count);
            ControlFlow::Continue(())
        });
        assert_eq!(
            deleted.unwrap(),
            ByStatus {
                failed: 1003,
                done: 5,
                ..ByStatus::default()
            }
        );
        assert_eq!(told, [1000, 1000, 1003, 1008]);
    }

    #[test]
    fn a_status_without_expired_webhooks_has_no_step() {
        let expired = ByStatus {
            failed: 2,
            ..ByStatus::default()
        };
        let mut step = answers(&[(Status::Failed, 2, None)]);
        let watch = &mut |_| ControlFlow::Continue(());
        let deleted = run(&Retention::default(), at(), &expired, 1000, &mut step, watch);
        assert_eq!(deleted.unwrap(), expired);
    }

    #[test]
    fn a_run_stops_when_nobody_wants_the_rest() {
        let mut step = answers(&[(Status::New, 1000, Some(9))]);
        let stopped = run(&Retention::default(), at(), &SOME, 1000, &mut step, &mut |_| {
            ControlFlow::Break(())
        });
        assert!(matches!(stopped, Err(RunError::Interrupted { deleted: 1000 })));
    }

    #[test]
    fn a_failed_step_says_how_far_it_came() {
        let mut steps = 0;
        let mut step = |_: Status, _: &Entry| {
            steps += 1;
            if steps == 1 {
                Ok(Applied {
                    seq: 1,
                    count: 7,
                    resume: None,
                })
            } else {
                Err(ChangeError::Stopped)
            }
        };
        let failed = run(&Retention::default(), at(), &SOME, 1000, &mut step, &mut |_| {
            ControlFlow::Continue(())
        });
        assert!(matches!(
            failed,
            Err(RunError::Change {
                deleted: 7,
                source: ChangeError::Stopped
            })
        ));
    }
}
