//! What a simulated appliance is made of.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

use hookgate::app::bounds::ledger_limits;
use hookgate::config::defaults;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::{ConfigChange, UpkeepChange};
use hookgate::domain::column::{ColumnDefault, ColumnType};
use hookgate::domain::definition::{Definition, LookupValue, NewColumn, NewColumnType, NewObject};
use hookgate::domain::entry::Entry;
use hookgate::domain::rights::{Rights, WEBHOOK_SERVICE};
use hookgate::domain::time::Timestamp;
use hookgate::journal::{GroupPolicy, JournalOptions, journal_create};
use hookgate::ledger::{Ledger, LedgerParts, OpenError, Work, ledger_start};
use hookgate::parse::Limits;
use hookgate::process::worker::{self, Bounds};
use hookgate::store::{StoreWriter, store_create_on, store_open_on};
use uuid::Uuid;

use crate::disk::Machine;

pub const APPLIANCE: Uuid = Uuid::from_u128(0xA);

/// The object that webhooks become.
pub const OBJECT: &str = "Contact";

/// Its number: the lookup is 1.
pub const OBJECT_ID: u32 = 2;

pub const COUNTRY: Uuid = Uuid::from_u128(0xC0);

/// Crashes are what is tested here; none is one too many.
const BOUNDS: Bounds = Bounds {
    max_attempts: u16::MAX,
    body: Limits {
        depth: 128,
        fields: 1000,
    },
};

/// The moment of changes whose moment does not matter.
pub const AT: Timestamp = Timestamp(1_700_000_000_000_000);

pub const BY: Actor = Actor::CommandLine;

pub fn definition() -> Definition {
    let column = |code: &str, kind, default| NewColumn {
        code: code.to_owned(),
        caption: code.to_owned(),
        kind,
        required: false,
        default,
    };
    let text = || NewColumnType::Plain(ColumnType::UnlimitedText);
    let object = |code: &str, lookup, columns| NewObject {
        code: code.to_owned(),
        caption: code.to_owned(),
        lookup,
        display: "Name".to_owned(),
        strict: false,
        columns,
    };
    let names = vec![
        column("Name", text(), ColumnDefault::Empty),
        column("Description", text(), ColumnDefault::Empty),
    ];
    let columns = vec![
        column("Name", text(), ColumnDefault::Empty),
        column(
            "Country",
            NewColumnType::Lookup("Country".to_owned()),
            ColumnDefault::Empty,
        ),
        column("Number", text(), ColumnDefault::Number("N-".to_owned())),
        column("Blob", text(), ColumnDefault::Empty),
    ];
    Definition {
        objects: vec![object("Country", true, names), object(OBJECT, false, columns)],
        values: vec![LookupValue {
            object: "Country".to_owned(),
            id: COUNTRY,
            name: "Portugal".to_owned(),
            description: String::new(),
        }],
        entities: Vec::new(),
    }
}

/// The changes that a new appliance starts with.
pub fn first_changes() -> [Entry; 4] {
    let object = OBJECT.to_owned();
    [
        Entry::one(AT, Actor::System, UpkeepChange::Genesis { appliance: APPLIANCE }),
        Entry::one(
            AT,
            BY,
            ConfigChange::DefinitionApplied {
                definition: definition(),
                indexes: Vec::new(),
            },
        ),
        Entry::one(
            AT,
            BY,
            ConfigChange::EntitySet {
                object: object.clone(),
                registered: true,
            },
        ),
        Entry::one(
            AT,
            BY,
            ConfigChange::GrantSet {
                user: WEBHOOK_SERVICE.to_owned(),
                object,
                rights: Rights {
                    create: true,
                    ..Rights::default()
                },
            },
        ),
    ]
}

/// Makes journal and database, empty.
pub fn born(machine: &Machine, segment: u64) {
    journal_create(machine, APPLIANCE, segment).unwrap();
    store_create_on(machine.database().unwrap(), APPLIANCE).unwrap();
    hookgate::journal::disk::Disk::sync_folder(machine).unwrap();
}

/// Why an appliance did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the disk failed")]
    Disk(#[from] std::io::Error),
    #[error("the store: {0}")]
    Store(#[from] hookgate::store::StoreError),
    #[error("the ledger: {0}")]
    Ledger(#[from] OpenError),
}

/// One life of the process.
pub struct Running {
    pub ledger: Ledger,
    worker: JoinHandle<()>,
}

pub fn open_store(machine: &Machine) -> Result<StoreWriter, StartError> {
    Ok(store_open_on(machine.database()?, APPLIANCE)?)
}

pub fn open_ledger(
    machine: &Machine,
    segment: u64,
    policy: GroupPolicy,
) -> Result<(Ledger, Receiver<Work>), StartError> {
    let parts = LedgerParts {
        disk: Arc::new(machine.clone()),
        store: open_store(machine)?,
        appliance: APPLIANCE,
        journal: JournalOptions {
            segment,
            queue: 256,
            policy,
        },
        limits: ledger_limits(&defaults()),
    };
    Ok(ledger_start(parts, |_| ())?)
}

impl Running {
    pub fn start(machine: &Machine, segment: u64, policy: GroupPolicy) -> Result<Self, StartError> {
        let (ledger, work) = open_ledger(machine, segment, policy)?;
        let for_worker = ledger.clone();
        let worker = std::thread::spawn(move || worker::run(&for_worker, &work, BOUNDS));
        Ok(Self { ledger, worker })
    }

    /// Ends in order: what waits is processed, written and applied, as far as the disk allows.
    pub fn stop(self) {
        let Self { ledger, worker } = self;
        ledger.work_stop();
        worker.join().expect("processing must not panic");
        ledger.close();
    }
}
