//! What administrators do, independent of HTTP and the database: one file per resource, with
//! functions named noun first. The command line calls them through the socket or in its own
//! process.

pub mod about;
pub mod audit;
pub mod backup;
pub mod certificate;
mod checked;
pub mod client;
pub mod csv;
pub mod entity;
pub mod error;
pub mod feed;
pub mod grace_period;
pub mod grant;
pub mod health;
mod loopback_client;
pub mod metrics;
pub mod object;
pub mod odata_access;
pub mod overview;
pub mod patch;
pub mod process;
mod qr_code;
pub mod record;
pub mod record_change;
pub mod record_search;
pub mod retention;
pub mod schedule;
pub mod setting;
pub mod signing_key;
pub mod source;
pub mod source_test;
pub mod steps;
pub mod task;
pub mod technical_user;
pub mod thing;
pub mod user;
pub mod webhook;
pub mod webhook_bulk;
pub mod webhook_change;
pub mod webhook_copy;
pub mod webhook_export;
pub mod webhook_search;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use error::{Kind, ManageError, ValueProblem};
pub use steps::{Progress, ProgressFn};

use crate::domain::time::Timestamp;
use crate::identity::Issuer;
use crate::intake::Intake;
use crate::ledger::Ledger;
use crate::people::People;
use crate::retention::clock_check::ClockCheck;
use crate::secret::Secrets;
use crate::tls::CertificateResolver;
use feed::Feed;
use health::{Health, OauthHealthView};

/// The state that the functions of this module use.
pub struct Context {
    pub ledger: Ledger,
    /// Encrypts and decrypts with the master key.
    pub secrets: Arc<Secrets>,
    pub people: Arc<People>,
    /// Issues access tokens, and manages the keys that sign them.
    pub issuer: Arc<Issuer>,
    /// Accepts copies of webhooks.
    pub intake: Arc<Intake>,
    /// Sends new and changed webhooks to watchers.
    pub feed: Arc<Feed>,
    pub health: Arc<Health>,
    pub retention: RetentionPolicy,
    pub urls: Urls,
    pub files: Files,
    /// None while no server runs.
    pub running: Option<Running>,
    pub memory: Memory,
}

/// How retention deletes webhooks.
pub struct RetentionPolicy {
    /// The maximum number of webhooks that are deleted in one step.
    pub batch: u32,
    /// Decides whether the clock can be trusted for deleting webhooks.
    pub clock_check: ClockCheck,
}

/// URLs that others know, without a slash at the end.
pub struct Urls {
    /// The start of Webhook URLs.
    pub public: String,
    /// Whether `public` is configured. Otherwise it names this server itself.
    pub public_configured: bool,
    /// The issuer of access tokens: the URL for programs.
    pub issuer: String,
}

/// Where things are stored.
#[derive(Clone)]
pub struct Files {
    pub data: PathBuf,
    pub master_key: PathBuf,
    /// Whether the master key is a systemd credential, which exists only for the running service.
    pub master_key_credential: bool,
}

/// The running server, as it reaches itself for a test.
pub struct Running {
    /// Where it accepts webhooks.
    pub webhooks: Endpoint,
    /// Where it accepts requests of programs.
    pub operations: Endpoint,
    /// The certificate in use.
    pub certificate: Arc<CertificateResolver>,
}

/// What is known in memory only.
pub struct Memory {
    pub started_on: Timestamp,
    /// When the journal was last examined.
    journal_look: schedule::JournalLook,
    /// The result of the last check of tokens, with its time.
    oauth_known: Mutex<Option<(Instant, OauthHealthView)>>,
    /// Held from reading the configuration until the change that depends on it.
    editing: Mutex<()>,
}

impl Memory {
    /// Of a process that began at this moment, without anything known yet.
    #[must_use]
    pub fn new(started_on: Timestamp) -> Self {
        Self {
            started_on,
            journal_look: schedule::JournalLook::default(),
            oauth_known: Mutex::default(),
            editing: Mutex::default(),
        }
    }
}

/// A listener of the running server, with the data for connecting to it from the server itself.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address to connect to; a loopback address if it listens on all.
    pub address: SocketAddr,
    /// A name in the certificate.
    pub server_name: String,
    /// The self-signed certificate in use, PEM. None for a certificate of the operator: it has
    /// other names, and this machine may not know its issuer.
    pub certificate: Option<PathBuf>,
}

impl Context {
    /// Prevents two edits from overwriting each other. Lock it before reading the catalog.
    pub(crate) fn edit(&self) -> MutexGuard<'_, ()> {
        self.memory.editing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
