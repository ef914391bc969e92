//! Answers for people.

pub(super) mod backup;
pub(super) mod configuration;
pub(super) mod identity;
mod page;
pub(super) mod people;
pub(super) mod record;
pub(super) mod retention;
pub(super) mod source;
mod table;
pub(super) mod task;
#[cfg(test)]
mod tests;
mod text;
pub(super) mod webhook;

pub(super) use text::{clean, clean_json, clean_lines};

use std::fmt::Write as _;

use super::{CheckView, RebuildView, RestoreView};
use crate::domain::webhook::Status;
use crate::manage::Progress;
pub(in crate::cli) use page::Page;
use page::Tone;
pub(super) use task::doing;
use text::{counted, number};

/// What a verification found.
pub(super) fn check(view: &CheckView, colour: bool) -> String {
    let mut page = Page::new(colour);
    let read = counted(view.entries, "entry of the journal", "entries of the journal");
    if view.problems.is_empty() {
        page.toned(
            Tone::Good,
            &format!("No problems found: {read} and {} verified.", webhooks(view.webhooks)),
        );
        return page.into_text();
    }
    page.toned(Tone::Bad, &counted(view.problems.len() as u64, "problem", "problems"));
    for problem in &view.problems {
        page.line(&format!("  {}", clean(problem)));
    }
    if let Some(next) = &view.next_step {
        page.line(&format!("Next step: {}.", clean(next)));
    }
    page.into_text()
}

/// What a rebuild made.
pub(super) fn rebuild(view: &RebuildView) -> String {
    let entries = counted(view.entries, "entry", "entries");
    let stored = webhooks(view.webhooks);
    let mut text = if view.journal_renewed {
        format!("A new journal starts after {entries}: {stored} stored.\n")
    } else {
        format!("The database was recreated from {entries} of the journal: {stored} stored.\n")
    };
    match view.equal {
        Some(true) if !view.journal_renewed => text.push_str("Its content is identical to the old database.\n"),
        Some(false) => text.push_str("It differs from the old database; the content of the journal was used.\n"),
        _ => {}
    }
    if view.lost > 0 {
        let _ = writeln!(text, "Lost: {} of the journal.", counted(view.lost, "entry", "entries"));
    }
    for kept_as in &view.kept_as {
        let _ = writeln!(
            text,
            "The replaced data is kept as {}; delete it when 'hookgate check' finds no problems.",
            clean(&kept_as.display().to_string())
        );
    }
    text
}

/// What a restore made.
pub(super) fn restored(view: &RestoreView, colour: bool) -> String {
    let mut page = Page::new(colour);
    backup::restored(&mut page, view);
    page.into_text()
}

/// How far a long operation is.
pub(super) fn progress(progress: &Progress) -> String {
    let mut text = format!("{} {}", progress.what, number(progress.done));
    if let Some(total) = progress.total {
        let _ = write!(text, " of {}", number(total));
    }
    if let Some(task) = progress.task {
        let _ = write!(text, " ('hookgate task cancel {task}' cancels it)");
    }
    text
}

/// What is not processed again, and how it would be; none if there is nothing.
pub(super) fn left_out(count: u64) -> Option<String> {
    let (is, each) = match count {
        0 => return None,
        1 => ("is", "it creates another one"),
        _ => ("are", "each of them creates another one"),
    };
    Some(format!(
        "{} already created a record and {is} skipped (with --again {each})",
        webhooks(count)
    ))
}

/// What is said of webhooks that are not processed yet before many are deleted; none if there are
/// none.
pub(super) fn unprocessed(new: u64, processing: u64, included: bool) -> Option<String> {
    let parts = [(new, Status::New), (processing, Status::Processing)];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, status)| format!("{} {}", number(count), status.name()))
        .collect();
    let them = match (new + processing, included) {
        (0, _) => return None,
        (1, true) => "is included and will never create its record",
        (_, true) => "are included and will never create their records",
        (1, false) => "is skipped; --include-new deletes it too",
        (_, false) => "are skipped; --include-new deletes them too",
    };
    let all = webhooks(new + processing);
    Some(format!("Not processed yet: {all} ({}), which {them}", parts.join(", ")))
}

/// "1 webhook", "12,431 webhooks".
pub(super) fn webhooks(count: u64) -> String {
    counted(count, "webhook", "webhooks")
}
