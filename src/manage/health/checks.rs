//! The health checks: one for each part that accepting webhooks depends on, with a text that says
//! what is wrong and what to do next. The overview, `/readyz`, `hookgate healthcheck` and the log
//! all use these texts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Health;
use super::sample::Sample;
use crate::clock;
use crate::domain::time::Timestamp;
use crate::files::Exposed;
use crate::ledger::{Ended, Position};
use crate::space::{Level, Space};
use crate::tls::Finding;

/// The age in seconds from which a New webhook is reported.
pub const OLDEST_NEW: u64 = 60;

/// A part and its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    pub name: Part,
    pub status: State,
    /// What is wrong and what to do next. Contains nothing confidential.
    pub text: String,
    /// Details with numbers, for authorized readers; empty if there is nothing to add.
    #[serde(default)]
    pub detail: String,
    /// The codes of the findings, for programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// The numbers, for programs.
    #[serde(flatten)]
    pub figures: BTreeMap<String, i64>,
}

/// The parts that are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Whether entries can be written.
    Journal,
    Store,
    Processing,
    Disk,
    /// Whether senders can trust the server.
    Certificate,
    /// Whether only Hookgate can read its keys.
    Secrets,
    /// Whether webhooks are deleted at the right time.
    Clock,
}

impl Part {
    /// The name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Store => "store",
            Self::Processing => "processing",
            Self::Disk => "disk",
            Self::Certificate => "certificate",
            Self::Secrets => "secrets",
            Self::Clock => "clock",
        }
    }

    /// The name as a title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Journal => "Journal",
            Self::Store => "Store",
            Self::Processing => "Processing",
            Self::Disk => "Disk",
            Self::Certificate => "Certificate",
            Self::Secrets => "Secrets",
            Self::Clock => "Clock",
        }
    }
}

/// The state of a part; the worst comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Ok,
    /// Webhooks are accepted, but something needs attention.
    Warn,
    /// Webhooks are not accepted.
    Fail,
}

impl State {
    /// The name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }

    /// The worst state of all checks.
    #[must_use]
    pub fn worst(checks: &[Check]) -> Self {
        checks.iter().map(|check| check.status).max().unwrap_or(Self::Ok)
    }
}

impl Check {
    fn new(name: Part, status: State, text: &str) -> Self {
        Self {
            name,
            status,
            text: text.to_owned(),
            detail: String::new(),
            findings: Vec::new(),
            figures: BTreeMap::new(),
        }
    }

    fn detail(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }

    fn figure(mut self, name: &str, value: u64) -> Self {
        self.figures
            .insert(name.to_owned(), i64::try_from(value).unwrap_or(i64::MAX));
        self
    }

    /// One of the numbers, by name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.figures.get(name).copied()
    }
}

impl Health {
    /// All checks. Reads a few numbers in memory; the disk is examined once per second.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        let sample = self.sample();
        let (ended, position) = (self.ledger.ended(), self.ledger.position());
        let limits = self.ledger.limits();
        let now = clock::now();
        let certificate = self.certificate.as_ref();
        let certificate = certificate.map(|held| (held.findings(now), days_left(held.current().expires, now)));
        let mut checks = vec![
            journal(ended, self.ledger.guard().open_files_short()),
            store(ended, position, limits.lag, self.ledger.disagrees()),
            processing(position, limits.unprocessed, &sample),
            disk(self.ledger.guard().space()),
        ];
        checks.extend(certificate.map(|(findings, days)| self::certificate(&findings, days)));
        if !self.secrets.is_empty() {
            checks.push(secrets(&sample.exposed));
        }
        checks
    }
}

impl Health {
    /// Same as `checks`, with paths: for the log, and for commands on this machine.
    #[must_use]
    pub fn checks_with_paths(&self) -> Vec<Check> {
        let mut checks = self.checks();
        if let Some(check) = checks.iter_mut().find(|check| check.name == Part::Secrets) {
            let told: Vec<String> = self.sample().exposed.iter().map(ToString::to_string).collect();
            check.detail = told.join("; ");
        }
        checks
    }
}

/// The check that reports a clock that is too far ahead.
#[must_use]
pub fn clock_doubted(hours: u64) -> Check {
    let text = "The clock is far ahead of the last confirmed time, so scheduled retention deletes no webhooks. \
                Correct the clock; if it is right, run 'hookgate retention run' to delete the expired webhooks and \
                confirm the time.";
    let s = if hours == 1 { "" } else { "s" };
    Check::new(Part::Clock, State::Warn, text)
        .detail(format!("It is {hours} hour{s} ahead."))
        .figure("ahead_hours", hours)
}

fn journal(ended: Ended, open_files_short: bool) -> Check {
    let (status, text) = if ended.disk {
        (
            State::Fail,
            "The journal cannot be written, so no webhooks are accepted. The server stops so that it can be restarted \
             with the data on disk; check its log, then the disk.",
        )
    } else if ended.journal {
        (State::Fail, "The server is stopping and accepts no more webhooks.")
    } else if open_files_short {
        (
            State::Fail,
            "The journal cannot open its next file because too many files are open, so no webhooks are accepted. \
             Raise LimitNOFILE= in the unit file of the service (or 'ulimit -n' in the shell that starts it), or \
             lower limits.connections.",
        )
    } else {
        (State::Ok, "Webhooks are written and synced.")
    };
    Check::new(Part::Journal, status, text)
}

fn store(ended: Ended, position: Position, most: u64, disagrees: bool) -> Check {
    let lag = position.durable.saturating_sub(position.applied);
    let (status, text) = if ended.store {
        (
            State::Fail,
            "The database or processing failed, so no webhooks are accepted. The server stops so that it can be \
             restarted from the journal; check its log.",
        )
    } else if disagrees {
        (
            State::Warn,
            "The database does not match the journal, so backups fail and the journal is not shortened. Stop the \
             server and run 'hookgate check': it shows how to repair the data.",
        )
    } else if lag > most / 2 {
        (
            State::Warn,
            "The database is far behind the journal, so senders are slowed down. If this continues, the disk is too \
             slow for the number of webhooks.",
        )
    } else {
        (State::Ok, "The database is up to date with the journal.")
    };
    Check::new(Part::Store, status, text)
        .detail(format!("The database is {lag} entries behind the journal."))
        .figure("lag_entries", lag)
}

fn processing(position: Position, most: u64, sample: &Sample) -> Check {
    let oldest = sample.oldest_new(clock::now());
    let (status, text) = match oldest {
        None => (
            State::Warn,
            "The database cannot be read, so the number of waiting webhooks is unknown. Check the server's log.",
        ),
        Some(_) if position.unprocessed > most => (
            State::Warn,
            "Too many webhooks are waiting to be processed, so senders are asked to retry later. If this continues, \
             reduce the load or use a faster machine.",
        ),
        Some(oldest) if oldest >= OLDEST_NEW => (
            State::Warn,
            "A webhook has been waiting to be processed for more than a minute. If this continues, check the server's \
             log and restart the server: no webhooks are lost.",
        ),
        Some(_) => (State::Ok, "Webhooks are processed as they arrive."),
    };
    let oldest = oldest.unwrap_or_default();
    Check::new(Part::Processing, status, text)
        .detail(format!("The oldest one has been waiting for {oldest} seconds."))
        .figure("oldest_new_seconds", oldest)
        .figure("waiting", position.unprocessed)
}

fn disk(space: Option<Space>) -> Check {
    let Some(space) = space else {
        let text = "The free disk space cannot be measured. Check that the data folder still exists.";
        return Check::new(Part::Disk, State::Warn, text);
    };
    let (status, text) = match space.level {
        Level::Ok => (State::Ok, "The disk has enough free space."),
        Level::Low => (
            State::Warn,
            "Disk space is running low. Free up space: webhooks are rejected before the disk is full.",
        ),
        Level::Full => (
            State::Fail,
            "The disk is nearly full, so no webhooks are accepted. Free up space or delete webhooks; then webhooks \
             are accepted again automatically.",
        ),
    };
    let [free, least] = [space.free, space.min_free].map(|bytes| bytes >> 20);
    Check::new(Part::Disk, status, text)
        .detail(format!(
            "{free} MiB are free on the disk of the data folder; below {least} MiB webhooks are rejected."
        ))
        .figure("free_bytes", space.free)
        .figure("low_bytes", space.warn_free)
        .figure("full_bytes", space.min_free)
}

/// How senders see the certificate. A warning does not reject webhooks: some senders may be
/// configured for this certificate.
fn certificate(findings: &[Finding], days: i64) -> Check {
    let warns = findings.iter().any(Finding::is_warning);
    let mut texts: Vec<_> = findings.iter().map(Finding::text).collect();
    if !warns {
        texts.insert(0, "The certificate has no problems.");
    }
    // Two certificates can have the same findings.
    texts.dedup();
    let details: Vec<_> = findings.iter().map(Finding::detail).collect();
    let status = if warns { State::Warn } else { State::Ok };
    let mut check = Check::new(Part::Certificate, status, &texts.join(" ")).detail(details.join(" ").trim().to_owned());
    check.findings = findings.iter().map(|finding| finding.code().to_owned()).collect();
    check.figures.insert("days_left".to_owned(), days);
    check
}

fn secrets(exposed: &[Exposed]) -> Check {
    let (status, text) = if exposed.is_empty() {
        (State::Ok, "Other users cannot read the keys of this server.")
    } else {
        (
            State::Warn,
            "Other users of this machine can read or replace a key of this server. 'hookgate check-config' and the \
             log show the file and the command that fixes it.",
        )
    };
    // Without the path: `/readyz` must not show it.
    let told: Vec<String> = exposed.iter().map(Exposed::brief).collect();
    Check::new(Part::Secrets, status, text).detail(told.join(" "))
}

/// Whole days; negative after the end.
#[must_use]
pub fn days_left(end: Timestamp, now: Timestamp) -> i64 {
    const DAY: i64 = 86_400 * 1_000_000;
    end.0.saturating_sub(now.0).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: Ended = Ended {
        journal: false,
        disk: false,
        store: false,
    };

    fn position(lag: u64, unprocessed: u64) -> Position {
        Position {
            durable: 1000 + lag,
            applied: 1000,
            waiting: 0,
            unprocessed,
            lag_peak: lag,
        }
    }

    fn space(level: Level) -> Space {
        Space {
            level,
            free: 5 << 20,
            total: 9 << 20,
            min_free: 1 << 20,
            warn_free: 2 << 20,
            ballast: 0,
        }
    }

    fn sample(new_for: Option<i64>) -> Sample {
        Sample {
            new_since: Some(new_for.map(|seconds| Timestamp(clock::now().0 - seconds * 1_000_000))),
            ..Sample::default()
        }
    }

    fn soon(days: i64) -> Finding {
        Finding::ExpiresSoon {
            subject: "hooks.example".to_owned(),
            days,
        }
    }

    #[test]
    fn only_what_keeps_webhooks_out_fails() {
        let [closed, broken, ended] = [(true, false, false), (true, true, false), (false, false, true)]
            .map(|(journal, disk, store)| Ended { journal, disk, store });
        let waits = |new_for| processing(position(0, 5), 10, &sample(new_for));
        for (check, status, part) in [
            (journal(WELL, false), State::Ok, "synced"),
            (journal(WELL, true), State::Fail, "LimitNOFILE="),
            (journal(closed, false), State::Fail, "stopping"),
            (journal(broken, true), State::Fail, "check its log"),
            (secrets(&[]), State::Ok, "cannot read"),
            (store(WELL, position(50, 0), 100, false), State::Ok, "up to date"),
            (store(WELL, position(51, 0), 100, false), State::Warn, "too slow"),
            (store(WELL, position(0, 0), 100, true), State::Warn, "'hookgate check'"),
            (store(ended, position(0, 0), 100, false), State::Fail, "check its log"),
            (waits(None), State::Ok, "as they arrive"),
            (waits(Some(59)), State::Ok, "as they arrive"),
            (waits(Some(3600)), State::Warn, "restart"),
            (
                processing(position(0, 11), 10, &sample(None)),
                State::Warn,
                "retry later",
            ),
            (
                processing(position(0, 0), 10, &Sample::default()),
                State::Warn,
                "unknown",
            ),
            (disk(Some(space(Level::Ok))), State::Ok, "enough free space"),
            (disk(Some(space(Level::Low))), State::Warn, "Free up space"),
            (disk(Some(space(Level::Full))), State::Fail, "automatically"),
            (disk(None), State::Warn, "data folder"),
            (certificate(&[], 14), State::Ok, "The certificate has no problems"),
            (certificate(&[Finding::BehindProxy], 14), State::Ok, "proxy"),
            (certificate(&[soon(1), soon(2)], 1), State::Warn, "soon"),
            (certificate(&[Finding::SelfSigned], 800), State::Warn, "GitHub"),
            (clock_doubted(73), State::Warn, "'hookgate retention run'"),
        ] {
            assert_eq!(check.status, status, "{check:?}");
            assert!(check.text.contains(part), "{check:?}");
            // The text is public; numbers are only for authorized readers.
            assert!(!check.text.chars().any(|c| c.is_ascii_digit()), "{check:?}");
        }
        let both = certificate(&[soon(1), Finding::SelfSigned], 1);
        assert_eq!(both.detail, "'hooks.example' expires in 1 day.");
        assert_eq!(both.findings, ["expires-soon", "self-signed"]);
        assert_eq!(disk(Some(space(Level::Low))).number("free_bytes"), Some(5 << 20));
        assert!(
            waits(Some(3600))
                .number("oldest_new_seconds")
                .is_some_and(|age| age >= 3600)
        );
    }

    #[test]
    fn the_worst_counts() {
        let checks = [disk(Some(space(Level::Low))), journal(WELL, false)];
        assert_eq!(State::worst(&checks), State::Warn);
        assert_eq!(State::worst(&checks[1..]), State::Ok);
    }

    #[test]
    fn days_are_whole_and_end_below_zero() {
        let day = 86_400 * 1_000_000;
        for (left, days) in [(0, 0), (day - 1, 0), (day, 1), (-1, -1), (15 * day, 15)] {
            assert_eq!(days_left(Timestamp(1000 + left), Timestamp(1000)), days);
        }
    }
}
