//! Tasks for people.

use super::page::Page;
use super::table::{Align, Table, cell};
use super::text::{number, time};
use crate::manage::task::{TaskState, TaskView, TaskWhat};
use crate::manage::webhook::WebhookQuery;

pub(in crate::cli) fn task(page: &mut Page, view: &TaskView) {
    tasks(page, std::slice::from_ref(view));
}

pub(in crate::cli) fn tasks(page: &mut Page, views: &[TaskView]) {
    let mut table = Table::new(&[
        ("TASK", Align::Right),
        ("WHAT", Align::Left),
        ("STATE", Align::Left),
        ("DONE", Align::Right),
        ("OF", Align::Right),
        ("SKIPPED", Align::Right),
        ("BEGUN", Align::Left),
        ("BY", Align::Left),
        ("ENDED", Align::Left),
    ]);
    for view in views {
        table.row(vec![
            cell(view.id.to_string()),
            cell(what(&view.what)),
            cell(state(view.state)),
            cell(number(view.done)),
            cell(view.total.map_or_else(|| "unknown".to_owned(), number)),
            cell(number(view.left_out)),
            cell(time(view.begun_on)),
            cell(view.begun_by.as_str()),
            cell(view.ended_on.map_or_else(|| "-".to_owned(), time)),
        ]);
    }
    table.show(page);
}

const fn state(state: TaskState) -> &'static str {
    match state {
        TaskState::Running => "running",
        TaskState::Cancelling => "cancelling",
        TaskState::Done => "done",
        TaskState::Cancelled => "cancelled",
    }
}

/// What happens to what a task counts, as in "12 of 90 deleted".
pub(in crate::cli) const fn doing(what: &TaskWhat) -> &'static str {
    match what {
        TaskWhat::IndexBuild { .. } | TaskWhat::IndexDrop { .. } => "indexed",
        TaskWhat::WebhooksReprocess { .. } => "processed again",
        TaskWhat::WebhooksDelete { .. } => "deleted",
    }
}

fn what(what: &TaskWhat) -> String {
    match what {
        TaskWhat::IndexBuild { object, column } => format!("build the index of {object}.{column}"),
        TaskWhat::IndexDrop { object, column } => format!("remove the index of {object}.{column}"),
        TaskWhat::WebhooksReprocess { filter, again } => {
            let flag = if *again { " with --again" } else { "" };
            format!("reprocess webhooks{flag}: {}", filtered(filter))
        }
        TaskWhat::WebhooksDelete { filter, include_new } => {
            let flag = if *include_new { " with --include-new" } else { "" };
            format!("delete webhooks{flag}: {}", filtered(filter))
        }
    }
}

/// Which webhooks, as the flags of `webhook list` name them.
fn filtered(filter: &WebhookQuery) -> String {
    let WebhookQuery {
        status,
        source,
        object,
        outcome,
        made_record,
        from,
        to,
        text,
    } = filter;
    let parts = [
        ("status", status.map(|status| status.name().to_owned())),
        ("source", source.clone()),
        ("object", object.clone()),
        ("outcome", outcome.map(|outcome| outcome.name().to_owned())),
        (
            "record created",
            made_record.map(|made| if made { "yes" } else { "no" }.to_owned()),
        ),
        ("from", from.map(time)),
        ("to", to.map(time)),
        ("text", text.clone()),
    ];
    let set: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", value?)))
        .collect();
    if set.is_empty() {
        "all".to_owned()
    } else {
        set.join(", ")
    }
}
