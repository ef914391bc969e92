//! One entity, as it was read.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::hash::{DefaultHasher, Hash, Hasher};

use uuid::Uuid;

use super::fixed::{
    actor_property, parsing_error_property as issue_property, webhook_property, webhook_status_property,
};
use super::model::Source;
use crate::domain::catalog::Catalog;
use crate::domain::parse_issue::ParseIssue;
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::domain::webhook::Status;
use crate::store::query::WebhookRow;
use crate::store::record_mark;

/// One entity, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub id: Uuid,
    /// The rest of it.
    pub data: Data,
    /// Computed by [`Row::mark`] at its first call.
    mark: OnceCell<[u8; 8]>,
}

/// What an entity is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    Record(Record),
    Webhook {
        row: Box<WebhookRow>,
        /// The name of its source.
        source: String,
    },
    Status {
        status: Status,
        days: u32,
    },
    ParseIssue(Box<IssueRow>),
    Actor {
        name: String,
    },
}

/// A parsing error or note, and its place in the webhook.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IssueRow {
    pub webhook: Uuid,
    pub seq: u64,
    pub index: u8,
    pub modified_on: Timestamp,
    pub issue: ParseIssue,
}

impl Row {
    const fn new(id: Uuid, data: Data) -> Self {
        let mark = OnceCell::new();
        Self { id, data, mark }
    }

    pub fn record(id: Uuid, record: Record) -> Self {
        Self::new(id, Data::Record(record))
    }

    pub fn webhook(catalog: &Catalog, row: WebhookRow) -> Self {
        let id = row.webhook.id;
        let source = catalog.sources.get(&row.webhook.source);
        let data = Data::Webhook {
            source: source.map(|source| source.name.clone()).unwrap_or_default(),
            row: Box::new(row),
        };
        Self::new(id, data)
    }

    pub fn status(catalog: &Catalog, status: Status) -> Self {
        let days = catalog.retention.days(status);
        Self::new(status.lookup_id(), Data::Status { status, days })
    }

    pub fn actor(id: Uuid, name: &str) -> Self {
        let name = name.to_owned();
        Self::new(id, Data::Actor { name })
    }

    pub fn issue(row: IssueRow) -> Self {
        Self::new(issue_id(row.webhook, row.index), Data::ParseIssue(Box::new(row)))
    }

    /// The value of a property; none if it is empty. Moments are cut to milliseconds.
    pub fn value(&self, source: Source) -> Option<Cow<'_, Value>> {
        match (&self.data, source) {
            (_, Source::Id) => Some(Cow::Owned(Value::Guid(self.id))),
            (Data::Record(record), source) => record_value(record, source),
            (Data::Webhook { row, source: name }, source) => webhook_value(row, name, source).map(Cow::Owned),
            (Data::Status { status, days }, Source::Virtual(number)) => match number {
                webhook_status_property::NAME => Some(Cow::Owned(Value::Text(status.name().to_owned()))),
                webhook_status_property::RETENTION_DAYS => Some(Cow::Owned(Value::Integer((*days).into()))),
                _ => None,
            },
            (Data::ParseIssue(row), Source::Virtual(number)) => issue_value(row, number).map(Cow::Owned),
            (Data::Actor { name }, Source::Virtual(actor_property::NAME)) => {
                Some(Cow::Owned(Value::Text(name.clone())))
            }
            (Data::Status { .. } | Data::ParseIssue(_) | Data::Actor { .. }, _) => None,
        }
    }

    /// The id of the entity that a property refers to; none if it is empty.
    pub fn refers(&self, source: Source) -> Option<Uuid> {
        match self.value(source).as_deref() {
            Some(Value::Guid(id)) if !id.is_nil() => Some(*id),
            _ => None,
        }
    }

    /// The approximate memory in bytes.
    pub fn size(&self) -> usize {
        let text = |value: &Value| match value {
            Value::Text(text) => text.len(),
            _ => 0,
        };
        size_of::<Self>()
            + match &self.data {
                Data::Record(record) => {
                    let value = |(_, value): &(_, Value)| size_of::<(u16, Value)>() + text(value);
                    record.values.iter().map(value).sum()
                }
                Data::Webhook { row, source } => {
                    let WebhookRow { webhook, state, .. } = &**row;
                    let headers = webhook
                        .headers
                        .iter()
                        .map(|(name, value)| 48 + name.len() + value.len());
                    let issues = state.issues.iter().map(issue_size);
                    size_of::<WebhookRow>()
                        + webhook.body.len()
                        + webhook.query.len()
                        + webhook.source_url.len()
                        + source.len()
                        + headers.chain(issues).sum::<usize>()
                }
                Data::Status { .. } => 0,
                Data::Actor { name } => name.len(),
                Data::ParseIssue(row) => size_of::<IssueRow>() + issue_size(&row.issue),
            }
    }

    /// What the entity's `ETag` is made of: it changes with its contents.
    pub fn mark(&self) -> [u8; 8] {
        *self.mark.get_or_init(|| match &self.data {
            Data::Record(record) => record_mark(record),
            Data::Webhook { row, .. } => row.state.modified_on.0.to_be_bytes(),
            Data::Status { days, .. } => u64::from(*days).to_be_bytes(),
            Data::ParseIssue(row) => row.modified_on.0.to_be_bytes(),
            Data::Actor { name } => {
                let mut hasher = DefaultHasher::new();
                name.hash(&mut hasher);
                hasher.finish().to_be_bytes()
            }
        })
    }
}

/// The id of a parsing error: the webhook's id with the version for custom ids (8), and the error's
/// number in the last byte. So [`issue_webhooks`] can derive the webhook from it.
pub(super) fn issue_id(webhook: Uuid, index: u8) -> Uuid {
    let mut bytes = webhook.into_bytes();
    let [_, _, _, _, _, _, version, _, _, _, _, _, _, _, _, last] = &mut bytes;
    *version = *version & 0x0F | 0x80;
    *last ^= index;
    Uuid::from_bytes(bytes)
}

/// The most issues that a webhook has, and a few.
const REMARKS: u8 = 128;

/// The webhooks that a parsing error with this id can belong to, and its number there.
pub(super) fn issue_webhooks(id: Uuid) -> impl Iterator<Item = (Uuid, u8)> {
    let version = id.get_version_num() == 8;
    (0..REMARKS).filter(move |_| version).map(move |index| {
        let mut bytes = id.into_bytes();
        let [_, _, _, _, _, _, version, _, _, _, _, _, _, _, _, last] = &mut bytes;
        *version = *version & 0x0F | 0x70;
        *last ^= index;
        (Uuid::from_bytes(bytes), index)
    })
}

/// The approximate memory of an issue in bytes, assuming a reason of usual length.
fn issue_size(issue: &ParseIssue) -> usize {
    size_of::<ParseIssue>() + issue.column.len() + issue.value.len() + 100
}

fn record_value(record: &Record, source: Source) -> Option<Cow<'_, Value>> {
    let owned = |value| Some(Cow::Owned(value));
    match source {
        Source::CreatedOn => owned(moment(record.created_on)),
        Source::ModifiedOn => owned(moment(record.modified_on)),
        Source::CreatedBy => owned(Value::Guid(record.created_by)),
        Source::ModifiedBy => owned(Value::Guid(record.modified_by)),
        Source::Column(column) => match record.value(column)? {
            Value::DateTime(at) => owned(moment(*at)),
            value => Some(Cow::Borrowed(value)),
        },
        Source::Id | Source::Virtual(_) => None,
    }
}

const fn moment(at: Timestamp) -> Value {
    Value::DateTime(Timestamp(at.millis().saturating_mul(1000)))
}

fn webhook_value(row: &WebhookRow, source_name: &str, source: Source) -> Option<Value> {
    let (webhook, state) = (&row.webhook, &row.state);
    let number = match source {
        Source::CreatedOn => return Some(moment(webhook.created_on)),
        Source::ModifiedOn => return Some(moment(state.modified_on)),
        Source::Virtual(number) => number,
        _ => return None,
    };
    let text = match number {
        webhook_property::STATUS_ID => return Some(Value::Guid(state.status.lookup_id())),
        webhook_property::REQUEST_BODY => String::from_utf8_lossy(&webhook.body).into_owned(),
        webhook_property::QUERY_PARAMETERS => webhook.query.clone(),
        webhook_property::HEADERS => headers_text(&webhook.headers),
        webhook_property::CONTENT_TYPE => webhook.content_type.clone(),
        webhook_property::WEBHOOK_SOURCE => source_name.to_owned(),
        webhook_property::SOURCE_URL => webhook.source_url.clone(),
        webhook_property::API_KEY => webhook.api_key_hint.clone(),
        webhook_property::OUTCOME => state.outcome.name().to_owned(),
        webhook_property::REMOTE_ADDRESS => webhook.remote?.to_string(),
        _ => return None,
    };
    Some(Value::Text(text))
}

/// Headers as JSON: a list of names and values in order, since a name can be there twice.
fn headers_text(headers: &[(String, String)]) -> String {
    serde_json::to_string(headers).unwrap_or_default()
}

fn issue_value(row: &IssueRow, number: u16) -> Option<Value> {
    Some(match number {
        issue_property::WEBHOOK_ID => Value::Guid(row.webhook),
        issue_property::COLUMN => Value::Text(row.issue.column.clone()),
        issue_property::VALUE => Value::Text(row.issue.value.clone()),
        issue_property::REASON => Value::Text(row.issue.reason.to_string()),
        issue_property::IS_ERROR => Value::Boolean(row.issue.is_error()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parsing_error_leads_to_its_webhook() {
        let webhook = crate::clock::new_id();
        let ids: Vec<Uuid> = (0..=100).map(|index| issue_id(webhook, index)).collect();
        for (index, id) in (0..).zip(&ids) {
            assert_eq!(id.get_version_num(), 8);
            assert!(issue_webhooks(*id).any(|found| found == (webhook, index)));
        }
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
        assert_eq!(issue_webhooks(webhook).count(), 0, "the id of no parsing error");
    }
}
