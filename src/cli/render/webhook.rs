//! Webhooks for people.

use super::page::{Page, Tone};
use super::table::{Align, Table, cell};
use super::text::{clean, clean_lines, counted, number, time, time_utc};
use super::{left_out, webhooks};
use crate::domain::webhook::{Outcome, Status};
use crate::manage::task::{TaskState, TaskView};
use crate::manage::webhook::{BodyView, RemarkView, WebhookView};
use crate::manage::webhook_change::WebhooksChanged;
use crate::manage::webhook_search::WebhooksFound;

/// The most of a body that is shown; `--json` shows all of it.
const BODY_SHOWN: usize = 4000;

pub(in crate::cli) fn many(page: &mut Page, view: &WebhooksFound) {
    if view.webhooks.is_empty() {
        match view.next {
            None => page.line("No matching webhooks."),
            Some(next) => page.line(&format!(
                "No matching webhooks so far; continue the search with --before {next}."
            )),
        }
        return;
    }
    let mut table = Table::new(&[
        ("ID", Align::Left),
        ("ARRIVED (UTC)", Align::Left),
        ("STATUS", Align::Left),
        ("OUTCOME", Align::Left),
        ("SOURCE", Align::Left),
        ("OBJECT", Align::Left),
        ("ERRORS", Align::Right),
    ]);
    for webhook in &view.webhooks {
        let errors = if webhook.errors == 0 {
            String::new()
        } else {
            number(webhook.errors)
        };
        table.row(vec![
            cell(webhook.id.to_string()),
            cell(time(webhook.created_on)),
            (webhook.status.name().to_owned(), tone_of(webhook.status)),
            cell(webhook.outcome.name()),
            cell(webhook.source.as_str()),
            cell(webhook.object.as_deref().unwrap_or("-")),
            (errors, Tone::Bad),
        ]);
    }
    table.show(page);
    if let Some(next) = view.next {
        page.toned(Tone::Quiet, &format!("To see more, add --before {next}."));
    }
}

pub(in crate::cli) fn one(page: &mut Page, view: &WebhookView) {
    page.field("Webhook", &view.id.to_string());
    page.field_toned("Status", view.status.name(), tone_of(view.status));
    page.field("Outcome", view.outcome.name());
    page.field("Arrived", &time_utc(view.created_on));
    page.field("Last changed", &time_utc(view.modified_on));
    page.field("Source", &format!("{} (key {}…)", view.source, view.api_key_hint));
    page.field("Source URL", &view.source_url);
    page.field(
        "From",
        &view.remote.map(|address| address.to_string()).unwrap_or_default(),
    );
    page.field("Content type", &view.content_type);
    page.field("Query", &view.query);
    if view.run > 1 {
        let tried = counted(view.attempts.into(), "time", "times");
        page.field("Run", &format!("{}, attempted {tried}", view.run));
    }
    page.field("Object", view.object.as_deref().unwrap_or_default());
    for record in &view.records {
        let display = record.display.as_deref().unwrap_or("deleted");
        page.field("Record", &format!("{} {} ({display})", record.object, record.id));
    }
    if view.history.len() > 1 {
        page.heading("Attempts");
        for attempt in &view.history {
            let outcome = attempt.outcome.map_or("interrupted", Outcome::name);
            let ended = time_utc(attempt.ended_on);
            page.line(&format!("  {ended} run {}: {outcome}", attempt.run));
        }
    }
    issues(page, "Parsing errors", Tone::Bad, &view.errors);
    issues(page, "Notes", Tone::Plain, &view.notes);
    if !view.files.is_empty() {
        page.heading("Files (not stored)");
        for file in &view.files {
            let line = format!(
                "{}: {} ({} bytes)",
                clean(&file.field),
                clean(&file.name),
                number(file.size)
            );
            page.line(&format!("  {line}"));
        }
    }
    page.heading("Headers");
    for (name, value) in &view.headers {
        page.line(&format!("  {}: {}", clean(name), clean(value)));
    }
    body(page, &view.body);
}

/// One that will be processed again.
pub(in crate::cli) fn replayed(page: &mut Page, view: &WebhooksChanged) {
    page.line(&format!("{} will be reprocessed.", webhooks(view.count)));
}

/// All that will be processed again.
pub(in crate::cli) fn replayed_all(page: &mut Page, view: &TaskView) {
    let left_out = left_out(view.left_out).map_or_else(String::new, |text| format!(" {text}."));
    let (all, cancelled) = (webhooks(view.done), cancelled(view));
    page.line(&format!("{all} will be reprocessed.{left_out}{cancelled}"));
}

/// One that was deleted.
pub(in crate::cli) fn deleted(page: &mut Page, view: &WebhooksChanged) {
    page.line(&format!("{} deleted.", webhooks(view.count)));
}

/// All that were deleted.
pub(in crate::cli) fn deleted_all(page: &mut Page, view: &TaskView) {
    let left_out = left_alone(view.left_out).map_or_else(String::new, |text| format!(" {text}."));
    let (all, cancelled) = (webhooks(view.done), cancelled(view));
    page.line(&format!("{all} deleted.{left_out}{cancelled}"));
}

fn cancelled(view: &TaskView) -> &'static str {
    if view.state == TaskState::Cancelled {
        " The task was cancelled before it was complete."
    } else {
        ""
    }
}

/// What was not deleted, and how it would be; none if there is nothing.
fn left_alone(count: u64) -> Option<String> {
    let them = match count {
        0 => return None,
        1 => "is not processed yet and was skipped; --include-new deletes it too",
        _ => "are not processed yet and were skipped; --include-new deletes them too",
    };
    Some(format!("{} {them}", webhooks(count)))
}

fn issues(page: &mut Page, heading: &str, tone: Tone, issues: &[RemarkView]) {
    if issues.is_empty() {
        return;
    }
    page.heading(heading);
    for issue in issues {
        let text = page.tone(tone, &clean(&issue.text));
        let line = match (issue.column.as_str(), issue.value.as_str()) {
            ("", _) => text,
            (column, "") => format!("{}: {text}", clean(column)),
            (column, value) => format!("{} = \"{}\": {text}", clean(column), clean(value)),
        };
        page.line(&format!("  {line}"));
    }
}

fn body(page: &mut Page, body: &BodyView) {
    let (heading, text) = match body {
        BodyView::Text(text) => ("Body", text),
        BodyView::Base64(text) => ("Body (base64, because it is not UTF-8 text)", text),
    };
    page.heading(heading);
    let shown = match text.char_indices().nth(BODY_SHOWN) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    };
    for line in clean_lines(shown).lines() {
        page.line(&format!("  {line}"));
    }
    if shown.len() < text.len() {
        let text = format!(
            "  … {} bytes in total; use --json to see all of them",
            number(text.len() as u64)
        );
        page.toned(Tone::Quiet, &text);
    }
}

const fn tone_of(status: Status) -> Tone {
    match status {
        Status::New | Status::Processing => Tone::Plain,
        Status::Failed => Tone::Bad,
        Status::Done => Tone::Good,
    }
}
