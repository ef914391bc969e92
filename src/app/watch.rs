//! The thread that watches the room on the disk.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::space::Guard;

/// How often it checks. The room that is kept free covers what may be written between two checks.
const TICK: Duration = Duration::from_secs(1);

/// The thread. Dropped, it ends at its next look.
pub(super) struct SpaceWatch {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl SpaceWatch {
    /// Checks once, then continues in a thread.
    pub fn start(guard: Guard) -> io::Result<Self> {
        guard.tend();
        let (stop, stopped) = channel();
        let thread = thread::Builder::new().name("space".into()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                guard.tend();
            }
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends it.
    pub fn stop(self) {
        // An error means that it has ended already.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}
