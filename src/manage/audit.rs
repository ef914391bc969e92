//! Reading, exporting and verifying the audit log.

use std::io::{self, Write};
use std::net::IpAddr;
use std::ops::ControlFlow;

use data_encoding::HEXLOWER;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, ManageError, csv};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::audit::{AuditRow, Difference};
use crate::domain::catalog::Catalog;
use crate::domain::change::UpkeepChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::ledger::Ledger;

/// The maximum number of rows in a page.
const MAX_PAGE: usize = 1000;

/// The maximum number of rows that are examined for a page.
const MAX_LOOKED: usize = 50_000;

/// The number of rows that an export reads at a time, so that no snapshot is held for long.
const EXPORT_STEP: usize = 1000;

/// The header line of a CSV export.
const HEAD: [&str; 9] = [
    "seq", "at", "by", "action", "subject", "detail", "address", "refused", "hash",
];

/// Selects rows of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AuditQuery {
    /// The name of the actor.
    pub by: Option<String>,
    /// The action, such as `source-added`, or the start of it.
    pub action: Option<String>,
    /// Text in the subject or in the detail.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditView {
    pub seq: u64,
    pub at: Timestamp,
    pub by: String,
    pub action: String,
    pub subject: String,
    /// Changed fields and facts, field by field.
    #[serde(default)]
    pub differences: Vec<Difference>,
    /// The differences as one line of text.
    pub detail: String,
    pub address: Option<IpAddr>,
    pub refused: bool,
    /// SHA-256 over the previous row's hash and this row, in hexadecimal.
    pub hash: String,
}

/// A page of rows, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditPage {
    pub rows: Vec<AuditView>,
    /// The value of `before` for the next page; none at the end.
    pub next: Option<u64>,
}

/// The result of verifying the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditVerified {
    pub rows: u64,
    /// The hash of the last row, in hexadecimal. If it is recorded elsewhere, it shows later
    /// whether the whole log was replaced.
    pub head: String,
    /// The number of the first row that does not match the previous one.
    pub broken_at: Option<u64>,
}

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormat {
    /// Comma-separated (RFC 4180), with a header line.
    Csv,
    /// One JSON object per line.
    Ndjson,
}

impl std::str::FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "csv" => Ok(Self::Csv),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(format!("unknown format '{text}'; use csv or ndjson")),
        }
    }
}

/// A page of rows below `before`, newest first.
///
/// # Errors
/// If the store fails.
pub fn audit_list(
    context: &Context,
    query: &AuditQuery,
    before: Option<u64>,
    limit: usize,
) -> Result<AuditPage, ManageError> {
    page(&context.ledger, query, before, limit)
}

fn page(ledger: &Ledger, query: &AuditQuery, before: Option<u64>, limit: usize) -> Result<AuditPage, ManageError> {
    let catalog = ledger.catalog();
    let query = AuditQuery {
        text: query.text.as_ref().map(|text| text.to_lowercase()),
        ..query.clone()
    };
    let limit = limit.clamp(1, MAX_PAGE);
    let mut page = AuditPage {
        rows: Vec::new(),
        next: None,
    };
    let mut looked = 0;
    let mut last = None;
    ledger.read()?.audit_walk(before, |seq, row| {
        // Rows are in order of time, so no older row matches.
        if query.from.is_some_and(|from| row.at < from) {
            return ControlFlow::Break(());
        }
        if page.rows.len() == limit || looked == MAX_LOOKED {
            page.next = last;
            return ControlFlow::Break(());
        }
        looked += 1;
        last = Some(seq);
        let view = view(&catalog, seq, row);
        if matches(&query, &view) {
            page.rows.push(view);
        }
        ControlFlow::Continue(())
    })?;
    Ok(page)
}

/// Writes all matching rows, newest first.
///
/// # Errors
/// If the store fails, or the receiver closed the connection.
pub fn audit_export(
    ledger: &Ledger,
    query: &AuditQuery,
    format: ExportFormat,
    out: &mut dyn Write,
) -> Result<(), ManageError> {
    let gone = |_: io::Error| ManageError::Interrupted { done: 0 };
    let mut before = None;
    loop {
        let page = page(ledger, query, before, EXPORT_STEP)?;
        rows_write(&page.rows, format, before.is_none(), out).map_err(gone)?;
        match page.next {
            Some(next) => before = Some(next),
            None => return out.flush().map_err(gone),
        }
    }
}

/// Writes rows of an export. `first` adds the header line.
///
/// # Errors
/// If the receiver closed the connection.
pub fn rows_write(rows: &[AuditView], format: ExportFormat, first: bool, out: &mut dyn Write) -> io::Result<()> {
    if first && format == ExportFormat::Csv {
        csv::line(out, &HEAD.map(str::to_owned))?;
    }
    for row in rows {
        match format {
            ExportFormat::Csv => csv::line(out, &cells(row))?,
            ExportFormat::Ndjson => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")?;
            }
        }
    }
    Ok(())
}

/// Notes an action that changes nothing else, such as exporting data.
///
/// # Errors
/// If nothing can be written.
pub fn audit_noted(context: &Context, by: Actor, action: &str, address: Option<IpAddr>) -> Result<(), ManageError> {
    audit_noted_of(context, by, action, "", address)
}

/// Notes an action on a named subject that changes nothing else.
///
/// # Errors
/// If nothing can be written.
pub fn audit_noted_of(
    context: &Context,
    by: Actor,
    action: &str,
    subject: &str,
    address: Option<IpAddr>,
) -> Result<(), ManageError> {
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        UpkeepChange::AuditNoted {
            action: action.to_owned(),
            subject: subject.to_owned(),
            address,
            facts: Vec::new(),
        },
    ))?;
    Ok(())
}

/// Verifies the chain of hashes from the first row.
///
/// # Errors
/// If the store fails.
pub fn audit_verify(context: &Context) -> Result<AuditVerified, ManageError> {
    let chain = context.ledger.read()?.audit_verify()?;
    Ok(AuditVerified {
        rows: chain.rows,
        head: HEXLOWER.encode(&chain.head),
        broken_at: chain.broken_at,
    })
}

fn matches(query: &AuditQuery, row: &AuditView) -> bool {
    let by = query
        .by
        .as_ref()
        .is_none_or(|by| row.by.eq_ignore_ascii_case(by.trim()));
    let action = query
        .action
        .as_ref()
        .is_none_or(|action| row.action.starts_with(action.trim()));
    let text = query.text.as_ref().is_none_or(|text| {
        [&row.subject, &row.detail]
            .iter()
            .any(|part| part.to_lowercase().contains(text.as_str()))
    });
    by && action && text && query.to.is_none_or(|to| row.at < to)
}

fn view(catalog: &Catalog, seq: u64, row: AuditRow) -> AuditView {
    AuditView {
        seq,
        at: row.at,
        by: catalog.actor_name(row.by),
        action: row.action,
        subject: row.subject,
        detail: worded(&row.differences),
        differences: row.differences,
        address: row.address,
        refused: row.refused,
        hash: HEXLOWER.encode(&row.hash),
    }
}

/// Differences as text, such as `rate_per_minute 60 → 5; requires_token on`.
fn worded(differences: &[Difference]) -> String {
    let each = differences.iter().map(|difference| {
        let Difference {
            field,
            before,
            after,
            secret,
        } = difference;
        match (before, after) {
            _ if *secret => format!("{field} changed"),
            (None, Some(after)) if field == "detail" => value_worded(after),
            (Some(before), Some(after)) => format!("{field} {} → {}", value_worded(before), value_worded(after)),
            (None, Some(after)) => format!("{field} {}", value_worded(after)),
            (Some(before), None) => format!("{field} {} → none", value_worded(before)),
            (None, None) => field.clone(),
        }
    });
    each.collect::<Vec<_>>().join("; ")
}

fn value_worded(value: &Value) -> String {
    match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(value_worded).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn cells(row: &AuditView) -> [String; 9] {
    [
        row.seq.to_string(),
        row.at.to_string(),
        row.by.clone(),
        row.action.clone(),
        row.subject.clone(),
        row.detail.clone(),
        row.address.map(|address| address.to_string()).unwrap_or_default(),
        row.refused.to_string(),
        row.hash.clone(),
    ]
}
