//! Webhook sources for people.

use super::page::{Page, Tone};
use super::table::{Align, Table, cell};
use super::text::{bytes, clean_lines, number, time, time_utc};
use super::webhook;
use crate::manage::source::SourceView;
use crate::manage::source_test::SourceTestView;

pub(in crate::cli) fn many(page: &mut Page, views: &[SourceView]) {
    if views.is_empty() {
        page.line("No webhook sources yet; add one with 'hookgate source add NAME'.");
        return;
    }
    let mut table = Table::new(&[
        ("NAME", Align::Left),
        ("ENABLED", Align::Left),
        ("KEY", Align::Left),
        ("TOKEN", Align::Left),
        ("WEBHOOKS", Align::Right),
        ("LAST ARRIVED (UTC)", Align::Left),
    ]);
    for view in views {
        table.row(vec![
            cell(view.name.as_str()),
            enabled(view.enabled),
            cell(format!("{}…", view.key_hint)),
            cell(if view.requires_token { "required" } else { "" }),
            cell(number(view.webhooks)),
            cell(view.last_webhook_on.map_or_else(|| "never".to_owned(), time)),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn one(page: &mut Page, view: &SourceView) {
    let (text, tone) = enabled(view.enabled);
    page.field_toned("Source", &view.name, Tone::Head);
    page.field_toned("Enabled", &text, tone);
    page.field("Webhook URL", view.webhook_url.as_deref().unwrap_or_default());
    if let Some(until) = view.previous_key_until {
        page.field("Previous URL", &format!("valid until {}", time_utc(until)));
    }
    page.field("Created", &time_utc(view.created_on));
    let body = view
        .max_body
        .map_or_else(|| "as set for the server".to_owned(), |limit| bytes(limit.into()));
    page.field("Maximum body", &body);
    let rate = view.rate_per_minute.map_or_else(
        || "no limit".to_owned(),
        |rate| format!("{} per minute", number(rate.into())),
    );
    page.field("Rate", &rate);
    let origins = if view.allowed_origins.is_empty() {
        "none".to_owned()
    } else {
        view.allowed_origins.join(", ")
    };
    page.field("Web origins", &origins);
    let token = if view.requires_token {
        "required, with the scope webhook:send"
    } else {
        "not required"
    };
    page.field("Access token", token);
    let last = view
        .last_webhook_on
        .map(|last| format!(", last at {}", time_utc(last)))
        .unwrap_or_default();
    page.field("Webhooks", &format!("{}{last}", number(view.webhooks)));
    if view.webhook_url.is_some() {
        page.line("");
        page.toned(
            Tone::Quiet,
            "The Webhook URL is a secret: anyone who has it can send webhooks. Try it with 'hookgate source test'.",
        );
    }
}

pub(in crate::cli) fn test(page: &mut Page, view: &SourceTestView) {
    let tone = if view.webhook.is_some() { Tone::Good } else { Tone::Bad };
    let answer = format!("{} after {} ms", view.answer_status, number(view.answered_in_ms));
    page.field_toned("Response", &answer, tone);
    for line in clean_lines(&view.answer).lines() {
        page.field("", line);
    }
    match &view.webhook {
        Some(stored) => {
            page.line("");
            webhook::one(page, stored);
        }
        None => page.toned(
            Tone::Bad,
            "The webhook was not accepted; the response shows the reason.",
        ),
    }
}

pub(super) fn enabled(yes: bool) -> (String, Tone) {
    if yes {
        ("yes".to_owned(), Tone::Good)
    } else {
        ("no".to_owned(), Tone::Bad)
    }
}
