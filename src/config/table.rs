//! The one table of settings: everything else in this room is derived from it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use tracing::Level;

use super::setting_type::SettingType;
use super::settings::{LogFormat, Settings};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

const MAX_BODY: u64 = 25 * MIB;
/// Room for the largest body with its headers, so that no setting rejects such a webhook forever.
const MAX_ENTRY: u64 = 32 * MIB;

/// One setting: its key, its type, its default.
#[derive(Debug)]
pub struct Setting {
    /// Its key in the file: `group.name`. Flag and environment variable follow from it.
    pub key: &'static str,
    /// The value when none is given.
    pub default: Preset,
    /// What it does, in one line.
    pub doc: &'static str,
    pub(super) kind: SettingType,
}

/// The value of a setting when none is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// This value, written as in the file.
    Text(&'static str),
    /// Not set; the words say what that means.
    Unset(&'static str),
    /// Computed at the start by the rule in these words; then a value as an example.
    Rule(&'static str, &'static str),
}

/// Settings while they are gathered: those with a rule, and those that only count together,
/// are not settled yet.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub settings: Settings,
    pub data: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub workers: Option<usize>,
    pub master_key: Option<PathBuf>,
    pub hsts: Option<bool>,
}

/// All settings, in the order in which they are shown.
pub static SETTINGS: &[Setting] = &[
    Setting {
        key: "data",
        default: Preset::Rule(
            "`/var/lib/hookgate` if that folder exists and is writable, otherwise `hookgate-data` in the current folder",
            "/srv/hookgate",
        ),
        doc: "The data folder.",
        kind: SettingType::Path(|draft, path| draft.data = Some(path)),
    },
    Setting {
        key: "listen.address",
        default: Preset::Text("0.0.0.0:8443"),
        doc: "The HTTPS listener for everything, or for everything except `/webhooks/` if `listen.senders` is set. `[::]:8443` also listens on IPv6.",
        kind: SettingType::Address(|draft, address| draft.settings.listen.address = address),
    },
    Setting {
        key: "listen.senders",
        default: Preset::Unset("one listener for all"),
        doc: "A second HTTPS listener that serves only `/webhooks/` and can be open to the internet.",
        kind: SettingType::OptionalAddress(|draft, address| draft.settings.listen.senders = address),
    },
    Setting {
        key: "listen.public_url",
        default: Preset::Unset("built from host name and port"),
        doc: "The start of every Webhook URL: the address of this server as senders see it.",
        kind: SettingType::Url(|draft, url| draft.settings.listen.public_url = url),
    },
    Setting {
        key: "listen.plain_http",
        default: Preset::Unset("no plain HTTP"),
        doc: "Plain HTTP for programs on this machine.",
        kind: SettingType::OptionalLoopback(|draft, address| draft.settings.listen.plain_http = address),
    },
    Setting {
        key: "tls.certificate",
        default: Preset::Unset(
            "`tls.crt` and `tls.key` in `$CREDENTIALS_DIRECTORY` if they exist, otherwise a self-signed certificate is created",
        ),
        doc: "The file of the certificate and its intermediate certificates, as PEM.",
        kind: SettingType::OptionalPath(|draft, path| draft.certificate = path),
    },
    Setting {
        key: "tls.key",
        default: Preset::Unset("see `tls.certificate`"),
        doc: "The file of the private key of `tls.certificate`, as PEM.",
        kind: SettingType::OptionalPath(|draft, path| draft.key = path),
    },
    Setting {
        key: "tls.names",
        default: Preset::Unset("only host name and loopback"),
        doc: "Additional names and addresses for the self-signed certificate.",
        kind: SettingType::Names(|draft, names| draft.settings.tls.names = names),
    },
    Setting {
        key: "http.workers",
        default: Preset::Rule("the number of cores", "4"),
        doc: "Number of threads that handle requests.",
        kind: SettingType::Count(1..=1024, |draft, count| draft.workers = Some(count)),
    },
    Setting {
        key: "http.head_timeout",
        default: Preset::Text("5 s"),
        doc: "Time limit for the request line and headers of a connection's first request, and for a TLS handshake.",
        kind: SettingType::Duration(seconds(1..=60), |draft, time| {
            draft.settings.http.head_timeout = time;
        }),
    },
    Setting {
        key: "http.keep_alive",
        default: Preset::Text("30 s"),
        doc: "Time limit for an idle connection to send its next request.",
        kind: SettingType::Duration(seconds(1..=600), |draft, time| {
            draft.settings.http.keep_alive = time;
        }),
    },
    Setting {
        key: "intake.max_body",
        default: Preset::Text("1 MiB"),
        doc: "Maximum size of a webhook body; a source can have its own limit.",
        kind: SettingType::Size(KIB..=MAX_BODY, |draft, size| {
            draft.settings.intake.max_body = size;
        }),
    },
    Setting {
        key: "intake.body_timeout",
        default: Preset::Text("15 s"),
        doc: "Time limit for receiving a body.",
        kind: SettingType::Duration(seconds(1..=600), |draft, time| {
            draft.settings.intake.body_timeout = time;
        }),
    },
    Setting {
        key: "intake.body_patience",
        default: Preset::Text("5 s"),
        doc: "Time before `intake.min_rate` applies to a body.",
        kind: SettingType::Duration(seconds(1..=600), |draft, time| {
            draft.settings.intake.body_patience = time;
        }),
    },
    Setting {
        key: "intake.min_rate",
        default: Preset::Text("1 KiB/s"),
        doc: "Minimum rate at which a body must arrive.",
        kind: SettingType::Rate(16..=MIB, |draft, rate| {
            draft.settings.intake.min_rate = rate;
        }),
    },
    Setting {
        key: "intake.max_headers",
        default: Preset::Text("32 KiB"),
        doc: "Maximum size of request line and headers together.",
        kind: SettingType::Size(4 * KIB..=128 * KIB, |draft, size| {
            draft.settings.intake.max_headers = size;
        }),
    },
    Setting {
        key: "limits.connections",
        default: Preset::Text("10000"),
        doc: "Maximum number of open connections of all listeners together; lower if the limit of open files (`LimitNOFILE=`) does not allow it.",
        kind: SettingType::Count(16..=1_000_000, |draft, count| {
            draft.settings.limits.connections = count;
        }),
    },
    Setting {
        key: "limits.queue",
        default: Preset::Text("16384"),
        doc: "Maximum number of webhooks waiting for the journal; further webhooks get 503.",
        kind: SettingType::Count(16..=1_048_576, |draft, count| {
            draft.settings.limits.queue = count;
        }),
    },
    Setting {
        key: "limits.bodies",
        default: Preset::Text("128 MiB"),
        doc: "Memory for large bodies (over 16 KiB) that are being received or wait for the journal; further webhooks get 503.",
        kind: SettingType::Size(MAX_ENTRY..=64 * GIB, |draft, size| {
            draft.settings.limits.bodies = size;
        }),
    },
    Setting {
        key: "limits.lag",
        default: Preset::Text("32768"),
        doc: "Number of entries that the database may be behind the journal; beyond this, senders must wait.",
        kind: SettingType::Count(64..=1_048_576, |draft, count| {
            draft.settings.limits.lag = count;
        }),
    },
    Setting {
        key: "limits.lag_bytes",
        default: Preset::Text("64 MiB"),
        doc: "Number of bytes that the database may be behind the journal; beyond this, senders must wait.",
        kind: SettingType::Size(MAX_ENTRY..=4 * GIB, |draft, size| {
            draft.settings.limits.lag_bytes = size;
        }),
    },
    Setting {
        key: "limits.sync_timeout",
        default: Preset::Text("30 s"),
        doc: "Time limit for writing a webhook to disk; after that the sender gets 503, although the webhook may still be stored.",
        kind: SettingType::Duration(seconds(1..=600), |draft, time| {
            draft.settings.limits.sync_timeout = time;
        }),
    },
    Setting {
        key: "limits.depth",
        default: Preset::Text("128"),
        doc: "Maximum nesting depth of a JSON body; a deeper webhook gets status Failed.",
        kind: SettingType::Count32(4..=10_000, |draft, count| {
            draft.settings.limits.depth = count;
        }),
    },
    Setting {
        key: "limits.fields",
        default: Preset::Text("1000"),
        doc: "Maximum number of fields in a body; a webhook with more gets status Failed.",
        kind: SettingType::Count32(16..=100_000, |draft, count| {
            draft.settings.limits.fields = count;
        }),
    },
    Setting {
        key: "process.max_attempts",
        default: Preset::Text("5"),
        doc: "How often the processing of a webhook may be interrupted before the webhook gets status Failed.",
        kind: SettingType::Count16(1..=100, |draft, count| {
            draft.settings.process.max_attempts = count;
        }),
    },
    Setting {
        key: "store.cache",
        default: Preset::Text("64 MiB"),
        doc: "Memory for the database cache.",
        kind: SettingType::Size(MIB..=64 * GIB, |draft, size| {
            draft.settings.store.cache = size;
        }),
    },
    Setting {
        key: "journal.segment",
        default: Preset::Text("64 MiB"),
        doc: "Size of one segment file of the journal.",
        kind: SettingType::Size(MAX_ENTRY..=GIB, |draft, size| {
            draft.settings.journal.segment = size;
        }),
    },
    Setting {
        key: "journal.keep",
        default: Preset::Text("1 GiB"),
        doc: "Size above which the journal is shortened (but never below the size of the database): a verified copy of the database, created from the journal, becomes its new start.",
        kind: SettingType::Size(MAX_ENTRY..=1024 * GIB, |draft, size| {
            draft.settings.journal.keep = size;
        }),
    },
    Setting {
        key: "disk.min_free",
        default: Preset::Rule("256 MiB, or a twentieth of the disk if that is less", "256 MiB"),
        doc: "Free space on the disk of the data folder below which webhooks get 503 and operations that need disk space are rejected.",
        kind: SettingType::Size(0..=1024 * GIB, |draft, size| {
            draft.settings.disk.min_free = Some(size);
        }),
    },
    Setting {
        key: "disk.warn_free",
        default: Preset::Rule("2 GiB, or a tenth of the disk if that is less", "2 GiB"),
        doc: "Free space on the disk of the data folder below which the log and the admin page show a warning.",
        kind: SettingType::Size(0..=1024 * GIB, |draft, size| {
            draft.settings.disk.warn_free = Some(size);
        }),
    },
    Setting {
        key: "disk.ballast",
        default: Preset::Rule("64 MiB, or a twentieth of the disk if that is less", "64 MiB"),
        doc: "Size of a file in the data folder that is removed when the disk is full, so that webhooks can still be deleted; 0 for none.",
        kind: SettingType::Size(0..=16 * GIB, |draft, size| {
            draft.settings.disk.ballast = Some(size);
        }),
    },
    Setting {
        key: "retention.batch",
        default: Preset::Text("500"),
        doc: "Number of webhooks that retention deletes in one transaction.",
        kind: SettingType::Count(1..=10_000, |draft, count| {
            draft.settings.retention.batch = count;
        }),
    },
    Setting {
        key: "tokens.issuer",
        default: Preset::Unset(
            "`listen.public_url` if there is one listener for all, otherwise built from host name and port",
        ),
        doc: "The URL of the token issuer: the address of this server as programs see it, and the issuer in access tokens.",
        kind: SettingType::Url(|draft, url| draft.settings.tokens.issuer = url),
    },
    Setting {
        key: "tokens.rotation",
        default: Preset::Text("90 d"),
        doc: "How long a key signs access tokens before the next key replaces it.",
        kind: SettingType::Duration(days(2..=3650), |draft, time| {
            draft.settings.tokens.rotation = time;
        }),
    },
    Setting {
        key: "odata.page",
        default: Preset::Text("20000"),
        doc: "Maximum number of rows in one OData response; a next link leads to the rest.",
        kind: SettingType::Count(1..=100_000, |draft, count| {
            draft.settings.odata.page = count;
        }),
    },
    Setting {
        key: "odata.scan_rows",
        default: Preset::Text("200000"),
        doc: "Maximum number of rows that one OData request scans; then the page ends, or the request is rejected if it must sort or count.",
        kind: SettingType::Count(64..=100_000_000, |draft, count| {
            draft.settings.odata.scan_rows = count;
        }),
    },
    Setting {
        key: "odata.scan_time",
        default: Preset::Text("5 s"),
        doc: "Maximum time that one OData request scans rows; then the same applies as for `odata.scan_rows`.",
        kind: SettingType::Duration(seconds(1..=60), |draft, time| {
            draft.settings.odata.scan_time = time;
        }),
    },
    Setting {
        key: "odata.concurrent",
        default: Preset::Text("16"),
        doc: "Maximum number of OData requests for many records, and of batches, that run at the same time.",
        kind: SettingType::Count(1..=256, |draft, count| {
            draft.settings.odata.concurrent = count;
        }),
    },
    Setting {
        key: "odata.queue",
        default: Preset::Text("64"),
        doc: "Maximum number of OData requests for many records, and of batches, that wait to run; further requests get 503.",
        kind: SettingType::Count(0..=10_000, |draft, count| {
            draft.settings.odata.queue = count;
        }),
    },
    Setting {
        key: "admin.session_idle",
        default: Preset::Text("30 min"),
        doc: "How long an idle session of the admin page stays valid.",
        kind: SettingType::Duration(seconds(60..=86_400), |draft, time| {
            draft.settings.admin.session_idle = time;
        }),
    },
    Setting {
        key: "admin.session_length",
        default: Preset::Text("12 h"),
        doc: "How long a session of the admin page stays valid at most.",
        kind: SettingType::Duration(seconds(60..=30 * 86_400), |draft, time| {
            draft.settings.admin.session_length = time;
        }),
    },
    Setting {
        key: "admin.confirm_after",
        default: Preset::Text("5 min"),
        doc: "How long the confirmation of a user's password is valid; after that, the admin page asks for it again before it reveals a secret or grants access.",
        kind: SettingType::Duration(seconds(60..=30 * 86_400), |draft, time| {
            draft.settings.admin.confirm_after = time;
        }),
    },
    Setting {
        key: "admin.hosts",
        default: Preset::Unset(
            "the names in `listen.public_url`, `tokens.issuer` and `tls.names`, host name, localhost",
        ),
        doc: "Additional names under which people and scripts reach this server; requests for any other name are rejected.",
        kind: SettingType::Names(|draft, names| draft.settings.admin.hosts = names),
    },
    Setting {
        key: "admin.hsts",
        default: Preset::Rule(
            "on with your own certificate, off with a self-signed certificate",
            "off",
        ),
        doc: "Whether every HTTPS response tells browsers to use only HTTPS for this host for two years (HSTS).",
        kind: SettingType::Switch(&[("on", true), ("off", false)], |draft, on| draft.hsts = Some(on)),
    },
    Setting {
        key: "secrets.master_key",
        default: Preset::Rule(
            "`$CREDENTIALS_DIRECTORY/master.key` if that file exists, otherwise `master.key` in the data folder",
            "/etc/hookgate/master.key",
        ),
        doc: "The file of the master key, which encrypts all secrets.",
        kind: SettingType::Path(|draft, path| draft.master_key = Some(path)),
    },
    Setting {
        key: "metrics.allow",
        default: Preset::Text("127.0.0.0/8, ::1"),
        doc: "Addresses and networks that may read `/metrics` and the figures of `/readyz` without an access token; from other addresses, or through a proxy, a token with the scope `metrics:read` is required.",
        kind: SettingType::Networks(|draft, networks| draft.settings.metrics.allow = networks),
    },
    Setting {
        key: "log.level",
        default: Preset::Text("info"),
        doc: "The minimum level of logged events.",
        kind: SettingType::Level(
            &[
                ("error", Level::ERROR),
                ("warn", Level::WARN),
                ("info", Level::INFO),
                ("debug", Level::DEBUG),
                ("trace", Level::TRACE),
            ],
            |draft, level| draft.settings.log.level = level,
        ),
    },
    Setting {
        key: "log.format",
        default: Preset::Text("text"),
        doc: "The format of log lines: text for people, json for programs.",
        kind: SettingType::Format(
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
            |draft, format| draft.settings.log.format = format,
        ),
    },
    Setting {
        key: "shutdown.timeout",
        default: Preset::Text("20 s"),
        doc: "How long the server waits for running requests when it stops.",
        kind: SettingType::Duration(seconds(1..=600), |draft, time| {
            draft.settings.shutdown.timeout = time;
        }),
    },
];

const fn days(range: RangeInclusive<u64>) -> RangeInclusive<Duration> {
    seconds(*range.start() * 86_400..=*range.end() * 86_400)
}

const fn seconds(range: RangeInclusive<u64>) -> RangeInclusive<Duration> {
    Duration::from_secs(*range.start())..=Duration::from_secs(*range.end())
}

impl Setting {
    /// The flag without its two dashes: `listen-address`.
    #[must_use]
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// The environment variable: `HOOKGATE_LISTEN_ADDRESS`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("HOOKGATE_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// The accepted values, in words: `a size from 1 KiB to 25 MiB`.
    #[must_use]
    pub fn takes(&self) -> String {
        self.kind.words()
    }
}
