//! Retention for people.

use super::page::Page;
use super::text::{counted, listed, number, time_utc};
use super::webhooks;
use crate::manage::retention::{RetentionDone, RetentionPreview, RetentionView};
use crate::retention::ByStatus;

pub(in crate::cli) fn show(page: &mut Page, view: &RetentionView) {
    let days = &view.days;
    for (status, days) in [
        ("New", days.new),
        ("Processing", days.processing),
        ("Failed", days.failed),
        ("Done", days.done),
    ] {
        let kept = if days == 0 {
            "kept forever".to_owned()
        } else {
            counted(days.into(), "day", "days")
        };
        page.field(status, &kept);
    }
    page.field("Schedule", &format!("{} (UTC)", view.schedule));
    for (index, run) in view.next_runs.iter().enumerate() {
        page.field(if index == 0 { "Next runs" } else { "" }, &time_utc(*run));
    }
}

pub(in crate::cli) fn preview(page: &mut Page, view: &RetentionPreview) {
    let when = match view.next_run {
        Some(next) => format!("At {}", time_utc(next)),
        None => "A run now".to_owned(),
    };
    let verb = if view.next_run.is_some() {
        "will be deleted"
    } else {
        "would delete"
    };
    let line = match (parts(&view.expired), view.next_run) {
        (None, _) => format!("{when}: no webhooks are expired."),
        (Some(parts), Some(_)) => format!("{when}: {parts} {verb}."),
        (Some(parts), None) => format!("{when} {verb} {parts}."),
    };
    page.line(&line);
    if view.expired.new + view.expired.processing > 0 {
        page.line("Webhooks with status New or Processing were never processed. To keep them, set 0 days: 'hookgate retention set --new 0 --processing 0'.");
    }
    if let Some(hours) = view.clock_ahead_hours {
        page.line(&format!(
            "But the clock is {} ahead of the last confirmed time, so the schedule deletes nothing. Correct the \
             clock; if it is right, run 'hookgate retention run' to delete the expired webhooks and confirm the time.",
            counted(hours, "hour", "hours")
        ));
    }
}

pub(in crate::cli) fn done(page: &mut Page, view: &RetentionDone) {
    match parts(&view.deleted) {
        None => page.line("No webhooks were expired."),
        Some(parts) => page.line(&format!("Deleted {}: {parts}.", webhooks(view.deleted.total()))),
    }
}

/// "12,431 Done and 3 Failed"; none if there is nothing.
fn parts(counts: &ByStatus) -> Option<String> {
    let parts: Vec<String> = [
        (counts.done, "Done"),
        (counts.failed, "Failed"),
        (counts.new, "New"),
        (counts.processing, "Processing"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, status)| format!("{} {status}", number(count)))
    .collect();
    (!parts.is_empty()).then(|| listed(&parts))
}
