//! Logins, sessions and passwords of users, independent of HTTP.
//!
//! Passwords are hashed slowly, and only a few at once. Failures are counted by account and
//! network, so that an attacker cannot lock out a user who is elsewhere. Sessions, recovery codes
//! and set-up links have so many random bits that storing their SHA-256 is safe.

mod login;
mod note;
mod own;
mod password;
mod session;
mod setup;
#[cfg(test)]
mod tests;
mod totp;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;

pub use login::{Attempt, LoginError, Started};
pub use own::{TotpBegun, totp_disabled};
pub use password::{PASSWORD_LENGTHS, PasswordError};
pub use session::{ActiveSession, SessionRow};
pub use setup::{LINK_LIFE, NewPassword, SetupLinkMade, name_checked, setup_needed};

use crate::concurrency_limit::ConcurrencyLimit;
use crate::domain::time::Timestamp;
use crate::ledger::Ledger;
use crate::secret::Secrets;
use crate::store::SessionKey;
use crate::throttle::{Policy, Throttle};

/// Wrong passwords and codes, by account and network: after the third failure a wait of 1 s, which
/// doubles each time, up to a quarter of an hour.
const GUESSES: Policy = Policy {
    free_account: 3,
    free_network: 30,
    wait_most: 900,
    forget: 6 * 3600,
};

/// Wrong codes by account, from all addresses together: only someone who already has the password
/// can guess them, and there are only a million codes. The owner waits at most a minute.
const CODES: Policy = Policy {
    free_account: 10,
    free_network: u32::MAX,
    wait_most: 60,
    forget: 24 * 3600,
};

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionPolicy {
    pub idle: Duration,
    pub length: Duration,
    /// For how long authentication, such as the login, is valid for operations on secrets and
    /// access.
    pub proof: Duration,
}

/// How many passwords are hashed at once, and how many wait. Each hash takes 19 MiB and a large part
/// of a second of processor time.
const HASHES_AT_ONCE: usize = 2;
const HASHES_WAITING: usize = 16;

/// Authenticates users. There is one for the whole server.
pub struct People {
    ledger: Ledger,
    secrets: Arc<Secrets>,
    policy: SessionPolicy,
    started: Timestamp,
    setup_file: PathBuf,
    hashing: ConcurrencyLimit,
    guesses: Throttle,
    codes: Throttle,
    notes: note::Notes,
    /// When sessions were last used. Not stored: that would need an entry for each request.
    seen: Mutex<HashMap<SessionKey, Timestamp>>,
    /// When the owner of a session last authenticated. Not stored either: after a start,
    /// authentication is needed again.
    proved: Mutex<HashMap<SessionKey, Timestamp>>,
    /// The last TOTP step that each user used.
    steps: Mutex<HashMap<Uuid, i64>>,
    /// Second factors that are not confirmed yet.
    pending: Mutex<HashMap<Uuid, own::Pending>>,
}

impl People {
    /// `setup_file` is the file for the set-up link if there is no terminal.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        secrets: Arc<Secrets>,
        policy: SessionPolicy,
        setup_file: PathBuf,
        started: Timestamp,
    ) -> Self {
        Self {
            ledger,
            secrets,
            policy,
            started,
            setup_file,
            hashing: ConcurrencyLimit::new(HASHES_AT_ONCE, HASHES_WAITING),
            guesses: Throttle::new(GUESSES),
            codes: Throttle::new(CODES),
            notes: note::Notes::default(),
            seen: Mutex::default(),
            proved: Mutex::default(),
            steps: Mutex::default(),
            pending: Mutex::default(),
        }
    }

    /// How long sessions last.
    #[must_use]
    pub const fn policy(&self) -> SessionPolicy {
        self.policy
    }
}

/// The moment that is `time` later.
fn after(moment: Timestamp, time: Duration) -> Timestamp {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Timestamp(moment.0.saturating_add(micros))
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// Every change under these locks is a single step, so the data is consistent after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
