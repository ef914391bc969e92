//! Exports webhooks as a file: comma-separated, or one JSON object per line.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::audit::ExportFormat;
use super::webhook::{BodyView, WebhookView, view};
use super::{ManageError, csv};
use crate::domain::webhook_filter::WebhookFilter;
use crate::ledger::Ledger;
use crate::store::webhook_look::Bounds;

/// The limits of one step, in webhooks, bytes of bodies and time, so that no snapshot is held for
/// long and memory stays bounded.
const STEP: usize = 200;
const STEP_BYTES: usize = 4 << 20;
const STEP_TIME: Duration = Duration::from_millis(500);

const HEAD: [&str; 15] = [
    "Id",
    "CreatedOn",
    "ModifiedOn",
    "Status",
    "Outcome",
    "Source",
    "Entity",
    "Records",
    "Errors",
    "ContentType",
    "SourceUrl",
    "Remote",
    "Query",
    "BodyEncoding",
    "Body",
];

/// Writes all matching webhooks, newest first.
///
/// # Errors
/// If the store fails, or the receiver closed the connection.
pub fn webhook_export(
    ledger: &Ledger,
    filter: &WebhookFilter,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<(), ManageError> {
    let mut done = 0;
    let gone = |done| move |_: io::Error| ManageError::Interrupted { done };
    if format == ExportFormat::Csv {
        csv::line(out, &HEAD.map(str::to_owned)).map_err(gone(done))?;
    }
    let mut before = None;
    loop {
        let (views, next) = step(ledger, filter, before)?;
        for view in &views {
            let written = match format {
                ExportFormat::Csv => csv::line(out, &cells(view)),
                ExportFormat::Ndjson => serde_json::to_writer(&mut *out, view)
                    .map_err(io::Error::from)
                    .and_then(|()| out.write_all(b"\n")),
            };
            written.map_err(gone(done))?;
            done += 1;
        }
        match next {
            Some(next) => before = Some(next),
            None => return out.flush().map_err(gone(done)),
        }
    }
}

/// The next webhooks, and where to continue; none at the end.
fn step(
    ledger: &Ledger,
    filter: &WebhookFilter,
    before: Option<u64>,
) -> Result<(Vec<WebhookView>, Option<u64>), ManageError> {
    let bounds = Bounds {
        rows: u64::MAX,
        until: Some(Instant::now() + STEP_TIME),
    };
    let catalog = ledger.catalog();
    let reader = ledger.read()?;
    let (mut rows, mut bytes, mut full) = (Vec::new(), 0, None);
    let next = reader.webhook_look::<ManageError>(filter, before, bounds, |seq, tables| {
        if let Some(row) = tables.row(seq)? {
            bytes += row.webhook.body.len();
            rows.push(row);
        }
        if rows.len() < STEP && bytes < STEP_BYTES {
            return Ok(ControlFlow::Continue(()));
        }
        full = Some(seq);
        Ok(ControlFlow::Break(()))
    })?;
    let views = rows.into_iter().map(|row| view(&catalog, &reader, row));
    Ok((views.collect::<Result<_, _>>()?, next.or(full)))
}

fn cells(webhook: &WebhookView) -> [String; 15] {
    let (encoding, body) = match &webhook.body {
        BodyView::Text(text) => ("text", text.clone()),
        BodyView::Base64(text) => ("base64", text.clone()),
    };
    let records = webhook
        .records
        .iter()
        .map(|link| format!("{}({})", link.object, link.id));
    let errors = webhook.errors.iter().map(|error| match error.column.as_str() {
        "" => error.text.clone(),
        column => format!("{column}: {}", error.text),
    });
    [
        webhook.id.to_string(),
        webhook.created_on.to_string(),
        webhook.modified_on.to_string(),
        webhook.status.name().to_owned(),
        webhook.outcome.name().to_owned(),
        webhook.source.clone(),
        webhook.object.clone().unwrap_or_default(),
        records.collect::<Vec<_>>().join(" "),
        errors.collect::<Vec<_>>().join("; "),
        webhook.content_type.clone(),
        webhook.source_url.clone(),
        webhook.remote.map(|address| address.to_string()).unwrap_or_default(),
        webhook.query.clone(),
        encoding.to_owned(),
        body,
    ]
}
