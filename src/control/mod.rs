//! The requests of the command line, over the socket in the data folder or in its own process: the
//! same [`answer`] for both.
//!
//! One request per connection: the client writes one line with an [`Envelope`], the server writes
//! lines of [`Reply`]: progress, then one answer or error.

pub mod answer;
pub mod client;
mod line;
pub mod request;
pub mod server;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use answer::answer;
pub use client::{AskError, ask, connect};
pub use request::{Answer, Request};
pub use server::{Responder, Server};

use crate::manage::{Kind, ManageError, Progress};

/// This version; a server of another version rejects the request, since it could misunderstand it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The socket of a data folder.
#[must_use]
pub fn socket_path(data: &Path) -> PathBuf {
    data.join("hookgate.sock")
}

/// A question and the version of the one who asks.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// The version of the one who asks.
    pub version: String,
    /// The question, read only if the versions agree.
    pub request: serde_json::Value,
}

/// One line of the server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    Progress(Progress),
    Answer(Box<Answer>),
    Error(RemoteError),
}

/// Why something was not done, as it goes over the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text}")]
pub struct RemoteError {
    /// What sort of failure it is.
    pub kind: Kind,
    /// A name for programs.
    pub code: String,
    /// The message that a person reads.
    pub text: String,
}

impl From<&ManageError> for RemoteError {
    fn from(error: &ManageError) -> Self {
        Self {
            kind: error.kind(),
            code: error.code().to_owned(),
            text: error.to_string(),
        }
    }
}
