//! People, their sessions and the audit log for people.

use super::page::{Page, Tone};
use super::source::enabled;
use super::table::{Align, Table, cell};
use super::text::{clean, counted, time, time_utc};
use crate::domain::time::Timestamp;
use crate::manage::audit::{AuditPage, AuditVerified};
use crate::manage::user::{SessionView, SessionsEnded, SetupLinkView, UserAdded, UserView};

pub(in crate::cli) fn users(page: &mut Page, views: &[UserView]) {
    if views.is_empty() {
        page.line("No users yet; create a set-up link for the first administrator with 'hookgate user setup-link'.");
        return;
    }
    let heads = ["NAME", "ROLE", "ENABLED", "PASSWORD", "SECOND FACTOR", "ADDED (UTC)"];
    let mut table = Table::new(&heads.map(|head| (head, Align::Left)));
    for view in views {
        table.row(vec![
            cell(view.name.as_str()),
            cell(view.role.name()),
            enabled(view.enabled),
            cell(if view.password_set { "set" } else { "not set" }),
            cell(if view.totp { "on" } else { "-" }),
            cell(time(view.created_on)),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn user(page: &mut Page, view: &UserView) {
    let (text, tone) = enabled(view.enabled);
    page.field_toned("User", &view.name, Tone::Head);
    page.field("Role", view.role.name());
    page.field_toned("Enabled", &text, tone);
    page.field("Password", if view.password_set { "set" } else { "not set" });
    let codes = counted(view.recovery_codes as u64, "recovery code left", "recovery codes left");
    page.field(
        "Second factor",
        &if view.totp {
            format!("on, {codes}")
        } else {
            "off".to_owned()
        },
    );
    page.field("Added", &time_utc(view.created_on));
}

pub(in crate::cli) fn added(page: &mut Page, view: &UserAdded) {
    user(page, &view.user);
    if let (Some(link), Some(expires)) = (&view.setup_link, view.expires) {
        page.line("");
        link_shown(page, link, &view.user.name, expires);
    }
}

pub(in crate::cli) fn setup_link(page: &mut Page, view: &SetupLinkView) {
    let who = view.user.as_deref().unwrap_or("A new administrator");
    link_shown(page, &view.setup_link, who, view.expires);
}

fn link_shown(page: &mut Page, link: &str, who: &str, expires: Timestamp) {
    page.line(&clean(link));
    let (who, until) = (clean(who), time_utc(expires));
    page.toned(
        Tone::Quiet,
        &format!("{who} sets a password there, once, until {until}."),
    );
}

pub(in crate::cli) fn sessions(page: &mut Page, views: &[SessionView]) {
    if views.is_empty() {
        page.line("No active sessions.");
        return;
    }
    let heads = ["ID", "USER", "SINCE (UTC)", "LAST SEEN (UTC)", "ADDRESS", "BROWSER"];
    let mut table = Table::new(&heads.map(|head| (head, Align::Left)));
    for view in views {
        table.row(vec![
            cell(view.id.as_str()),
            cell(view.user.as_str()),
            cell(time(view.started_on)),
            cell(time(view.last_seen)),
            cell(view.address.map(|address| address.to_string()).unwrap_or_default()),
            cell(view.agent.as_str()),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn sessions_ended(page: &mut Page, view: &SessionsEnded) {
    page.line(&format!("{} ended.", counted(view.count, "session", "sessions")));
}

pub(in crate::cli) fn audit(page: &mut Page, view: &AuditPage) {
    if view.rows.is_empty() {
        page.line("No matching rows in the audit log.");
    }
    let heads = ["TIME (UTC)", "BY", "ACTION", "SUBJECT", "DETAIL", "ADDRESS"];
    let mut table = Table::new(&heads.map(|head| (head, Align::Left)));
    for row in &view.rows {
        let action = if row.refused {
            format!("{} (rejected)", row.action)
        } else {
            row.action.clone()
        };
        table.row(vec![
            cell(time(row.at)),
            cell(row.by.as_str()),
            (action, if row.refused { Tone::Bad } else { Tone::Plain }),
            cell(row.subject.as_str()),
            cell(row.detail.as_str()),
            cell(row.address.map(|address| address.to_string()).unwrap_or_default()),
        ]);
    }
    if !view.rows.is_empty() {
        table.show(page);
    }
    if let Some(next) = view.next {
        page.toned(Tone::Quiet, &format!("To see more, add --before {next}."));
    }
}

pub(in crate::cli) fn audit_verified(page: &mut Page, view: &AuditVerified) {
    let rows = counted(view.rows, "row", "rows");
    match view.broken_at {
        None => page.toned(Tone::Good, &format!("The audit log is intact: {rows}.")),
        Some(seq) => {
            page.toned(
                Tone::Bad,
                &format!("The audit log was modified: row {seq} does not match the row before it."),
            );
        }
    }
    page.field("Hash", &view.head);
}
