//! Any webhook comes to an end, the same end twice.
#![no_main]

use std::sync::LazyLock;

use hookgate::domain::actor::Actor;
use hookgate::domain::catalog::Catalog;
use hookgate::domain::change::{ConfigChange, Verdict, WebhookChange};
use hookgate::domain::entry::Entry;
use hookgate::domain::column::{ColumnDefault, ColumnType};
use hookgate::domain::definition::{Definition, NewColumn, NewColumnType, NewObject};
use hookgate::domain::parse_issue::ParseIssue;
use hookgate::domain::rights::{Rights, WEBHOOK_SERVICE};
use hookgate::domain::time::Timestamp;
use hookgate::domain::webhook::Webhook;
use hookgate::process::create_record::create_record;
use hookgate_fuzz::{COLUMNS, LIMITS, choose};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

const TYPES: [&str; 4] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog);

/// Columns `A` to `O`, one of each type; `A` is required.
fn catalog() -> Catalog {
    let column = |(code, kind): (char, ColumnType)| NewColumn {
        code: code.to_string(),
        caption: String::new(),
        kind: NewColumnType::Plain(kind),
        required: code == 'A',
        default: ColumnDefault::Empty,
    };
    let object = NewObject {
        code: "Z".to_owned(),
        caption: String::new(),
        lookup: false,
        display: "A".to_owned(),
        strict: false,
        columns: ('A'..).zip(COLUMNS).map(column).collect(),
    };
    let definition = Definition {
        objects: vec![object],
        values: Vec::new(),
        entities: vec!["Z".to_owned()],
    };
    let rights = Rights {
        create: true,
        ..Rights::default()
    };
    let mut catalog = Catalog::default();
    for change in [
        ConfigChange::DefinitionApplied { definition, indexes: Vec::new() },
        ConfigChange::GrantSet { user: WEBHOOK_SERVICE.to_owned(), object: "Z".to_owned(), rights },
    ] {
        catalog.config_apply(Timestamp(0), &change).expect("the definition is sound");
    }
    catalog
}

fuzz_target!(|data: &[u8]| {
    let Some((content_type, body)) = choose(data, &TYPES) else {
        return;
    };
    let webhook = Webhook {
        id: Uuid::nil(),
        created_on: Timestamp(0),
        source: 1,
        api_key_hint: String::new(),
        content_type: (*content_type).to_owned(),
        query: String::new(),
        headers: Vec::new(),
        source_url: String::new(),
        remote: None,
        files: Vec::new(),
        body: body.to_vec(),
    };
    let run = || create_record(&CATALOG, LIMITS, 1, 1, &webhook, Timestamp(0), Uuid::nil());
    let processed = run();
    assert_eq!(processed, run());
    assert!(processed.issues.len() <= 101);
    match &processed.verdict {
        Verdict::Records(records) => {
            let values = &records[0].values;
            assert_eq!(records.len(), 1);
            assert!(values.is_sorted_by(|one, other| one.0 < other.0));
            assert_eq!(values.first().map(|(id, _)| *id), Some(1));
        }
        Verdict::Failed { .. } => assert!(processed.issues.iter().any(ParseIssue::is_error)),
        Verdict::StoredOnly => assert!(!processed.issues.is_empty()),
    }
    let entry = Entry::one(Timestamp(0), Actor::System, WebhookChange::Processed(processed));
    assert_eq!(Entry::decode(&entry.encode()).ok(), Some(entry));
});
