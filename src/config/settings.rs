//! What the settings are, typed.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tracing::Level;

/// Every setting, checked and ready for use. Sizes are bytes, rates bytes per second.
///
/// Each field is set by one entry of [`super::SETTINGS`]; [`super::load`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    pub data: PathBuf,
    /// Where the server listens.
    pub listen: Listen,
    pub tls: Tls,
    pub http: Http,
    /// How webhooks are received.
    pub intake: Intake,
    /// How much may wait.
    pub limits: Limits,
    /// How webhooks are processed.
    pub process: Process,
    pub store: Store,
    pub journal: Journal,
    /// The room on the disk.
    pub disk: Disk,
    /// How webhooks past their time are deleted.
    pub retention: Retention,
    pub tokens: Tokens,
    /// What programs read and write.
    pub odata: Odata,
    /// The admin page and what scripts use.
    pub admin: Admin,
    /// How secrets are encrypted.
    pub secrets: Secrets,
    /// What monitoring systems read.
    pub metrics: Metrics,
    pub log: Log,
    /// How the server stops.
    pub shutdown: Shutdown,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// HTTPS for all paths, or for all paths except `/webhooks/` when `senders` is set.
    pub address: SocketAddr,
    /// HTTPS that serves `/webhooks/` only.
    pub senders: Option<SocketAddr>,
    /// What Webhook URLs start with; no slash at the end.
    pub public_url: Option<String>,
    /// Plain HTTP; always a loopback address.
    pub plain_http: Option<SocketAddr>,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            senders: None,
            public_url: None,
            plain_http: None,
        }
    }
}

/// The certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The operator's certificate; without it a self-signed one is made.
    pub files: Option<TlsFiles>,
    /// More names for the self-signed certificate.
    pub names: Vec<String>,
}

/// Certificate and key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that it is signed with.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// HTTP in general.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Http {
    /// Threads that serve requests.
    pub workers: usize,
    /// How long the first request line and headers of a connection may take; a TLS handshake too.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub keep_alive: Duration,
}

/// How webhooks are received.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intake {
    /// The longest body, unless the source says otherwise.
    pub max_body: u64,
    /// How long a body may take in all.
    pub body_timeout: Duration,
    /// How long a body may take before its rate counts.
    pub body_patience: Duration,
    /// How fast a body must come at least, per second.
    pub min_rate: u64,
    /// The longest request line and headers together.
    pub max_headers: u64,
}

/// How much may wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Open connections, all workers and listeners together.
    pub connections: usize,
    /// Webhooks that wait for the journal.
    pub queue: usize,
    /// Bytes of large bodies that are read or wait for the journal.
    pub bodies: u64,
    /// Entries that the store may be behind the journal.
    pub lag: usize,
    /// Bytes that the store may be behind the journal.
    pub lag_bytes: u64,
    /// How long a webhook may wait for the disk before its sender gets 503.
    pub sync_timeout: Duration,
    /// The deepest level of nesting of a body that is read.
    pub depth: u32,
    /// The most fields of a body that is read.
    pub fields: u32,
}

/// How webhooks are processed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process {
    /// Attempts cut short before a webhook is Failed.
    pub max_attempts: u16,
}

/// The database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Store {
    /// Memory for its cache.
    pub cache: u64,
}

/// The journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Journal {
    /// The length of one segment file.
    pub segment: u64,
    /// From what size on the journal is shortened.
    pub keep: u64,
}

/// How webhooks past their time are deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retention {
    /// Webhooks deleted in one transaction.
    pub batch: usize,
}

/// Access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens {
    /// The issuer's URL; no slash at the end.
    pub issuer: Option<String>,
    /// How long a key signs.
    pub rotation: Duration,
}

/// What programs read and write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Odata {
    /// Maximum rows in one response.
    pub page: usize,
    /// Maximum rows that one request scans.
    pub scan_rows: usize,
    /// How long one request looks.
    pub scan_time: Duration,
    /// Requests that may scan many rows at once.
    pub concurrent: usize,
    /// Requests that wait until they may.
    pub queue: usize,
}

/// The admin page and what scripts use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admin {
    /// How long a session lasts without use.
    pub session_idle: Duration,
    /// How long a session lasts in all.
    pub session_length: Duration,
    /// How long a confirmation of identity is valid.
    pub confirm_after: Duration,
    /// More names under which this server is reached.
    pub hosts: Vec<String>,
    /// Whether browsers must use TLS for later visits (HSTS).
    pub hsts: bool,
}

/// How secrets are encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// The file of the master key.
    pub master_key: PathBuf,
    /// Whether that is a credential of systemd: read-only, and there only for the service.
    pub credential: bool,
}

/// The room on the disk of the data folder, in bytes. What is not set follows from its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disk {
    /// Below this, webhooks and other work that needs room are rejected.
    pub min_free: Option<u64>,
    /// Below this, the administrator gets a warning.
    pub warn_free: Option<u64>,
    /// The size of the ballast file; 0 for none.
    pub ballast: Option<u64>,
}

/// What monitoring systems read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Networks from which it is read without an access token.
    pub allow: Vec<IpNet>,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The least important events that are written.
    pub level: Level,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: Level::INFO,
            format: LogFormat::Text,
        }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    /// One JSON object per line, for programs.
    Json,
}

/// How the server stops.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shutdown {
    /// How long requests under way are waited for.
    pub timeout: Duration,
}
