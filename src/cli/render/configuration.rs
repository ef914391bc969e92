//! Objects, entities, permissions, processes and health for people.

use super::page::{Page, Tone};
use super::source::enabled;
use super::table::{Align, Table, cell};
use super::text::{clean, counted, number};
use super::webhooks;
use crate::domain::rights::Rights;
use crate::manage::entity::EntityView;
use crate::manage::grant::GrantView;
use crate::manage::health::{HealthView, State};
use crate::manage::object::{ColumnView, Indexing, ObjectSummary, ObjectView, ObjectsApplied};
use crate::manage::process::ProcessView;

pub(in crate::cli) fn objects(page: &mut Page, views: &[ObjectSummary]) {
    let mut table = Table::new(&[
        ("CODE", Align::Left),
        ("CAPTION", Align::Left),
        ("KIND", Align::Left),
        ("ENTITY", Align::Left),
        ("COLUMNS", Align::Right),
        ("RECORDS", Align::Right),
    ]);
    for view in views {
        table.row(vec![
            cell(view.code.as_str()),
            cell(view.caption.as_str()),
            cell(if view.lookup { "lookup" } else { "object" }),
            cell(if view.entity { "yes" } else { "" }),
            cell(number(view.columns)),
            cell(number(view.records)),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn object(page: &mut Page, view: &ObjectView) {
    page.field_toned("Object", &view.code, Tone::Head);
    page.field("Caption", &view.caption);
    page.field("Kind", if view.lookup { "lookup" } else { "object" });
    page.field("Webhook entity", if view.entity { "yes" } else { "no" });
    page.field("Display column", &view.display);
    let strict = "a webhook with a value that is not valid fails";
    let lenient = "a value that is not valid leaves its column empty";
    page.field(
        "Strict",
        &format!(
            "{}: {}",
            yes_no(view.strict),
            if view.strict { strict } else { lenient }
        ),
    );
    page.field("Records", &number(view.records));
    page.line("");
    let mut table = Table::new(&[
        ("KEY", Align::Left),
        ("CAPTION", Align::Left),
        ("TYPE", Align::Left),
        ("REQUIRED", Align::Left),
        ("INDEXED", Align::Left),
        ("DEFAULT", Align::Left),
    ]);
    for column in &view.columns {
        table.row(vec![
            cell(column.key.as_str()),
            cell(column.caption.as_str()),
            cell(column.kind.as_str()),
            cell(if column.required { "yes" } else { "" }),
            cell(indexed(column)),
            cell(column.default.as_str()),
        ]);
    }
    table.show(page);
}

fn indexed(column: &ColumnView) -> String {
    match column.indexing {
        Some(Indexing { done, total }) => format!("{} %", done.saturating_mul(100) / total.max(1)),
        None if column.indexed => "yes".to_owned(),
        None => String::new(),
    }
}

pub(in crate::cli) fn applied(page: &mut Page, view: &ObjectsApplied) {
    if view.differences.is_empty() {
        page.line("No differences; nothing was changed.");
        return;
    }
    for difference in &view.differences {
        let tone = if difference.starts_with('+') {
            Tone::Good
        } else {
            Tone::Plain
        };
        page.toned(tone, &clean(difference));
    }
    let count = counted(view.differences.len() as u64, "difference", "differences");
    page.line("");
    if view.applied {
        page.line(&format!("{count} applied."));
    } else {
        page.line(&format!("{count}; nothing was changed (dry run)."));
    }
}

pub(in crate::cli) fn entities(page: &mut Page, views: &[EntityView]) {
    if views.is_empty() {
        page.line("No Webhook entities yet; add one with 'hookgate entity add Contact'.");
        return;
    }
    let mut table = Table::new(&[
        ("OBJECT", Align::Left),
        ("CAPTION", Align::Left),
        ("CREATE ALLOWED", Align::Left),
        ("RECORDS", Align::Right),
    ]);
    for view in views {
        let object = view.object.as_str();
        table.row(vec![
            cell(object),
            cell(view.caption.as_str()),
            enabled(view.may_create),
            cell(number(view.records)),
        ]);
    }
    table.show(page);
    if let Some(view) = views.iter().find(|view| !view.may_create) {
        let object = clean(&view.object);
        let text = format!(
            "Webhooks can create records only with permission: grant it with 'hookgate grant {object} --create'."
        );
        page.toned(Tone::Quiet, &text);
    }
}

pub(in crate::cli) fn grants(page: &mut Page, views: &[GrantView]) {
    if views.is_empty() {
        page.line("No permissions yet; to let webhooks create contacts, run 'hookgate grant Contact --create'.");
        return;
    }
    let heads = ["USER", "OBJECT", "CREATE", "READ", "EDIT", "DELETE"].map(|head| (head, Align::Left));
    let mut table = Table::new(&heads);
    for view in views {
        let mut row = vec![cell(view.user.as_str()), cell(view.object.as_str())];
        let Rights {
            create,
            read,
            edit,
            delete,
        } = view.rights;
        row.extend([create, read, edit, delete].map(|yes| cell(if yes { "yes" } else { "-" })));
        table.row(row);
    }
    table.show(page);
}

pub(in crate::cli) fn grant(page: &mut Page, view: &GrantView) {
    let Rights {
        create,
        read,
        edit,
        delete,
    } = view.rights;
    let allowed: Vec<String> = [(create, "create"), (read, "read"), (edit, "edit"), (delete, "delete")]
        .into_iter()
        .filter(|(yes, _)| *yes)
        .map(|(_, name)| name.to_owned())
        .collect();
    let what = if allowed.is_empty() {
        "do nothing with".to_owned()
    } else {
        super::text::listed(&allowed)
    };
    page.line(&format!(
        "{} may {what} records of {}.",
        clean(&view.user),
        clean(&view.object)
    ));
}

pub(in crate::cli) fn processes(page: &mut Page, views: &[ProcessView]) {
    let mut table = Table::new(&[
        ("CODE", Align::Left),
        ("CAPTION", Align::Left),
        ("ENABLED", Align::Left),
    ]);
    for view in views {
        table.row(vec![
            cell(view.code.as_str()),
            cell(view.caption.as_str()),
            enabled(view.enabled),
        ]);
    }
    table.show(page);
}

pub(in crate::cli) fn health(page: &mut Page, view: &HealthView) {
    if view.healthy {
        page.toned(Tone::Good, "Webhooks are accepted.");
    } else {
        page.toned(Tone::Bad, "Webhooks are not accepted.");
    }
    for check in view.checks.iter().filter(|check| check.status > State::Ok) {
        let tone = if check.status == State::Fail {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let text = format!("{} {}", check.text, check.detail);
        page.field_toned(check.name.title(), text.trim(), tone);
    }
    page.field("Version", &view.version);
    page.field("Waiting", &webhooks(view.waiting));
    page.field("Failed", &webhooks(view.failed));
    page.field("Done", &webhooks(view.done));
    let behind = counted(view.journal.saturating_sub(view.store), "entry", "entries");
    page.field("Store", &format!("{behind} behind the journal"));
}

const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
