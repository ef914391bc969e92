//! The store's rows and keys are those of its first version.

use std::collections::BTreeMap;

use redb::{ReadableDatabase, ReadableTable};
use uuid::Uuid;

use super::catalog::{read, rows};
use super::codec::{decode, encode};
use super::record_index::record_keys;
use super::records::record_mark;
use super::schema::{CATALOG, counter, record_index_name, record_table_name, source_key, status_key};
use super::tasks;
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditRow, audited};
use crate::domain::catalog::Catalog;
use crate::domain::change::Change;
use crate::domain::definition::{ColumnIndex, Definition};
use crate::domain::person::Session;
use crate::domain::record::Record;
use crate::domain::rights::Rights;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Outcome, Status, Webhook, WebhookState};
use crate::golden::{from_hex, golden, to_hex};
use crate::journal::golden::{changes, definition, people, programs, remarks, values, webhook};

const AT: Timestamp = Timestamp(1_700_000_000_123_456);

#[test]
fn rows_of_webhooks_and_records_are_written_and_read_as_ever() {
    let state = WebhookState {
        status: Status::Failed,
        modified_on: AT,
        outcome: Outcome::Failed,
        attempts: 2,
        run: 3,
        again: true,
        object: Some(5),
        records: vec![(5, Uuid::from_u128(0xCD))],
        remarks: remarks(),
        earlier: Vec::new(),
    };
    let mut tried = state.clone();
    tried.remember(None, AT);
    tried.remember(Some(Outcome::StoredOnly), Timestamp(AT.0 + 1));
    let record = Record {
        created_on: AT,
        created_by: Uuid::from_u128(1),
        modified_on: Timestamp(AT.0 + 1),
        modified_by: Uuid::from_u128(2),
        webhook: Some(300),
        values: values(),
    };
    let session = Session {
        person: Uuid::from_u128(0xAC),
        started_on: AT,
        address: Some([192, 0, 2, 1].into()),
        agent: "Browser".to_owned(),
    };
    let audit = AuditRow {
        at: AT,
        by: Actor::Person(Uuid::from_u128(0xAB)),
        action: "source-added".to_owned(),
        subject: "Shop".to_owned(),
        detail: "more".to_owned(),
        address: None,
        refused: true,
        hash: [3; 32],
    };
    let encoded = [
        ("webhook", encode(&webhook())),
        ("state.new", encode(&WebhookState::new(AT))),
        ("state.failed", encode(&state)),
        ("state.tried", encode(&tried)),
        ("record", encode(&record)),
        ("session", encode(&session)),
        ("audit", encode(&audit)),
        ("record.mark", record_mark(&record).to_vec()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .to_vec();

    let kept: BTreeMap<String, Vec<u8>> = golden("store/rows.hex", &encoded).into_iter().collect();

    let what = || "a golden row".to_owned();
    assert_eq!(decode::<Webhook>(&kept["webhook"], what).unwrap(), webhook());
    assert_eq!(
        decode::<WebhookState>(&kept["state.new"], what).unwrap(),
        WebhookState::new(AT)
    );
    assert_eq!(decode::<WebhookState>(&kept["state.failed"], what).unwrap(), state);
    assert_eq!(decode::<WebhookState>(&kept["state.tried"], what).unwrap(), tried);
    assert_eq!(decode::<Record>(&kept["record"], what).unwrap(), record);
    assert_eq!(decode::<Session>(&kept["session"], what).unwrap(), session);
    assert_eq!(decode::<AuditRow>(&kept["audit"], what).unwrap(), audit);
}

#[test]
fn statuses_and_outcomes_keep_their_numbers() {
    assert_eq!(Status::ALL.map(|status| status as u8), [0, 1, 2, 3]);
    assert_eq!(Status::ALL.map(|status| encode(&status)[1]), [0, 1, 2, 3]);
    assert_eq!(Outcome::ALL.map(|outcome| encode(&outcome)[1]), [0, 1, 2, 3, 4]);
}

#[test]
fn keys_are_made_as_ever() {
    let number = |name: &str, key: u64| (name.to_owned(), key.to_be_bytes().to_vec());
    let mut encoded = vec![
        number("webhook_status", status_key(Status::Done, 300)),
        ("webhook_source".to_owned(), source_key(3, 300).to_be_bytes().to_vec()),
        number("counter.status", counter::status(Status::Failed)),
        number("counter.source", counter::source(3)),
        number("counter.records", counter::records(5)),
        number("counter.number", counter::number(5)),
        number("counter.hour", counter::hour(472_222, Status::Done)),
        ("records".to_owned(), record_table_name(5).into_bytes()),
        ("indexes".to_owned(), record_index_name(5).into_bytes()),
    ];
    let record = Record {
        created_on: AT,
        created_by: Uuid::from_u128(1),
        modified_on: Timestamp(AT.0 + 5000),
        modified_by: Uuid::from_u128(2),
        webhook: None,
        values: values(),
    };
    let columns: Vec<u16> = record.values.iter().map(|(id, _)| *id).collect();
    let id = Uuid::from_u128(0xCD);
    record_keys(&columns, id, &record, &mut Vec::new(), |key| {
        let slot = u16::from_be_bytes([key[0], key[1]]);
        encoded.push((format!("index.{slot:04x}"), key.to_vec()));
    });
    encoded.push(("task_ran.key".to_owned(), tasks::name("retention").into_bytes()));
    encoded.push(("task_ran.value".to_owned(), tasks::value(AT).to_vec()));
    golden("store/keys.hex", &encoded);
}

#[test]
fn rows_of_the_catalog_are_written_and_read_as_ever() {
    let catalog = catalog();
    let encoded = rows(&catalog)
        .into_iter()
        .map(|(key, value)| (to_hex(&key), value))
        .collect();

    let kept = golden("store/catalog.hex", &encoded);

    let backend = redb::backends::InMemoryBackend::new();
    let database = redb::Builder::new().create_with_backend(backend).unwrap();
    let transaction = database.begin_write().unwrap();
    for (key, value) in kept {
        let mut table = transaction.open_table(CATALOG).unwrap();
        table.insert(from_hex(&key).as_slice(), value.as_slice()).unwrap();
    }
    transaction.commit().unwrap();
    let table = database.begin_read().unwrap().open_table(CATALOG).unwrap();
    assert!(table.first().unwrap().is_some());
    assert_eq!(read(&table, catalog.version).unwrap(), catalog);
}

/// A catalog with a row of each kind.
fn catalog() -> Catalog {
    let (at, by) = (AT, Actor::CommandLine);
    let key = |first: u8| SourceKey {
        lookup: [first; 32],
        sealed: vec![1, 2, 3],
        hint: "abcd".to_owned(),
    };
    let changes = [
        Change::DefinitionApplied {
            at,
            by,
            definition: definition(),
        },
        Change::GrantSet {
            at,
            by,
            user: "WebhookService".to_owned(),
            object: "Contact".to_owned(),
            rights: Rights {
                create: true,
                read: true,
                ..Rights::default()
            },
        },
        Change::SourceAdded {
            at,
            by,
            name: "Shop".to_owned(),
            settings: SourceSettings::default(),
            key: key(1),
        },
        Change::SourceKeyRotated {
            at,
            by,
            source: 1,
            key: key(2),
            previous_until: Some(AT),
        },
        Change::ProcessSet {
            at,
            by,
            process: "CreateRecords".to_owned(),
            enabled: false,
        },
    ];
    let mut catalog = Catalog::default();
    for change in &changes {
        catalog.apply(change).unwrap();
    }
    let object = catalog.objects.values().next().unwrap();
    let indexes = vec![ColumnIndex {
        object: object.code.clone(),
        column: object.columns[0].code.clone(),
        indexed: true,
    }];
    catalog
        .apply(&Change::DefinitionIndexed {
            at,
            by,
            definition: Definition::default(),
            indexes,
        })
        .unwrap();
    // Those that name what is there; the others take something away again.
    for (name, change) in programs::changes_of_programs() {
        if ["UserSet", "ClientAdded", "ClientKeysSet", "SigningKeysSet"].contains(&name) {
            catalog.apply(&change).unwrap();
        }
    }
    for (name, change) in people::changes_of_people() {
        match change {
            Change::PersonAdded {
                at,
                by,
                id,
                name,
                role,
                password,
                ..
            } => catalog
                .apply(&Change::PersonAdded {
                    at,
                    by,
                    id,
                    name,
                    role,
                    password,
                    link: None,
                })
                .unwrap(),
            _ if ["PersonTotpSet", "SetupLinkMade"].contains(&name) => catalog.apply(&change).unwrap(),
            _ => {}
        }
    }
    catalog
        .apply(&Change::SourceTokenSet {
            at,
            by,
            source: 1,
            required: true,
        })
        .unwrap();
    // Before the end of the link above, which they leave alone.
    for (hash, person) in [([11; 32], None), ([12; 32], Some(Uuid::from_u128(0xAD)))] {
        let (at, expires) = (Timestamp(AT.0 - 1), AT);
        let change = Change::SetupLinkAdded {
            at,
            by,
            hash,
            expires,
            person,
        };
        catalog.apply(&change).unwrap();
    }
    catalog.version = 17;
    catalog
}

#[test]
fn the_audit_log_says_of_each_change_what_it_always_said() {
    let catalog = catalog();
    let told: Vec<(String, Vec<u8>)> = changes()
        .iter()
        .filter_map(|(name, change)| {
            let row = audited(change, &catalog)?;
            Some(((*name).to_owned(), encode(&row)))
        })
        .collect();
    assert!(told.len() > 25);
    golden("store/audit.hex", &told);
}
