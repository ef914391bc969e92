//! The running server: what starts in which order, and stops in the reverse.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock;
use crate::config::Settings;
use crate::control::{self, socket_path};
use crate::http::{self, HttpSettings, Listener, Running, ServeError, ServerParts, Serves};
use crate::identity::{Issuer, KeyError, RingPolicy, keys_complete};
use crate::intake::Intake;
use crate::manage::{Context, Endpoint};
use crate::odata::Odata;
use crate::tls::{CertificateFiles, CertificateResolver, TlsError, self_signed};

use super::housekeeping::Housekeeping;
use super::{AppError, Appliance, Birth};

/// How long a connection may wait for its next request.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A server that takes webhooks.
pub struct Server {
    /// What it serves.
    pub appliance: Appliance,
    /// What administrators' functions work with.
    pub context: Arc<Context>,
    /// Bound addresses and who is answered there, in order.
    pub addresses: Vec<(SocketAddr, Serves, bool)>,
    /// The certificate in use.
    pub certificate: Arc<CertificateResolver>,
    /// Makes tokens and checks them.
    pub issuer: Arc<Issuer>,
    http: Running,
    control: control::Server,
    housekeeping: Housekeeping,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The appliance could not be opened.
    #[error(transparent)]
    App(#[from] AppError),
    /// There is no certificate to serve with.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ServeError),
    /// What the token issuer needs could not be made.
    #[error("the token issuer could not be started")]
    Issuer(#[from] KeyError),
    /// The control socket cannot be made.
    #[error("the control socket {} cannot be made", path.display())]
    Control {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A thread could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
}

impl Server {
    /// Opens the appliance and listens.
    ///
    /// # Errors
    /// [`StartError`]; what was started is stopped again.
    pub fn start(settings: &Arc<Settings>) -> Result<Self, StartError> {
        let appliance = Appliance::open(settings, Birth::Allowed)?;
        let started = Self::start_on(settings, &appliance);
        match started {
            Ok((http, addresses, certificate, issuer, context, control, housekeeping)) => Ok(Self {
                appliance,
                context,
                addresses,
                certificate,
                issuer,
                http,
                control,
                housekeeping,
            }),
            Err(error) => {
                appliance.close();
                Err(error)
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "the parts of Server, named there")]
    fn start_on(
        settings: &Arc<Settings>,
        appliance: &Appliance,
    ) -> Result<
        (
            Running,
            Vec<(SocketAddr, Serves, bool)>,
            Arc<CertificateResolver>,
            Arc<Issuer>,
            Arc<Context>,
            control::Server,
            Housekeeping,
        ),
        StartError,
    > {
        let files = match &settings.tls.files {
            Some(files) => CertificateFiles {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
            },
            None => self_signed(&settings.data.join("tls"), &settings.tls.names)?,
        };
        let certificate = Arc::new(CertificateResolver::new(files.clone())?);
        let wanted = listeners(settings);
        let issuer = issuer_new(settings, appliance)?;
        let odata = Arc::new(Odata::new(appliance.ledger.clone()));
        let http = http::serve(ServerParts {
            intake: Arc::new(
                Intake::new(appliance.ledger.clone(), Arc::clone(&appliance.secrets))
                    .with_bodies_limit(settings.limits.bodies),
            ),
            odata: Arc::clone(&odata),
            issuer: Arc::clone(&issuer),
            settings: http_settings(settings, wanted.len()),
            listeners: wanted
                .iter()
                .map(|(address, serves, tls)| Listener {
                    address: *address,
                    serves: *serves,
                    tls: tls.then(|| Arc::clone(&certificate)),
                })
                .collect(),
        })?;
        let addresses: Vec<_> = http
            .addresses
            .iter()
            .zip(wanted)
            .map(|(bound, (_, serves, tls))| (*bound, serves, tls))
            .collect();
        let operations = addresses.iter().find(|(_, serves, _)| *serves != Serves::Webhooks);
        let operations = operations.map_or(settings.listen.address, |(address, _, _)| *address);
        let url = issuer_url(settings, operations);
        issuer.url_set(&url);
        odata.url_set(&url);
        keys_complete(&issuer).map_err(StartError::Thread)?;
        let senders = addresses
            .iter()
            .find(|(_, serves, tls)| *tls && *serves != Serves::Operations)
            .map_or(settings.listen.address, |(address, _, _)| *address);
        let operations = addresses
            .iter()
            .find(|(_, serves, tls)| *tls && *serves != Serves::Webhooks)
            .map_or(settings.listen.address, |(address, _, _)| *address);
        let endpoint = |address| Endpoint {
            address: reachable(address),
            server_name: "localhost".to_owned(),
            certificate: settings.tls.files.is_none().then(|| files.certificate.clone()),
        };
        let context = Arc::new(Context {
            public_url: public_url(settings, senders),
            endpoint: Some(endpoint(senders)),
            issuer_url: issuer_url(settings, operations),
            operations: Some(endpoint(operations)),
            ..context(appliance)
        });
        let for_control = Arc::clone(&context);
        let path = socket_path(&settings.data);
        let control = control::Server::start(
            &path,
            Arc::new(move |request, watch| control::answer(&for_control, request, watch)),
        )
        .map_err(|source| StartError::Control { path, source })?;
        let housekeeping =
            Housekeeping::start(settings, &context, &issuer, &certificate).map_err(StartError::Thread)?;
        Ok((http, addresses, certificate, issuer, context, control, housekeeping))
    }

    /// Whether it can go on. Once false, the process must end.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.appliance.ledger.healthy() && !self.http.is_finished() && !self.housekeeping.is_finished()
    }

    /// Stops: first nothing new is taken and what was begun is answered, then what was accepted
    /// is processed and applied, then all is closed.
    pub fn stop(self) {
        self.http.stop(true);
        self.control.stop();
        self.housekeeping.stop();
        // Not stored, it is known less precisely, and nothing else.
        let _ = self.issuer.clients_used_last();
        self.appliance.close();
    }
}

/// What administrators' functions work with while no server runs.
#[must_use]
pub fn context(appliance: &Appliance) -> Context {
    let settings = &appliance.settings;
    Context {
        ledger: appliance.ledger.clone(),
        secrets: Arc::clone(&appliance.secrets),
        public_url: public_url(settings, settings.listen.senders.unwrap_or(settings.listen.address)),
        endpoint: None,
        issuer_url: issuer_url(settings, settings.listen.address),
        operations: None,
        retention_batch: u32::try_from(settings.retention.batch).unwrap_or(u32::MAX),
        editing: Mutex::new(()),
    }
}

/// The token issuer with its first key and the client that ships.
fn issuer_new(settings: &Settings, appliance: &Appliance) -> Result<Arc<Issuer>, KeyError> {
    let policy = RingPolicy::every(settings.tokens.rotation);
    let secrets = Arc::clone(&appliance.secrets);
    let issuer = Issuer::new(appliance.ledger.clone(), secrets, policy, clock::now());
    issuer.keys_first()?;
    issuer.client_first()?;
    Ok(Arc::new(issuer))
}

/// Address, who is answered there, and whether by TLS.
fn listeners(settings: &Settings) -> Vec<(SocketAddr, Serves, bool)> {
    let listen = &settings.listen;
    let mut wanted = match listen.senders {
        None => vec![(listen.address, Serves::Everything, true)],
        Some(senders) => vec![
            (senders, Serves::Webhooks, true),
            (listen.address, Serves::Operations, true),
        ],
    };
    wanted.extend(listen.plain_http.map(|address| (address, Serves::Everything, false)));
    wanted
}

fn http_settings(settings: &Settings, listeners: usize) -> HttpSettings {
    HttpSettings {
        workers: settings.http.workers,
        max_connections: settings.limits.connections / listeners.max(1),
        max_body: u32::try_from(settings.intake.max_body).unwrap_or(u32::MAX),
        max_headers: usize::try_from(settings.intake.max_headers).unwrap_or(usize::MAX),
        body_timeout: settings.intake.body_timeout,
        body_rate: u32::try_from(settings.intake.min_rate).unwrap_or(u32::MAX),
        keep_alive: KEEP_ALIVE,
        shutdown_timeout: settings.shutdown.timeout,
        ..HttpSettings::default()
    }
}

/// What Webhook URLs start with: as set, or made from the host's name and the port. A listener
/// that only this machine reaches is reached as localhost.
fn public_url(settings: &Settings, senders: SocketAddr) -> String {
    settings.listen.public_url.clone().unwrap_or_else(|| made_url(senders))
}

/// What access tokens name as their issuer: as set, or the public URL where that is the one
/// listener's, or made as that would be.
fn issuer_url(settings: &Settings, operations: SocketAddr) -> String {
    let listen = &settings.listen;
    let public = || listen.public_url.clone().filter(|_| listen.senders.is_none());
    let set = settings.tokens.issuer.clone();
    set.or_else(public).unwrap_or_else(|| made_url(operations))
}

fn made_url(listener: SocketAddr) -> String {
    let uname = rustix::system::uname();
    let host = uname
        .nodename()
        .to_str()
        .ok()
        .filter(|name| !name.is_empty() && !listener.ip().is_loopback());
    format!("https://{}:{}", host.unwrap_or("localhost"), listener.port())
}

/// The address by which this machine reaches a listener of its own.
const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    SocketAddr::new(ip, address.port())
}
