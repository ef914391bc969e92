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
pub mod process;
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
    /// The start of Webhook URLs, without a slash at the end.
    pub public_url: String,
    /// Whether `public_url` is configured. Otherwise it names this server itself.
    pub public_url_set: bool,
    /// Where the running server accepts webhooks; none while it does not run.
    pub endpoint: Option<Endpoint>,
    /// Issues access tokens, and manages the keys that sign them.
    pub issuer: Arc<Issuer>,
    /// The issuer of access tokens: the URL for programs, without a slash at the end.
    pub issuer_url: String,
    /// Where the running server accepts requests of programs; none while it does not run.
    pub operations: Option<Endpoint>,
    /// The maximum number of webhooks that retention deletes in one step.
    pub retention_batch: u32,
    /// The path of the master key.
    pub master_key: PathBuf,
    /// Whether the path is a systemd credential, which exists only for the running service.
    pub master_key_credential: bool,
    /// Decides whether the clock can be trusted for deleting webhooks.
    pub clock_check: ClockCheck,
    pub started_on: Timestamp,
    /// When the journal was last examined.
    pub journal_look: schedule::JournalLook,
    /// Accepts copies of webhooks.
    pub intake: Arc<Intake>,
    /// Sends new and changed webhooks to watchers.
    pub feed: Arc<Feed>,
    /// The certificate in use; none while no server runs.
    pub certificate: Option<Arc<CertificateResolver>>,
    pub health: Arc<Health>,
    pub data: PathBuf,
    /// The result of the last token check, and when it was made.
    pub oauth_known: Mutex<Option<(Instant, OauthHealthView)>>,
    /// Held from reading the configuration until the change that depends on it.
    pub editing: Mutex<()>,
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
        self.editing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
