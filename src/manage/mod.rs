//! What administrators do, free of HTTP and of the database: one file per resource, operations
//! named noun first. The command line calls them, through the socket or in its own process.

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

/// What the functions of this room work with.
pub struct Context {
    pub ledger: Ledger,
    /// The master key's uses.
    pub secrets: Arc<Secrets>,
    pub people: Arc<People>,
    /// What Webhook URLs start with, without a slash at the end.
    pub public_url: String,
    /// Whether that is a setting; otherwise it names this server itself.
    pub public_url_set: bool,
    /// Where the running server takes webhooks; none while it does not run.
    pub endpoint: Option<Endpoint>,
    /// Makes access tokens, and the keys that they are signed with.
    pub issuer: Arc<Issuer>,
    /// Where programs get tokens, without a slash at the end: the issuer of access tokens.
    pub issuer_url: String,
    /// Where the running server answers programs; none while it does not run.
    pub operations: Option<Endpoint>,
    /// The most webhooks that retention deletes in one step.
    pub retention_batch: u32,
    /// The file of the master key.
    pub master_key: PathBuf,
    /// Whether that is a credential of systemd, there only for the running service.
    pub master_key_credential: bool,
    /// Whether the clock is believed when webhooks are deleted by it.
    pub clock_check: ClockCheck,
    /// Since when it runs.
    pub started_on: Timestamp,
    /// When the journal was last looked at.
    pub journal_look: schedule::JournalLook,
    /// Takes in copies of webhooks.
    pub intake: Arc<Intake>,
    /// Tells who watches what arrives and changes.
    pub feed: Arc<Feed>,
    /// The certificate in use; none while no server runs.
    pub certificate: Option<Arc<CertificateResolver>>,
    /// How the server is.
    pub health: Arc<Health>,
    pub data: PathBuf,
    /// What the last check of tokens found, and when.
    pub oauth_known: Mutex<Option<(Instant, OauthHealthView)>>,
    /// Held from reading the configuration to the change that rests on what was read.
    pub editing: Mutex<()>,
}

/// A listener of the running server, as it reaches itself for a test.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens; a loopback address if it listens on all.
    pub address: SocketAddr,
    /// A name that the certificate is for.
    pub server_name: String,
    /// The self-signed certificate in use, PEM; none for an operator's own, which is made for
    /// other names and signed by somebody whom this machine may not know.
    pub certificate: Option<PathBuf>,
}

impl Context {
    /// Keeps two edits from overwriting each other. Take it before reading the catalog.
    pub(crate) fn edit(&self) -> MutexGuard<'_, ()> {
        self.editing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
