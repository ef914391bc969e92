//! Random entries of programs, users and processing, including entries that are rejected halfway.

use uuid::Uuid;

use crate::domain::actor::Actor;
use crate::domain::change::{
    AccessChange, Change, ConfigChange, NewRecord, Processed, RecordsWritten, SessionChange, TaskChange, UpkeepChange,
    Verdict, WebhookChange,
};
use crate::domain::column::{ColumnId, ObjectId};
use crate::domain::definition::{ColumnIndex, Definition, parse};
use crate::domain::entry::Entry;
use crate::domain::parse_issue::{ParseIssue, Reason};
use crate::domain::record::RecordOperation;
use crate::domain::rights::TechnicalUser;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::task::BulkAction;
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::domain::value::Value;
use crate::domain::webhook::Status;
use crate::domain::webhook_filter::WebhookFilter;
use crate::journal::golden::webhook;

const AT: i64 = 1_700_000_000_000_000;

/// Pseudo-random numbers that are the same for the same seed (`SplitMix64`).
pub struct Rng(u64);

impl Rng {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// The objects that all entries use.
fn definition() -> Definition {
    parse(
        br#"{"objects": [
            {"code": "Country", "lookup": true},
            {"code": "Thing", "columns": [
                {"code": "Name", "type": "text(50)"},
                {"code": "Code", "type": "text(50)", "default": {"number": "N-"}},
                {"code": "Country", "type": "lookup(Country)"},
                {"code": "Parent", "type": "lookup(Thing)"},
                {"code": "Rank", "type": "integer"}]}],
          "values": [{"object": "Country", "name": "Canada"}, {"object": "Country", "name": "Peru"}],
          "entities": ["Thing"]}"#,
    )
    .unwrap()
}

/// The first entries of every store.
pub fn first() -> Vec<Entry> {
    let at = Timestamp(AT);
    let defined = ConfigChange::DefinitionApplied {
        definition: Definition {
            values: Vec::new(),
            ..definition()
        },
        indexes: Vec::new(),
    };
    vec![Entry::one(at, Actor::System, defined)]
}

/// The next entry. `rules` is the current version, which most decisions name.
pub fn next(rng: &mut Rng, seq: u64, rules: u64) -> Entry {
    let at = Timestamp(AT + i64::try_from(seq * 1_000_000 + rng.below(5_000_000)).unwrap());
    let by = match rng.below(3) {
        0 => Actor::CommandLine,
        1 => Actor::TechnicalUser(Uuid::from_u128(0xA)),
        _ => Actor::User(Uuid::from_u128(1)),
    };
    let changes = match rng.below(10) {
        0..7 => vec![change(rng, seq, rules)],
        _ => (0..2 + rng.below(2)).map(|_| change(rng, seq, rules)).collect(),
    };
    // An entry adds at most one webhook: the webhook's sequence is the entry's.
    let received = |change: &Change| matches!(change, Change::Webhook(WebhookChange::Received(_)));
    let mut seen = false;
    let mut changes: Vec<Change> = changes
        .into_iter()
        .filter(|change| !received(change) || !std::mem::replace(&mut seen, true))
        .collect();
    // A change that deletes webhooks or selects them by status must be the only one: it needs the
    // tables and runs after all others.
    let alone = |change: &Change| {
        matches!(
            change,
            Change::Webhook(
                WebhookChange::Recovered { .. } | WebhookChange::Deleted { .. } | WebhookChange::Expired { .. }
            )
        )
    };
    if let Some(place) = changes.iter().position(alone) {
        changes = vec![changes.swap_remove(place)];
    }
    // A step of a bulk task, or what comes of one that has ended.
    let bulk = |change: &Change| {
        matches!(
            change,
            Change::Webhook(WebhookChange::Deleted { .. } | WebhookChange::Reprocessed { .. })
        )
    };
    if let [change] = changes.as_slice()
        && bulk(change)
        && rng.coin()
    {
        let step = TaskChange::BulkStepped {
            task: 1 + rng.below(3),
            below: rng.below(seq),
            left_out: rng.below(2),
        };
        changes.push(step.into());
    }
    Entry { at, by, changes }
}

fn change(rng: &mut Rng, seq: u64, rules: u64) -> Change {
    let rules = if rng.below(8) == 0 { rules / 2 } else { rules };
    match rng.below(26) {
        0..5 => {
            let mut arrived = webhook();
            arrived.id = Uuid::from_u128(u128::from(seq));
            arrived.source = u32::try_from(1 + rng.below(2)).unwrap();
            arrived.created_on = Timestamp(AT + i64::try_from(rng.below(20_000_000_000)).unwrap());
            WebhookChange::Received(arrived).into()
        }
        5..10 => WebhookChange::Processed(Processed {
            webhook: some_seq(rng, seq),
            run: u16::try_from(1 + rng.below(2)).unwrap(),
            rules,
            verdict: verdict(rng),
            issues: vec![ParseIssue::whole(Reason::EntityUnknown)],
        })
        .into(),
        10 => WebhookChange::Started {
            webhooks: seqs(rng, seq),
        }
        .into(),
        11 => WebhookChange::Recovered { max_attempts: 2 }.into(),
        12 | 13 => WebhookChange::Reprocessed {
            webhooks: seqs(rng, seq),
            repeat: rng.coin(),
        }
        .into(),
        14 => WebhookChange::Deleted {
            webhooks: seqs(rng, seq),
            unprocessed: rng.coin(),
        }
        .into(),
        15 => WebhookChange::Expired {
            status: Status::ALL[usize::try_from(rng.below(4)).unwrap()],
            modified_before: Timestamp(AT + i64::try_from(rng.below(60_000_000)).unwrap()),
            after: rng.below(20),
            limit: u32::try_from(1 + rng.below(3)).unwrap(),
        }
        .into(),
        16..19 => RecordsWritten {
            rules,
            operations: (0..=rng.below(3)).map(|_| operation(rng)).collect(),
        }
        .into(),
        19 | 20 => config(rng).into(),
        21 => access(rng).into(),
        22 => match rng.below(3) {
            0 => SessionChange::Started {
                session: [u8::try_from(rng.below(5)).unwrap(); 32],
                user: Uuid::from_u128(u128::from(rng.below(3))),
                address: None,
                agent: "browser".to_owned(),
            },
            1 => SessionChange::Ended {
                sessions: vec![[u8::try_from(rng.below(5)).unwrap(); 32]],
            },
            _ => SessionChange::TokenRevoked {
                token: Uuid::from_u128(u128::from(rng.below(9))),
                expires: Timestamp(AT + i64::try_from(rng.below(90_000_000)).unwrap() * 1000),
            },
        }
        .into(),
        23 | 24 => task(rng).into(),
        _ => match rng.below(2) {
            0 => UpkeepChange::TokensForgotten,
            _ => UpkeepChange::ScheduleRan {
                task: "retention".to_owned(),
            },
        }
        .into(),
    }
}

fn task(rng: &mut Rng) -> TaskChange {
    let action = if rng.coin() {
        BulkAction::Reprocess { repeat: rng.coin() }
    } else {
        BulkAction::Delete {
            unprocessed: rng.coin(),
        }
    };
    let task = 1 + rng.below(3);
    match rng.below(5) {
        0..3 => TaskChange::BulkBegun {
            action,
            filter: WebhookFilter {
                status: Some(Status::Failed),
                ..WebhookFilter::default()
            },
            total: rng.coin().then_some(3),
        },
        3 => TaskChange::BulkEnded {
            task,
            action,
            done: rng.below(5),
            left_out: rng.below(2),
            cancelled: rng.coin(),
        },
        _ => TaskChange::Cancelled { task },
    }
}

fn config(rng: &mut Rng) -> ConfigChange {
    let index = |rng: &mut Rng| ColumnIndex {
        object: "Thing".to_owned(),
        column: "Rank".to_owned(),
        indexed: rng.coin(),
    };
    match rng.below(5) {
        0 => ConfigChange::EntitySet {
            object: ["Thing", "Nothing"][usize::try_from(rng.below(2)).unwrap()].to_owned(),
            registered: rng.coin(),
        },
        1 => ConfigChange::SourceAdded {
            name: format!("Shop {}", rng.below(4)),
            enabled: rng.coin(),
            settings: SourceSettings::default(),
            key: SourceKey {
                lookup: [u8::try_from(rng.below(200)).unwrap(); 32],
                sealed: vec![1],
                hint: "abcd".to_owned(),
            },
        },
        2 => ConfigChange::ProcessSet {
            process: "CreateRecords".to_owned(),
            enabled: rng.coin(),
        },
        _ => ConfigChange::DefinitionApplied {
            definition: Definition::default(),
            indexes: vec![index(rng)],
        },
    }
}

fn access(rng: &mut Rng) -> AccessChange {
    let id = Uuid::from_u128(u128::from(rng.below(3)));
    match rng.below(5) {
        0 => AccessChange::UserAdded {
            id,
            name: format!("anna {}", rng.below(3)),
            role: Role::Administrator,
            password: "$argon2id$".to_owned(),
            link: None,
        },
        1 => AccessChange::UserChanged {
            id,
            name: format!("anna {}", rng.below(3)),
            role: Role::Viewer,
            active: rng.coin(),
        },
        3 => AccessChange::UserPasswordRehashed {
            id,
            password: "$argon2id$3".to_owned(),
            password_on: Timestamp(AT + i64::try_from(rng.below(3)).unwrap()),
        },
        2 => AccessChange::UserPasswordSet {
            id,
            password: "$argon2id$2".to_owned(),
            link: None,
            keep: None,
        },
        _ => AccessChange::TechnicalUserSet(TechnicalUser {
            id: Uuid::from_u128(0xB),
            code: "Reports".to_owned(),
            name: "Reports".to_owned(),
            active: rng.coin(),
            odata: rng.coin(),
        }),
    }
}

/// The numbers of the objects, and of the columns of `Thing`, as the definition assigns them.
const COUNTRY: ObjectId = 1;
const THING: ObjectId = 2;
const NAME: ColumnId = 1;
const CODE: ColumnId = 2;
const OF_COUNTRY: ColumnId = 3;
const PARENT: ColumnId = 4;
const RANK: ColumnId = 5;

fn verdict(rng: &mut Rng) -> Verdict {
    match rng.below(5) {
        0 => Verdict::StoredOnly,
        1 => Verdict::Failed { object: Some(THING) },
        _ => {
            let mut ids: Vec<Uuid> = Vec::new();
            for _ in 0..=rng.below(2) {
                // Processing creates new ids: each is used once.
                ids.push(Uuid::from_u128((1 << 100) | u128::from(rng.below(u64::MAX))));
            }
            let records = ids.iter().map(|id| NewRecord {
                object: THING,
                record: *id,
                values: values(rng, Some(ids[ids.len() - 1])),
            });
            Verdict::Records(records.collect())
        }
    }
}

fn some_id(rng: &mut Rng) -> Uuid {
    Uuid::from_u128(u128::from(rng.below(12)))
}

fn values(rng: &mut Rng, beside: Option<Uuid>) -> Vec<(ColumnId, Value)> {
    let mut values = vec![(NAME, Value::Text(format!("name {}", rng.below(4))))];
    if rng.below(3) == 0 {
        values.push((CODE, Value::Text(format!("N-{}", rng.below(40)))));
    }
    if rng.coin() {
        values.push((OF_COUNTRY, Value::Guid(some_id(rng))));
    }
    if rng.coin() {
        values.push((PARENT, Value::Guid(beside.unwrap_or_else(|| some_id(rng)))));
    }
    values.push((RANK, Value::Integer(i64::try_from(rng.below(5)).unwrap())));
    values
}

fn operation(rng: &mut Rng) -> RecordOperation {
    let record = some_id(rng);
    let object = if rng.below(4) == 0 { COUNTRY } else { THING };
    match rng.below(4) {
        0 | 1 => RecordOperation::Create {
            object,
            record,
            values: if object == THING {
                values(rng, None)
            } else {
                vec![(NAME, Value::Text("Chile".to_owned()))]
            },
        },
        2 => RecordOperation::Edit {
            object,
            record,
            mark: (rng.below(6) == 0).then_some([1; 8]),
            values: if object == THING {
                let some = values(rng, None).into_iter().map(|(id, value)| (id, Some(value)));
                some.skip(1).collect()
            } else {
                vec![(NAME, Some(Value::Text("Cuba".to_owned())))]
            },
        },
        _ => RecordOperation::Delete {
            object,
            record,
            mark: None,
        },
    }
}

fn some_seq(rng: &mut Rng, seq: u64) -> u64 {
    1 + rng.below(seq)
}

fn seqs(rng: &mut Rng, seq: u64) -> Vec<u64> {
    let mut seqs: Vec<u64> = (0..=rng.below(3)).map(|_| some_seq(rng, seq)).collect();
    seqs.sort_unstable();
    seqs.dedup();
    seqs
}
