//! The thread that continues tasks: what decisions leave to be done in steps.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::ledger::Ledger;
use crate::manage::ManageError;
use crate::manage::webhook_bulk::bulk_step_next;
use crate::store::StoreError;

/// How long it waits before it looks whether the ledger still lives.
const LOOK: Duration = Duration::from_secs(60);

/// How long it waits after a step that could not be made.
const RETRY: Duration = Duration::from_secs(1);

/// Continues tasks until the ledger is closed; what is left then continues at the next start.
pub(super) fn tasks_start(ledger: Ledger) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("tasks".into()).spawn(move || run(&ledger))
}

fn run(ledger: &Ledger) {
    while !ledger.ending() {
        ledger.task_wait(LOOK);
        if !ledger.task_waits() || ledger.ending() {
            continue;
        }
        match steps(ledger) {
            Ok(false) => tracing::info!("all tasks are finished"),
            Err(ManageError::Stopped) => return,
            // There is more to do; or what arrives goes first.
            Ok(true) | Err(ManageError::Busy | ManageError::Store(StoreError::Behind { .. })) => {}
            Err(error) => {
                tracing::warn!(%error, "a step of a task failed; Hookgate retries it");
                ledger.ending_wait(RETRY);
            }
        }
    }
}

/// A step of an index and one of a bulk task, so that neither waits for the other's end. Gives
/// whether a task waits for its next step.
fn steps(ledger: &Ledger) -> Result<bool, ManageError> {
    let tasks = ledger.read()?.task_list()?;
    if tasks
        .iter()
        .any(|(_, task)| task.is_open() && task.kind.index().is_some())
    {
        ledger.index_step(clock::now())?;
    }
    bulk_step_next(ledger)?;
    Ok(ledger.task_waits())
}
