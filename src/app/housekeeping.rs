//! What happens by the clock: retention, a shorter journal, renewed certificates, the key ring.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::clock;
use crate::config::Settings;
use crate::domain::time::Timestamp;
use crate::identity::Issuer;
use crate::ledger::folder::Pulse;
use crate::manage::Context;
use crate::manage::retention::retention_run_scheduled;
use crate::manage::schedule::{Scheduled, schedule_ran};
use crate::schedule::Schedule;
use crate::space::Level;
use crate::tls::{CertificateResolver, replacement_due, self_signed};

use super::names::certificate_names;
use super::shorten::Shortening;

/// How often it looks whether something is due.
const TICK: Duration = Duration::from_secs(5);

/// How often a self-signed certificate is checked: it is renewed long before it expires.
const DAY: Duration = Duration::from_secs(86_400);

/// How often sessions whose time is over are ended. None counts until then.
const MINUTE: Duration = Duration::from_secs(60);

/// How often the key ring is checked.
const HOUR: Duration = Duration::from_secs(3600);

/// The thread that does it.
pub(super) struct Housekeeping {
    stopping: Arc<AtomicBool>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

struct Work {
    context: Arc<Context>,
    issuer: Arc<Issuer>,
    stopping: Arc<AtomicBool>,
    pulse: Pulse,
    shortening: Shortening,
    certificate: Arc<CertificateResolver>,
    /// Folder and names of a self-signed certificate.
    own_certificate: Option<(PathBuf, Vec<String>)>,
    looked: Timestamp,
    renewed: Instant,
    /// When the key ring was last checked; none before the first check.
    rotated: Option<Instant>,
    /// When sessions were last checked.
    sessions: Instant,
}

impl Housekeeping {
    pub fn start(
        settings: &Settings,
        context: &Arc<Context>,
        pulse: Pulse,
        issuer: &Arc<Issuer>,
        certificate: &Arc<CertificateResolver>,
    ) -> std::io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        let own = || (settings.data.join("tls"), certificate_names(settings));
        let work = Work {
            context: Arc::clone(context),
            issuer: Arc::clone(issuer),
            stopping: Arc::clone(&stopping),
            pulse,
            shortening: Shortening::new(
                settings.data.join("data"),
                settings.journal.keep,
                settings.journal.segment,
            ),
            certificate: Arc::clone(certificate),
            own_certificate: settings.tls.files.is_none().then(own),
            looked: clock::now(),
            renewed: Instant::now(),
            rotated: None,
            sessions: Instant::now(),
        };
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("housekeeping".into())
            .spawn(move || work.run(&stopped))?;
        Ok(Self { stopping, stop, thread })
    }

    /// Whether it ended without being asked to.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends it within its current step.
    pub fn stop(self) {
        self.stopping.store(true, Ordering::Release);
        // An error means that it has ended already.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

impl Work {
    fn run(mut self, stopped: &Receiver<()>) {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
            self.certificates();
            self.tokens();
            self.people();
            // The recorded time counts when webhooks are due for deletion.
            let now = clock::now();
            if self.context.retention.clock_check.look(now, Instant::now()).is_none()
                && let Err(error) = self.pulse.beat(now)
            {
                tracing::warn!(%error, "the time of the last run cannot be saved in the data folder");
            }
            if self.retention_due() {
                self.retention();
            }
            let go_on = || {
                self.context.ledger.give_way();
                !self.stopping.load(Ordering::Acquire)
            };
            let little_room = self.context.ledger.guard().space();
            let little_room = little_room.is_some_and(|space| space.level != Level::Ok);
            let equal = self
                .shortening
                .step(&self.context.ledger.store(), little_room, Instant::now(), &go_on);
            if let Some(equal) = equal {
                self.context.ledger.comparison_note(equal);
            }
            schedule_ran(&self.context, Scheduled::Journal);
            self.context.health.look();
        }
    }

    fn certificates(&mut self) {
        let now = clock::now();
        // A clock that is put right may leave a certificate that was made under the wrong one.
        let due = || replacement_due(&self.certificate.current(), now);
        if let Some((folder, names)) = &self.own_certificate
            && (self.renewed.elapsed() >= DAY || (self.renewed.elapsed() >= MINUTE && due()))
        {
            self.renewed = Instant::now();
            if let Err(error) = self_signed(folder, names) {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the self-signed certificate cannot be renewed");
            }
        }
        if self.certificate.changed() {
            // Success and failure are logged there; the old certificate serves on.
            let _ = self.certificate.reload();
        }
        self.certificate.findings_log(now);
    }

    /// The first look is soon after the start: a key that was due while the server was down is
    /// made then.
    fn tokens(&mut self) {
        if self.rotated.is_none_or(|rotated| rotated.elapsed() >= HOUR) {
            self.rotated = Some(Instant::now());
            if let Err(error) = self.issuer.keys_rotate_if_due() {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the signing keys cannot be rotated; Hookgate retries in one hour");
            }
            schedule_ran(&self.context, Scheduled::SigningKeys);
        }
        if self.context.ledger.guard().full() {
            // Notes can wait: what room there is left is for those who make room.
            return;
        }
        let kept = self.issuer.clients_used_flush();
        if let Err(error) = kept.and_then(|()| self.issuer.tokens_forget_if_due()) {
            tracing::warn!(%error, "the use of tokens cannot be saved");
        }
    }

    fn people(&mut self) {
        let people = &self.context.people;
        people.setup_file_tidy(clock::now());
        if self.sessions.elapsed() >= MINUTE && !self.context.ledger.guard().full() {
            self.sessions = Instant::now();
            if let Err(error) = people.sessions_expire(clock::now()) {
                tracing::warn!(%error, "expired sessions cannot be removed");
            }
        }
    }

    /// Whether the schedule had a moment since the last look. One that passed while the server
    /// was down is not made up for: the next one deletes what it would have.
    fn retention_due(&mut self) -> bool {
        let now = clock::now();
        let looked = std::mem::replace(&mut self.looked, now);
        let schedule = &self.context.ledger.catalog().retention.schedule;
        // A schedule that cannot be parsed was rejected when it was set.
        let next = Schedule::parse(schedule)
            .ok()
            .and_then(|schedule| schedule.next_after(looked));
        next.is_some_and(|next| next <= now)
    }

    fn retention(&self) {
        let mut watch = |_| {
            if self.stopping.load(Ordering::Acquire) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let ended = retention_run_scheduled(&self.context, &mut watch);
        schedule_ran(&self.context, Scheduled::Retention);
        match ended {
            Ok(done) => tracing::info!(webhooks = done.deleted.total(), "retention deleted expired webhooks"),
            Err(error) => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "retention stopped early");
            }
        }
    }
}
