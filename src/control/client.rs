//! The side that asks.

use std::fs;
use std::io::{self, BufReader, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::request::{Answer, Request};
use super::{Envelope, RemoteError, Reply, VERSION, line};
use crate::files::{denied_facts, explained, user_for_sudo};
use crate::manage::ProgressFn;

/// The maximum length of a line from the server: an export of many lookup values, or a webhook with
/// a large body.
const MAX_REPLY: u64 = 256 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The server said no.
    #[error(transparent)]
    Failed(#[from] RemoteError),
    #[error("the server's socket failed before an answer came; look at the server's log and try again")]
    Io(#[source] io::Error),
    /// The socket may not be used.
    #[error(
        "the server's socket may not be used by this user: {facts}. Run the command as the user that the server runs \
         as: sudo -u {user} hookgate …"
    )]
    Forbidden {
        /// Whose it is, and who asks.
        facts: String,
        /// The user that it belongs to.
        user: String,
    },
    /// The answer cannot be parsed.
    #[error("the server's answer cannot be read: {0}")]
    Malformed(String),
    /// The caller no longer waits for the answer.
    #[error("interrupted")]
    Interrupted,
}

/// Connects to the running server; none if there is no socket or no process listens on it.
///
/// # Errors
/// When the socket may not be used.
pub fn connect(socket: &Path) -> Result<Option<UnixStream>, AskError> {
    match UnixStream::connect(socket) {
        Ok(stream) => Ok(Some(stream)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => Ok(None),
            ErrorKind::PermissionDenied => Err(AskError::Forbidden {
                facts: denied_facts(socket),
                user: user_for_sudo(owner(socket)),
            }),
            _ => Err(AskError::Io(explained(socket, error))),
        },
    }
}

/// The user of the socket, or of the first folder above it that can be seen.
fn owner(socket: &Path) -> u32 {
    let mut seen = socket.ancestors().filter_map(|path| fs::metadata(path).ok());
    seen.next().map_or(0, |about| about.uid())
}

/// Sends one request and waits for its answer.
///
/// # Errors
/// When the server rejects it, or the connection breaks.
pub fn ask(stream: UnixStream, request: &Request, watch: ProgressFn<'_>) -> Result<Answer, AskError> {
    let request = serde_json::to_value(request).map_err(|error| AskError::Malformed(error.to_string()))?;
    match line::write(
        &stream,
        &Envelope {
            version: VERSION.to_owned(),
            request,
        },
    ) {
        // A server that is too busy answers without reading the request.
        Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
            return Err(AskError::Io(error));
        }
        _ => {}
    }
    let mut from = BufReader::new(stream);
    loop {
        let line = line::read(&mut from, MAX_REPLY).map_err(AskError::Io)?;
        let line = line.ok_or_else(|| AskError::Io(ErrorKind::UnexpectedEof.into()))?;
        match serde_json::from_slice(&line).map_err(|error| AskError::Malformed(error.to_string()))? {
            Reply::Progress(progress) => {
                if watch(progress).is_break() {
                    return Err(AskError::Interrupted);
                }
            }
            Reply::Answer(answer) => return Ok(*answer),
            Reply::Error(error) => return Err(error.into()),
        }
    }
}
