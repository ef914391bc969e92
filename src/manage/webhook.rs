//! Webhooks as they arrived, and the results of processing them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::object::object_named;
use super::record::display_name;
use super::source::source_named;
use super::thing::Thing;
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

/// The maximum number of webhooks in a list.
pub const LIST_LIMIT: usize = 1000;

/// Selects webhooks, by the names that people use. Parts that are absent match all webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookQuery {
    pub status: Option<Status>,
    /// The name of the source.
    pub source: Option<String>,
    /// The code of the object that `EntityName` refers to.
    pub object: Option<String>,
    pub outcome: Option<Outcome>,
    /// Whether it ever created a record.
    #[serde(default)]
    pub made_record: Option<bool>,
    /// Arrived at or after this moment.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Text in the body, without regard to case.
    #[serde(default)]
    pub text: Option<String>,
}

/// A webhook in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookSummary {
    /// The id, as in the response to the sender.
    pub id: Uuid,
    pub created_on: Timestamp,
    pub status: Status,
    /// The result of the last run.
    pub outcome: Outcome,
    pub source: String,
    /// The object that `EntityName` refers to, if it is known.
    pub object: Option<String>,
    /// The number of records that it created.
    pub records: u64,
    /// The number of parsing errors of the last run.
    pub errors: u64,
}

/// A webhook with all its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookView {
    /// The id, as in the response to the sender.
    pub id: Uuid,
    pub created_on: Timestamp,
    pub modified_on: Timestamp,
    pub status: Status,
    /// The result of the last run.
    pub outcome: Outcome,
    /// The number of times that processing was requested.
    pub run: u16,
    /// The number of attempts in the last run.
    pub attempts: u16,
    /// Attempts that ended, oldest first. If there are many, only the newest.
    #[serde(default)]
    pub history: Vec<Attempt>,
    pub source: String,
    /// The first characters of the key that was used.
    pub api_key_hint: String,
    /// The `Origin` or `Referer` header.
    pub source_url: String,
    /// The IP address of the sender.
    pub remote: Option<std::net::IpAddr>,
    /// The `Content-Type` header as sent.
    pub content_type: String,
    /// The query string as sent.
    pub query: String,
    /// All headers in order; credentials are masked.
    pub headers: Vec<(String, String)>,
    /// Files of a multipart form, which are not stored.
    pub files: Vec<FileNote>,
    pub body: BodyView,
    /// The object that `EntityName` refers to, if it is known.
    pub object: Option<String>,
    /// The records that it created.
    pub records: Vec<RecordLink>,
    /// Parsing errors of the last run.
    pub errors: Vec<RemarkView>,
    /// Notes of the last run.
    pub notes: Vec<RemarkView>,
}

/// A body: as text if it is UTF-8, else as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyView {
    Text(String),
    Base64(String),
}

/// A record that a webhook created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordLink {
    pub object: String,
    pub id: Uuid,
    /// The value of its display column; none if the record no longer exists.
    pub display: Option<String>,
}

/// A parsing error or note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemarkView {
    /// The column or key; empty if it concerns the whole webhook.
    pub column: String,
    /// The start of the value as sent.
    pub value: String,
    /// What is wrong, or what the reader should know.
    pub text: String,
}

/// One webhook with its records, errors and notes.
///
/// # Errors
/// If there is none with this id.
pub fn webhook_show(context: &Context, id: Uuid) -> Result<WebhookView, ManageError> {
    let reader = context.ledger.read()?;
    let row = webhook_row(&reader, id)?;
    view(&context.ledger.catalog(), &reader, row)
}

/// The body of a webhook, as it arrived.
///
/// # Errors
/// If there is none with this id.
pub fn webhook_body(context: &Context, id: Uuid) -> Result<Vec<u8>, ManageError> {
    Ok(webhook_row(&context.ledger.read()?, id)?.webhook.body)
}

pub(super) fn webhook_row(reader: &Reader, id: Uuid) -> Result<WebhookRow, ManageError> {
    reader.webhook_by_id(id)?.ok_or_else(|| ManageError::NotFound {
        what: Thing::Webhook,
        name: id.to_string(),
    })
}

/// Converts a query with names into a filter with ids.
///
/// # Errors
/// If it names something that does not exist.
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
