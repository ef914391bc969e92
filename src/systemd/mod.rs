//! What systemd and a service tell each other: readiness, signs of life, sockets that are already
//! open. Without systemd nothing here does anything.

mod notify;
mod sockets;
mod watchdog;

pub use notify::Notifier;
pub use sockets::{GivenSocket, SocketName, SocketsError};
pub use watchdog::{Due, Watchdog};

use std::time::Instant;

/// What this process got from systemd.
#[derive(Debug, Default)]
pub struct Systemd {
    /// Reports the state to systemd.
    pub notifier: Notifier,
    /// Present if systemd waits for signs of life.
    pub watchdog: Option<Watchdog>,
    /// Sockets that listen already.
    pub sockets: Vec<GivenSocket>,
}

impl Systemd {
    /// What the environment says; to be called once, before the process has a second thread.
    ///
    /// # Errors
    /// When a socket was passed that cannot be used.
    pub fn of_process() -> Result<Self, SocketsError> {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let own =
            |variable: &str, missing: bool| env(variable).map_or(missing, |pid| pid.parse() == Ok(std::process::id()));
        // The socket's variable stays in the environment: taking it out is not safe in a process
        // with threads, and Hookgate starts no other programs.
        let notifier = env("NOTIFY_SOCKET").map_or_else(Notifier::default, |address| Notifier::to(&address));
        let limit = env("WATCHDOG_USEC").filter(|_| own("WATCHDOG_PID", true));
        let watchdog = limit.and_then(|micros| Watchdog::of_micros(&micros, Instant::now()));
        let sockets = match env("LISTEN_FDS").filter(|_| own("LISTEN_PID", false)) {
            Some(_) => sockets::take(env("LISTEN_FDNAMES").as_deref())?,
            None => Vec::new(),
        };
        Ok(Self {
            notifier,
            watchdog,
            sockets,
        })
    }
}
