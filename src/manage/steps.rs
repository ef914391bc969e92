//! Work in bounded steps: each step is one entry, applied before the next begins.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ManageError;
use crate::domain::entry::Entry;
use crate::domain::task::TaskId;
use crate::ledger::{Applied, ChangeError, Ledger};

/// The most webhooks that one change deletes or replays.
pub const STEP: usize = 500;

/// How far a long operation has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done, such as "deleted".
    pub what: String,
    /// How many are done.
    pub done: u64,
    /// How many there are in all, if that is known.
    pub total: Option<u64>,
    /// The task that does it: it continues when nobody waits, and can be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
}

/// Is told the progress after each step; answers whether to go on.
pub type ProgressFn<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// How often a busy server is asked again, and how long apart.
const TRIES: u32 = 50;
const APART: Duration = Duration::from_millis(100);

/// Commits an entry, and retries for a few seconds while the server is busy with webhooks: these
/// go first.
pub(super) fn commit_with_retry(ledger: &Ledger, entry: &Entry) -> Result<Applied, ChangeError> {
    for _ in 1..TRIES {
        match ledger.commit(entry.clone()) {
            Err(ChangeError::Busy) => std::thread::sleep(APART),
            answer => return answer,
        }
    }
    ledger.commit(entry.clone())
}

/// Tells the progress; an error if nobody wants the rest.
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
