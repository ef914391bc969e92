//! What administrators' functions work with, made of an opened appliance.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::clock;
use crate::domain::time::Timestamp;
use crate::domain::webhook_filter::WebhookFilter;
use crate::http::Serves;
use crate::intake::Intake;
use crate::manage::feed::Feed;
use crate::manage::health::Health;
use crate::manage::{Context, Endpoint, Files, Memory, RetentionPolicy, Running, Urls};
use crate::people::People;
use crate::retention::clock_check::ClockCheck;
use crate::tls::{CertificateFiles, CertificateResolver};

use super::Appliance;
use super::bounds::{intake_limits, session_policy};
use super::names::{issuer_url, public_url, reachable};
use super::secret_files::secret_files;

/// What administrators' functions work with while no server runs.
#[must_use]
pub fn context(appliance: &Appliance) -> Context {
    let settings = &appliance.settings;
    let (data, started_on) = (absolute(&settings.data), clock::now());
    let urls = Urls {
        public: public_url(settings, settings.listen.senders.unwrap_or(settings.listen.address)),
        public_configured: settings.listen.public_url.is_some(),
        issuer: issuer_url(settings, settings.listen.address),
    };
    Context {
        ledger: appliance.ledger.clone(),
        secrets: Arc::clone(&appliance.secrets),
        people: Arc::new(people(appliance)),
        issuer: Arc::clone(&appliance.issuer),
        intake: Arc::new(Intake::new(
            appliance.ledger.clone(),
            Arc::clone(&appliance.secrets),
            intake_limits(settings),
        )),
        feed: Arc::new(Feed::new(appliance.ledger.clone())),
        health: Arc::new(Health::new(appliance.ledger.clone(), data.clone(), None, started_on)),
        retention: RetentionPolicy {
            batch: u32::try_from(settings.retention.batch).unwrap_or(u32::MAX),
            clock_check: ClockCheck::new(latest_known(appliance), started_on, Instant::now()),
        },
        urls,
        files: Files {
            data,
            master_key: absolute(&settings.secrets.master_key),
            master_key_credential: settings.secrets.credential,
        },
        running: None,
        memory: Memory::new(started_on),
    }
}

/// The same while a server runs that listens at these addresses, with what each serves and whether
/// by TLS.
pub fn serving_context(
    appliance: &Appliance,
    addresses: &[(SocketAddr, Serves, bool)],
    certificate: &Arc<CertificateResolver>,
    files: &CertificateFiles,
) -> Context {
    let settings = &appliance.settings;
    let first = |but: Serves| {
        let found = addresses.iter().find(|(_, serves, tls)| *tls && *serves != but);
        found.map_or(settings.listen.address, |(address, _, _)| *address)
    };
    let (senders, operations) = (first(Serves::Operations), first(Serves::Webhooks));
    let endpoint = |address| Endpoint {
        address: reachable(address),
        server_name: "localhost".to_owned(),
        certificate: settings.tls.files.is_none().then(|| files.certificate.clone()),
    };
    let context = context(appliance);
    let (ledger, data) = (appliance.ledger.clone(), context.files.data.clone());
    Context {
        urls: Urls {
            public: public_url(settings, senders),
            issuer: issuer_url(settings, operations),
            ..context.urls
        },
        running: Some(Running {
            webhooks: endpoint(senders),
            operations: endpoint(operations),
            certificate: Arc::clone(certificate),
        }),
        health: Arc::new(
            Health::new(ledger, data, Some(Arc::clone(certificate)), context.memory.started_on)
                .with_secrets(secret_files(settings, &files.key)),
        ),
        ..context
    }
}

/// As it is named from anywhere.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn people(appliance: &Appliance) -> People {
    let settings = &appliance.settings;
    let secrets = Arc::clone(&appliance.secrets);
    let file = settings.data.join("setup-link");
    People::new(
        appliance.ledger.clone(),
        secrets,
        session_policy(settings),
        file,
        clock::now(),
    )
}

/// The latest moment that is known to have come before this start: a server ran, or a webhook
/// arrived. If that cannot be read, nothing can be deleted either.
fn latest_known(appliance: &Appliance) -> Option<Timestamp> {
    let reader = appliance.ledger.read().ok()?;
    let newest = reader.webhook_list(&WebhookFilter::default(), None, 1).ok()?;
    let newest = newest.first().map(|row| row.webhook.created_on)?;
    Some(appliance.folder.last_alive.map_or(newest, |alive| newest.max(alive)))
}
