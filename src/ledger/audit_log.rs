//! Writes rows of the audit log to the server's log, so that they can also be kept elsewhere. Each
//! is written once, when the change is applied, and not again when the database is rebuilt.

use crate::domain::actor::Actor;
use crate::domain::audit::AuditRow;
use crate::domain::catalog::Catalog;

/// Actions that programs do all the time.
const OFTEN: [&str; 2] = ["records-written", "token-revoked"];

/// Logs a row of the audit log. Its differences are left out: they repeat what others sent.
pub(super) fn audit_log(seq: u64, row: &AuditRow, catalog: &Catalog) {
    // Actions of anonymous clients are logged where they happen.
    if row.by == Actor::System {
        return;
    }
    let AuditRow {
        action,
        subject,
        refused,
        ..
    } = row;
    let by = catalog.actor_name(row.by);
    let address = row.address.map(tracing::field::display);
    if OFTEN.contains(&action.as_str()) {
        tracing::debug!(seq, by, subject, address, refused, "{action}");
    } else {
        tracing::info!(seq, by, subject, address, refused, "{action}");
    }
}
