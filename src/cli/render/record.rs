//! Records for people.

use super::page::{Page, Tone};
use super::table::{Align, Table, cell};
use super::text::{counted, number, time, time_utc};
use crate::manage::record::{RecordView, ValueView};
use crate::manage::record_search::RecordsFound;

pub(in crate::cli) fn many(page: &mut Page, view: &RecordsFound) {
    if view.records.is_empty() {
        page.line("No records.");
        return;
    }
    let mut table = Table::new(&[
        ("ID", Align::Left),
        ("NAME", Align::Left),
        ("CREATED (UTC)", Align::Left),
        ("BY", Align::Left),
    ]);
    for record in &view.records {
        table.row(vec![
            cell(record.id.to_string()),
            cell(record.display.as_str()),
            cell(time(record.created_on)),
            cell(record.created_by.as_str()),
        ]);
    }
    table.show(page);
    let shown = number(view.records.len() as u64);
    if let Some(next) = &view.next {
        let total = view
            .total
            .map(|total| format!(" of {}", counted(total, "record", "records")));
        let total = total.unwrap_or_default();
        page.toned(Tone::Quiet, &format!("{shown}{total}; for more add --before {next}."));
    }
}

pub(in crate::cli) fn one(page: &mut Page, view: &RecordView) {
    page.field_toned(&view.object, &view.display, Tone::Head);
    page.field("Id", &view.id.to_string());
    page.field(
        "Created",
        &format!("{} by {}", time_utc(view.created_on), view.created_by),
    );
    page.field(
        "Modified",
        &format!("{} by {}", time_utc(view.modified_on), view.modified_by),
    );
    page.field(
        "From webhook",
        &view.webhook.map(|id| id.to_string()).unwrap_or_default(),
    );
    page.line("");
    for value in &view.values {
        page.field(&value.key, &shown(value));
    }
}

fn shown(value: &ValueView) -> String {
    let text = match &value.value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    };
    match &value.display {
        Some(display) => format!("{display} ({text})"),
        None => text,
    }
}
