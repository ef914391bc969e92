//! Listening, and stopping without losing a response.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd as _, RawFd};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::System;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{App, HttpServer};
use futures_util::future::join_all;

use super::drain::{Drain, Opened};
use super::{Api, HttpSettings, routes};
use crate::identity::Issuer;
use crate::intake::Intake;
use crate::manage::health::Health;
use crate::odata::Odata;
use crate::tls::{CertificateResolver, TlsError, server_config};

/// Connections that the system keeps waiting for us.
const BACKLOG: i32 = 1024;

/// How long a rejected sender may continue to send, so that it reads the response and not a reset.
const LINGER: Duration = Duration::from_secs(3);

/// What a server is made of.
pub struct ServerParts {
    pub intake: Arc<Intake>,
    /// Answers programs that read and write records.
    pub odata: Arc<Odata>,
    /// Makes tokens and checks them.
    pub issuer: Arc<Issuer>,
    /// Answers the admin page and scripts.
    pub api: Arc<Api>,
    /// Knows how the server is.
    pub health: Arc<Health>,
    /// Limits and time-outs of all listeners.
    pub settings: HttpSettings,
    /// One listener for everything, or one for senders and one for all other paths.
    pub listeners: Vec<Listener>,
}

/// One socket to listen on.
pub struct Listener {
    /// The socket; it listens already.
    pub socket: TcpListener,
    /// Whether the socket stays open in the system when this server stops, so that new connections
    /// wait there.
    pub stays: bool,
    /// Which paths it serves.
    pub serves: Serves,
    /// The certificate; none is plain HTTP, on a loopback address only.
    pub tls: Option<Arc<CertificateResolver>>,
}

/// Which paths a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serves {
    /// The page, the API, OData and webhooks.
    Everything,
    /// Senders: `/webhooks/…` and nothing else.
    Webhooks,
    /// All paths except the Webhook URLs.
    Operations,
}

/// Why the server does not listen. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{0} is not a loopback address, and plain HTTP is served on loopback only; use TLS, or 127.0.0.1")]
    PlainNotLoopback(SocketAddr),
    #[error("{address} is in use by another program; stop that program, or listen on another port")]
    InUse { address: SocketAddr },
    #[error("Hookgate is not allowed to listen on {address}; use a port above 1023, or grant CAP_NET_BIND_SERVICE")]
    NotAllowed { address: SocketAddr },
    #[error("Hookgate cannot listen on {address}; check that it is an address of this machine")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("a listening socket cannot be used")]
    Socket(#[source] io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the server's thread cannot be started")]
    Thread(#[source] io::Error),
    #[error("the server's thread ended before it started to listen; see the log for details")]
    Ended,
}

/// A server that listens. Dropping it leaves it running.
pub struct Running {
    /// The bound addresses, in the order of the listeners.
    pub addresses: Vec<SocketAddr>,
    handles: Vec<ServerHandle>,
    /// The sockets that stay open.
    staying: Vec<RawFd>,
    drain: Arc<Drain>,
    /// How long connections that had no request yet are waited for.
    patience: Duration,
    thread: JoinHandle<()>,
}

/// Opens a socket that listens at an address; port 0 takes a free port. Connections wait in it.
///
/// # Errors
/// When the address cannot be listened on.
pub fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let opened = TcpListener::bind(address).and_then(|socket| {
        // The standard library lets fewer wait.
        rustix::net::listen(&socket, BACKLOG)?;
        Ok(socket)
    });
    opened.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse { address },
        io::ErrorKind::PermissionDenied => ServeError::NotAllowed { address },
        _ => ServeError::Listen { address, source },
    })
}

/// Starts to serve; when this returns, connections are accepted.
///
/// # Errors
/// When one of the sockets cannot be used. None is served then.
pub fn serve(parts: ServerParts) -> Result<Running, ServeError> {
    let (tell, told) = mpsc::sync_channel(1);
    let drain = Arc::new(Drain::default());
    let staying = parts.listeners.iter().filter(|listener| listener.stays);
    let staying = staying.map(|listener| listener.socket.as_raw_fd()).collect();
    let patience = parts.settings.head_timeout.min(parts.settings.shutdown_timeout);
    let for_run = Arc::clone(&drain);
    let thread = thread::Builder::new()
        .name("http".to_owned())
        .spawn(move || System::new().block_on(run(parts, &for_run, tell)))
        .map_err(ServeError::Thread)?;
    let (addresses, handles) = told.recv().map_err(|_| ServeError::Ended)??;
    Ok(Running {
        addresses,
        handles,
        staying,
        drain,
        patience,
        thread,
    })
}

impl Listener {
    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> Result<SocketAddr, ServeError> {
        self.socket.local_addr().map_err(ServeError::Socket)
    }
}

impl Running {
    /// Stops. Gracefully: accepts nothing new and finishes requests in progress, within the
    /// settings' `shutdown_timeout`. Otherwise cuts connections.
    pub fn stop(self, graceful: bool) {
        if graceful && !self.staying.is_empty() {
            self.drain.begin();
            wait(join_all(self.handles.iter().map(ServerHandle::pause)));
            self.drain.wait(&self.staying, self.patience);
        }
        wait(join_all(self.handles.iter().map(|handle| handle.stop(graceful))));
        if self.thread.join().is_err() {
            tracing::error!("the server's thread panicked");
        }
    }

    /// Whether the server ended without being asked to.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Waits for something that needs no runtime: a runtime needs open files, and there may be none.
pub fn wait(work: impl Future) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    while work.as_mut().poll(&mut context).is_pending() {
        thread::park();
    }
}

/// Wakes the thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

type Started = Result<(Vec<SocketAddr>, Vec<ServerHandle>), ServeError>;

/// Listens on all sockets or none, reports that, and serves until stopped.
async fn run(parts: ServerParts, drain: &Arc<Drain>, tell: mpsc::SyncSender<Started>) {
    let bound: Result<Vec<_>, _> = parts
        .listeners
        .into_iter()
        .map(|listener| {
            let Listener {
                socket, serves, tls, ..
            } = listener;
            let intake = Data::from(Arc::clone(&parts.intake));
            let odata = Data::from(Arc::clone(&parts.odata));
            let issuer = Data::from(Arc::clone(&parts.issuer));
            let api = Data::from(Arc::clone(&parts.api));
            let health = Data::from(Arc::clone(&parts.health));
            let shared = Data::new(parts.settings.clone());
            serve_on(socket, tls, &parts.settings, drain, move |config| {
                config
                    .app_data(intake.clone())
                    .app_data(odata.clone())
                    .app_data(issuer.clone())
                    .app_data(api.clone())
                    .app_data(health.clone())
                    .app_data(shared.clone());
                configure(config, serves);
            })
        })
        .collect();
    let (servers, started) = match bound {
        Ok(bound) => {
            let (addresses, servers): (Vec<_>, Vec<Server>) = bound.into_iter().unzip();
            let handles = servers.iter().map(Server::handle).collect();
            (servers, Ok((addresses, handles)))
        }
        Err(error) => (Vec::new(), Err(error)),
    };
    // The receiver is missing only if the caller is gone, and then the servers could not be
    // stopped.
    if tell.send(started).is_err() {
        return;
    }
    for ended in join_all(servers).await {
        if let Err(error) = ended {
            tracing::error!(%error, "the server stopped with an error");
        }
    }
}

/// A server that runs when its future is polled; until then the system keeps connections waiting.
pub fn serve_on<F>(
    socket: TcpListener,
    tls: Option<Arc<CertificateResolver>>,
    settings: &HttpSettings,
    drain: &Arc<Drain>,
    configure: F,
) -> Result<(SocketAddr, Server), ServeError>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let address = socket.local_addr().map_err(ServeError::Socket)?;
    if tls.is_none() && !address.ip().is_loopback() {
        return Err(ServeError::PlainNotLoopback(address));
    }
    // Rounded down: all workers together never take more than there may be.
    let workers = settings.workers.clamp(1, settings.max_connections.max(1));
    let connections = (settings.max_connections / workers).max(1);
    let server = HttpServer::new(move || App::new().configure(configure.clone()))
        .workers(workers)
        .max_connections(connections)
        // As many handshakes: a silent connection must not keep others from theirs.
        .max_connection_rate(connections)
        // A response in several writes would wait 40 ms between them for the ACK of the other side.
        .tcp_nodelay(true)
        .client_request_timeout(settings.head_timeout)
        .tls_handshake_timeout(settings.head_timeout)
        .client_disconnect_timeout(LINGER)
        .keep_alive(settings.keep_alive)
        .shutdown_timeout(settings.shutdown_timeout.as_secs())
        .disable_signals();
    let drain = Arc::clone(drain);
    let server = server.on_connect(move |_, kept| {
        kept.insert(Opened::new(&drain));
    });
    let config = match tls {
        None => None,
        Some(resolver) => {
            let mut config = server_config(resolver)?;
            // The HTTP library adds its own.
            config.alpn_protocols.clear();
            Some(config)
        }
    };
    let server = match config {
        None => server.listen(socket),
        Some(config) => server.listen_rustls_0_23(socket, config),
    }
    .map_err(ServeError::Socket)?;
    Ok((address, server.run()))
}

fn configure(config: &mut ServiceConfig, serves: Serves) {
    if matches!(serves, Serves::Everything | Serves::Webhooks) {
        routes::webhooks(config);
    }
    if matches!(serves, Serves::Everything | Serves::Operations) {
        routes::programs(config);
        routes::operations(config);
    }
    routes::unknown(config);
}
