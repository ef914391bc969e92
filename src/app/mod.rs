//! Composition: the only room that knows all others.

pub mod bounds;
pub mod context;
pub mod demo;
pub mod folder_owner;
mod housekeeping;
mod listening;
mod master_key;
mod names;
mod opening;
pub mod restore;
pub mod run;
pub mod secret_files;
pub mod serve;
mod shorten;
mod tasks;
pub mod verify;
mod watch;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::clock;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::change::{ConfigChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::shipped::shipped;
use crate::identity::{Issuer, RingPolicy};
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{ChangeError, Ledger, LedgerParts, OpenError, ledger_start};
use crate::manage::client::client_shipped;
use crate::process::worker::{self, Bounds};
use crate::secret::Secrets;
use crate::space::{Guard, SpaceOptions};
use crate::store::store_open_watched;

use bounds::{body_limits, ledger_limits};

pub use names::audience;

pub use master_key::MasterKeyError;
pub use opening::Opening;

/// An opened appliance: journal, store and processing run; nothing listens yet.
pub struct Appliance {
    pub ledger: Ledger,
    /// Keys made from the master key.
    pub secrets: Arc<Secrets>,
    /// Makes and checks access tokens.
    pub issuer: Arc<Issuer>,
    /// The settings that it was opened with.
    pub settings: Arc<Settings>,
    /// Whether its data was made just now.
    pub is_new: bool,
    worker: Mutex<Option<JoinHandle<()>>>,
    tasks: Mutex<Option<JoinHandle<()>>>,
    /// Held until all of the above is closed.
    pub folder: DataFolder,
}

/// Why an appliance could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder, journal or store.
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The first changes could not be made.
    #[error("the built-in objects and settings cannot be created")]
    First(#[from] ChangeError),
}

/// Whether an appliance without data is created or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateMode {
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
    pub fn open(settings: &Arc<Settings>, create_mode: CreateMode) -> Result<Self, AppError> {
        Self::open_with_progress(settings, create_mode, &Opening::silent())
    }

    /// As [`Appliance::open`], and reports progress to systemd.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn open_with_progress(
        settings: &Arc<Settings>,
        create_mode: CreateMode,
        opening: &Opening,
    ) -> Result<Self, AppError> {
        let folder = match create_mode {
            CreateMode::Allowed => DataFolder::open(&settings.data, clock::new_id(), settings.journal.segment)?,
            CreateMode::Refused => DataFolder::open_existing(&settings.data)?,
        };
        let guard = Guard::new(&settings.data, space_options(settings));
        let cache = usize::try_from(settings.store.cache).unwrap_or(usize::MAX);
        let database = folder.database();
        let store = store_open_watched(&database, folder.appliance, cache, opening.steps(), opening.repairing())
            .map_err(|source| OpenError::Store { path: database, source })?;
        // Before the first entry nothing is sealed, so a missing key may be made.
        let secrets = master_key::master_key(&settings.secrets, store.applied() == 0)?;
        master_key::master_key_fits(&secrets, &store.catalog(), &settings.secrets.master_key)?;
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal()).watched(guard)),
            store,
            appliance: folder.appliance,
            journal: JournalOptions {
                segment: settings.journal.segment,
                queue: settings.limits.queue,
                policy: GroupPolicy::default(),
            },
            limits: ledger_limits(settings),
        };
        let mut reported = 0;
        let (ledger, work) = ledger_start(parts, |step| {
            opening.applying(step);
            if step.applied >= reported + 100_000 {
                reported = step.applied;
                tracing::info!(
                    step.applied,
                    step.until,
                    "applying journal entries that the database does not contain"
                );
            }
        })?;
        first_entry(&ledger, &secrets, folder.appliance)?;
        let bounds = Bounds {
            max_attempts: settings.process.max_attempts,
            body: body_limits(settings),
        };
        let for_worker = ledger.clone();
        let worker = thread::Builder::new()
            .name("process".into())
            .spawn(move || worker::run(&for_worker, &work, bounds))
            .map_err(OpenError::Thread)?;
        let tasks = tasks::tasks_start(ledger.clone()).map_err(OpenError::Thread)?;
        let secrets = Arc::new(secrets);
        let policy = RingPolicy::every(settings.tokens.rotation);
        let issuer = Issuer::new(ledger.clone(), Arc::clone(&secrets), policy, clock::now());
        Ok(Self {
            ledger,
            secrets,
            issuer: Arc::new(issuer),
            settings: Arc::clone(settings),
            is_new: folder.is_new,
            worker: Mutex::new(Some(worker)),
            tasks: Mutex::new(Some(tasks)),
            folder,
        })
    }

    /// Processes and applies what was accepted, then closes journal and store. Nothing happens the
    /// second time.
    pub fn close(&self) {
        self.ledger.work_stop();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker {
            let _ = worker.join();
        }
        self.ledger.close();
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tasks) = tasks {
            let _ = tasks.join();
        }
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        self.close();
    }
}

/// The room on the disk that is kept free.
fn space_options(settings: &Settings) -> SpaceOptions {
    let disk = &settings.disk;
    SpaceOptions {
        min_free: disk.min_free,
        warn_free: disk.warn_free,
        ballast: disk.ballast,
    }
}

/// What a journal starts with: one entry, so that a start that is cut short begins again.
fn first_entry(ledger: &Ledger, secrets: &Secrets, appliance: uuid::Uuid) -> Result<(), AppError> {
    if ledger.position().durable > 0 {
        return Ok(());
    }
    let at = clock::now();
    let genesis = UpkeepChange::Genesis { appliance };
    let objects = ConfigChange::DefinitionApplied {
        definition: shipped(),
        indexes: Vec::new(),
    };
    let client = client_shipped(secrets, at).map_err(MasterKeyError::from)?;
    ledger.commit(Entry {
        at,
        by: Actor::System,
        changes: vec![genesis.into(), objects.into(), client.into()],
    })?;
    Ok(())
}
