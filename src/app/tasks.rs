//! The thread that goes on with tasks: what decisions leave to be done in steps.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::ledger::{ChangeError, Ledger};

/// How long it waits before it looks whether the ledger still lives.
const LOOK: Duration = Duration::from_secs(60);

/// How long it waits after a step that could not be made.
const RETRY: Duration = Duration::from_secs(1);

/// Goes on with tasks until the ledger is closed; what is left then continues at the next start.
pub(super) fn tasks_start(ledger: Ledger) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("tasks".into()).spawn(move || run(&ledger))
}

fn run(ledger: &Ledger) {
    while !ledger.ending() {
        ledger.task_wait(LOOK);
        if !ledger.task_waits() || ledger.ending() {
            continue;
        }
        match ledger.task_step(clock::now()) {
            Ok(true) => {}
            Ok(false) => tracing::info!("what had to be done in steps is done"),
            Err(ChangeError::Stopped) => return,
            Err(error) => {
                tracing::warn!(%error, "a step of a task could not be made; it is tried again");
                ledger.ending_wait(RETRY);
            }
        }
    }
}
