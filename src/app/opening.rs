//! Reports the progress of a start to systemd: what is done, how far it is, and that it may take
//! longer while it makes progress.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::ledger::CatchUp;
use crate::store::Steps;
use crate::systemd::Notifier;

/// How long the start may take after each step. A step that takes longer counts as stuck.
const MORE: Duration = Duration::from_secs(60);

/// The minimum time between two messages to systemd.
const SELDOM: Duration = Duration::from_millis(250);

/// How often the progress within a step is checked.
const LOOK: Duration = Duration::from_secs(1);

/// Tells systemd while the data folder is opened. Ends with the value.
pub struct Opening {
    shared: Arc<Shared>,
    watcher: Option<(Sender<()>, JoinHandle<()>)>,
}

struct Shared {
    notifier: Notifier,
    steps: Steps,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    status: String,
    told: Option<Instant>,
    /// The steps that systemd knows of.
    steps: u64,
}

impl Opening {
    /// Reports nowhere.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Notifier::default())
    }

    /// Tells systemd, if it listens.
    #[must_use]
    pub fn new(notifier: Notifier) -> Self {
        let heard = notifier.is_heard();
        let shared = Arc::new(Shared {
            notifier,
            steps: Steps::default(),
            state: Mutex::default(),
        });
        let watcher = heard.then(|| watch(Arc::clone(&shared))).flatten();
        Self { shared, watcher }
    }

    /// The connection to systemd.
    #[must_use]
    pub fn notifier(&self) -> &Notifier {
        &self.shared.notifier
    }

    /// Grows with the work that is done.
    #[must_use]
    pub fn steps(&self) -> &Steps {
        &self.shared.steps
    }

    /// The database is being repaired; the closure receives the progress, from 0 to 1.
    pub fn repairing(&self) -> impl Fn(f64) + 'static {
        let shared = Arc::clone(&self.shared);
        move |done| {
            let percent = done * 100.0;
            tracing::info!("repairing the database: {percent:.0} %");
            shared.step(format!("Repairing the database: {percent:.0} %"));
        }
    }

    /// The journal is applied to the store.
    pub fn applying(&self, step: CatchUp) {
        self.shared
            .step(format!("Applying the journal to the database: {} %", step.percent()));
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.watcher.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Something was done.
    fn step(&self, status: String) {
        self.steps.made();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.status = status;
        if state.told.is_none_or(|told| told.elapsed() >= SELDOM) {
            self.report(&mut state);
        }
    }

    /// Tells again if something was done since.
    fn look(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.status.is_empty() && state.steps != self.steps.count() {
            self.report(&mut state);
        }
    }

    fn report(&self, state: &mut State) {
        state.told = Some(Instant::now());
        state.steps = self.steps.count();
        self.notifier.more_time(MORE, &state.status);
    }
}

fn watch(shared: Arc<Shared>) -> Option<(Sender<()>, JoinHandle<()>)> {
    let (stop, stopped) = channel();
    let thread = thread::Builder::new().name("opening".into()).spawn(move || {
        while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            shared.look();
        }
    });
    Some((stop, thread.ok()?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn more_time_is_asked_for_only_while_something_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        systemd.set_nonblocking(true).unwrap();
        let received = || {
            let mut buffer = [0; 256];
            let length = systemd.recv(&mut buffer).ok()?;
            Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
        };
        let shared = Shared {
            notifier: Notifier::to(path.to_str().unwrap()),
            steps: Steps::default(),
            state: Mutex::default(),
        };
        shared.look();
        assert_eq!(received(), None, "nothing was begun");
        shared.step("Applying: 0 %".to_owned());
        let told = |percent: u32| Some(format!("EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Applying: {percent} %\n"));
        assert_eq!(received(), told(0));
        shared.look();
        assert_eq!(received(), None, "nothing was done since");
        // A step within an entry that takes long.
        shared.steps.made();
        shared.look();
        assert_eq!(received(), told(0));
        shared.look();
        assert_eq!(received(), None);
    }
}
