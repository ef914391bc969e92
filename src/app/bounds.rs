//! Derives the limits of the rooms from the settings.

use std::fmt;

use crate::config::Settings;
use crate::http::HttpSettings;
use crate::intake::IntakeLimits;
use crate::ledger::LedgerLimits;
use crate::odata::OdataLimits;
use crate::parse;
use crate::people::SessionPolicy;

/// Files that Hookgate has open besides connections and workers: 24 for the database, the journal's
/// file and folder, the lock, two listeners, sockets of systemd, the log and threads that wait for
/// events; 32 for 16 commands at the control socket; a few for a new file of the journal, a backup,
/// a certificate that is read. The rest is for later additions.
const RESERVE: u64 = 96;

/// What each worker has open for each listener to wait for events.
const RESERVE_WORKER: u64 = 4;

/// With fewer connections, whatever the setting says, no client would be served; then senders reach
/// the limit of open files, and get 503.
const MIN_CONNECTIONS: usize = 16;

/// How many connections may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// By the setting `limits.connections`.
    pub asked: usize,
    /// That, or fewer where the limit of open files asks for it.
    pub limit: usize,
    open_files: u64,
}

/// How many connections may be open in a process that listens on this many sockets and may have
/// this many files open.
#[must_use]
pub fn connections(settings: &Settings, listeners: usize, open_files: u64) -> Connections {
    let asked = settings.limits.connections;
    let workers = settings.http.workers.saturating_mul(listeners) as u64;
    let reserve = workers.saturating_mul(RESERVE_WORKER).saturating_add(RESERVE);
    let left = usize::try_from(open_files.saturating_sub(reserve)).unwrap_or(usize::MAX);
    Connections {
        asked,
        limit: asked.min(left.max(MIN_CONNECTIONS)),
        open_files,
    }
}

/// Says why there are fewer than the setting asks for.
impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "limits.connections is {}, but this process is limited to {} open files and connections, so at most {} \
             connections are accepted. Raise LimitNOFILE= in the unit file of the service (or 'ulimit -n' in the \
             shell that starts it), or lower limits.connections",
            self.asked, self.open_files, self.limit
        )
    }
}

/// The settings of HTTP, for this many listening sockets.
#[must_use]
pub fn http_settings(settings: &Settings, listeners: usize, connections: Connections) -> HttpSettings {
    HttpSettings {
        workers: settings.http.workers,
        max_connections: connections.limit / listeners.max(1),
        max_headers: usize::try_from(settings.intake.max_headers).unwrap_or(usize::MAX),
        head_timeout: settings.http.head_timeout,
        body_timeout: settings.intake.body_timeout,
        body_patience: settings.intake.body_patience,
        body_rate: u32::try_from(settings.intake.min_rate).unwrap_or(u32::MAX),
        keep_alive: settings.http.keep_alive,
        metrics_allow: settings.metrics.allow.clone(),
        hsts: settings.admin.hsts,
        sync_timeout: settings.limits.sync_timeout,
        shutdown_timeout: settings.shutdown.timeout,
    }
}

/// Those of OData.
pub(super) fn odata_limits(settings: &Settings) -> OdataLimits {
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

/// How much work may wait.
#[must_use]
pub fn ledger_limits(settings: &Settings) -> LedgerLimits {
    let lag = settings.limits.lag as u64;
    LedgerLimits {
        lag,
        lag_bytes: settings.limits.lag_bytes,
        unprocessed: lag,
    }
}

/// How long sessions of the admin page last.
#[must_use]
pub const fn session_policy(settings: &Settings) -> SessionPolicy {
    SessionPolicy {
        idle: settings.admin.session_idle,
        length: settings.admin.session_length,
        proof: settings.admin.confirm_after,
    }
}

/// How much is read of what senders send, and how much of it at once.
#[must_use]
pub fn intake_limits(settings: &Settings) -> IntakeLimits {
    IntakeLimits {
        bodies: settings.limits.bodies,
        body: body_limits(settings),
        max_body: u32::try_from(settings.intake.max_body).unwrap_or(u32::MAX),
    }
}

/// How much of a body is read, wherever one is.
#[must_use]
pub const fn body_limits(settings: &Settings) -> parse::Limits {
    parse::Limits {
        depth: settings.limits.depth,
        fields: settings.limits.fields,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{ArgMatches, Command};

    use super::*;
    use crate::config::{arguments, load};

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
            "--admin-hsts=on",
        ]);
        let expected = HttpSettings {
            workers: 3,
            max_connections: 45,
            max_headers: 5 << 10,
            head_timeout: Duration::from_secs(2),
            body_timeout: Duration::from_secs(6),
            body_patience: Duration::from_secs(7),
            body_rate: 8 << 10,
            keep_alive: Duration::from_secs(3),
            sync_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(11),
            metrics_allow: ["10.0.0.0/8", "::1/128"].map(|net| net.parse().unwrap()).into(),
            hsts: true,
        };
        let connections = connections(&settings, 2, 1 << 20);
        assert_eq!(http_settings(&settings, 2, connections), expected);
        assert_eq!(intake_limits(&settings).max_body, 4 << 10);
    }

    #[test]
    fn connections_leave_files_for_the_rest() {
        let settings = settings(&["--http-workers=2", "--limits-connections=1000"]);
        for (open_files, most) in [
            (u64::MAX, 1000),
            (1112, 1000),
            (1111, 999),
            (1024, 912),
            (128, 16),
            (0, 16),
        ] {
            assert_eq!(connections(&settings, 2, open_files).limit, most, "{open_files}");
        }
        let told = connections(&settings, 2, 1024).to_string();
        for part in ["is 1000", "limited to 1024", "at most 912", "LimitNOFILE=", "ulimit -n"] {
            assert!(told.contains(part), "{told}");
        }
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
}
