//! A data folder with a journal that can be blocked.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use tempfile::TempDir;
use uuid::Uuid;

use super::held::{Gate, Held};
use crate::app::bounds::ledger_limits;
use crate::clock;
use crate::config::defaults;
use crate::domain::actor::Actor;
use crate::domain::change::{ConfigChange, UpkeepChange};
use crate::domain::entry::Entry;
use crate::domain::rights::{Rights, WEBHOOK_SERVICE};
use crate::domain::shipped::shipped;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Webhook;
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{ChangeError, Ledger, LedgerParts, Synced, Work, ledger_start};
use crate::store::store_open;

pub const AT: Timestamp = Timestamp(1_700_000_000_000_000);

const SEGMENT: u64 = 1 << 20;

/// The number of entries that may wait for the journal.
const QUEUE: usize = 8;

pub struct Site {
    folder: DataFolder,
    gate: Arc<Gate>,
    _directory: TempDir,
}

impl Site {
    /// Contains the shipped definition, with permissions for Contacts.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(directory.path(), Uuid::from_u128(7), SEGMENT).unwrap();
        let appliance = folder.appliance;
        let site = Self {
            folder,
            gate: Arc::default(),
            _directory: directory,
        };
        let (ledger, _) = site.open();
        let by = Actor::CommandLine;
        for change in [
            Entry::one(AT, Actor::System, UpkeepChange::Genesis { appliance }),
            Entry::one(
                AT,
                by,
                ConfigChange::DefinitionApplied {
                    definition: shipped(),
                    indexes: Vec::new(),
                },
            ),
            Entry::one(
                AT,
                by,
                ConfigChange::GrantSet {
                    user: WEBHOOK_SERVICE.to_owned(),
                    object: "Contact".to_owned(),
                    rights: Rights {
                        create: true,
                        ..Rights::default()
                    },
                },
            ),
        ] {
            ledger.commit(change).unwrap();
        }
        close(ledger);
        site
    }

    /// Opens journal and store without processing.
    pub fn open(&self) -> (Ledger, Receiver<Work>) {
        let parts = LedgerParts {
            disk: Arc::new(Held {
                folder: Folder::new(&self.folder.journal()),
                gate: Arc::clone(&self.gate),
            }),
            store: store_open(&self.folder.database(), self.folder.appliance, 16 << 20).unwrap(),
            appliance: self.folder.appliance,
            journal: JournalOptions {
                segment: SEGMENT,
                queue: QUEUE,
                policy: GroupPolicy::default(),
            },
            limits: ledger_limits(&defaults()),
        };
        ledger_start(parts, |_| ()).unwrap()
    }

    /// Blocks the journal and fills it, so that no more webhooks are accepted.
    pub fn fill(&self, ledger: &Ledger) -> Vec<Synced> {
        self.gate.shut();
        let mut filler = vec![ledger.webhook_append(webhook("{}")).unwrap()];
        self.gate.wait_held();
        loop {
            match ledger.webhook_append(webhook("{}")) {
                Ok(synced) => filler.push(synced),
                Err(ChangeError::Busy) => return filler,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Releases the journal; returns when it has room again.
    pub fn release(&self, filler: Vec<Synced>) {
        self.gate.open();
        for synced in filler {
            synced.blocking_recv().unwrap().unwrap();
        }
    }
}

/// Closes the ledger and releases the database.
pub fn close(ledger: Ledger) {
    ledger.close();
    drop(ledger);
}

pub fn webhook(body: &str) -> Webhook {
    Webhook {
        id: clock::new_id(),
        created_on: AT,
        source: 1,
        api_key_hint: String::new(),
        content_type: "application/json".to_owned(),
        query: String::new(),
        headers: Vec::new(),
        source_url: String::new(),
        remote: None,
        files: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

/// Adds a webhook that is New in the store.
pub fn arrived(ledger: &Ledger, body: &str) -> u64 {
    let synced = ledger.webhook_append(webhook(body)).unwrap();
    synced.blocking_recv().unwrap().unwrap()
}
