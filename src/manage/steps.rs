//! Work in small steps: each step is one entry, which is applied before the next step starts.

use std::ops::ControlFlow;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ManageError;
use crate::domain::entry::Entry;
use crate::domain::task::TaskId;
use crate::ledger::{Applied, ChangeError, Ledger};

/// The maximum number of webhooks that one entry deletes or reprocesses.
pub const STEP: usize = 500;

/// The progress of a long operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// The kind of work, such as "deleted".
    pub what: String,
    pub done: u64,
    /// The number of all items, if it is known.
    pub total: Option<u64>,
    /// The task that does it: it continues when nobody waits, and can be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
}

/// Called with the progress after each step. Returns whether to continue.
pub type ProgressFn<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// How often a busy server is tried, and the pause in between.
const TRIES: u32 = 50;
const APART: Duration = Duration::from_millis(100);

/// Commits an entry, and retries for a few seconds while the server is busy with webhooks, which
/// have priority.
pub(super) fn commit_with_retry(ledger: &Ledger, entry: &Entry) -> Result<Applied, ChangeError> {
    for _ in 1..TRIES {
        match ledger.commit(entry.clone()) {
            Err(ChangeError::Busy) => std::thread::sleep(APART),
            answer => return answer,
        }
    }
    ledger.commit(entry.clone())
}

/// Reports the progress. Returns an error if the operation must stop.
pub(super) fn report(watch: ProgressFn<'_>, what: &str, done: u64, total: Option<u64>) -> Result<(), ManageError> {
    let progress = Progress {
        what: what.to_owned(),
        done,
        total,
        task: None,
    };
    match watch(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ManageError::Interrupted { done }),
    }
}
