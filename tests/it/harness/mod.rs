//! Hookgate seen from outside: the real program, started on a folder of its own, its senders and
//! its administrators. Whoever starts something here ends it, by its process id.

mod caller;
mod client;
#[path = "../../common/program.rs"]
mod installed;
mod person;
mod program;
mod server;
mod site;
mod supervisor;

use std::sync::Arc;
use std::time::{Duration, Instant};

use hookgate::app::bounds::{self, connections, session_policy};
use hookgate::config::defaults;
use hookgate::domain::time::Timestamp;
use hookgate::http::{Api, Hosts, HttpSettings};
use hookgate::ledger::Ledger;
use hookgate::people::People;
use hookgate::secret::Secrets;

pub use caller::Caller;
pub use client::{Answer, Connection, Request};
pub use installed::{command, serve};
pub use person::{PASSWORD, User, change};
pub use program::{Output, hookgate};
pub use server::{Server, Source, through_shell};
pub use site::{Asker, PASSWORD as PASSWORD_OF_SITE, Site};
pub use supervisor::{Recorder, passing};

/// How long anything may take before a test fails. Generous: machines are slow at times.
pub const BOUND: Duration = Duration::from_secs(120);

/// How long a server waits for its senders, so that a machine that stalls cuts nobody off. Tests
/// of these bounds have flags of their own.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long it keeps a connection on which nothing comes: a test may have much to do meanwhile.
pub const KEEP_ALIVE: Duration = Duration::from_secs(600);

const PAUSE: Duration = Duration::from_millis(5);

/// Asks until there is an answer; panics with `what` if there is none within [`BOUND`].
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < BOUND, "waited in vain for {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until something is so.
pub fn wait_until(what: &str, mut ask: impl FnMut() -> bool) {
    wait_for(what, || ask().then_some(()));
}

/// The bounds of a server that is made of its parts.
pub fn http_settings() -> HttpSettings {
    let settings = defaults();
    let connections = connections(&settings, 1, u64::MAX);
    HttpSettings {
        workers: 1,
        head_timeout: PATIENCE,
        keep_alive: KEEP_ALIVE,
        body_timeout: PATIENCE,
        body_patience: PATIENCE,
        ..bounds::http_settings(&settings, 1, connections)
    }
}

/// What `/api` needs in a server that is made of its parts; it answers nothing.
pub fn api(ledger: &Ledger, secrets: &Arc<Secrets>) -> Arc<Api> {
    let file = std::env::temp_dir().join("hookgate-no-setup-link");
    let (policy, started) = (session_policy(&defaults()), Timestamp(1));
    let people = People::new(ledger.clone(), Arc::clone(secrets), policy, file, started);
    Arc::new(Api::new(Arc::new(people), Hosts::new(["localhost"])))
}
