//! Running until told to stop: signals, and the end when the disk fails.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::interval;

use crate::config::Settings;
use crate::space::comes_of_full_disk;

use super::serve::{Server, StartError};

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked for it; all that was accepted is processed and applied.
    Asked,
    /// The disk or the database failed; what was acknowledged is in the journal.
    Failed,
}

/// Why serving did not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system's signals cannot be received.
    #[error("signals cannot be received")]
    Signals(#[source] std::io::Error),
}

/// How often it looks whether the server can go on.
const LOOK: Duration = Duration::from_millis(200);

/// How long a start that found the disk full waits before the next one.
const AGAIN: Duration = Duration::from_secs(5);

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// Serves until SIGTERM or SIGINT, or until the disk fails. SIGHUP reads the certificate again.
/// `ready` is called when the listeners stand; it may end the serving at once.
///
/// # Errors
/// When the server does not start.
pub fn run(settings: &Arc<Settings>, ready: impl FnOnce(&Server) -> ControlFlow<()>) -> Result<Ended, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::Signals)?;
    // Before the listeners: a signal that comes during the start is not lost.
    let mut signals = runtime.block_on(async { Signals::new() }).map_err(RunError::Signals)?;
    // Outside the runtime, since opening waits for the first changes.
    let server = loop {
        match Server::start(settings) {
            Ok(server) => break server,
            Err(error) if comes_of_full_disk(&error) => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the disk is too full for a start; make room on it. It is tried again in {} seconds", AGAIN.as_secs());
                if runtime.block_on(told_to_end(&mut signals, AGAIN)) {
                    return Ok(Ended::Asked);
                }
            }
            Err(error) => return Err(error.into()),
        }
    };
    let ended = match ready(&server) {
        ControlFlow::Continue(()) => runtime.block_on(until_end(&server, &mut signals)),
        ControlFlow::Break(()) => Ended::Asked,
    };
    if ended == Ended::Asked {
        tracing::info!("stopping: what was accepted is finished first");
        server.stop();
        tracing::info!("stopped");
    }
    Ok(ended)
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
}

/// Waits so long; gives whether it was told to end meanwhile.
async fn told_to_end(signals: &mut Signals, at_most: Duration) -> bool {
    tokio::select! {
        _ = signals.terminate.recv() => true,
        _ = signals.interrupt.recv() => true,
        () = tokio::time::sleep(at_most) => false,
    }
}

async fn until_end(server: &Server, signals: &mut Signals) -> Ended {
    let mut look = interval(LOOK);
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return Ended::Asked,
            _ = signals.interrupt.recv() => return Ended::Asked,
            _ = signals.hang_up.recv() => {
                // Success and failure are logged there; a bad pair leaves the old one in use.
                let _ = server.certificate.reload();
            }
            _ = look.tick() => {
                if !server.healthy() {
                    return Ended::Failed;
                }
            }
        }
    }
}
