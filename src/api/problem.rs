//! Errors of operations as HTTP has them: the one place where that is decided.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::catalog::ApplyError;
use crate::manage::thing::Thing;
use crate::manage::{Kind, ManageError};
use crate::people::LoginError;

/// Why something was not done, as data that each face words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{detail}")]
#[schemars(rename = "LineProblem")]
pub struct ProblemView {
    /// A name for programs.
    pub code: String,
    /// The message that a person reads.
    pub detail: String,
    pub kind: Kind,
    /// What the request named and is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Thing>,
}

impl From<&ManageError> for ProblemView {
    fn from(error: &ManageError) -> Self {
        Self {
            code: error.code().to_owned(),
            detail: error.to_string(),
            kind: error.kind(),
            unknown: error.unknown(),
        }
    }
}

/// The status of HTTP for an error.
#[must_use]
pub fn status(error: &ManageError) -> u16 {
    match error {
        ManageError::Refused(ApplyError::SetupLinkDead) => 410,
        ManageError::Invalid { .. } | ManageError::Definition(_) | ManageError::Values(_) => 400,
        ManageError::Role { .. } => 403,
        ManageError::Secret(_) => 500,
        ManageError::Store(_) | ManageError::Interrupted { .. } | ManageError::TaskContinues { .. } => 503,
        ManageError::Test(_) => 502,
        ManageError::Login(error) => match error {
            LoginError::Needed | LoginError::Failed | LoginError::CodeNeeded => 401,
            LoginError::ConfirmNeeded => 403,
            LoginError::TryLater { .. } => 429,
            LoginError::LinkDead => 410,
            LoginError::Password(_) | LoginError::Name => 400,
            LoginError::NothingBegun => 409,
            LoginError::Busy | LoginError::Change(_) | LoginError::Store(_) | LoginError::Secret(_) => 503,
        },
        other => match other.kind() {
            Kind::NotFound => 404,
            Kind::Unavailable => 503,
            Kind::Refused => 409,
        },
    }
}

/// What kind of error it is, for people.
#[must_use]
pub fn title(error: &ManageError) -> &'static str {
    match error {
        ManageError::Login(LoginError::Password(_)) => "The password is not taken",
        ManageError::Login(LoginError::TryLater { .. }) => "There were too many failures",
        ManageError::Login(LoginError::LinkDead) => "This link is dead",
        ManageError::Login(LoginError::CodeNeeded) => "A code is needed as well",
        ManageError::Login(LoginError::ConfirmNeeded) => "Confirm that it is you",
        ManageError::Login(LoginError::Needed) => "Log in first",
        ManageError::Login(LoginError::Failed) => "Name, password or code are wrong",
        ManageError::Invalid { .. } | ManageError::Definition(_) | ManageError::Login(_) => "Something is not right",
        ManageError::NotProcessed { .. } => "It is not processed yet",
        ManageError::Values(_) => "Some values do not fit",
        ManageError::DiskFull => "There is hardly any disk space left",
        ManageError::OpenFiles => "Too many files are open",
        ManageError::Role { .. } => "This takes another role",
        other => match other.kind() {
            Kind::NotFound => "There is no such thing",
            Kind::Unavailable => "Not at this moment",
            Kind::Refused => "It cannot be done as asked",
        },
    }
}

/// After how many seconds the same request can succeed, if that is known.
#[must_use]
pub fn retry_after(error: &ManageError) -> Option<u64> {
    match error {
        ManageError::Login(LoginError::TryLater { seconds }) => Some(*seconds),
        ManageError::Busy => Some(2),
        ManageError::Stopped | ManageError::OpenFiles => Some(10),
        ManageError::DiskFull => Some(60),
        _ => None,
    }
}
