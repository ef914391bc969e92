//! Whether the running server works.

mod checks;
mod oauth;
mod sample;

use checks::clock_doubted;
pub use checks::{Check, Part, State, days_left};
pub(super) use oauth::webhook_token;
pub use oauth::{OauthHealthView, OauthStep, oauth_check};
pub use sample::Sample;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::retention::clock_ahead_hours;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::time::Timestamp;
use crate::files::SecretFile;
use crate::ledger::Ledger;
use crate::store::query::WebhookCounts;
use crate::tls::CertificateResolver;

/// How long the result of a token check is reused. A failure is checked again soon, to show the
/// fix.
const KNOWN_GOOD: Duration = Duration::from_secs(60);
const KNOWN_BAD: Duration = Duration::from_secs(2);

/// The state that health checks read. There is one for the whole server.
pub struct Health {
    pub(super) ledger: Ledger,
    data: PathBuf,
    /// The certificate in use; none while no server runs.
    certificate: Option<Arc<CertificateResolver>>,
    /// Files that other users must not be able to read.
    secrets: Vec<SecretFile>,
    pub(super) started: Timestamp,
    /// The state of each part when it was last logged.
    told: Mutex<BTreeMap<Part, State>>,
    /// Held while the disk is examined.
    looking: Mutex<()>,
    /// When the disk was last examined, and the result.
    last: ArcSwapOption<(Instant, Sample)>,
}

impl Health {
    /// For a server that started at a given moment.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        data: PathBuf,
        certificate: Option<Arc<CertificateResolver>>,
        started: Timestamp,
    ) -> Self {
        Self {
            ledger,
            data,
            certificate,
            secrets: Vec::new(),
            started,
            looking: Mutex::default(),
            told: Mutex::default(),
            last: ArcSwapOption::empty(),
        }
    }

    /// Also checks whether other users can read these files.
    #[must_use]
    pub fn with_secrets(self, secrets: Vec<SecretFile>) -> Self {
        Self { secrets, ..self }
    }

    /// The seconds until the certificate in use expires.
    pub(super) fn certificate_remaining(&self) -> Option<i64> {
        let expires = self.certificate.as_ref()?.current().expires;
        Some(expires.0.saturating_sub(clock::now().0).div_euclid(1_000_000))
    }

    /// Logs the checks whose state changed since the last call. Disk and certificate are left out:
    /// the guard and the resolver log them with more detail.
    pub fn look(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for check in self
            .checks_with_paths()
            .into_iter()
            .filter(|check| !matches!(check.name, Part::Disk | Part::Certificate))
        {
            let before = told.insert(check.name, check.status).unwrap_or(State::Ok);
            if before == check.status {
                continue;
            }
            let (part, status) = (check.name.name(), check.status.name());
            let Check { text, detail, .. } = check;
            match check.status {
                State::Ok => tracing::info!(part, status, "{text}"),
                State::Warn => tracing::warn!(part, status, detail, "{text}"),
                State::Fail => tracing::error!(part, status, detail, "{text}"),
            }
        }
    }
}

/// Whether the running server works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthView {
    /// Whether webhooks are accepted.
    pub healthy: bool,
    pub version: String,
    /// Webhooks that wait to be processed.
    pub waiting: u64,
    pub failed: u64,
    pub done: u64,
    /// The last entry that the journal has on disk.
    pub journal: u64,
    /// The last entry that the store has applied.
    pub store: u64,
    /// The checked parts and their state.
    #[serde(default)]
    pub checks: Vec<Check>,
}

/// Checks the running server.
///
/// # Errors
/// If no server runs.
pub fn health_check(context: &Context) -> Result<HealthView, ManageError> {
    if context.running.is_none() {
        return Err(ManageError::ServerNotRunning);
    }
    let mut checks = context.health.checks_with_paths();
    checks.extend(clock_ahead_hours(context).map(clock_doubted));
    // Does not wait for the store: its lag is part of the result.
    let position = context.ledger.position();
    // If the database cannot be read, one of the checks reports it.
    let counts = context
        .ledger
        .store()
        .reader()
        .and_then(|reader| reader.webhook_counts());
    let WebhookCounts {
        new,
        processing,
        failed,
        done,
    } = counts.unwrap_or_default();
    Ok(HealthView {
        healthy: State::worst(&checks) < State::Fail,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        waiting: new + processing,
        failed,
        done,
        journal: position.durable,
        store: position.applied,
        checks,
    })
}

/// The result of the last token check. Checks again if it is too old.
///
/// # Errors
/// If no server runs.
pub fn oauth_known(context: &Context) -> Result<OauthHealthView, ManageError> {
    let mut known = context
        .memory
        .oauth_known
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some((at, view)) = known.as_ref()
        && at.elapsed() < if view.healthy { KNOWN_GOOD } else { KNOWN_BAD }
    {
        return Ok(view.clone());
    }
    let view = oauth_check(context)?;
    *known = Some((Instant::now(), view.clone()));
    Ok(view)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::odata::write_tests::World;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_check_that_is_not_well_is_told_once() {
        let world = World::elsewhere();
        let ledger = &world.odata.ledger;
        let health = Health::new(ledger.clone(), "none".into(), None, Timestamp(1));
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = tracing_subscriber::fmt().json().with_writer(move || writer.clone());
        tracing::subscriber::with_default(lines.finish(), || {
            health.look();
            ledger.fail();
            health.look();
            health.look();
        });
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let told: Vec<_> = text
            .lines()
            .filter(|line| line.contains("\"part\":\"store\""))
            .collect();
        assert_eq!(told.len(), 1, "{text}");
        assert!(
            told[0].contains("\"ERROR\"") && told[0].contains("check its log"),
            "{text}"
        );
        assert_eq!(State::worst(&health.checks()), State::Fail);
    }

    #[test]
    fn checks_are_read_as_they_are_written() {
        let world = World::elsewhere();
        let health = Health::new(world.odata.ledger.clone(), "none".into(), None, Timestamp(1));
        let checks = health.checks();
        let text = serde_json::to_string(&checks).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Check>>(&text).unwrap(), checks);
    }
}
