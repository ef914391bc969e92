//! Runs until a signal stops it, or until the disk fails.

use std::ops::ControlFlow;
use std::process::exit;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};

use crate::config::Settings;
use crate::ledger::Ledger;
use crate::space::comes_of_full_disk;
use crate::systemd::{Due, GivenSocket, Notifier, Systemd, Watchdog};

use super::Opening;
use super::listening::sockets_wanted;
use super::serve::{Server, StartError};

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServeEnd {
    /// A signal requested it; all accepted work is processed and applied.
    Requested,
    /// The disk or the database failed; what was acknowledged is in the journal.
    Failed,
}

/// Why serving did not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system's signals cannot be received.
    #[error("signals cannot be received")]
    Signals(#[source] std::io::Error),
    /// The sockets of systemd cannot be used.
    #[error("the sockets that systemd passed cannot be used")]
    Sockets(#[source] std::io::Error),
}

/// How often the health of the server is checked.
const LOOK: Duration = Duration::from_millis(200);

/// The maximum time that stopping takes beyond the requests in progress.
const STOPPING: Duration = Duration::from_secs(60);

/// How long a start that found the disk full waits before the next one.
const RETRY_AFTER: Duration = Duration::from_secs(5);

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// Serves until SIGTERM or SIGINT, or until the disk fails. SIGHUP reloads the certificate. `ready`
/// is called when the listeners are open; it may end the serving at once. systemd gets a message
/// for each of these steps.
///
/// # Errors
/// When the server does not start.
pub fn run(
    settings: &Arc<Settings>,
    systemd: Systemd,
    ready: impl FnOnce(&Server) -> ControlFlow<()>,
) -> Result<ServeEnd, RunError> {
    let Systemd {
        notifier,
        watchdog,
        sockets,
    } = systemd;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RunError::Signals)?;
    // Before the listeners: a signal that comes during the start is not lost.
    let mut signals = runtime.block_on(async { Signals::new() }).map_err(RunError::Signals)?;
    let sockets = sockets_wanted(settings, sockets, &notifier);
    // Outside the runtime, since opening waits for the first changes.
    let server = loop {
        notifier.status("Opening the data folder");
        let opening = Opening::new(notifier.clone());
        // Each try uses its own copies: the sockets stay open between tries.
        let copies = sockets.iter().map(GivenSocket::try_clone).collect::<Result<_, _>>();
        let ending = EndWhileOpening::watch(notifier.clone()).map_err(RunError::Signals)?;
        let started = Server::start_on_sockets(settings, copies.map_err(RunError::Sockets)?, &opening);
        drop(ending);
        match started {
            Ok(server) => break server,
            Err(error) if comes_of_full_disk(&error) => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the disk is too full to start; free up space. Hookgate retries in {} seconds", RETRY_AFTER.as_secs());
                notifier.more_time(
                    RETRY_AFTER * 10,
                    "Waiting: the disk is too full to start; free up space",
                );
                if runtime.block_on(told_to_end(&mut signals, RETRY_AFTER)) {
                    return Ok(ServeEnd::Requested);
                }
            }
            Err(error) => return Err(error.into()),
        }
    };
    drop(sockets);
    let ended = match ready(&server) {
        ControlFlow::Continue(()) => {
            notifier.ready(&serving(&server));
            runtime.block_on(until_end(&server, &mut signals, &notifier, watchdog))
        }
        ControlFlow::Break(()) => ServeEnd::Requested,
    };
    match ended {
        ServeEnd::Requested => {
            let longest = settings.shutdown.timeout + STOPPING;
            notifier.stopping(longest, "Stopping: finishing accepted requests");
            tracing::info!("stopping: finishing accepted requests");
            server.stop();
            tracing::info!("stopped");
        }
        ServeEnd::Failed => notifier.stopping(STOPPING, "The disk or the database failed; see the log"),
    }
    Ok(ended)
}

/// While the data folder is opened nothing else handles signals, and that may take long. Ending the
/// process then loses nothing: the next start continues with the same journal.
struct EndWhileOpening {
    opened: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EndWhileOpening {
    fn watch(notifier: Notifier) -> std::io::Result<Self> {
        let (opened, until) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = runtime.block_on(async { Signals::new() })?;
        let thread = thread::Builder::new().name("opening-signals".into()).spawn(move || {
            let told = runtime.block_on(async {
                tokio::select! {
                    _ = signals.terminate.recv() => true,
                    _ = signals.interrupt.recv() => true,
                    _ = until => false,
                }
            });
            if told {
                notifier.stopping(STOPPING, "Stopping before the data folder was opened");
                tracing::info!("stopping before the data folder was opened; the next start continues");
                exit(0);
            }
        })?;
        Ok(Self {
            opened: Some(opened),
            thread: Some(thread),
        })
    }
}

impl Drop for EndWhileOpening {
    fn drop(&mut self) {
        drop(self.opened.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
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

fn serving(server: &Server) -> String {
    format!("Serving webhooks at {}", server.context.urls.public)
}

/// Waits this long; returns whether a signal to end arrived in the meantime.
async fn told_to_end(signals: &mut Signals, at_most: Duration) -> bool {
    tokio::select! {
        _ = signals.terminate.recv() => true,
        _ = signals.interrupt.recv() => true,
        () = tokio::time::sleep(at_most) => false,
    }
}

async fn until_end(
    server: &Server,
    signals: &mut Signals,
    notifier: &Notifier,
    mut watchdog: Option<Watchdog>,
) -> ServeEnd {
    let often = watchdog
        .as_ref()
        .map_or(LOOK, |watchdog| LOOK.min(watchdog.every() / 2));
    let mut look = interval(often);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return ServeEnd::Requested,
            _ = signals.interrupt.recv() => return ServeEnd::Requested,
            _ = signals.hang_up.recv() => {
                notifier.reloading("Reloading the certificate");
                // Success and failure are logged there; a bad pair leaves the old one in use.
                let note = match server.certificate.reload() {
                    Ok(()) => String::new(),
                    Err(error) => format!("; the current certificate stays in use: {error}"),
                };
                notifier.ready(&format!("{}{note}", serving(server)));
            }
            _ = look.tick() => {
                if !server.healthy() {
                    return ServeEnd::Failed;
                }
                if let Some(watchdog) = &mut watchdog {
                    live(watchdog, &server.appliance.ledger, notifier);
                }
            }
        }
    }
}

/// Tells systemd that it lives, if journal and store have just shown that they do.
fn live(watchdog: &mut Watchdog, ledger: &Ledger, notifier: &Notifier) {
    let shown = ledger.heartbeat();
    match watchdog.look(Instant::now(), [shown.journal, shown.store]) {
        Due::Nothing => {}
        Due::Ask => ledger.heartbeat_ask(),
        Due::Tell => notifier.alive(),
    }
}
