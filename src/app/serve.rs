//! The running server: what starts in which order, and stops in the reverse.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::backup::copy_clear_stale;
use crate::clock;
use crate::config::Settings;
use crate::control::{self, socket_path};
use crate::domain::time::Timestamp;
use crate::http::{self, Api, Hosts, HttpSettings, Running, ServeError, ServerParts, Serves};
use crate::identity::{Issuer, KeyError, keys_complete};
use crate::intake::Intake;
use crate::manage::feed::Feed;
use crate::manage::health::Health;
use crate::manage::person::setup_link;
use crate::manage::task::JournalLook;
use crate::manage::{Context, Endpoint};
use crate::odata::{Odata, OdataLimits};
use crate::people::{LoginError, People, SessionPolicy};
use crate::retention::doubt::Doubt;
use crate::store::query::WebhookFilter;
use crate::systemd::{GivenSocket, Notifier};
use crate::tls::{CertificateFiles, CertificateResolver, TlsError, self_signed};

use super::housekeeping::Housekeeping;
use super::listening::{addresses_given, listeners};
use super::watch::SpaceWatch;
use super::{AppError, Appliance, Birth, Opening, body_limits};

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
    #[error("the token issuer could not be started")]
    Issuer(#[from] KeyError),
    /// The control socket cannot be made.
    #[error("the control socket {} cannot be made", path.display())]
    Control {
        /// Where.
        path: PathBuf,
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
        Self::start_on_sockets(settings, Vec::new(), &Opening::silent())
    }

    /// As [`Server::start`]; sockets that were given take the places of the addresses in the
    /// settings, and systemd is told how it goes on.
    ///
    /// # Errors
    /// [`StartError`]; what was started is stopped again.
    pub fn start_on_sockets(
        settings: &Arc<Settings>,
        sockets: Vec<GivenSocket>,
        opening: &Opening,
    ) -> Result<Self, StartError> {
        let settings = &addresses_given(settings, &sockets);
        let appliance = Appliance::open_told(settings, Birth::Allowed, opening)?;
        let started = Self::start_on(settings, &appliance, sockets, opening.notifier());
        match started {
            Ok((http, addresses, certificate, issuer, context, control, housekeeping, space)) => Ok(Self {
                appliance,
                context,
                addresses,
                certificate,
                issuer,
                http,
                control,
                housekeeping,
                space,
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
        sockets: Vec<GivenSocket>,
        notifier: &Notifier,
    ) -> Result<
        (
            Running,
            Vec<(SocketAddr, Serves, bool)>,
            Arc<CertificateResolver>,
            Arc<Issuer>,
            Arc<Context>,
            control::Server,
            Housekeeping,
            SpaceWatch,
        ),
        StartError,
    > {
        let space = SpaceWatch::start(appliance.ledger.guard().clone()).map_err(StartError::Thread)?;
        let files = match &settings.tls.files {
            Some(files) => CertificateFiles {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
            },
            None => self_signed(&settings.data.join("tls"), &settings.tls.names)?,
        };
        let certificate = Arc::new(CertificateResolver::new(files.clone())?);
        if let Err(error) = copy_clear_stale(&settings.data) {
            tracing::warn!(%error, "what a backup that was cut short left could not be cleared");
        }
        // Before anybody listens: it looks at the newest webhook of before this start.
        let context = context(appliance);
        let health = Arc::new(Health::new(
            appliance.ledger.clone(),
            context.data.clone(),
            Some(Arc::clone(&certificate)),
            context.started_on,
        ));
        let issuer = Arc::clone(&appliance.issuer);
        issuer.keys_first()?;
        let odata = Arc::new(Odata::with_limits(appliance.ledger.clone(), odata_limits(settings)));
        let api = Arc::new(Api::new(
            Arc::clone(&context.people),
            hosts(settings),
            settings.admin.hsts,
        ));
        let listeners = listeners(settings, sockets, &certificate, notifier)?;
        let served: Vec<_> = listeners
            .iter()
            .map(|listener| (listener.serves, listener.tls.is_some()))
            .collect();
        let http = http::serve(ServerParts {
            intake: Arc::clone(&context.intake),
            odata: Arc::clone(&odata),
            issuer: Arc::clone(&issuer),
            api: Arc::clone(&api),
            health: Arc::clone(&health),
            settings: http_settings(settings, listeners.len()),
            listeners,
        })?;
        let addresses: Vec<_> = http
            .addresses
            .iter()
            .zip(served)
            .map(|(bound, (serves, tls))| (*bound, serves, tls))
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
            certificate: Some(Arc::clone(&certificate)),
            health,
            ..context
        });
        api.open(Arc::clone(&context));
        let for_control = Arc::clone(&context);
        let path = socket_path(&settings.data);
        let control = control::Server::start(
            &path,
            Arc::new(move |request, watch| control::answer(&for_control, request, watch)),
        )
        .map_err(|source| StartError::Control { path, source })?;
        let housekeeping = Housekeeping::start(settings, &context, appliance.folder.pulse(), &issuer, &certificate)
            .map_err(StartError::Thread)?;
        Ok((
            http,
            addresses,
            certificate,
            issuer,
            context,
            control,
            housekeeping,
            space,
        ))
    }

    /// The set-up link of a first start; none if there is an administrator, or a link that lives.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn setup_link_first(&self) -> Result<Option<String>, LoginError> {
        let made = self.context.people.setup_link_first(clock::now())?;
        Ok(made.map(|made| setup_link(&self.context, &made.token)))
    }

    /// Whether it can go on. Once false, the process must end.
    #[must_use]
    pub fn healthy(&self) -> bool {
        self.appliance.ledger.healthy() && !self.http.is_finished() && !self.housekeeping.is_finished()
    }

    /// Stops: first nothing new is taken and what was begun is answered, then what was accepted
    /// is processed and applied, then all is closed.
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

/// What administrators' functions work with while no server runs.
#[must_use]
pub fn context(appliance: &Appliance) -> Context {
    let settings = &appliance.settings;
    let (data, started_on) = (absolute(&settings.data), clock::now());
    Context {
        ledger: appliance.ledger.clone(),
        secrets: Arc::clone(&appliance.secrets),
        people: Arc::new(people(appliance)),
        public_url: public_url(settings, settings.listen.senders.unwrap_or(settings.listen.address)),
        endpoint: None,
        issuer: Arc::clone(&appliance.issuer),
        issuer_url: issuer_url(settings, settings.listen.address),
        operations: None,
        clock_doubt: Doubt::new(latest_known(appliance), started_on, Instant::now()),
        retention_batch: u32::try_from(settings.retention.batch).unwrap_or(u32::MAX),
        started_on,
        journal_look: JournalLook::default(),
        intake: Arc::new(
            Intake::new(appliance.ledger.clone(), Arc::clone(&appliance.secrets))
                .with_bodies_limit(settings.limits.bodies)
                .with_body_limits(body_limits(settings))
                .with_max_body(u32::try_from(settings.intake.max_body).unwrap_or(u32::MAX)),
        ),
        feed: Arc::new(Feed::new(appliance.ledger.clone())),
        certificate: None,
        oauth_known: Mutex::new(None),
        health: Arc::new(Health::new(appliance.ledger.clone(), data.clone(), None, started_on)),
        data,
        master_key: absolute(&settings.secrets.master_key),
        master_key_credential: settings.secrets.credential,
        editing: Mutex::new(()),
    }
}

/// As it is named from anywhere.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn people(appliance: &Appliance) -> People {
    let settings = &appliance.settings;
    let policy = SessionPolicy {
        idle: settings.admin.session_idle,
        length: settings.admin.session_length,
        proof: settings.admin.confirm_after,
    };
    let secrets = Arc::clone(&appliance.secrets);
    let file = settings.data.join("setup-link");
    People::new(appliance.ledger.clone(), secrets, policy, file, clock::now())
}

/// The names under which people and scripts reach this server.
fn hosts(settings: &Settings) -> Hosts {
    let uname = rustix::system::uname();
    let own = uname.nodename().to_str().unwrap_or_default();
    let urls = [&settings.listen.public_url, &settings.tokens.issuer];
    let names = settings.tls.names.iter().chain(&settings.admin.hosts);
    let names = names.chain(urls.into_iter().flatten()).map(String::as_str);
    Hosts::new(names.chain(Some(own).filter(|own| !own.is_empty())))
}

/// The latest moment that is known to have come before this start: a server ran, or a webhook
/// arrived. If that cannot be read, nothing can be deleted either.
fn latest_known(appliance: &Appliance) -> Option<Timestamp> {
    let reader = appliance.ledger.read().ok()?;
    let newest = reader.webhook_list(&WebhookFilter::default(), None, 1).ok()?;
    let newest = newest.first().map(|row| row.webhook.created_on)?;
    Some(appliance.folder.last_alive.map_or(newest, |alive| newest.max(alive)))
}

fn http_settings(settings: &Settings, listeners: usize) -> HttpSettings {
    HttpSettings {
        workers: settings.http.workers,
        max_connections: settings.limits.connections / listeners.max(1),
        max_body: u32::try_from(settings.intake.max_body).unwrap_or(u32::MAX),
        max_headers: usize::try_from(settings.intake.max_headers).unwrap_or(usize::MAX),
        head_timeout: settings.http.head_timeout,
        body_timeout: settings.intake.body_timeout,
        body_patience: settings.intake.body_patience,
        body_rate: u32::try_from(settings.intake.min_rate).unwrap_or(u32::MAX),
        keep_alive: settings.http.keep_alive,
        metrics_allow: settings.metrics.allow.clone(),
        sync_timeout: settings.limits.sync_timeout,
        shutdown_timeout: settings.shutdown.timeout,
    }
}

fn odata_limits(settings: &Settings) -> OdataLimits {
    let odata = &settings.odata;
    OdataLimits {
        page: odata.page,
        scan_rows: odata.scan_rows as u64,
        scan_time: odata.scan_time,
        concurrent: odata.concurrent,
        queue: odata.queue,
        ..OdataLimits::default()
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
    let port = match listener.port() {
        443 => String::new(),
        port => format!(":{port}"),
    };
    format!("https://{}{port}", host.unwrap_or("localhost"))
}

/// The address by which this machine reaches a listener of its own.
const fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{ArgMatches, Command};

    use super::*;
    use crate::config::{arguments, load};
    use crate::parse::Limits;

    fn settings(flags: &[&str]) -> Settings {
        let flags: ArgMatches = arguments(Command::new("test")).get_matches_from([&["test"], flags].concat());
        load(None, &flags, |_| None).unwrap()
    }

    #[test]
    fn the_bounds_of_http_are_those_of_the_settings() {
        let settings = settings(&[
            "--http-workers=3",
            "--http-head-timeout=2s",
            "--http-keep-alive=3s",
            "--intake-max-body=4KiB",
            "--intake-max-headers=5KiB",
            "--intake-body-timeout=6s",
            "--intake-body-patience=7s",
            "--intake-min-rate=8KiB/s",
            "--limits-connections=90",
            "--limits-sync-timeout=10s",
            "--shutdown-timeout=11s",
            "--metrics-allow=10.0.0.0/8,::1",
        ]);
        let expected = HttpSettings {
            workers: 3,
            max_connections: 45,
            max_body: 4 << 10,
            max_headers: 5 << 10,
            head_timeout: Duration::from_secs(2),
            body_timeout: Duration::from_secs(6),
            body_patience: Duration::from_secs(7),
            body_rate: 8 << 10,
            keep_alive: Duration::from_secs(3),
            sync_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(11),
            metrics_allow: ["10.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap()).into(),
        };
        assert_eq!(http_settings(&settings, 2), expected);
    }

    #[test]
    fn the_bounds_of_odata_are_those_of_the_settings() {
        let settings = settings(&[
            "--odata-page=1",
            "--odata-scan-rows=2000",
            "--odata-scan-time=3s",
            "--odata-concurrent=4",
            "--odata-queue=5",
        ]);
        let limits = odata_limits(&settings);
        assert_eq!((limits.page, limits.scan_rows), (1, 2000));
        assert_eq!(limits.scan_time, Duration::from_secs(3));
        assert_eq!((limits.concurrent, limits.queue), (4, 5));
    }

    #[test]
    fn without_settings_odata_is_bounded_as_by_itself() {
        assert_eq!(odata_limits(&self::settings(&[])), OdataLimits::default());
    }

    #[test]
    fn without_settings_a_body_is_read_as_far_as_the_parser_would_by_itself() {
        assert_eq!(body_limits(&settings(&[])), Limits::default());
    }
}
