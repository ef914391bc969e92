//! The server side: a thread that accepts, and one for each connection, up to a limit.

use std::fs::{self, DirBuilder};
use std::io::{self, BufReader, ErrorKind};
use std::net::Shutdown;
use std::ops::ControlFlow;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::request::{Answer, Request};
use super::{Envelope, RemoteError, Reply, VERSION, line};
use crate::files::{PRIVATE_FILE, PRIVATE_FOLDER};
use crate::manage::{Kind, ManageError, Progress, ProgressFn};

/// The maximum number of connections that are served at once.
const CONNECTIONS: usize = 16;

/// The longest question: a definition with many lookup values.
const MAX_REQUEST: u64 = 32 * 1024 * 1024;

/// How long a client may take to send its request, or to read a part of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers the requests.
pub type Responder = dyn Fn(Request, ProgressFn<'_>) -> Result<Answer, ManageError> + Send + Sync;

/// The running server of the socket.
pub struct Server {
    socket: PathBuf,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

struct Shared {
    responder: Arc<Responder>,
    stopping: AtomicBool,
}

/// An open connection, and the stream that wakes its thread.
struct Connection {
    stream: UnixStream,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens on a socket that only this user can use. A socket that a killed server left is
    /// replaced: the caller holds the lock of the data folder, so no process listens there.
    ///
    /// # Errors
    /// When the socket cannot be created.
    pub fn start(socket: &Path, responder: Arc<Responder>) -> io::Result<Self> {
        let listener = bind_private(socket)?;
        let shared = Arc::new(Shared {
            responder,
            stopping: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || accept(&listener, &accepting))?;
        Ok(Self {
            socket: socket.to_owned(),
            shared,
            thread,
        })
    }

    /// Stops: accepts no new requests; long operations end after their current step and report
    /// that. Returns when all clients have their answer or are gone.
    pub fn stop(self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts. If the socket was removed, no client can connect any
        // longer and the thread ends with the process.
        if UnixStream::connect(&self.socket).is_err() {
            tracing::warn!("the control socket was gone before the server stopped");
            return;
        }
        if self.thread.join().is_err() {
            tracing::error!("the thread of the control socket ended by a panic");
        }
        if let Err(error) = fs::remove_file(&self.socket) {
            tracing::warn!(%error, "the control socket could not be removed");
        }
    }
}

/// Accepts until the server stops, then waits for the open connections.
fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    let mut open: Vec<Connection> = Vec::new();
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        open.retain(|connection| !connection.thread.is_finished());
        match stream {
            Ok(stream) if open.len() >= CONNECTIONS => refuse(&stream),
            Ok(stream) => match connection(stream, Arc::clone(shared)) {
                Ok(connection) => open.push(connection),
                Err(error) => tracing::warn!(%error, "a command could not be answered"),
            },
            Err(error) => {
                tracing::warn!(%error, "the control socket could not accept");
                // Out of file handles, most likely: not again at once.
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
    for connection in open {
        // Stops waiting for a request; an answer in progress is still written.
        let _ = connection.stream.shutdown(Shutdown::Read);
        let _ = connection.thread.join();
    }
}

fn connection(stream: UnixStream, shared: Arc<Shared>) -> io::Result<Connection> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let handle = stream.try_clone()?;
    let thread = std::thread::Builder::new()
        .name("control-answer".to_owned())
        .spawn(move || {
            if let Err(error) = converse(&stream, &shared) {
                tracing::debug!(%error, "a command went away before its answer");
            }
            // Closes it for the other side although the handle below still exists.
            let _ = stream.shutdown(Shutdown::Both);
        })?;
    Ok(Connection { stream: handle, thread })
}

fn converse(stream: &UnixStream, shared: &Shared) -> io::Result<()> {
    let mut from = BufReader::new(stream);
    let request = match line::read(&mut from, MAX_REQUEST) {
        Ok(None) => return Ok(()),
        Ok(Some(line)) => understood(&line),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(malformed(&error)),
        Err(error) => return Err(error),
    };
    let request = match request {
        Ok(request) => request,
        Err(error) => return line::write(stream, &Reply::Error(error)),
    };
    let mut watch = |progress: Progress| {
        let told = line::write(stream, &Reply::Progress(progress));
        if told.is_err() || shared.stopping.load(Ordering::SeqCst) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let reply = match (shared.responder)(request, &mut watch) {
        Ok(answer) => Reply::Answer(Box::new(answer)),
        Err(error) => Reply::Error(RemoteError::from(&error)),
    };
    line::write(stream, &reply)
}

fn understood(line: &[u8]) -> Result<Request, RemoteError> {
    let Envelope { version, request } = serde_json::from_slice(line).map_err(|error| malformed(&error))?;
    if version != VERSION {
        return Err(RemoteError {
            kind: Kind::Unavailable,
            code: "version".to_owned(),
            text: format!("the server that runs is version {VERSION}, this command is {version}; restart the server"),
        });
    }
    serde_json::from_value(request).map_err(|error| malformed(&error))
}

fn malformed(error: &dyn std::error::Error) -> RemoteError {
    RemoteError {
        kind: Kind::Refused,
        code: "malformed".to_owned(),
        text: format!("the question cannot be read: {error}"),
    }
}

fn refuse(stream: &UnixStream) {
    let error = RemoteError::from(&ManageError::Busy);
    // A client that does not read this answer sees the connection closed.
    let _ = stream.set_write_timeout(Some(Duration::from_millis(100)));
    let _ = line::write(stream, &Reply::Error(error));
}

/// Created in a folder that only this user can enter, then moved to its place: at no moment can
/// another user connect.
fn bind_private(socket: &Path) -> io::Result<UnixListener> {
    let folder = socket.with_extension("new");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => DirBuilder::new().mode(PRIVATE_FOLDER).create(&folder)?,
    }
    let born = folder.join("s");
    let listener = UnixListener::bind(&born)?;
    fs::set_permissions(&born, fs::Permissions::from_mode(PRIVATE_FILE))?;
    fs::rename(&born, socket)?;
    fs::remove_dir(&folder)?;
    Ok(listener)
}
