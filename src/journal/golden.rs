//! The journal's bytes are those of its first version.

pub mod people;
pub mod programs;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::frame::{FRAME_HEADER, FrameBuilder, FrameHeader, SegmentHeader, entries};
use crate::domain::actor::Actor;
use crate::domain::change::{Change, Processed, Verdict};
use crate::domain::column::{ColumnDefault, ColumnType};
use crate::domain::definition::{Definition, LookupValue, NewColumn, NewColumnType, NewObject};
use crate::domain::remark::{Reason, Remark};
use crate::domain::retention::Retention;
use crate::domain::rights::Rights;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::{FileNote, Status, Webhook};
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
fn every_change_is_written_and_read_as_ever() {
    let changes = changes();
    let encoded = changes
        .iter()
        .map(|(name, change)| ((*name).to_owned(), change.encode()))
        .collect();

    let kept = golden("journal/changes.hex", &encoded);

    for ((name, change), (_, bytes)) in changes.iter().zip(kept) {
        assert_eq!(Change::decode(&bytes).unwrap(), *change, "{name}");
    }
}

/// A new variant does not compile here: give it a place in `changes` too.
const fn variant(change: &Change) -> usize {
    match change {
        Change::Genesis { .. } => 0,
        Change::DefinitionApplied { .. } => 1,
        Change::EntitySet { .. } => 2,
        Change::GrantSet { .. } => 3,
        Change::SourceAdded { .. } => 4,
        Change::SourceChanged { .. } => 5,
        Change::SourceKeyRotated { .. } => 6,
        Change::ProcessSet { .. } => 7,
        Change::RetentionSet { .. } => 8,
        Change::WebhookReceived(_) => 9,
        Change::WebhookProcessed(_) => 10,
        Change::WebhooksStarted { .. } => 11,
        Change::WebhooksRecovered { .. } => 12,
        Change::WebhooksReplayed { .. } => 13,
        Change::WebhooksDeleted { .. } => 14,
        Change::WebhooksExpired { .. } => 15,
        Change::RecordsWritten { .. } => 16,
        Change::DefinitionIndexed { .. } => 17,
        Change::UserSet { .. } => 18,
        Change::ClientAdded { .. } => 19,
        Change::ClientChanged { .. } => 20,
        Change::ClientDeleted { .. } => 21,
        Change::ClientSecretAdded { .. } => 22,
        Change::ClientSecretRemoved { .. } => 23,
        Change::ClientKeysSet { .. } => 24,
        Change::ClientTokensEnded { .. } => 25,
        Change::SigningKeysSet { .. } => 26,
        Change::TokenRevoked { .. } => 27,
        Change::TokensForgotten { .. } => 28,
        Change::ClientsUsed { .. } => 29,
        Change::SourceTokenSet { .. } => 30,
        Change::PersonAdded { .. } => 31,
        Change::PersonChanged { .. } => 32,
        Change::PersonPasswordSet { .. } => 33,
        Change::PersonTotpSet { .. } => 34,
        Change::PersonRecoveryUsed { .. } => 35,
        Change::SetupLinkMade { .. } => 36,
        Change::SessionStarted { .. } => 37,
        Change::SessionsEnded { .. } => 38,
        Change::AuditNoted { .. } => 39,
        Change::SetupLinkAdded { .. } => 40,
        Change::TaskRan { .. } => 41,
    }
}

#[test]
fn every_variant_has_its_line() {
    let mut seen: Vec<usize> = changes().iter().map(|(_, change)| variant(change)).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (0..42).collect::<Vec<_>>());
}

/// A change of each variant.
pub fn changes() -> Vec<(&'static str, Change)> {
    let mut changes = changes_of_configuration();
    changes.extend(changes_of_sources());
    changes.extend(changes_of_webhooks());
    changes.extend(programs::changes_of_programs());
    changes.extend(people::changes_of_people());
    changes.push((
        "TaskRan",
        Change::TaskRan {
            at: AT,
            task: "retention".to_owned(),
        },
    ));
    changes
}

fn changes_of_configuration() -> Vec<(&'static str, Change)> {
    let (at, by) = (AT, Actor::CommandLine);
    let text = |text: &str| text.to_owned();
    vec![
        (
            "Genesis",
            Change::Genesis {
                at,
                appliance: Uuid::from_u128(0xAB),
            },
        ),
        (
            "DefinitionApplied",
            Change::DefinitionApplied {
                at,
                by: Actor::System,
                definition: definition(),
            },
        ),
        (
            "EntitySet",
            Change::EntitySet {
                at,
                by,
                object: text("Contact"),
                registered: true,
            },
        ),
        (
            "GrantSet",
            Change::GrantSet {
                at,
                by: Actor::WEBHOOK_SERVICE,
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
        (
            "ProcessSet",
            Change::ProcessSet {
                at,
                by,
                process: text("CreateRecords"),
                enabled: false,
            },
        ),
        (
            "RetentionSet",
            Change::RetentionSet {
                at,
                by,
                retention: Retention {
                    days: [0, 1, 90, 400],
                    schedule: text("0 3 * * *"),
                },
            },
        ),
    ]
}

fn changes_of_sources() -> Vec<(&'static str, Change)> {
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
    };
    vec![
        (
            "SourceAdded",
            Change::SourceAdded {
                at,
                by,
                name: text("Shop"),
                settings: settings.clone(),
                key: key.clone(),
            },
        ),
        (
            "SourceChanged",
            Change::SourceChanged {
                at,
                by,
                source: 3,
                enabled: false,
                settings,
            },
        ),
        (
            "SourceKeyRotated",
            Change::SourceKeyRotated {
                at,
                by,
                source: 3,
                key,
                previous_until: Some(AT),
            },
        ),
    ]
}

fn changes_of_webhooks() -> Vec<(&'static str, Change)> {
    let (at, by) = (AT, Actor::CommandLine);
    let processed = |verdict, remarks| {
        Change::WebhookProcessed(Processed {
            webhook: 300,
            run: 2,
            at,
            catalog: 17,
            verdict,
            remarks,
        })
    };
    vec![
        ("WebhookReceived", Change::WebhookReceived(webhook())),
        (
            "WebhookProcessed.StoredOnly",
            processed(Verdict::StoredOnly, Vec::new()),
        ),
        (
            "WebhookProcessed.Record",
            processed(
                Verdict::Record {
                    object: 5,
                    record: Uuid::from_u128(0xCD),
                    values: values(),
                },
                Vec::new(),
            ),
        ),
        (
            "WebhookProcessed.Failed",
            processed(Verdict::Failed { object: Some(5) }, remarks()),
        ),
        ("WebhookProcessed.Hints", processed(Verdict::StoredOnly, hints())),
        (
            "WebhookProcessed.UserOff",
            processed(
                Verdict::Failed { object: Some(5) },
                vec![Remark::whole(Reason::UserOff {
                    user: "WebhookService".to_owned(),
                })],
            ),
        ),
        (
            "WebhookProcessed.JsonSentAsForm",
            processed(Verdict::StoredOnly, vec![Remark::whole(Reason::JsonSentAsForm)]),
        ),
        (
            "WebhooksStarted",
            Change::WebhooksStarted {
                at,
                webhooks: vec![1, 300],
            },
        ),
        ("WebhooksRecovered", Change::WebhooksRecovered { at, max_attempts: 5 }),
        (
            "WebhooksReplayed",
            Change::WebhooksReplayed {
                at,
                by,
                webhooks: vec![1, 300],
                again: true,
            },
        ),
        (
            "WebhooksDeleted",
            Change::WebhooksDeleted {
                at,
                by,
                webhooks: vec![1, 300],
                unprocessed: true,
            },
        ),
        (
            "WebhooksExpired",
            Change::WebhooksExpired {
                at,
                status: Status::Failed,
                modified_before: AT,
                after: 7,
                limit: 500,
            },
        ),
    ]
}

/// A webhook with something in each field.
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

/// A value of each kind.
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

/// A remark with each reason that gives a hint.
fn hints() -> Vec<Remark> {
    let (near, caption) = ("BusinessPhone".to_owned(), "Name".to_owned());
    vec![
        Remark::about("BusinesPhone", "1", Reason::UnknownColumnNear { key: near }),
        Remark::about("Full name", "Ada", Reason::CaptionSent { key: caption }),
    ]
}

/// A remark with each reason of the first version; later ones have a line of their own.
pub fn remarks() -> Vec<Remark> {
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
        Reason::MoreRemarks { left_out: 9 },
    ];
    let column = |reason| Remark::about("Name", "value", reason);
    reasons.into_iter().map(column).collect()
}

/// A definition with each type and default of a column.
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
