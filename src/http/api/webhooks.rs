//! Webhooks: list, show, reprocess, copy, delete, export.

use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{created, download, json, nothing, stream};
use crate::domain::task::BulkAction;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Outcome, Status};
use crate::manage::audit::{ExportFormat, audit_noted};
use crate::manage::webhook::{BodyView, WebhookQuery, WebhookView, webhook_body, webhook_filter, webhook_show};
use crate::manage::webhook_bulk::{bulk_check, webhooks_bulk};
use crate::manage::webhook_change::{webhook_delete, webhook_replay};
use crate::manage::webhook_copy::{CopyBody, webhook_copy};
use crate::manage::webhook_export::webhook_export;
use crate::manage::webhook_search::{ChartStep, webhook_chart, webhook_count_by_status, webhook_search};
use crate::manage::{Context, ManageError, Progress};

/// Webhooks of a page, unless asked otherwise.
const LIMIT: usize = 50;

/// The maximum part of a body in a response; the download has the rest.
const BODY_SHOWN: usize = 1024 * 1024;

/// The longest body of a copy, as JSON writes it.
pub const COPY_BODY: usize = 4 * 1024 * 1024;

/// The words of a filter, as addresses and bodies have them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    status: Option<String>,
    source: Option<String>,
    entity: Option<String>,
    outcome: Option<String>,
    made_record: Option<bool>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    text: Option<String>,
    before: Option<u64>,
    limit: Option<usize>,
    format: Option<ExportFormat>,
}

impl Filter {
    fn query(self) -> Result<WebhookQuery, ManageError> {
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

/// Webhooks that match.
pub fn list(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let filter: Filter = input.query()?;
    let (before, limit) = (filter.before, filter.limit.unwrap_or(LIMIT));
    json(&webhook_search(context, &filter.query()?, before, limit)?)
}

/// How many match.
pub fn count(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let filter: Filter = input.query()?;
    json(&webhook_count_by_status(context, &filter.query()?)?)
}

#[derive(Deserialize)]
struct Range {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    step: Option<ChartStep>,
}

/// How many arrived, over time.
pub fn chart(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let Range { from, to, step } = input.query()?;
    json(&webhook_chart(context, from, to, step.unwrap_or(ChartStep::Hour))?)
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    view: WebhookView,
    body_base64: Option<String>,
}

/// One webhook with all details; a body that is too long is only in the download.
pub fn show(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let mut view = webhook_show(context, input.id()?)?;
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
    json(&Shown { view, body_base64 })
}

/// The body as it arrived.
pub fn body(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let id = input.id()?;
    let file = format!("webhook-{id}.bin");
    download("application/octet-stream", &file, webhook_body(context, id)?)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ReplayOptions {
    again: bool,
}

/// Processes one again.
pub fn replay(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let ReplayOptions { again } = input.body_or_default()?;
    json(&webhook_replay(context, principal.actor(), input.id()?, again)?)
}

/// Takes in an edited copy.
pub fn copy(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let body: CopyBody = input.body()?;
    created(&webhook_copy(
        context,
        principal.actor(),
        input.address,
        input.id()?,
        body,
    )?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    #[serde(default)]
    include_new: bool,
}

/// Deletes one; one that is not processed yet only with `include_new`.
pub fn remove(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let Remove { include_new } = input.query()?;
    webhook_delete(context, principal.actor(), input.id()?, include_new)?;
    nothing()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplayMany {
    filter: Filter,
    #[serde(default)]
    again: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveMany {
    filter: Filter,
    #[serde(default)]
    include_new: bool,
}

/// Processes all again that match; those that made a record only with `again`.
pub fn replay_all(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let ReplayMany { filter, again } = input.body()?;
    change_all(context, principal, filter, BulkAction::Reprocess { repeat: again })
}

/// Deletes all matching webhooks; unprocessed ones only with `include_new`.
pub fn remove_all(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let RemoveMany { filter, include_new } = input.body()?;
    change_all(
        context,
        principal,
        filter,
        BulkAction::Delete {
            unprocessed: include_new,
        },
    )
}

/// The last line of a task's answer.
#[derive(Serialize)]
struct Last {
    changed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancelled: bool,
    finished: bool,
}

/// A task. Reports its progress after each step; it continues when the client disconnects.
fn change_all(context: &Context, principal: &Principal, filter: Filter, action: BulkAction) -> HandlerResult {
    let Filter {
        before, limit, format, ..
    } = &filter;
    if before.is_some() || limit.is_some() || format.is_some() {
        return Err(ManageError::Invalid {
            what: "filter",
            problem: "it names all that match: before, limit and format are for lists and files".to_owned(),
        });
    }
    let filter = webhook_filter(context, &filter.query()?)?;
    bulk_check(&filter, action)?;
    let (ledger, by) = (context.ledger.clone(), principal.actor());
    stream("application/x-ndjson", None, move |out| {
        let mut line = |value: serde_json::Value| writeln!(out, "{value}").and_then(|()| out.flush());
        let done = webhooks_bulk(&ledger, by, &filter, action, &mut |progress: Progress| {
            let sent = line(json!({"task": progress.task, "done": progress.done, "total": progress.total}));
            sent.map_or(ControlFlow::Break(()), ControlFlow::Continue)
        })?;
        let last = Last {
            changed: done.count,
            left_out: (done.left_out > 0 || matches!(action, BulkAction::Reprocess { .. })).then_some(done.left_out),
            cancelled: done.cancelled,
            finished: true,
        };
        line(json!(last)).map_err(|_| ManageError::Interrupted { done: done.count })
    })
}

/// Exports all matching webhooks as a file.
pub fn export(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let filter: Filter = input.query()?;
    let format = filter.format.unwrap_or(ExportFormat::Csv);
    let filter = webhook_filter(context, &filter.query()?)?;
    audit_noted(context, principal.actor(), "webhooks-exported", input.address)?;
    let (content_type, file) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "hookgate-webhooks.csv"),
        ExportFormat::Ndjson => ("application/x-ndjson", "hookgate-webhooks.ndjson"),
    };
    let ledger = context.ledger.clone();
    stream(content_type, Some(file), move |out| {
        webhook_export(&ledger, &filter, format, out)
    })
}
