//! Webhooks: list, show, reprocess, copy, delete, export.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Binary, Body, Created, CsvOrLines, File, Json};
use super::{Call, Reply};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Outcome, Status};
use crate::manage::ManageError;
use crate::manage::audit::{ExportFormat, audit_noted};
use crate::manage::webhook::{BodyView, WebhookQuery, WebhookView, webhook_body, webhook_filter, webhook_show};
use crate::manage::webhook_change::{WebhooksChanged, webhook_delete, webhook_replay};
use crate::manage::webhook_copy::{CopyBody, WebhookMade, webhook_copy};
use crate::manage::webhook_export::webhook_export;
use crate::manage::webhook_search::{
    ChartStep, WebhookChart, WebhookTally, WebhooksFound, webhook_chart, webhook_count_by_status, webhook_search,
};

/// Webhooks of a page, unless asked otherwise.
const LIMIT: usize = 50;

/// The maximum part of a body in an answer; the download has the rest.
const BODY_SHOWN: usize = 1024 * 1024;

/// The maximum body of a copy, as JSON writes it.
pub const COPY_BODY: usize = 4 * 1024 * 1024;

/// Selects webhooks, by the names that people use.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookFilter")]
pub struct Filter {
    /// New, Processing, Failed or Done.
    status: Option<String>,
    /// The name of the source.
    source: Option<String>,
    /// The object that `EntityName` refers to, by its code.
    entity: Option<String>,
    /// Its outcome, such as `record-created`.
    outcome: Option<String>,
    /// Whether it ever created a record.
    made_record: Option<bool>,
    /// Arrived at this time or later.
    from: Option<Timestamp>,
    /// Arrived before this time.
    to: Option<Timestamp>,
    /// Text in the body, without regard to case.
    text: Option<String>,
}

impl Filter {
    pub(super) fn query(self) -> Result<WebhookQuery, ManageError> {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let invalid = |what| move |problem| ManageError::Invalid { what, problem };
        let status = some(self.status).map(|text| text.parse::<Status>().map_err(invalid("status")));
        let outcome = some(self.outcome).map(|text| text.parse::<Outcome>().map_err(invalid("outcome")));
        Ok(WebhookQuery {
            status: status.transpose()?,
            source: some(self.source),
            object: some(self.entity),
            outcome: outcome.transpose()?,
            made_record: self.made_record,
            from: self.from,
            to: self.to,
            text: some(self.text),
        })
    }
}

/// A page of webhooks. Parameters are listed once more: in an address, nested ones have no place.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookList")]
pub struct Page {
    status: Option<String>,
    source: Option<String>,
    entity: Option<String>,
    outcome: Option<String>,
    made_record: Option<bool>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    text: Option<String>,
    /// Webhooks before this one.
    before: Option<u64>,
    limit: Option<usize>,
}

/// Webhooks that match.
pub fn list(call: &Call<'_>, page: Page) -> Reply<Json<WebhooksFound>> {
    let (before, limit) = (page.before, page.limit.unwrap_or(LIMIT));
    let filter = Filter {
        status: page.status,
        source: page.source,
        entity: page.entity,
        outcome: page.outcome,
        made_record: page.made_record,
        from: page.from,
        to: page.to,
        text: page.text,
    };
    Ok(Json(webhook_search(call.context, &filter.query()?, before, limit)?))
}

/// How many match.
pub fn count(call: &Call<'_>, filter: Filter) -> Reply<Json<WebhookTally>> {
    Ok(Json(webhook_count_by_status(call.context, &filter.query()?)?))
}

/// The time that a chart shows.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "WebhookChartRange")]
pub struct Range {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    step: Option<ChartStep>,
}

/// How many arrived, over time.
pub fn chart(call: &Call<'_>, range: Range) -> Reply<Json<WebhookChart>> {
    let Range { from, to, step } = range;
    let step = step.unwrap_or(ChartStep::Hour);
    Ok(Json(webhook_chart(call.context, from, to, step)?))
}

/// A webhook with all details.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebhookShown")]
pub struct Shown {
    #[serde(flatten)]
    view: WebhookView,
    /// None if the body is too long; the download has it.
    body_base64: Option<String>,
}

/// One webhook with all details; a body that is too long is only in the download.
pub fn show(call: &Call<'_>) -> Reply<Json<Shown>> {
    let mut view = webhook_show(call.context, call.id()?)?;
    let body_base64 = match &mut view.body {
        BodyView::Text(text) if text.len() <= BODY_SHOWN => Some(STANDARD.encode(text.as_bytes())),
        BodyView::Base64(text) if text.len() / 4 * 3 <= BODY_SHOWN + 2 => Some(text.clone()),
        BodyView::Text(text) => {
            let end = (0..=BODY_SHOWN).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or_default());
            None
        }
        BodyView::Base64(text) => {
            text.truncate(BODY_SHOWN / 3 * 4);
            None
        }
    };
    Ok(Json(Shown { view, body_base64 }))
}

/// The body as it arrived.
pub fn body(call: &Call<'_>) -> Reply<File<Binary>> {
    let id = call.id()?;
    let bytes = webhook_body(call.context, id)?;
    let name = format!("webhook-{id}.bin");
    Ok(File {
        body: Body::Bytes(bytes),
        ..File::written(name, "application/octet-stream", |_| Ok(()))
    })
}

/// How a webhook is reprocessed.
#[derive(Deserialize, Default, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "WebhookReplay")]
pub struct Replay {
    /// Create another record even if an earlier run created one.
    again: bool,
}

/// Processes one again.
pub fn replay(call: &Call<'_>, replay: Replay) -> Reply<Json<WebhooksChanged>> {
    let changed = webhook_replay(call.context, call.by(), call.id()?, replay.again)?;
    Ok(Json(changed))
}

/// Adds an edited copy.
pub fn copy(call: &Call<'_>, body: CopyBody) -> Reply<Created<WebhookMade>> {
    let made = webhook_copy(call.context, call.by(), call.sent.address, call.id()?, body)?;
    Ok(Created(made))
}

/// Which webhooks may be deleted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookDelete")]
pub struct Remove {
    /// Also if it is not processed yet.
    #[serde(default)]
    include_new: bool,
}

/// Deletes one; one that is not processed yet only with `include_new`.
pub fn remove(call: &Call<'_>, remove: Remove) -> Reply<Json<WebhooksChanged>> {
    let deleted = webhook_delete(call.context, call.by(), call.id()?, remove.include_new)?;
    Ok(Json(deleted))
}

/// Which webhooks to export, and the format of the file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookExport")]
pub struct Export {
    status: Option<String>,
    source: Option<String>,
    entity: Option<String>,
    outcome: Option<String>,
    made_record: Option<bool>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    text: Option<String>,
    format: Option<ExportFormat>,
}

/// Exports all matching webhooks as a file.
pub fn export(call: &Call<'_>, export: Export) -> Reply<File<CsvOrLines>> {
    let format = export.format.unwrap_or(ExportFormat::Csv);
    let filter = Filter {
        status: export.status,
        source: export.source,
        entity: export.entity,
        outcome: export.outcome,
        made_record: export.made_record,
        from: export.from,
        to: export.to,
        text: export.text,
    };
    let filter = webhook_filter(call.context, &filter.query()?)?;
    audit_noted(call.context, call.by(), "webhooks-exported", call.sent.address)?;
    let (content_type, file) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "hookgate-webhooks.csv"),
        ExportFormat::Ndjson => ("application/x-ndjson", "hookgate-webhooks.ndjson"),
    };
    let ledger = call.context.ledger.clone();
    Ok(File::written(file, content_type, move |out| {
        webhook_export(&ledger, &filter, format, out)
    }))
}
