//! The server side: HTTP with a thread and a pool of its own.

use std::fs;
use std::io;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::KeepAlive;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::rt::System;
use actix_web::rt::task::spawn_blocking;
use actix_web::rt::time::timeout;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::socket::bind_private;
use super::{VERSION, VERSION_HEADER};
use crate::api::problem::{ProblemView, status};
use crate::api::{LocalRequest, Output};
use crate::http::{response, wait};
use crate::manage::{Kind, ManageError};

/// The maximum number of connections that are served at once; more wait.
const CONNECTIONS: usize = 16;

/// The longest request: a definition with many lookup values.
const MAX_REQUEST: usize = 32 * 1024 * 1024;

/// How long a client may take to send its head, or each part of its body.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a stop waits for answers in progress. Long work ends after its current step.
const STOP_WITHIN: Duration = Duration::from_secs(60);

/// Answers the requests, in a thread that may block.
pub type Responder = dyn Fn(&LocalRequest) -> Result<Output, ManageError> + Send + Sync;

/// The running server of the socket.
pub struct Server {
    socket: PathBuf,
    stopping: Arc<AtomicBool>,
    handle: ServerHandle,
    thread: JoinHandle<()>,
}

/// What every request needs.
struct Shared {
    responder: Arc<Responder>,
    stopping: Arc<AtomicBool>,
}

impl Server {
    /// Listens on a socket that only this user can use.
    ///
    /// # Errors
    /// When the socket cannot be created.
    pub fn start(socket: &Path, responder: Arc<Responder>) -> io::Result<Self> {
        let listener = bind_private(socket)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let shared = Shared {
            responder,
            stopping: Arc::clone(&stopping),
        };
        let (tell, told) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || System::new().block_on(run(listener, shared, tell)))?;
        let handle = told.recv().map_err(|_| io::Error::other("its thread ended"))??;
        Ok(Self {
            socket: socket.to_owned(),
            stopping,
            handle,
            thread,
        })
    }

    /// Stops: accepts no new requests; long work ends after its current step and says so. Returns
    /// when all clients have their answer or are gone.
    pub fn stop(self) {
        self.stopping.store(true, Ordering::SeqCst);
        wait(self.handle.stop(true));
        if self.thread.join().is_err() {
            tracing::error!("the thread of the control socket panicked");
        }
        if let Err(error) = fs::remove_file(&self.socket) {
            tracing::warn!(%error, "the control socket cannot be removed");
        }
    }
}

/// Serves until stopped, after it reported how to stop it.
async fn run(listener: UnixListener, shared: Shared, tell: mpsc::SyncSender<io::Result<ServerHandle>>) {
    let shared = Data::new(shared);
    let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(answer)))
        .workers(1)
        .max_connections(CONNECTIONS)
        .worker_max_blocking_threads(CONNECTIONS)
        .keep_alive(KeepAlive::Disabled)
        .client_request_timeout(PATIENCE)
        .shutdown_timeout(STOP_WITHIN.as_secs())
        .disable_signals()
        .listen_uds(listener);
    let server = match server {
        Ok(server) => server.run(),
        Err(error) => {
            // Who asked is there: it waits for this.
            let _ = tell.send(Err(error));
            return;
        }
    };
    if tell.send(Ok(server.handle())).is_err() {
        return;
    }
    if let Err(error) = server.await {
        tracing::error!(%error, "the server of the control socket ended with an error");
    }
}

async fn answer(request: HttpRequest, payload: web::Payload, shared: Data<Shared>) -> HttpResponse {
    if let Some(theirs) = request.headers().get(VERSION_HEADER)
        && theirs != VERSION
    {
        let theirs = String::from_utf8_lossy(theirs.as_bytes());
        let text = format!("the server that runs is version {VERSION}, this command is {theirs}; restart the server");
        return refused(409, &remote(Kind::Unavailable, "version", text));
    }
    let body = match body_read(payload).await {
        Ok(body) => body,
        Err(text) => return refused(400, &remote(Kind::Refused, "body-broken", text)),
    };
    let asked = LocalRequest {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        body,
    };
    let responder = Arc::clone(&shared.responder);
    match spawn_blocking(move || responder(&asked)).await {
        Ok(Ok(output)) => response(output, Some(Arc::clone(&shared.stopping))),
        Ok(Err(error)) => refused(status(&error), &ProblemView::from(&error)),
        Err(_) => {
            tracing::error!("an operation of the command line panicked");
            let text = "this is a fault in Hookgate; the server's log says more".to_owned();
            refused(500, &remote(Kind::Refused, "internal", text))
        }
    }
}

async fn body_read(mut payload: web::Payload) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match timeout(PATIENCE, payload.next()).await {
            Err(_) => return Err("the body did not arrive in time".to_owned()),
            Ok(None) => return Ok(body),
            Ok(Some(Err(error))) => return Err(format!("the body did not arrive in full: {error}")),
            Ok(Some(Ok(part))) if body.len() + part.len() > MAX_REQUEST => {
                return Err(format!("the body is longer than {MAX_REQUEST} bytes"));
            }
            Ok(Some(Ok(part))) => body.extend_from_slice(&part),
        }
    }
}

fn remote(kind: Kind, code: &str, detail: String) -> ProblemView {
    ProblemView {
        code: code.to_owned(),
        detail,
        kind,
        unknown: None,
    }
}

/// A problem document. Its detail is worded for the command line.
fn refused(status: u16, problem: &ProblemView) -> HttpResponse {
    let mut document = json!({
        "type": format!("urn:hookgate:problem:{}", problem.code),
        "status": status,
    });
    if let (Some(document), Ok(Value::Object(problem))) = (document.as_object_mut(), serde_json::to_value(problem)) {
        document.extend(problem);
    }
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")))
        .body(document.to_string())
}
