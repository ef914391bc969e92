//! The audit log.

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{CsvOrLines, File, Json};
use super::{Call, Reply};
use crate::domain::time::Timestamp;
use crate::manage::audit::{self, AuditPage, AuditQuery, AuditVerified, ExportFormat};

/// Rows of a page, unless asked otherwise.
const LIMIT: usize = 100;

/// Which rows of the audit log, and how many.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AuditList")]
pub struct Page {
    by: Option<String>,
    action: Option<String>,
    text: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// Rows before this one.
    before: Option<u64>,
    limit: Option<usize>,
}

/// A page of rows.
pub fn list(call: &Call<'_>, page: Page) -> Reply<Json<AuditPage>> {
    let query = AuditQuery {
        by: page.by,
        action: page.action,
        text: page.text,
        from: page.from,
        to: page.to,
    };
    let limit = page.limit.unwrap_or(LIMIT);
    Ok(Json(audit::audit_list(call.context, &query, page.before, limit)?))
}

/// Which rows of the audit log, and the format of the file.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AuditExport")]
pub struct Export {
    by: Option<String>,
    action: Option<String>,
    text: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    format: Option<ExportFormat>,
}

/// All rows as a file.
pub fn export(call: &Call<'_>, export: Export) -> Reply<File<CsvOrLines>> {
    let format = export.format.unwrap_or(ExportFormat::Csv);
    let query = AuditQuery {
        by: export.by,
        action: export.action,
        text: export.text,
        from: export.from,
        to: export.to,
    };
    audit::audit_noted(call.context, call.by(), "audit-exported", call.sent.address)?;
    let (content_type, file) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "hookgate-audit.csv"),
        ExportFormat::Ndjson => ("application/x-ndjson", "hookgate-audit.ndjson"),
    };
    let ledger = call.context.ledger.clone();
    Ok(File::written(file, content_type, move |out| {
        audit::audit_export(&ledger, &query, format, out)
    }))
}

/// Whether the chain is whole.
pub fn verify(call: &Call<'_>) -> Reply<Json<AuditVerified>> {
    Ok(Json(audit::audit_verify(call.context)?))
}
