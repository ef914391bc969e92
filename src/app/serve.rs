//! The running server: what starts in which order, and stops in the reverse.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::api::run_local;
use crate::backup::copy_clear_stale;
use crate::clock;
use crate::config::Settings;
use crate::control::{self, socket_path};
use crate::files::{explained, open_files_limit};
use crate::http::{self, Api, Running, ServeError, ServerParts, Serves};
use crate::identity::{Issuer, KeyError, keys_complete};
use crate::manage::Context;
use crate::manage::user::setup_link;
use crate::odata::Odata;
use crate::people::LoginError;
use crate::systemd::GivenSocket;
use crate::tls::{CertificateFiles, CertificateResolver, TlsError, self_signed};

use super::bounds::{connections, http_settings, odata_limits};
use super::context::serving_context;
use super::housekeeping::Housekeeping;
use super::listening::{addresses_given, listeners};
use super::names::{audience, certificate_names, hosts};
use super::watch::SpaceWatch;
use super::{AppError, Appliance, CreateMode, Opening};

/// A server that receives webhooks.
pub struct Server {
    pub appliance: Appliance,
    /// What administrators' functions work with.
    pub context: Arc<Context>,
    /// Bound addresses and what each serves, in order.
    pub addresses: Vec<(SocketAddr, Serves, bool)>,
    /// The certificate in use.
    pub certificate: Arc<CertificateResolver>,
    /// Makes tokens and checks them.
    pub issuer: Arc<Issuer>,
    http: Running,
    control: control::Server,
    housekeeping: Housekeeping,
    space: SpaceWatch,
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
    #[error("the token issuer cannot be started")]
    Issuer(#[from] KeyError),
    /// The control socket cannot be made.
    #[error("the control socket {} cannot be created", path.display())]
    Control {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A thread could not be started.
    #[error("a thread cannot be started")]
    Thread(#[source] std::io::Error),
}

impl Server {
    /// Opens the appliance and listens.
    ///
    /// # Errors
    /// [`StartError`]; what was started is stopped again.
    pub fn start(settings: &Arc<Settings>) -> Result<Self, StartError> {
        Self::start_on_sockets(settings, Vec::new(), &Opening::silent())
    }

    /// As [`Server::start`]; sockets from systemd replace the addresses in the settings, and
    /// systemd gets the progress.
    ///
    /// # Errors
    /// [`StartError`]; the parts that were started are stopped.
    pub fn start_on_sockets(
        settings: &Arc<Settings>,
        sockets: Vec<GivenSocket>,
        opening: &Opening,
    ) -> Result<Self, StartError> {
        let settings = &addresses_given(settings, &sockets);
        let appliance = Appliance::open_with_progress(settings, CreateMode::Allowed, opening)?;
        let space = SpaceWatch::start(appliance.ledger.guard().clone()).map_err(StartError::Thread)?;
        let files = certificate_files(settings)?;
        let certificate = CertificateResolver::new(files.clone())?.shown_to(audience(settings));
        certificate.findings_log(clock::now());
        let certificate = Arc::new(certificate);
        if let Err(error) = copy_clear_stale(&settings.data) {
            tracing::warn!(%error, "the files of an interrupted backup cannot be removed");
        }
        let listeners = listeners(settings, sockets, &certificate, opening.notifier())?;
        let connections = connections(settings, listeners.len(), open_files_limit().now);
        if connections.limit < connections.asked {
            tracing::warn!(connections = connections.limit, "{connections}");
        }
        let addresses: Vec<_> = listeners
            .iter()
            .map(|listener| Ok((listener.address()?, listener.serves, listener.tls.is_some())))
            .collect::<Result<_, ServeError>>()?;
        // Before any request is served: it reads the newest webhook from before this start.
        let context = Arc::new(serving_context(&appliance, &addresses, &certificate, &files));
        let issuer = Arc::clone(&appliance.issuer);
        issuer.keys_first()?;
        issuer.url_set(&context.urls.issuer);
        keys_complete(&issuer).map_err(StartError::Thread)?;
        let odata = Arc::new(Odata::with_limits(appliance.ledger.clone(), odata_limits(settings)));
        odata.url_set(&context.urls.issuer);
        let api = Arc::new(Api::new(Arc::clone(&context.people), hosts(settings)));
        api.open(Arc::clone(&context));
        let housekeeping = Housekeeping::start(settings, &context, appliance.folder.pulse(), &issuer, &certificate)
            .map_err(StartError::Thread)?;
        let control = control_start(settings, &context)?;
        // What needs attention is in the log from the start.
        context.health.look();
        // Last, as it would run without the others.
        let served = http::serve(ServerParts {
            intake: Arc::clone(&context.intake),
            odata,
            issuer: Arc::clone(&issuer),
            api,
            health: Arc::clone(&context.health),
            settings: http_settings(settings, listeners.len(), connections),
            listeners,
        });
        let http = match served {
            Ok(http) => http,
            Err(error) => {
                control.stop();
                return Err(error.into());
            }
        };
        Ok(Self {
            appliance,
            context,
            addresses,
            certificate,
            issuer,
            http,
            control,
            housekeeping,
            space,
        })
    }

    /// The set-up link of a first start; none if there is an administrator, or a link that lives.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn setup_link_first(&self) -> Result<Option<String>, LoginError> {
        let made = self.context.people.setup_link_first(clock::now())?;
        Ok(made.map(|made| setup_link(&self.context, &made.token)))
    }

    /// Whether the server can continue. Once false, the process must end.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.appliance.ledger.healthy() && !self.http.is_finished() && !self.housekeeping.is_finished()
    }

    /// Stops: first accepts nothing new and finishes requests in progress, then processes and
    /// applies accepted webhooks, then closes everything.
    pub fn stop(self) {
        // Streams of events would be waited for.
        self.context.feed.close();
        self.http.stop(true);
        self.control.stop();
        self.housekeeping.stop();
        self.space.stop();
        // Not stored, it is known less precisely, and nothing else.
        let _ = self.issuer.clients_used_last();
        self.appliance.close();
    }
}

/// The files of the settings, or the self-signed ones.
fn certificate_files(settings: &Settings) -> Result<CertificateFiles, TlsError> {
    match &settings.tls.files {
        Some(files) => Ok(CertificateFiles {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
        }),
        None => self_signed(&settings.data.join("tls"), &certificate_names(settings)),
    }
}

fn control_start(settings: &Settings, context: &Arc<Context>) -> Result<control::Server, StartError> {
    let path = socket_path(&settings.data);
    let context = Arc::clone(context);
    let started = control::Server::start(&path, Arc::new(move |request| run_local(&context, request)));
    started.map_err(|source| {
        let source = explained(&path, source);
        StartError::Control { path, source }
    })
}
