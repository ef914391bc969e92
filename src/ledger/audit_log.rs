//! What people and programs change, as lines of the log, so that it can be kept elsewhere as well.
//! Written once, when the change is applied: not again when the store is made anew.

use crate::domain::actor::Actor;
use crate::domain::audit::AuditRow;
use crate::domain::catalog::Catalog;

/// What programs do all the time.
const OFTEN: [&str; 2] = ["records-written", "token-revoked"];

/// A row of the audit log as a line. Its detail stays out: it repeats what others sent.
pub(super) fn audit_log(seq: u64, row: &AuditRow, catalog: &Catalog) {
    // What strangers did has its line already, from where it happened.
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
