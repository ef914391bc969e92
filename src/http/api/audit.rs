//! The audit log.

use serde::Deserialize;

use super::HandlerResult;
use super::auth::Principal;
use super::input::Input;
use super::output::{json, stream};
use crate::domain::time::Timestamp;
use crate::manage::Context;
use crate::manage::audit::{self, AuditQuery, ExportFormat};

/// Rows of a page, unless asked otherwise.
const LIMIT: usize = 100;

#[derive(Deserialize)]
struct Page {
    by: Option<String>,
    action: Option<String>,
    text: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    before: Option<u64>,
    limit: Option<usize>,
    format: Option<ExportFormat>,
}

impl Page {
    fn query(self) -> AuditQuery {
        AuditQuery {
            by: self.by,
            action: self.action,
            text: self.text,
            from: self.from,
            to: self.to,
        }
    }
}

/// A page of rows.
pub fn list(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let page: Page = input.query()?;
    let (before, limit) = (page.before, page.limit.unwrap_or(LIMIT));
    json(&audit::audit_list(context, &page.query(), before, limit)?)
}

/// All rows as a file.
pub fn export(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let page: Page = input.query()?;
    let format = page.format.unwrap_or(ExportFormat::Csv);
    let query = page.query();
    audit::audit_noted(context, principal.actor(), "audit-exported", input.address)?;
    let (content_type, file) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "hookgate-audit.csv"),
        ExportFormat::Ndjson => ("application/x-ndjson", "hookgate-audit.ndjson"),
    };
    let ledger = context.ledger.clone();
    stream(content_type, Some(file), move |out| {
        audit::audit_export(&ledger, &query, format, out)
    })
}

/// Whether the chain is whole.
pub fn verify(context: &Context, _: &Principal, _: &Input) -> HandlerResult {
    json(&audit::audit_verify(context)?)
}
