//! What takes days to come about from outside, put into a data folder that no server holds.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use hookgate::app::bounds::ledger_limits;
use hookgate::clock;
use hookgate::config::defaults;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::{NewRecord, Processed, Verdict, WebhookChange};
use hookgate::domain::entry::Entry;
use hookgate::domain::parse_issue::{ParseIssue, Reason};
use hookgate::domain::time::Timestamp;
use hookgate::domain::webhook::Webhook;
use hookgate::journal::disk::Folder;
use hookgate::journal::{GroupPolicy, JournalOptions, Synced};
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{Ledger, LedgerLimits, LedgerParts, ledger_start};
use hookgate::store::store_open;
use uuid::Uuid;

use super::harness::{Server, Source};

const QUEUE: usize = 4096;

/// Opens journal and store of a folder that a server made; nothing is processed. `segment` is
/// the size of new files of the journal.
pub fn filled<T>(data: &Path, segment: u64, fill: impl FnOnce(&Ledger) -> T) -> T {
    let folder = DataFolder::open_existing(data).unwrap();
    let parts = LedgerParts {
        disk: Arc::new(Folder::new(&folder.journal())),
        store: store_open(&folder.database(), folder.appliance, 64 << 20).unwrap(),
        appliance: folder.appliance,
        journal: JournalOptions {
            segment,
            queue: QUEUE,
            policy: GroupPolicy::default(),
        },
        limits: LedgerLimits {
            unprocessed: u64::MAX,
            ..ledger_limits(&defaults())
        },
    };
    let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
    let result = fill(&ledger);
    ledger.close();
    result
}

/// A folder with a source, where Contacts may be made, and where the clock deletes nothing; its
/// server has stopped.
pub fn stopped_server(arguments: &[&str]) -> Server {
    let mut server = Server::start_with(arguments);
    server.ask(&["grant", "Contact", "--create"]);
    server.source("Form");
    server.ask(&["retention", "set", "--schedule", &far_schedule()]);
    assert_eq!(server.stop(), 0);
    server
}

/// The same, with a webhook that became a Contact.
pub fn stopped_with_contact() -> Server {
    let mut server = stopped_server(&[]);
    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    server.done_with(&source, r#"{"EntityName": "Contact", "Name": "John Best"}"#);
    assert_eq!(server.stop(), 0);
    server
}

/// A time of day that is half a day away: nothing is deleted by the clock while a test runs, and
/// what comes next stays the same.
pub fn far_schedule() -> String {
    let minutes = clock::now().0.div_euclid(60_000_000) + 12 * 60;
    format!("{} {} * * *", minutes % 60, minutes / 60 % 24)
}

pub fn days_ago(days: u32) -> Timestamp {
    clock::now().minus_days(days)
}

/// A webhook that arrived at a moment.
pub fn webhook(ledger: &Ledger, at: Timestamp, body: &str) -> Webhook {
    Webhook {
        id: clock::new_id(),
        created_on: at,
        source: *ledger.catalog().sources.keys().next().unwrap(),
        api_key_hint: "whk_abcde".to_owned(),
        content_type: "application/json".to_owned(),
        query: String::new(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        source_url: String::new(),
        remote: None,
        files: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

/// How processing of a webhook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Contact,
    Stored,
    Failed,
}

/// A webhook that arrived and was processed at a moment; gives its id.
pub fn processed(ledger: &Ledger, at: Timestamp, end: End) -> Uuid {
    let webhook = webhook(ledger, at, r#"{"Name":"Old"}"#);
    let id = webhook.id;
    let seq = ledger
        .webhook_append(webhook)
        .unwrap()
        .blocking_recv()
        .unwrap()
        .unwrap();
    let catalog = ledger.catalog();
    let contact = catalog.object("Contact").unwrap();
    let verdict = match end {
        End::Contact => {
            let name = contact.column("Name").unwrap().id;
            let values = vec![(name, hookgate::domain::value::Value::Text("Old".to_owned()))];
            Verdict::Records(vec![NewRecord {
                object: contact.id,
                record: clock::new_id(),
                values,
            }])
        }
        End::Stored => Verdict::StoredOnly,
        End::Failed => Verdict::Failed {
            object: Some(contact.id),
        },
    };
    let reason = Reason::BodyBroken {
        line: 1,
        column: 1,
        cause: "a brace is missing".to_owned(),
    };
    let issues = if end == End::Failed {
        vec![ParseIssue::whole(reason)]
    } else {
        Vec::new()
    };
    let end = Processed {
        webhook: seq,
        run: 1,
        rules: catalog.rules,
        verdict,
        issues,
    };
    ledger
        .submit(Entry::one(at, Actor::System, WebhookChange::Processed(end)))
        .unwrap();
    id
}

/// Many webhooks, one behind the other without waiting for each.
pub fn many(ledger: &Ledger, count: usize, body: &str) {
    let mut waiting: VecDeque<Synced> = VecDeque::new();
    for _ in 0..count {
        if waiting.len() == QUEUE / 2 {
            waiting.pop_front().unwrap().blocking_recv().unwrap().unwrap();
        }
        waiting.push_back(ledger.webhook_append(webhook(ledger, clock::now(), body)).unwrap());
    }
    for one in waiting {
        one.blocking_recv().unwrap().unwrap();
    }
}
