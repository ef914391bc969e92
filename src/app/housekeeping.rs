//! What happens by the clock: retention, a shorter journal, a renewed certificate.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::config::Settings;
use crate::domain::time::Timestamp;
use crate::ledger::rebuild::journal_shorten;
use crate::manage::Context;
use crate::manage::retention::retention_run;
use crate::schedule::Schedule;
use crate::tls::CertificateResolver;

/// How often it looks whether something is due.
const TICK: Duration = Duration::from_secs(5);

/// The thread that does it.
pub(super) struct Housekeeping {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

struct Work {
    context: Arc<Context>,
    data: PathBuf,
    journal_keep: u64,
    certificate: Arc<CertificateResolver>,
    looked: Timestamp,
}

impl Housekeeping {
    pub fn start(
        settings: &Settings,
        context: &Arc<Context>,
        certificate: &Arc<CertificateResolver>,
    ) -> std::io::Result<Self> {
        let work = Work {
            context: Arc::clone(context),
            data: settings.data.join("data"),
            journal_keep: settings.journal.keep,
            certificate: Arc::clone(certificate),
            looked: clock::now(),
        };
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("housekeeping".into())
            .spawn(move || work.run(&stopped))?;
        Ok(Self { stop, thread })
    }

    /// Ends it after its current step.
    pub fn stop(self) {
        // An error means that it has ended already.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

impl Work {
    fn run(mut self, stopped: &Receiver<()>) {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
            if self.certificate.changed() {
                // Success and failure are logged there; the old certificate serves on.
                let _ = self.certificate.reload();
            }
            if self.retention_due() {
                self.retention(stopped);
            }
            // Shortening copies the database: waiting until as much was written again keeps the
            // copying in proportion.
            let database = fs::metadata(self.data.join("hookgate.redb")).map_or(0, |file| file.len());
            let keep = self.journal_keep.max(database);
            match journal_shorten(&self.data, &self.context.ledger.store(), keep) {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "the journal was shortened"),
                Err(error) => {
                    tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the journal could not be shortened");
                }
            }
        }
    }

    /// Whether the schedule had a moment since the last look. One that passed while the server
    /// was down is not made up for: the next one deletes what it would have.
    fn retention_due(&mut self) -> bool {
        let now = clock::now();
        let looked = std::mem::replace(&mut self.looked, now);
        let schedule = &self.context.ledger.catalog().retention.schedule;
        // What cannot be read was refused when it was set.
        let next = Schedule::parse(schedule)
            .ok()
            .and_then(|schedule| schedule.next_after(looked));
        next.is_some_and(|next| next <= now)
    }

    fn retention(&self, stopped: &Receiver<()>) {
        let mut watch = |_| match stopped.try_recv() {
            Err(TryRecvError::Empty) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        match retention_run(&self.context, &mut watch) {
            Ok(done) => tracing::info!(
                webhooks = done.deleted.total(),
                "retention deleted webhooks past their time"
            ),
            Err(error) => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "retention ended early");
            }
        }
    }
}
