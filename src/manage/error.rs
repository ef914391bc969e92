//! Errors of management operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::thing::Thing;
use crate::backup::BackupError;
use crate::domain::catalog::ApplyError;
use crate::domain::task::TaskId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::identity::KeyError;
use crate::intake::NotAdmitted;
use crate::ledger::ChangeError;
use crate::odata::ODataError;
use crate::people::LoginError;
use crate::secret::SecretError;
use crate::store::StoreError;

/// Why an operation failed. The message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no thing with this name.
    #[error("no {what} '{name}'")]
    NotFound {
        what: Thing,
        /// The name in the request.
        name: String,
    },
    /// The name exists already.
    #[error("a {what} named '{name}' already exists; choose another name")]
    Taken { what: &'static str, name: String },
    /// A value is not valid.
    #[error("{what}: {problem}")]
    Invalid {
        /// What the value is for.
        what: &'static str,
        /// What is wrong, and what is accepted.
        problem: String,
    },
    /// The definition has mistakes, which are listed one per line.
    #[error("the definition was not applied:\n{0}")]
    Definition(String),
    /// The change does not fit the current state.
    #[error(transparent)]
    Refused(ApplyError),
    /// A record exists, and another one was not requested.
    #[error("webhook {webhook} already created record {record}; reprocess it with --again to create another one")]
    RecordMade { webhook: uuid::Uuid, record: uuid::Uuid },
    /// Acknowledged webhooks would never create their records, and the request did not confirm
    /// that.
    #[error("{}", not_processed(*.status, .webhook.as_ref()))]
    NotProcessed {
        status: Status,
        /// The webhook in the request; none if the request was for all of a status.
        webhook: Option<uuid::Uuid>,
    },
    /// A key or secret would expire earlier than announced.
    #[error(
        "the previous {what} ({hint}…) is still valid until {until}, as announced, and another rotation would revoke \
         it earlier: {lost}; distribute the current {what} and rotate again after that time, or use --force \
         (\"force\": true in the API)"
    )]
    OverlapRuns {
        what: &'static str,
        hint: String,
        /// The expiry that was announced.
        until: Timestamp,
        /// What happens when it expires.
        lost: &'static str,
    },
    /// The server is overloaded.
    #[error("Hookgate is busy; try again in a moment")]
    Busy,
    /// The operation needs room on the disk.
    #[error("{}", ChangeError::DiskFull)]
    DiskFull,
    /// Too many files are open, so the journal cannot open its next one.
    #[error("{}", ChangeError::OpenFiles)]
    OpenFiles,
    /// Nothing can be written any more.
    #[error("Hookgate cannot write to its journal; check its log, then restart it")]
    Stopped,
    /// The client closed the connection, or the server is stopping.
    #[error("stopped after {done}; these stay done, run the command again for the rest")]
    Interrupted {
        /// How many were completed before.
        done: u64,
    },
    /// A task was begun, and its end was not awaited or something is in its way.
    #[error("{}", task_continues(*.task, *.done, .cause.is_some()))]
    TaskContinues {
        task: TaskId,
        /// How many were done.
        done: u64,
        /// What is in its way.
        #[source]
        cause: Option<Box<ManageError>>,
    },
    /// According to the clock many webhooks have expired, but the clock may be wrong.
    #[error(
        "the clock is {hours} hours ahead of the last confirmed time, and {webhooks} webhooks would be deleted \
         because of this; if the clock is right, run 'hookgate retention run' to delete them and confirm the time, \
         otherwise correct the clock"
    )]
    ClockDoubted {
        /// How many hours the clock is ahead.
        hours: u64,
        /// How many webhooks would be deleted.
        webhooks: u64,
    },
    /// The operation needs the running server.
    #[error("the server is not running; start it with 'hookgate serve', then try again")]
    ServerNotRunning,
    /// The test webhook did not arrive.
    #[error("the test webhook was not accepted: {0}")]
    Test(String),
    /// A login, or a change of a user's own login, was rejected.
    #[error(transparent)]
    Login(LoginError),
    /// The user's role does not allow the operation.
    #[error("this requires the role {needed}; ask an administrator")]
    Role {
        /// The role that the operation needs.
        needed: &'static str,
    },
    /// A key could not be created or read.
    #[error("{0}; check that the master key is the one that the data folder was created with")]
    Secret(#[from] SecretError),
    /// A signing key could not be created.
    #[error("the signing keys were not changed: {}", with_causes(.0))]
    SigningKey(#[from] KeyError),
    /// Values that do not fit their columns.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Values(Vec<ValueProblem>),
    /// The backup could not be created.
    #[error("{}", with_causes(.0))]
    Backup(#[from] BackupError),
    /// A backup was created, but could not be noted.
    #[error("the backup {file} was created and verified, but its date could not be saved in the data folder: {source}")]
    BackupNote { file: String, source: std::io::Error },
    /// The store could not be read.
    #[error("the database cannot be read: {}", with_causes(.0))]
    Store(#[from] StoreError),
}

fn not_processed(status: Status, webhook: Option<&uuid::Uuid>) -> String {
    let status = status.name();
    let (subject, them) = match webhook {
        Some(id) => (
            format!("webhook {id} is {status}: it is"),
            "it will never create its record",
        ),
        None => (
            format!("webhooks of status {status} are"),
            "they will never create their records",
        ),
    };
    format!(
        "{subject} not processed yet, and if deleted {them}; wait until processing is done, or delete anyway with \
         --include-new (\"include_new\": true in the API)"
    )
}

/// A value that does not fit its column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValueProblem {
    /// The key of the column.
    pub key: String,
    /// What is wrong, and what is accepted.
    pub problem: String,
}

impl std::fmt::Display for ValueProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)
    }
}

/// The kind of an error, which decides exit codes and HTTP statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The request cannot be fulfilled as it is.
    Refused,
    /// The thing does not exist.
    NotFound,
    /// The same request may succeed later.
    Unavailable,
}

impl ManageError {
    /// What the request named and is not there.
    #[must_use]
    pub const fn unknown(&self) -> Option<Thing> {
        match self {
            Self::NotFound { what, .. } => Some(*what),
            Self::Refused(ApplyError::ObjectUnknown(_)) => Some(Thing::Object),
            Self::Refused(ApplyError::SourceUnknown(_)) => Some(Thing::Source),
            Self::Refused(ApplyError::ClientUnknown(_)) => Some(Thing::Client),
            Self::Refused(ApplyError::UserUnknown(_)) => Some(Thing::User),
            Self::Refused(ApplyError::TaskUnknown(_)) => Some(Thing::Task),
            _ => None,
        }
    }

    /// The kind of the error.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. }
            | Self::Refused(
                ApplyError::ObjectUnknown(_)
                | ApplyError::TechnicalUserUnknown(_)
                | ApplyError::SourceUnknown(_)
                | ApplyError::ProcessUnknown(_)
                | ApplyError::ClientUnknown(_)
                | ApplyError::RecordUnknown { .. }
                | ApplyError::UserUnknown(_)
                | ApplyError::TaskUnknown(_)
                | ApplyError::Gone { .. },
            ) => Kind::NotFound,
            Self::Taken { .. }
            | Self::Invalid { .. }
            | Self::Definition(_)
            | Self::Refused(_)
            | Self::RecordMade { .. }
            | Self::NotProcessed { .. }
            | Self::OverlapRuns { .. }
            | Self::Interrupted { .. }
            | Self::TaskContinues { .. }
            | Self::Test(_)
            | Self::Role { .. }
            | Self::Login(_)
            | Self::Secret(_)
            | Self::SigningKey(_)
            | Self::Values(_)
            | Self::Backup(_)
            | Self::BackupNote { .. }
            | Self::Store(_) => Kind::Refused,
            Self::Busy
            | Self::DiskFull
            | Self::OpenFiles
            | Self::Stopped
            | Self::ClockDoubted { .. }
            | Self::ServerNotRunning => Kind::Unavailable,
        }
    }

    /// The code of the error for programs. It never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not-found",
            Self::Taken { .. } => "name-taken",
            Self::Invalid { .. } => "invalid",
            Self::Definition(_) => "definition-invalid",
            Self::Refused(refusal) => refusal_code(refusal),
            Self::RecordMade { .. } => "record-made",
            Self::NotProcessed { .. } => "not-processed",
            Self::OverlapRuns { .. } => "overlap-runs",
            Self::Busy => "busy",
            Self::DiskFull => "disk-full",
            Self::OpenFiles => "open-files",
            Self::Stopped => "stopped",
            Self::Interrupted { .. } => "interrupted",
            Self::TaskContinues { .. } => "task-continues",
            Self::ClockDoubted { .. } => "clock-doubted",
            Self::ServerNotRunning => "server-not-running",
            Self::Test(_) => "test-failed",
            Self::Login(error) => login_code(error),
            Self::Role { .. } => "role",
            Self::Secret(_) => "secret",
            Self::SigningKey(_) => "signing-key",
            Self::Values(_) => "values-invalid",
            Self::Backup(_) | Self::BackupNote { .. } => "backup",
            Self::Store(_) => "store",
        }
    }
}

fn task_continues(task: TaskId, done: u64, hindered: bool) -> String {
    let when = if hindered {
        "continues in the background as soon as possible"
    } else {
        "continues in the background"
    };
    format!(
        "{done} are done; task {task} {when}: 'hookgate task list' shows its progress, 'hookgate task cancel {task}' cancels it"
    )
}

const fn refusal_code(refusal: &ApplyError) -> &'static str {
    match refusal {
        ApplyError::SourceNameTaken(_) | ApplyError::ClientNameTaken(_) | ApplyError::UserNameTaken(_) => "name-taken",
        ApplyError::LastAdministrator => "last-administrator",
        ApplyError::SetupLinkDead => "setup-link-dead",
        ApplyError::ColumnTypeFixed { .. }
        | ApplyError::ColumnKeyTaken { .. }
        | ApplyError::ColumnsTooMany(_)
        | ApplyError::LookupFixed(_)
        | ApplyError::Definition { .. } => "definition-refused",
        ApplyError::Stale => "stale",
        ApplyError::TaskOfIndex(_) => "task-of-index",
        ApplyError::RecordExists { .. } => "record-exists",
        ApplyError::RecordChanged => "record-changed",
        ApplyError::LookupMissing { .. } => "lookup-missing",
        ApplyError::RecordUsed { .. } => "record-used",
        ApplyError::ObjectUnknown(_)
        | ApplyError::TechnicalUserUnknown(_)
        | ApplyError::SourceUnknown(_)
        | ApplyError::ProcessUnknown(_)
        | ApplyError::ClientUnknown(_)
        | ApplyError::RecordUnknown { .. }
        | ApplyError::UserUnknown(_)
        | ApplyError::TaskUnknown(_)
        | ApplyError::Gone { .. } => "not-found",
    }
}

const fn login_code(error: &LoginError) -> &'static str {
    match error {
        LoginError::Needed => "login-needed",
        LoginError::Failed => "login-failed",
        LoginError::CodeNeeded => "code-needed",
        LoginError::ConfirmNeeded => "confirm-needed",
        LoginError::TryLater { .. } => "try-later",
        LoginError::LinkDead => "setup-link-dead",
        LoginError::Password(_) => "password-refused",
        LoginError::Name => "invalid",
        LoginError::NothingBegun => "nothing-begun",
        LoginError::Busy => "busy",
        LoginError::Change(_) => "stopped",
        LoginError::Store(_) => "store",
        LoginError::Secret(_) => "secret",
    }
}

impl From<ApplyError> for ManageError {
    fn from(refusal: ApplyError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<LoginError> for ManageError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Change(error) => error.into(),
            LoginError::Store(error) => Self::Store(error),
            LoginError::Secret(error) => Self::Secret(error),
            LoginError::Busy => Self::Busy,
            error => Self::Login(error),
        }
    }
}

impl From<ODataError> for ManageError {
    fn from(fault: ODataError) -> Self {
        match fault {
            ODataError::Value { column: key, problem } => Self::Values(vec![ValueProblem { key, problem }]),
            ODataError::Store(error) => Self::Store(error),
            ODataError::Unavailable => Self::Busy,
            ODataError::DiskFull => Self::DiskFull,
            ODataError::OpenFiles => Self::OpenFiles,
            ODataError::Changed => Self::Refused(ApplyError::RecordChanged),
            ODataError::Query(error) => Self::Invalid {
                what: "query",
                problem: error.to_string(),
            },
            other => Self::Invalid {
                what: "request",
                problem: other.to_string(),
            },
        }
    }
}

impl From<ChangeError> for ManageError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => Self::Refused(refusal),
            ChangeError::Busy => Self::Busy,
            ChangeError::Stopped => Self::Stopped,
            ChangeError::DiskFull => Self::DiskFull,
            ChangeError::OpenFiles => Self::OpenFiles,
            ChangeError::TooLarge => Self::Invalid {
                what: "change",
                problem: error.to_string(),
            },
        }
    }
}

impl From<NotAdmitted> for ManageError {
    fn from(why: NotAdmitted) -> Self {
        match why {
            NotAdmitted::DiskFull => Self::DiskFull,
            NotAdmitted::RateLimit { .. } | NotAdmitted::Busy => Self::Busy,
            NotAdmitted::ContentType => Self::Invalid {
                what: "content type",
                problem: "it is not one that webhooks have; use application/json or a form".to_owned(),
            },
        }
    }
}

/// An error and its causes in one line.
#[must_use]
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}
