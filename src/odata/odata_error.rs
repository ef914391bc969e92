//! Why a request failed.

use crate::domain::catalog::ApplyError;
use crate::ledger::ChangeError;
use crate::store::StoreError;

use super::query_error::QueryError;

/// Why a request failed. The text goes to the client; it says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ODataError {
    /// 400: a query option is wrong.
    #[error("{0}")]
    Query(#[from] QueryError),
    /// 400: the address, a header or the body is wrong.
    #[error("{0}")]
    Wrong(String),
    /// 400: a value does not fit its column, or the change does not fit what there is.
    #[error("{column}: {problem}")]
    Value {
        column: String,
        /// What is wrong and which values are accepted.
        problem: String,
    },
    /// 400: it would cost too much.
    #[error("{0}")]
    TooCostly(String),
    /// 403: the technical user has no permission.
    #[error("{0}")]
    Forbidden(String),
    /// 404: there is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// 405: this cannot be done with it.
    #[error("{problem}")]
    Method {
        /// What can be done with it.
        allow: &'static str,
        problem: String,
    },
    /// 412: the record is not what the client believes.
    #[error("the record was changed in the meantime; read it again, then repeat the change")]
    Changed,
    /// 413: the body is over the limit.
    #[error("the body has more than {limit} bytes; send less at once")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// 415: the body is of another kind.
    #[error("{0}")]
    ContentType(String),
    /// 424: something that it depends on failed.
    #[error("{0}")]
    Dependency(String),
    /// 409: it conflicts with stored records.
    #[error("{0}")]
    Conflict(String),
    /// 503: could be done at another time.
    #[error("Hookgate has too much to do or is stopping; try again in a few seconds")]
    Unavailable,
    /// 503: it needs room on the disk.
    #[error(
        "Hookgate has hardly any disk space left; nothing was written. The administrator must make room; try again later"
    )]
    DiskFull,
    /// 503: a file cannot be opened.
    #[error(
        "Hookgate cannot open another file; nothing was written. The administrator must raise the limit of open files; \
         try again later"
    )]
    OpenFiles,
    /// 500: reading the database failed.
    #[error("Hookgate could not read its database; the administrator finds more in the log")]
    Store(#[from] StoreError),
}

impl ODataError {
    /// The status of HTTP.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Query(_) | Self::Wrong(_) | Self::Value { .. } | Self::TooCostly(_) => 400,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Method { .. } => 405,
            Self::Conflict(_) => 409,
            Self::Changed => 412,
            Self::TooLarge { .. } => 413,
            Self::ContentType(_) => 415,
            Self::Dependency(_) => 424,
            Self::Store(StoreError::Behind { .. }) | Self::Unavailable | Self::DiskFull | Self::OpenFiles => 503,
            Self::Store(_) => 500,
        }
    }

    /// A name for programs; never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Query(_) => "QueryInvalid",
            Self::Wrong(_) => "RequestInvalid",
            Self::Value { .. } => "ValueInvalid",
            Self::TooCostly(_) => "TooCostly",
            Self::Forbidden(_) => "Forbidden",
            Self::NotFound(_) => "NotFound",
            Self::Method { .. } => "MethodNotAllowed",
            Self::Changed => "RecordChanged",
            Self::TooLarge { .. } => "BodyTooLarge",
            Self::ContentType(_) => "ContentType",
            Self::Dependency(_) => "DependencyFailed",
            Self::Conflict(_) => "Conflict",
            Self::Store(StoreError::Behind { .. }) | Self::Unavailable => "Unavailable",
            Self::DiskFull => "DiskFull",
            Self::OpenFiles => "OpenFiles",
            Self::Store(_) => "Internal",
        }
    }

    /// The property or the query option that is meant, if it is one.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Query(error) => Some(&error.option),
            Self::Value { column, .. } => Some(column),
            _ => None,
        }
    }

    /// About the value of a property.
    pub(super) fn value(column: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Value {
            column: column.into(),
            problem: problem.into(),
        }
    }
}

impl From<ApplyError> for ODataError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::RecordUnknown { .. } => Self::NotFound(error.to_string()),
            ApplyError::RecordChanged => Self::Changed,
            ApplyError::RecordExists { .. } | ApplyError::RecordUsed { .. } => Self::Conflict(error.to_string()),
            ApplyError::LookupMissing { key, object, target } => {
                Self::value(key, format!("no record of {object} has the id {target}"))
            }
            // It was decided again, more than once.
            ApplyError::Stale => Self::Unavailable,
            other => Self::Wrong(other.to_string()),
        }
    }
}

impl From<ChangeError> for ODataError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(error) => error.into(),
            ChangeError::Busy | ChangeError::Stopped => Self::Unavailable,
            ChangeError::DiskFull => Self::DiskFull,
            ChangeError::OpenFiles => Self::OpenFiles,
            ChangeError::TooLarge => Self::Wrong(error.to_string()),
        }
    }
}
