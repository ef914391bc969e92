//! Composition: the one place that knows everybody.

pub mod demo;
mod housekeeping;
mod master_key;
pub mod run;
pub mod serve;
pub mod verify;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::clock;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::client::WEBHOOK_IDENTITY;
use crate::domain::shipped::shipped;
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{ChangeError, Ledger, LedgerLimits, LedgerParts, OpenError, ledger_start};
use crate::manage::client::client_shipped;
use crate::process::worker;
use crate::secret::Secrets;
use crate::store::store_open;

pub use master_key::MasterKeyError;

/// An opened appliance: journal, store and processing run; nothing listens yet.
pub struct Appliance {
    /// Journal and store.
    pub ledger: Ledger,
    /// Keys made from the master key.
    pub secrets: Arc<Secrets>,
    /// The settings that it was opened with.
    pub settings: Arc<Settings>,
    /// Whether its data was made just now.
    pub is_new: bool,
    worker: Mutex<Option<JoinHandle<()>>>,
    /// Held until all of the above is closed.
    _folder: DataFolder,
}

/// Why an appliance could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder, journal or store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The first changes could not be made.
    #[error("what ships with Hookgate could not be put in place")]
    First(#[from] ChangeError),
}

/// Whether an appliance without data is made or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// Data is made if there is none.
    Allowed,
    /// There must be data.
    Refused,
}

impl Appliance {
    /// Opens the data folder and starts journal, store and processing.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn open(settings: &Arc<Settings>, birth: Birth) -> Result<Self, AppError> {
        let folder = match birth {
            Birth::Allowed => DataFolder::open(&settings.data, clock::new_id(), settings.journal.segment)?,
            Birth::Refused => DataFolder::open_existing(&settings.data)?,
        };
        let cache = usize::try_from(settings.store.cache).unwrap_or(usize::MAX);
        let database = folder.database();
        let store = store_open(&database, folder.appliance, cache)
            .map_err(|source| OpenError::Store { path: database, source })?;
        // Before the first entry nothing is sealed, so a missing key may be made.
        let secrets = master_key::master_key(&settings.secrets.master_key, store.applied() == 0)?;
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal())),
            store,
            appliance: folder.appliance,
            journal: JournalOptions {
                segment: settings.journal.segment,
                queue: settings.limits.queue,
                policy: GroupPolicy::default(),
            },
            limits: LedgerLimits {
                lag: settings.limits.lag as u64,
                lag_bytes: settings.limits.lag_bytes,
                unprocessed: settings.limits.lag as u64,
            },
        };
        let mut reported = 0;
        let (ledger, work) = ledger_start(parts, |applied| {
            if applied >= reported + 100_000 {
                reported = applied;
                tracing::info!(applied, "applying what the journal has beyond the database");
            }
        })?;
        first_changes(&ledger, &secrets, folder.appliance)?;
        let attempts = settings.process.max_attempts;
        let for_worker = ledger.clone();
        let worker = thread::Builder::new()
            .name("process".into())
            .spawn(move || worker::run(&for_worker, &work, attempts))
            .map_err(OpenError::Thread)?;
        Ok(Self {
            ledger,
            secrets: Arc::new(secrets),
            settings: Arc::clone(settings),
            is_new: folder.is_new,
            worker: Mutex::new(Some(worker)),
            _folder: folder,
        })
    }

    /// Waits until webhooks that were sent back by this process are processed, at most so long.
    /// Gives how many are left.
    #[must_use]
    pub fn wait_again(&self, at_most: Duration) -> u64 {
        let until = std::time::Instant::now() + at_most;
        while self.ledger.again_waiting() > 0 && self.ledger.healthy() && std::time::Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        self.ledger.again_waiting()
    }

    /// Processes and applies what was accepted, then closes journal and store.
    pub fn close(&self) {
        self.ledger.work_stop();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker {
            let _ = worker.join();
        }
        self.ledger.close();
    }
}

/// What a journal starts with. Each is made if it is not there, so a start that was cut short
/// goes on where it ended.
fn first_changes(ledger: &Ledger, secrets: &Secrets, appliance: uuid::Uuid) -> Result<(), AppError> {
    if ledger.position().durable == 0 {
        ledger.change(Change::Genesis {
            at: clock::now(),
            appliance,
        })?;
    }
    if ledger.catalog().objects.is_empty() {
        ledger.change(Change::DefinitionApplied {
            at: clock::now(),
            by: Actor::System,
            definition: shipped(),
        })?;
    }
    if ledger.catalog().client_named(WEBHOOK_IDENTITY).is_none() {
        let change = client_shipped(secrets).map_err(MasterKeyError::from)?;
        ledger.change(change)?;
    }
    Ok(())
}
