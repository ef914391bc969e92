//! What senders and operators did to a simulated appliance, and what it must hold afterwards.

use std::collections::{HashMap, HashSet};

use hookgate::domain::actor::Actor;
use hookgate::domain::change::{Change, ConfigChange, RecordsWritten, WebhookChange};
use hookgate::domain::definition::{ColumnIndex, Definition};
use hookgate::domain::entry::Entry;
use hookgate::domain::record::RecordOperation;
use hookgate::domain::source::SourceId;
use hookgate::domain::time::Timestamp;
use hookgate::domain::value::Value;
use hookgate::domain::webhook::{Status, Webhook};
use uuid::Uuid;

use crate::rng::Rng;
use crate::setup::{AT, BY, COUNTRY, OBJECT, definition};

/// What should become of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A record.
    Record,
    /// It is kept without one.
    Stored,
    /// Processing fails; only these are deleted by retention here.
    Fails,
}

/// A webhook that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub webhook: Webhook,
    pub fate: Fate,
}

/// What was tried and what was acknowledged, over all lives.
#[derive(Debug, Default)]
pub struct World {
    pub sent: HashMap<Uuid, Sent>,
    /// By sequence.
    pub acknowledged: HashMap<u64, Uuid>,
    /// Webhooks that somebody tried to delete.
    pub deleting: HashSet<u64>,
    /// Webhooks whose deletion was acknowledged.
    pub deleted: HashSet<u64>,
    /// Whether retention ran (or tried to).
    pub expiring: bool,
    /// How often a further record was asked for, at least and at most.
    pub again: HashMap<u64, (usize, usize)>,
}

/// Something done to a value of the lookup; not all of it can be done.
fn record_operation(rng: &mut Rng) -> RecordOperation {
    let (object, record) = (1, Uuid::from_u128(0xC1 + u128::from(rng.below(6))));
    let name = Value::Text(format!("country {}", rng.below(10)));
    match rng.below(3) {
        0 => RecordOperation::Create {
            object,
            record,
            values: vec![(1, name)],
        },
        1 => RecordOperation::Edit {
            object,
            record,
            mark: None,
            values: vec![(1, Some(name)), (2, None)],
        },
        _ => RecordOperation::Delete {
            object,
            record,
            mark: None,
        },
    }
}

impl World {
    /// A new webhook, noted before it is sent.
    pub fn send(&mut self, rng: &mut Rng, largest: usize) -> Webhook {
        let fate = match rng.below(8) {
            0 => Fate::Fails,
            1 => Fate::Stored,
            _ => Fate::Record,
        };
        let entity = match fate {
            Fate::Record => format!("\"EntityName\":\"{OBJECT}\","),
            Fate::Stored => String::new(),
            Fate::Fails => "\"EntityName\":\"Nothing\",".to_owned(),
        };
        let country = match rng.below(3) {
            0 => format!("\"CountryId\":\"{COUNTRY}\","),
            1 => format!("\"CountryId\":\"{}\",", Uuid::from_u128(0xDEAD)),
            _ => String::new(),
        };
        let name = format!("n{}", self.sent.len());
        let most = match rng.below(20) {
            0 => largest,
            1..=4 => 4096,
            _ => 200,
        };
        let fill = "HGf1\\u0000x".repeat(rng.index(most.min(largest) / 10 + 1));
        let body = format!("{{{entity}{country}\"Name\":\"{name}\",\"Blob\":\"{fill}\"}}");
        let number = self.sent.len() as u128;
        let webhook = Webhook {
            id: Uuid::from_u128(u128::from(rng.next()) << 64 | number),
            created_on: Timestamp(AT.0 + i64::try_from(self.sent.len()).unwrap()),
            source: SourceId::try_from(rng.below(3)).unwrap(),
            api_key_hint: "hint".to_owned(),
            content_type: "application/json".to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            source_url: String::new(),
            remote: None,
            files: Vec::new(),
            body: body.into_bytes(),
        };
        let sent = Sent {
            webhook: webhook.clone(),
            fate,
        };
        self.sent.insert(webhook.id, sent);
        webhook
    }

    /// Some webhooks that were acknowledged.
    pub fn some(&self, rng: &mut Rng) -> Vec<u64> {
        let mut seqs: Vec<u64> = self.acknowledged.keys().copied().collect();
        seqs.sort_unstable();
        let wanted = 1 + rng.index(3);
        let mut some: Vec<u64> = (0..wanted.min(seqs.len())).map(|_| *rng.pick(&seqs)).collect();
        some.sort_unstable();
        some.dedup();
        some
    }

    /// What an operator or a program does, noted before it is done. `catalog` is the version that
    /// it is decided with.
    pub fn operate(&mut self, rng: &mut Rng, catalog: u64) -> Entry {
        let (at, by) = (AT, BY);
        let webhooks = self.some(rng);
        match rng.below(9) {
            0 | 1 => {
                let again = rng.coin();
                for seq in webhooks.iter().filter(|_| again) {
                    self.again.entry(*seq).or_default().1 += 1;
                }
                Entry::one(
                    at,
                    by,
                    WebhookChange::Reprocessed {
                        webhooks,
                        repeat: again,
                    },
                )
            }
            2 => {
                self.deleting.extend(&webhooks);
                Entry::one(
                    at,
                    by,
                    WebhookChange::Deleted {
                        webhooks,
                        unprocessed: true,
                    },
                )
            }
            3 => {
                self.expiring = true;
                Entry::one(
                    at,
                    Actor::System,
                    WebhookChange::Expired {
                        status: Status::Failed,
                        modified_before: Timestamp(i64::MAX),
                        after: rng.below(100),
                        limit: u32::try_from(1 + rng.below(5)).unwrap(),
                    },
                )
            }
            4 => Entry::one(
                at,
                by,
                ConfigChange::DefinitionApplied {
                    definition: definition(),
                    indexes: Vec::new(),
                },
            ),
            5 | 6 => Entry::one(
                Timestamp(AT.0 + i64::try_from(rng.below(100_000)).unwrap()),
                by,
                RecordsWritten {
                    rules: catalog,
                    operations: (0..=rng.below(4)).map(|_| record_operation(rng)).collect(),
                },
            ),
            7 => Entry::one(
                at,
                by,
                ConfigChange::DefinitionApplied {
                    definition: Definition::default(),
                    indexes: vec![ColumnIndex {
                        object: rng.pick(&[OBJECT, "Country"]).to_string(),
                        column: "Name".to_owned(),
                        indexed: rng.coin(),
                    }],
                },
            ),
            _ => Entry::one(
                at,
                by,
                ConfigChange::ProcessSet {
                    process: "CreateRecords".to_owned(),
                    enabled: true,
                },
            ),
        }
    }

    /// Notes that a change was made and how many things it touched.
    pub fn operated(&mut self, change: &Entry, count: u64) {
        let [Change::Webhook(change)] = change.changes.as_slice() else {
            return;
        };
        match change {
            WebhookChange::Deleted { webhooks, .. } => self.deleted.extend(webhooks),
            WebhookChange::Reprocessed { webhooks, repeat: true } if webhooks.len() as u64 == count => {
                for seq in webhooks {
                    self.again.entry(*seq).or_default().0 += 1;
                }
            }
            _ => {}
        }
    }
}
