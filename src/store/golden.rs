//! Golden tests: rows and keys of the store must stay as in its first version.

use std::collections::BTreeMap;

use redb::{ReadableDatabase, ReadableTable};
use uuid::Uuid;

use super::catalog::{all_rows, read};
use super::codec::{decode, encode, json_decode, json_encode};
use super::record_index::{IndexedColumn, record_keys};
use super::records::record_mark;
use super::schedule;
use super::schema::{CATALOG, counter, record_index_name, record_table_name, source_key, status_key};
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditRow, Difference, noted};
use crate::domain::catalog::Catalog;
use crate::domain::change::Change;
use crate::domain::change::{AccessChange, ConfigChange};
use crate::domain::definition::{ColumnIndex, Definition};
use crate::domain::entry::Entry;
use crate::domain::record::Record;
use crate::domain::rights::Rights;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::task::{BulkAction, Task, TaskKind};
use crate::domain::time::Timestamp;
use crate::domain::user::Session;
use crate::domain::value::Value;
use crate::domain::webhook::{Outcome, Status, Webhook, WebhookState};
use crate::domain::webhook_filter::WebhookFilter;
use crate::golden::{from_hex, golden, to_hex};
use crate::journal::golden::{changes, definition, issues, people, programs, values, webhook};

const AT: Timestamp = Timestamp(1_700_000_000_123_456);

#[test]
fn rows_of_webhooks_and_records_are_written_and_read_as_ever() {
    let state = WebhookState {
        status: Status::Failed,
        modified_on: AT,
        outcome: Outcome::Failed,
        attempts: 2,
        run: 3,
        repeat: true,
        object: Some(5),
        records: vec![(5, Uuid::from_u128(0xCD))],
        issues: issues(),
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
        user: Uuid::from_u128(0xAC),
        started_on: AT,
        address: Some([192, 0, 2, 1].into()),
        agent: "Browser".to_owned(),
    };
    let audit = AuditRow {
        at: AT,
        by: Actor::User(Uuid::from_u128(0xAB)),
        action: "source-added".to_owned(),
        subject: "Shop".to_owned(),
        differences: vec![Difference {
            before: Some(false.into()),
            ..Difference::fact("enabled", true)
        }],
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
        ("session", json_encode(&session)),
        ("audit", json_encode(&audit)),
        ("task.index", json_encode(&index_task())),
        ("task.webhooks", json_encode(&webhooks_task())),
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
    assert_eq!(json_decode::<Session>(&kept["session"], what).unwrap(), session);
    assert_eq!(json_decode::<AuditRow>(&kept["audit"], what).unwrap(), audit);
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
    let columns = record.values.iter().map(|(id, _)| *id).chain([99]);
    let zero = Some(Value::Boolean(false));
    let columns: Vec<_> = columns.map(|id| IndexedColumn { id, zero: zero.clone() }).collect();
    let id = Uuid::from_u128(0xCD);
    record_keys(&columns, id, &record, &mut Vec::new(), |key| {
        let slot = u16::from_be_bytes([key[0], key[1]]);
        encoded.push((format!("index.{slot:04x}"), key.to_vec()));
    });
    encoded.push(("schedule_ran.key".to_owned(), schedule::name("retention").into_bytes()));
    encoded.push(("schedule_ran.value".to_owned(), schedule::value(AT).to_vec()));
    golden("store/keys.hex", &encoded);
}

#[test]
fn rows_of_the_catalog_are_written_and_read_as_ever() {
    let catalog = catalog();
    let encoded = all_rows(&catalog)
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
    assert_eq!(read(&table, catalog.version, catalog.rules).unwrap(), catalog);
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
        Entry::one(
            at,
            by,
            ConfigChange::DefinitionApplied {
                definition: definition(),
                indexes: Vec::new(),
            },
        ),
        Entry::one(
            at,
            by,
            ConfigChange::GrantSet {
                user: "WebhookService".to_owned(),
                object: "Contact".to_owned(),
                rights: Rights {
                    create: true,
                    read: true,
                    ..Rights::default()
                },
            },
        ),
        Entry::one(
            at,
            by,
            ConfigChange::SourceAdded {
                name: "Shop".to_owned(),
                enabled: true,
                settings: SourceSettings {
                    requires_token: true,
                    ..SourceSettings::default()
                },
                key: key(1),
            },
        ),
        Entry::one(
            at,
            by,
            ConfigChange::SourceKeyRotated {
                source: 1,
                key: key(2),
                previous_until: Some(AT),
            },
        ),
        Entry::one(
            at,
            by,
            ConfigChange::ProcessSet {
                process: "CreateRecords".to_owned(),
                enabled: false,
            },
        ),
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
        .apply(&Entry::one(
            at,
            by,
            ConfigChange::DefinitionApplied {
                definition: Definition::default(),
                indexes,
            },
        ))
        .unwrap();
    // Only changes that add something; the others would remove something again.
    for (name, change) in programs::changes_of_programs() {
        if ["TechnicalUserSet", "ClientAdded", "ClientKeysSet", "SigningKeysSet"].contains(&name) {
            catalog.apply(&change).unwrap();
        }
    }
    for (name, mut entry) in people::changes_of_people() {
        for change in &mut entry.changes {
            if let Change::Access(AccessChange::UserAdded { link, .. }) = change {
                *link = None;
            }
        }
        if ["UserAdded", "UserTotpSet"].contains(&name) {
            catalog.apply(&entry).unwrap();
        }
    }
    for (hash, user) in [([11; 32], None), ([12; 32], Some(Uuid::from_u128(0xAC)))] {
        let expires = Timestamp(AT.0 + 1);
        let link = AccessChange::SetupLinkAdded { hash, expires, user };
        catalog.apply(&Entry::one(at, by, link)).unwrap();
    }
    catalog.rules = 16;
    catalog.version = 17;
    catalog
}

#[test]
fn the_audit_log_says_of_each_change_what_it_always_said() {
    let catalog = catalog();
    let told: Vec<(String, Vec<u8>)> = changes()
        .iter()
        .flat_map(|(name, entry)| {
            let mut after = catalog.clone();
            let refused = after.apply(entry).is_err();
            let rows = entry.changes.iter().filter_map(|change| {
                let row = noted(entry, change, &catalog, &after)?.row(entry, refused);
                Some(((*name).to_owned(), json_encode(&row)))
            });
            rows.collect::<Vec<_>>()
        })
        .collect();
    assert!(told.len() > 25);
    golden("store/audit.hex", &told);
}

fn index_task() -> Task {
    let kind = TaskKind::IndexBuild { object: 5, column: 2 };
    Task {
        done: 2000,
        total: Some(2001),
        after: Some(Uuid::from_u128(0xCD)),
        ..Task::new(kind, AT, Actor::CommandLine)
    }
}

fn webhooks_task() -> Task {
    let filter = WebhookFilter {
        status: Some(Status::Failed),
        ..WebhookFilter::default()
    };
    let action = BulkAction::Delete { unprocessed: false };
    Task {
        done: 500,
        left_out: 3,
        below: 77,
        cancelled: true,
        ended_on: Some(AT),
        ..Task::new(TaskKind::Webhooks { action, filter }, AT, Actor::System)
    }
}
