//! Golden tests: the bytes of the journal must stay as in its first version.

pub mod people;
pub mod programs;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::frame::{FRAME_HEADER, FrameBuilder, FrameHeader, SegmentHeader, entries};
use crate::domain::actor::Actor;
use crate::domain::change::{
    AccessChange, Change, ConfigChange, NewRecord, Processed, SessionChange, TaskChange, UpkeepChange, Verdict,
    WebhookChange,
};
use crate::domain::column::{ColumnDefault, ColumnType};
use crate::domain::definition::{Definition, LookupValue, NewColumn, NewColumnType, NewObject};
use crate::domain::entry::Entry;
use crate::domain::parse_issue::{ParseIssue, Reason};
use crate::domain::retention::Retention;
use crate::domain::rights::Rights;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::task::BulkAction;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::{FileNote, Outcome, Status, Webhook};
use crate::domain::webhook_filter::WebhookFilter;
use crate::golden::golden;

const AT: Timestamp = Timestamp(1_700_000_000_123_456);

#[test]
fn a_segments_header_and_a_frame_are_written_as_ever() {
    let header = SegmentHeader {
        first: 0x0102_0304,
        salt: 0xA1A2_A3A4_A5A6_A7A8,
        appliance: Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888),
    };
    let mut frame = FrameBuilder::default();
    frame.clear();
    frame.push(b"entry");
    frame.push(b"");
    let frame = frame.finish(header.salt, header.first).to_vec();
    let encoded = vec![
        ("segment".to_owned(), header.encode().to_vec()),
        ("frame".to_owned(), frame),
    ];

    let kept = golden("journal/frame.hex", &encoded);

    assert_eq!(SegmentHeader::decode(&kept[0].1), Some(header));
    let bytes = &kept[1].1;
    let read = FrameHeader::decode(header.salt, bytes).unwrap();
    assert_eq!((read.first, read.count), (header.first, 2));
    let body = &bytes[FRAME_HEADER..FRAME_HEADER + read.len as usize];
    assert!(read.fits(header.salt, body));
    assert_eq!(entries(body).collect::<Vec<_>>(), [b"entry".as_slice(), b""]);
}

#[test]
fn every_entry_is_written_and_read_as_ever() {
    let changes = changes();
    let encoded = changes
        .iter()
        .map(|(name, entry)| ((*name).to_owned(), entry.encode()))
        .collect();

    let kept = golden("journal/entries.hex", &encoded);

    for ((name, entry), (_, bytes)) in changes.iter().zip(kept) {
        assert_eq!(Entry::decode(&bytes).unwrap(), *entry, "{name}");
    }
}

/// A new variant does not compile here: add it to `changes` too.
const fn variant(change: &Change) -> usize {
    match change {
        Change::Webhook(WebhookChange::Received(_)) => 0,
        Change::Webhook(WebhookChange::Processed(_)) => 1,
        Change::Webhook(WebhookChange::Started { .. }) => 2,
        Change::Webhook(WebhookChange::Recovered { .. }) => 3,
        Change::Webhook(WebhookChange::Reprocessed { .. }) => 4,
        Change::Webhook(WebhookChange::Deleted { .. }) => 5,
        Change::Webhook(WebhookChange::Expired { .. }) => 6,
        Change::Records(_) => 7,
        Change::Config(ConfigChange::DefinitionApplied { .. }) => 8,
        Change::Config(ConfigChange::EntitySet { .. }) => 9,
        Change::Config(ConfigChange::GrantSet { .. }) => 10,
        Change::Config(ConfigChange::ProcessSet { .. }) => 11,
        Change::Config(ConfigChange::RetentionSet { .. }) => 12,
        Change::Config(ConfigChange::SourceAdded { .. }) => 13,
        Change::Config(ConfigChange::SourceChanged { .. }) => 14,
        Change::Config(ConfigChange::SourceKeyRotated { .. }) => 15,
        Change::Access(AccessChange::TechnicalUserSet(_)) => 16,
        Change::Access(AccessChange::ClientAdded { .. }) => 17,
        Change::Access(AccessChange::ClientChanged { .. }) => 18,
        Change::Access(AccessChange::ClientRemoved { .. }) => 19,
        Change::Access(AccessChange::ClientSecretAdded { .. }) => 20,
        Change::Access(AccessChange::ClientSecretRevoked { .. }) => 21,
        Change::Access(AccessChange::ClientKeysSet { .. }) => 22,
        Change::Access(AccessChange::ClientTokensRevoked { .. }) => 23,
        Change::Access(AccessChange::SigningKeysSet { .. }) => 24,
        Change::Access(AccessChange::UserAdded { .. }) => 25,
        Change::Access(AccessChange::UserChanged { .. }) => 26,
        Change::Access(AccessChange::UserPasswordSet { .. }) => 27,
        Change::Access(AccessChange::UserTotpSet { .. }) => 28,
        Change::Access(AccessChange::RecoveryCodeUsed { .. }) => 29,
        Change::Access(AccessChange::SetupLinkAdded { .. }) => 30,
        Change::Session(SessionChange::Started { .. }) => 31,
        Change::Session(SessionChange::Ended { .. }) => 32,
        Change::Session(SessionChange::TokenRevoked { .. }) => 33,
        Change::Upkeep(UpkeepChange::Genesis { .. }) => 34,
        Change::Upkeep(UpkeepChange::TokensForgotten) => 35,
        Change::Upkeep(UpkeepChange::ClientsUsed { .. }) => 36,
        Change::Upkeep(UpkeepChange::ScheduleRan { .. }) => 37,
        Change::Upkeep(UpkeepChange::AuditNoted { .. }) => 38,
        Change::Task(TaskChange::IndexStepped { .. }) => 39,
        Change::Task(TaskChange::BulkBegun { .. }) => 40,
        Change::Task(TaskChange::BulkStepped { .. }) => 41,
        Change::Task(TaskChange::BulkEnded { .. }) => 42,
        Change::Task(TaskChange::Cancelled { .. }) => 43,
        Change::Access(AccessChange::UserPasswordRehashed { .. }) => 44,
    }
}

#[test]
fn every_variant_has_its_line() {
    let changes = changes();
    let mut seen: Vec<usize> = changes
        .iter()
        .flat_map(|(_, entry)| entry.changes.iter().map(variant))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (0..45).collect::<Vec<_>>());
}

/// One entry with a change of each variant, and one with several changes.
pub fn changes() -> Vec<(&'static str, Entry)> {
    let mut changes = changes_of_configuration();
    changes.extend(changes_of_sources());
    changes.extend(changes_of_webhooks());
    changes.extend(programs::changes_of_programs());
    changes.extend(people::changes_of_people());
    changes.extend(changes_of_tasks());
    changes.push((
        "Several",
        Entry {
            at: AT,
            by: Actor::CommandLine,
            changes: vec![
                WebhookChange::Received(webhook()).into(),
                ConfigChange::EntitySet {
                    object: "Contact".to_owned(),
                    registered: false,
                }
                .into(),
            ],
        },
    ));
    changes.push((
        "ScheduleRan",
        Entry::one(
            AT,
            Actor::System,
            UpkeepChange::ScheduleRan {
                task: "retention".to_owned(),
            },
        ),
    ));
    changes
}

fn changes_of_tasks() -> Vec<(&'static str, Entry)> {
    let action = BulkAction::Delete { unprocessed: false };
    let one = |change: TaskChange| Entry::one(AT, Actor::CommandLine, change);
    vec![
        ("IndexStepped", one(TaskChange::IndexStepped { limit: 2000 })),
        (
            "BulkBegun",
            one(TaskChange::BulkBegun {
                action: BulkAction::Reprocess { repeat: true },
                filter: WebhookFilter {
                    status: Some(Status::Failed),
                    source: Some(1),
                    object: Some(2),
                    outcome: Some(Outcome::Failed),
                    made_record: Some(false),
                    from: Some(AT),
                    to: Some(AT),
                    text: Some("order".to_owned()),
                },
                total: Some(3),
            }),
        ),
        (
            "BulkStepped",
            Entry {
                at: AT,
                by: Actor::CommandLine,
                changes: vec![
                    WebhookChange::Deleted {
                        webhooks: vec![7, 5],
                        unprocessed: false,
                    }
                    .into(),
                    TaskChange::BulkStepped {
                        task: 1,
                        below: 5,
                        left_out: 1,
                    }
                    .into(),
                ],
            },
        ),
        (
            "BulkEnded",
            one(TaskChange::BulkEnded {
                task: 1,
                action,
                done: 2,
                left_out: 1,
                cancelled: false,
            }),
        ),
        ("Cancelled", one(TaskChange::Cancelled { task: 1 })),
    ]
}

fn changes_of_configuration() -> Vec<(&'static str, Entry)> {
    let (at, by) = (AT, Actor::CommandLine);
    let text = |text: &str| text.to_owned();
    vec![
        (
            "Genesis",
            Entry::one(
                at,
                Actor::System,
                UpkeepChange::Genesis {
                    appliance: Uuid::from_u128(0xAB),
                },
            ),
        ),
        (
            "DefinitionApplied",
            Entry::one(
                at,
                Actor::System,
                ConfigChange::DefinitionApplied {
                    definition: definition(),
                    indexes: Vec::new(),
                },
            ),
        ),
        (
            "EntitySet",
            Entry::one(
                at,
                by,
                ConfigChange::EntitySet {
                    object: text("Contact"),
                    registered: true,
                },
            ),
        ),
        (
            "GrantSet",
            Entry::one(
                at,
                Actor::WEBHOOK_SERVICE,
                ConfigChange::GrantSet {
                    user: text("WebhookService"),
                    object: text("Contact"),
                    rights: Rights {
                        create: true,
                        read: false,
                        edit: true,
                        delete: false,
                    },
                },
            ),
        ),
        (
            "ProcessSet",
            Entry::one(
                at,
                by,
                ConfigChange::ProcessSet {
                    process: text("CreateRecords"),
                    enabled: false,
                },
            ),
        ),
        (
            "RetentionSet",
            Entry::one(
                at,
                by,
                ConfigChange::RetentionSet {
                    retention: Retention {
                        days: [0, 1, 90, 400],
                        schedule: text("0 3 * * *"),
                    },
                },
            ),
        ),
    ]
}

fn changes_of_sources() -> Vec<(&'static str, Entry)> {
    let (at, by) = (AT, Actor::CommandLine);
    let text = |text: &str| text.to_owned();
    let key = SourceKey {
        lookup: [7; 32],
        sealed: vec![1, 2, 3],
        hint: text("abcd"),
    };
    let settings = SourceSettings {
        max_body: Some(1 << 20),
        allowed_origins: vec![text("https://example.org")],
        rate_per_minute: Some(600),
        requires_token: true,
    };
    vec![
        (
            "SourceAdded",
            Entry::one(
                at,
                by,
                ConfigChange::SourceAdded {
                    name: text("Shop"),
                    enabled: true,
                    settings: settings.clone(),
                    key: key.clone(),
                },
            ),
        ),
        (
            "SourceChanged",
            Entry::one(
                at,
                by,
                ConfigChange::SourceChanged {
                    source: 3,
                    enabled: false,
                    settings,
                },
            ),
        ),
        (
            "SourceKeyRotated",
            Entry::one(
                at,
                by,
                ConfigChange::SourceKeyRotated {
                    source: 3,
                    key,
                    previous_until: Some(AT),
                },
            ),
        ),
    ]
}

fn changes_of_webhooks() -> Vec<(&'static str, Entry)> {
    let (at, by) = (AT, Actor::CommandLine);
    let processed = |verdict, issues| {
        Entry::one(
            AT,
            Actor::System,
            WebhookChange::Processed(Processed {
                webhook: 300,
                run: 2,
                rules: 17,
                verdict,
                issues,
            }),
        )
    };
    vec![
        (
            "Received",
            Entry::one(webhook().created_on, Actor::System, WebhookChange::Received(webhook())),
        ),
        ("Processed.StoredOnly", processed(Verdict::StoredOnly, Vec::new())),
        (
            "Processed.Record",
            processed(
                Verdict::Records(vec![NewRecord {
                    object: 5,
                    record: Uuid::from_u128(0xCD),
                    values: values(),
                }]),
                Vec::new(),
            ),
        ),
        (
            "Processed.Failed",
            processed(Verdict::Failed { object: Some(5) }, issues()),
        ),
        ("Processed.Hints", processed(Verdict::StoredOnly, hints())),
        (
            "Processed.TechnicalUserOff",
            processed(
                Verdict::Failed { object: Some(5) },
                vec![ParseIssue::whole(Reason::TechnicalUserOff {
                    user: "WebhookService".to_owned(),
                })],
            ),
        ),
        (
            "Processed.JsonSentAsForm",
            processed(Verdict::StoredOnly, vec![ParseIssue::whole(Reason::JsonSentAsForm)]),
        ),
        (
            "Started",
            Entry::one(at, Actor::System, WebhookChange::Started { webhooks: vec![1, 300] }),
        ),
        (
            "Recovered",
            Entry::one(at, Actor::System, WebhookChange::Recovered { max_attempts: 5 }),
        ),
        (
            "Reprocessed",
            Entry::one(
                at,
                by,
                WebhookChange::Reprocessed {
                    webhooks: vec![1, 300],
                    repeat: true,
                },
            ),
        ),
        (
            "Deleted",
            Entry::one(
                at,
                by,
                WebhookChange::Deleted {
                    webhooks: vec![1, 300],
                    unprocessed: true,
                },
            ),
        ),
        (
            "Expired",
            Entry::one(
                at,
                Actor::System,
                WebhookChange::Expired {
                    status: Status::Failed,
                    modified_before: AT,
                    after: 7,
                    limit: 500,
                },
            ),
        ),
    ]
}

/// A webhook with a value in each field.
pub fn webhook() -> Webhook {
    Webhook {
        id: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        created_on: AT,
        source: 3,
        api_key_hint: "abcd".to_owned(),
        content_type: "application/json".to_owned(),
        query: "a=1".to_owned(),
        headers: vec![("X-One".to_owned(), "1".to_owned())],
        source_url: "https://example.org".to_owned(),
        remote: Some(std::net::IpAddr::from([192, 0, 2, 1])),
        files: vec![FileNote {
            field: "f".to_owned(),
            name: "a.pdf".to_owned(),
            size: 1000,
        }],
        body: b"{\"EntityName\":\"Contact\"}".to_vec(),
    }
}

/// One value of each type.
pub fn values() -> Vec<(u16, Value)> {
    let values = [
        Value::Text("Zoë".to_owned()),
        Value::Integer(-300),
        Value::Decimal(Decimal::new(12_340, 2)),
        Value::Boolean(true),
        Value::Date(-1),
        Value::DateTime(AT),
        Value::Time(86_399),
        Value::Guid(Uuid::from_u128(0xEF)),
    ];
    (1..).zip(values).collect()
}

/// One issue with each reason that gives a hint.
fn hints() -> Vec<ParseIssue> {
    let (near, caption) = ("BusinessPhone".to_owned(), "Name".to_owned());
    vec![
        ParseIssue::about("BusinesPhone", "1", Reason::UnknownColumnNear { key: near }),
        ParseIssue::about("Full name", "Ada", Reason::CaptionSent { key: caption }),
    ]
}

/// One issue with each reason of the first version. Later reasons have their own lines.
pub fn issues() -> Vec<ParseIssue> {
    let text = |text: &str| text.to_owned();
    let reasons = vec![
        Reason::BodyBroken {
            line: 1,
            column: 2,
            cause: text("cause"),
        },
        Reason::BodyNotObject { found: text("a list") },
        Reason::TooDeep { limit: 32 },
        Reason::TooManyFields { limit: 1000 },
        Reason::EntityRepeated,
        Reason::EntityNotText,
        Reason::EntityUnknown,
        Reason::NotRegistered {
            object: text("Contact"),
        },
        Reason::NoPermission {
            user: text("WebhookService"),
            object: text("Contact"),
        },
        Reason::RequiredMissing,
        Reason::TooLong {
            limit: 250,
            length: 300,
        },
        Reason::Unfit {
            wanted: text("a number"),
        },
        Reason::LookupMissing {
            object: text("Country"),
        },
        Reason::UnknownColumn,
        Reason::LookupWithoutId { key: text("CountryId") },
        Reason::SystemColumn,
        Reason::Repeated { times: 2 },
        Reason::FileNotStored {
            name: text("a.pdf"),
            size: 1000,
        },
        Reason::NoEntityName,
        Reason::ProcessOff,
        Reason::AlreadyMade {
            record: Uuid::from_u128(0xCD),
        },
        Reason::AttemptsExhausted { attempts: 5 },
        Reason::InternalFault,
        Reason::ContentType,
        Reason::MoreIssues { left_out: 9 },
    ];
    let column = |reason| ParseIssue::about("Name", "value", reason);
    reasons.into_iter().map(column).collect()
}

/// A definition with each type and each default of a column.
pub fn definition() -> Definition {
    let plain = [
        ColumnType::Text(250),
        ColumnType::UnlimitedText,
        ColumnType::Integer,
        ColumnType::Decimal(4),
        ColumnType::Currency,
        ColumnType::Boolean,
        ColumnType::Date,
        ColumnType::DateTime,
        ColumnType::Time,
        ColumnType::Guid,
        ColumnType::Phone,
        ColumnType::Email,
        ColumnType::WebLink,
    ];
    let lookup = NewColumnType::Lookup("Country".to_owned());
    let kinds = plain.into_iter().map(NewColumnType::Plain).chain([lookup]);
    let defaults = [
        ColumnDefault::Empty,
        ColumnDefault::Value(Value::Text("x".to_owned())),
        ColumnDefault::Now,
        ColumnDefault::Number("N-".to_owned()),
    ];
    let columns = kinds.zip(defaults.into_iter().cycle()).enumerate();
    let columns = columns.map(|(at, (kind, default))| NewColumn {
        code: format!("C{at}"),
        caption: format!("Column {at}"),
        kind,
        required: at % 2 == 0,
        default,
    });
    let object = |code: &str, lookup, columns: Vec<NewColumn>| NewObject {
        code: code.to_owned(),
        caption: format!("The {code}"),
        lookup,
        display: "C0".to_owned(),
        strict: !lookup,
        columns,
    };
    let columns: Vec<NewColumn> = columns.collect();
    let first = columns.iter().take(1).cloned().collect();
    Definition {
        objects: vec![object("Country", true, first), object("Contact", false, columns)],
        values: vec![LookupValue {
            object: "Country".to_owned(),
            id: Uuid::from_u128(0xC0),
            name: "Portugal".to_owned(),
            description: "far west".to_owned(),
        }],
        entities: vec!["Contact".to_owned()],
    }
}
