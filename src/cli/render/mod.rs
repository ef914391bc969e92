//! Answers for people.

mod backup;
mod configuration;
mod identity;
mod page;
mod people;
mod record;
mod retention;
mod source;
mod table;
mod task;
#[cfg(test)]
mod tests;
mod text;
mod webhook;

pub(super) use text::{clean, clean_json, clean_lines};

use std::fmt::Write as _;

use super::{CheckView, RebuildView, RestoreView};
use crate::control::Answer;
use crate::domain::webhook::Status;
use crate::manage::Progress;
use page::{Page, Tone};
use text::{counted, number};

/// An answer as text that ends with a line break.
pub(super) fn answer(answer: &Answer, colour: bool) -> String {
    let mut page = Page::new(colour);
    match answer {
        Answer::Source(view) => source::one(&mut page, view),
        Answer::Sources(views) => source::many(&mut page, views),
        Answer::SourceTest(view) => source::test(&mut page, view),
        Answer::Entities(views) => configuration::entities(&mut page, views),
        Answer::Object(view) => configuration::object(&mut page, view),
        Answer::Objects(views) => configuration::objects(&mut page, views),
        Answer::ObjectsApplied(view) => configuration::applied(&mut page, view),
        Answer::Definition(json) => page.line(&format!("{json:#}")),
        Answer::Grant(view) => configuration::grant(&mut page, view),
        Answer::Grants(views) => configuration::grants(&mut page, views),
        Answer::Task(view) => task::tasks(&mut page, std::slice::from_ref(view)),
        Answer::Tasks(views) => task::tasks(&mut page, views),
        Answer::Processes(views) => configuration::processes(&mut page, views),
        Answer::Webhook(view) => webhook::one(&mut page, view),
        Answer::Webhooks(view) => webhook::many(&mut page, view),
        Answer::WebhookCount(view) => page.line(&webhooks(view.count)),
        Answer::WebhooksReplayed(view) => {
            let left_out = left_out(view.left_out).map_or_else(String::new, |text| format!(" {text}."));
            page.line(&format!(
                "{} will be processed again.{left_out}{}",
                webhooks(view.count),
                cancelled(view.cancelled)
            ));
        }
        Answer::WebhooksDeleted(view) => {
            let left_out = left_alone(view.left_out).map_or_else(String::new, |text| format!(" {text}."));
            page.line(&format!(
                "{} deleted.{left_out}{}",
                webhooks(view.count),
                cancelled(view.cancelled)
            ));
        }
        Answer::Record(view) => record::one(&mut page, view),
        Answer::Records(view) => record::many(&mut page, view),
        Answer::Retention(view) => retention::show(&mut page, view),
        Answer::RetentionPreview(view) => retention::preview(&mut page, view),
        Answer::RetentionDone(view) => retention::done(&mut page, view),
        Answer::Health(view) => configuration::health(&mut page, view),
        Answer::OauthHealth(view) => identity::oauth_health(&mut page, view),
        Answer::Client(view) => identity::client(&mut page, view),
        Answer::Clients(views) => identity::clients(&mut page, views),
        Answer::ClientDeleted(view) => identity::client_deleted(&mut page, view),
        Answer::TechnicalUser(view) => identity::user(&mut page, view),
        Answer::TechnicalUsers(views) => identity::users(&mut page, views),
        Answer::User(view) => people::user(&mut page, view),
        Answer::Users(views) => people::users(&mut page, views),
        Answer::UserAdded(view) => people::added(&mut page, view),
        Answer::SetupLink(view) => people::setup_link(&mut page, view),
        Answer::Sessions(views) => people::sessions(&mut page, views),
        Answer::SessionsEnded(view) => page.line(&format!("{} ended.", counted(view.count, "session", "sessions"))),
        Answer::Audit(view) => people::audit(&mut page, view),
        Answer::AuditVerified(view) => people::audit_verified(&mut page, view),
        Answer::Setting(view) => identity::setting(&mut page, view),
        Answer::Settings(views) => identity::settings(&mut page, views),
        Answer::SigningKeys(views) => identity::signing_keys(&mut page, views),
        Answer::BackupCopied(view) => page.line(&webhooks(view.snapshot.webhooks_total())),
        Answer::Backup(view) => backup::made(&mut page, view),
    }
    page.into_text()
}

/// What a verification found.
pub(super) fn check(view: &CheckView, colour: bool) -> String {
    let mut page = Page::new(colour);
    let read = counted(view.entries, "entry of the journal", "entries of the journal");
    if view.problems.is_empty() {
        page.toned(
            Tone::Good,
            &format!("All is well: {read} and {} verified.", webhooks(view.webhooks)),
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
        format!("A new journal begins behind {entries}: {stored} stored.\n")
    } else {
        format!("The database was made anew from {entries} of the journal: {stored} stored.\n")
    };
    match view.equal {
        Some(true) if !view.journal_renewed => text.push_str("It holds exactly what the old database held.\n"),
        Some(false) => text.push_str("It differs from the old database; the journal was taken as right.\n"),
        _ => {}
    }
    if view.lost > 0 {
        let _ = writeln!(text, "Lost: {} of the journal.", counted(view.lost, "entry", "entries"));
    }
    for kept_as in &view.kept_as {
        let _ = writeln!(
            text,
            "Replaced and kept: {}; delete it once 'hookgate check' says that all is well.",
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
        let _ = write!(text, " ('hookgate task cancel {task}' ends it)");
    }
    text
}

const fn cancelled(cancelled: bool) -> &'static str {
    if cancelled {
        " It was cancelled before the rest."
    } else {
        ""
    }
}

/// What is not processed again, and how it would be; none if there is nothing.
pub(super) fn left_out(count: u64) -> Option<String> {
    let (is, each) = match count {
        0 => return None,
        1 => ("is", "it makes another"),
        _ => ("are", "each of them makes another"),
    };
    Some(format!(
        "{} already made a record and {is} left out (with --again {each})",
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
        (1, true) => "is included and will never make its record",
        (_, true) => "are included and will never make their records",
        (1, false) => "is left out; --include-new deletes it too",
        (_, false) => "are left out; --include-new deletes them too",
    };
    let all = webhooks(new + processing);
    Some(format!("Not processed yet: {all} ({}), which {them}", parts.join(", ")))
}

/// What was not deleted, and how it would be; none if there is nothing.
fn left_alone(count: u64) -> Option<String> {
    let them = match count {
        0 => return None,
        1 => "is not processed yet and was left out; --include-new deletes it too",
        _ => "are not processed yet and were left out; --include-new deletes them too",
    };
    Some(format!("{} {them}", webhooks(count)))
}

/// "1 webhook", "12,431 webhooks".
pub(super) fn webhooks(count: u64) -> String {
    counted(count, "webhook", "webhooks")
}
