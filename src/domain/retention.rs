//! How long webhooks are kept.

use serde::{Deserialize, Serialize};

use super::webhook::Status;

/// Days for which webhooks of each status are kept, counted from `ModifiedOn`, and the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days by status, in the order of [`Status::ALL`]; 0 keeps them forever.
    pub days: [u32; 4],
    /// When expired webhooks are deleted: five cron fields, UTC.
    pub schedule: String,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            days: [90; 4],
            schedule: "0 3 * * *".to_owned(),
        }
    }
}

impl Retention {
    /// Days for which webhooks of this status are kept; 0 keeps them forever.
    #[must_use]
    pub const fn days(&self, status: Status) -> u32 {
        let [new, processing, failed, done] = self.days;
        match status {
            Status::New => new,
            Status::Processing => processing,
            Status::Failed => failed,
            Status::Done => done,
        }
    }
}
