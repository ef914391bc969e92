//! The side that asks.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Mutex;

use ureq::Agent;
use ureq::http::Request;

use super::transport::{Made, Nowhere};
use super::{VERSION, VERSION_HEADER};
use crate::api::{LocalRequest, ProblemView};
use crate::files::{denied_facts, explained, user_for_sudo};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The server said no.
    #[error(transparent)]
    Failed(#[from] ProblemView),
    #[error(
        "the connection to the server's socket was closed without a response; check the server's log and try again"
    )]
    Io(#[source] io::Error),
    /// The socket may not be used.
    #[error(
        "this user has no access to the server's socket: {facts}. Run the command as the user of the server: sudo -u \
         {user} hookgate …"
    )]
    Forbidden {
        /// Whose it is, and who asks.
        facts: String,
        /// The user that it belongs to.
        user: String,
    },
    /// The answer cannot be parsed.
    #[error("the server's response cannot be read: {0}")]
    Malformed(String),
}

/// What the server answered; not an error.
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub body: Box<dyn Read + Send>,
}

/// Asks the running server; none if there is no socket or no process listens on it.
///
/// # Errors
/// When the socket may not be used, the server refuses, or the connection breaks.
pub fn ask(socket: &Path, request: &LocalRequest) -> Result<Option<Reply>, AskError> {
    let Some(stream) = connect(socket)? else {
        return Ok(None);
    };
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("hookgate")
        .build();
    let agent = Agent::with_parts(config, Made(Mutex::new(Some(stream))), Nowhere);
    let question = if request.query.is_empty() { "" } else { "?" };
    let sent = Request::builder()
        .method(request.method.as_str())
        .uri(format!("http://localhost{}{question}{}", request.path, request.query))
        .header(VERSION_HEADER, VERSION)
        .header("content-type", "application/json")
        .body(request.body.as_slice())
        .map_err(|error| AskError::Malformed(error.to_string()))?;
    let answer = agent.run(sent).map_err(|error| AskError::Io(error.into_io()))?;
    let (head, body) = answer.into_parts();
    let content_type = head.headers.get("content-type");
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let reply = Reply {
        status: head.status.as_u16(),
        content_type: content_type.to_owned(),
        body: Box::new(body.into_with_config().limit(u64::MAX).reader()),
    };
    if head.status.is_success() {
        return Ok(Some(reply));
    }
    Err(refused(reply)?.into())
}

fn refused(mut reply: Reply) -> Result<ProblemView, AskError> {
    let mut text = Vec::new();
    reply.body.read_to_end(&mut text).map_err(AskError::Io)?;
    serde_json::from_slice(&text).map_err(|error| AskError::Malformed(error.to_string()))
}

fn connect(socket: &Path) -> Result<Option<UnixStream>, AskError> {
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
