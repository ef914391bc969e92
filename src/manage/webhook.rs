//! Webhooks: what arrived, and what became of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::object::object_named;
use super::record::display_name;
use super::source::source_named;
use super::{Context, ManageError};
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;
use crate::domain::parse_issue::ParseIssue;
use crate::domain::source::SourceId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Attempt, FileNote, Outcome, Status};
use crate::domain::webhook_filter::WebhookFilter;
use crate::store::Reader;
use crate::store::query::WebhookRow;

/// The most webhooks that one list shows.
pub const LIST_LIMIT: usize = 1000;

/// Which webhooks, by the names that people use; an absent part lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookQuery {
    pub status: Option<Status>,
    /// Of the source with this name.
    pub source: Option<String>,
    /// Whose `EntityName` is the object with this code.
    pub object: Option<String>,
    pub outcome: Option<Outcome>,
    /// Of which a record was ever made, or was not.
    #[serde(default)]
    pub made_record: Option<bool>,
    /// Arrived at or after.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// With this text in the body; case does not count.
    #[serde(default)]
    pub text: Option<String>,
}

/// A webhook in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSummary {
    /// Its id, as the sender got it.
    pub id: Uuid,
    pub created_on: Timestamp,
    pub status: Status,
    /// What came of the last run.
    pub outcome: Outcome,
    /// The name of its source.
    pub source: String,
    /// The object that `EntityName` named, if it is known.
    pub object: Option<String>,
    /// How many records were made from it.
    pub records: u64,
    /// How many parsing errors its last run has.
    pub errors: u64,
}

/// A part of the webhooks that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookPage {
    /// The newest ones first.
    pub webhooks: Vec<WebhookSummary>,
    /// What to name as `before` to see the next ones; none at the end.
    pub next: Option<u64>,
}

/// A webhook with everything about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    /// Its id, as the sender got it.
    pub id: Uuid,
    pub created_on: Timestamp,
    /// When its status last changed.
    pub modified_on: Timestamp,
    pub status: Status,
    /// What came of the last run.
    pub outcome: Outcome,
    /// How often it was asked to be processed.
    pub run: u16,
    /// How often the last run was tried.
    pub attempts: u16,
    /// Attempts that ended, the oldest first; of many, the newest.
    #[serde(default)]
    pub history: Vec<Attempt>,
    /// The name of its source.
    pub source: String,
    /// The first characters of the key that was used.
    pub api_key_hint: String,
    /// Where it came from: the `Origin` or `Referer` header.
    pub source_url: String,
    /// The address that sent it.
    pub remote: Option<std::net::IpAddr>,
    /// The content type as sent.
    pub content_type: String,
    /// The query string as sent.
    pub query: String,
    /// All headers in order; credentials are masked.
    pub headers: Vec<(String, String)>,
    /// Files that came with it; they are not stored.
    pub files: Vec<FileNote>,
    /// The body as sent.
    pub body: BodyView,
    /// The object that `EntityName` named, if it is known.
    pub object: Option<String>,
    /// Records made from it.
    pub records: Vec<RecordLink>,
    /// Parsing errors of the last run.
    pub errors: Vec<RemarkView>,
    /// Notes of the last run.
    pub notes: Vec<RemarkView>,
}

/// A body: as text if it is UTF-8, else as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyView {
    Text(String),
    Base64(String),
}

/// A record that a webhook made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLink {
    pub object: String,
    pub id: Uuid,
    /// What stands for it; none when it does not exist any more.
    pub display: Option<String>,
}

/// A parsing error or note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemarkView {
    /// The column or key; empty for the whole webhook.
    pub column: String,
    /// The start of the value as sent.
    pub value: String,
    /// What is wrong or worth knowing.
    pub text: String,
}

/// Webhooks that match, newest first, that arrived before the one numbered `before`.
///
/// # Errors
/// When the query names something that is not there.
pub fn webhook_list(
    context: &Context,
    query: &WebhookQuery,
    before: Option<u64>,
    limit: usize,
) -> Result<WebhookPage, ManageError> {
    let filter = webhook_filter(context, query)?;
    let limit = limit.clamp(1, LIST_LIMIT);
    let mut rows = context.ledger.read()?.webhook_list(&filter, before, limit + 1)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.seq);
    let catalog = context.ledger.catalog();
    let webhooks = rows.iter().map(|row| summary(&catalog, row)).collect();
    Ok(WebhookPage { webhooks, next })
}

/// One webhook with its records, errors and notes.
///
/// # Errors
/// When there is none with this id.
pub fn webhook_show(context: &Context, id: Uuid) -> Result<WebhookView, ManageError> {
    let reader = context.ledger.read()?;
    let row = webhook_row(&reader, id)?;
    view(&context.ledger.catalog(), &reader, row)
}

/// The body of a webhook, as it arrived.
///
/// # Errors
/// When there is none with this id.
pub fn webhook_body(context: &Context, id: Uuid) -> Result<Vec<u8>, ManageError> {
    Ok(webhook_row(&context.ledger.read()?, id)?.webhook.body)
}

pub(super) fn webhook_row(reader: &Reader, id: Uuid) -> Result<WebhookRow, ManageError> {
    reader.webhook_by_id(id)?.ok_or_else(|| ManageError::NotFound {
        what: "webhook",
        name: id.to_string(),
        next: "it may have been deleted; 'hookgate webhook list' shows what there is",
    })
}

/// The query with names turned into numbers.
///
/// # Errors
/// When it names something that is not there.
pub fn webhook_filter(context: &Context, query: &WebhookQuery) -> Result<WebhookFilter, ManageError> {
    let catalog = context.ledger.catalog();
    let source = query
        .source
        .as_deref()
        .map(|name| source_named(context, name))
        .transpose()?;
    let object = query
        .object
        .as_deref()
        .map(|code| object_named(&catalog, code))
        .transpose()?;
    Ok(WebhookFilter {
        status: query.status,
        source: source.map(|source| source.id),
        object: object.map(|object| object.id),
        outcome: query.outcome,
        made_record: query.made_record,
        from: query.from,
        to: query.to,
        text: query
            .text
            .as_ref()
            .filter(|text| !text.is_empty())
            .map(|text| text.to_lowercase()),
    })
}

pub(super) fn summary(catalog: &Catalog, row: &WebhookRow) -> WebhookSummary {
    let errors = row.state.issues.iter().filter(|issue| issue.is_error()).count();
    WebhookSummary {
        id: row.webhook.id,
        created_on: row.webhook.created_on,
        status: row.state.status,
        outcome: row.state.outcome,
        source: source_name(catalog, row.webhook.source),
        object: row.state.object.map(|object| object_code(catalog, object)),
        records: row.state.records.len() as u64,
        errors: errors as u64,
    }
}

pub(super) fn view(catalog: &Catalog, reader: &Reader, row: WebhookRow) -> Result<WebhookView, ManageError> {
    let WebhookRow { webhook, state, .. } = row;
    let history = state.history();
    let mut records = Vec::new();
    for (object, id) in state.records {
        records.push(RecordLink {
            object: object_code(catalog, object),
            id,
            display: display_name(catalog, reader, object, id)?,
        });
    }
    let (errors, notes): (Vec<_>, Vec<_>) = state.issues.into_iter().partition(ParseIssue::is_error);
    Ok(WebhookView {
        id: webhook.id,
        created_on: webhook.created_on,
        modified_on: state.modified_on,
        status: state.status,
        outcome: state.outcome,
        run: state.run,
        attempts: state.attempts,
        history,
        source: source_name(catalog, webhook.source),
        api_key_hint: webhook.api_key_hint,
        source_url: webhook.source_url,
        remote: webhook.remote,
        content_type: webhook.content_type,
        query: webhook.query,
        headers: webhook.headers,
        files: webhook.files,
        body: body_view(webhook.body),
        object: state.object.map(|object| object_code(catalog, object)),
        records,
        errors: errors.into_iter().map(remark_view).collect(),
        notes: notes.into_iter().map(remark_view).collect(),
    })
}

fn body_view(body: Vec<u8>) -> BodyView {
    match String::from_utf8(body) {
        Ok(text) => BodyView::Text(text),
        Err(error) => BodyView::Base64(STANDARD.encode(error.as_bytes())),
    }
}

fn remark_view(issue: ParseIssue) -> RemarkView {
    RemarkView {
        column: issue.column,
        value: issue.value,
        text: issue.reason.to_string(),
    }
}

fn source_name(catalog: &Catalog, id: SourceId) -> String {
    let source = catalog.sources.get(&id);
    source.map_or_else(|| format!("source {id}"), |source| source.name.clone())
}

fn object_code(catalog: &Catalog, id: ObjectId) -> String {
    let object = catalog.objects.get(&id);
    object.map_or_else(|| format!("object {id}"), |object| object.code.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_or_base64() {
        assert_eq!(body_view(b"{}".to_vec()), BodyView::Text("{}".to_owned()));
        assert_eq!(body_view(vec![0xff, 0xfe]), BodyView::Base64("//4=".to_owned()));
    }
}
