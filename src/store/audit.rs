//! The audit log, a chain of hashes.

use aws_lc_rs::digest::{Context, SHA256};
use redb::ReadableTable;

use super::codec::{json_decode, json_encode};
use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::reader::Reader;
use super::schema::AUDIT;
use crate::domain::audit::AuditRow;

impl Fold<'_, '_> {
    /// Adds a row for the change at position `place` of an entry, chained to the previous row.
    pub fn audit_add(&mut self, seq: u64, place: usize, mut row: AuditRow) -> Result<(), StoreError> {
        let doing = "writing the audit log";
        let key = audit_key(seq, place);
        let mut table = self.transaction.open_table(AUDIT).map_err(redb_error(doing))?;
        let before = match table.last().map_err(redb_error(doing))? {
            Some((key, bytes)) => json_decode::<AuditRow>(bytes.value(), || format!("audit row {}", key.value()))?.hash,
            None => [0; 32],
        };
        row.hash = chained(before, key, &row);
        table
            .insert(key, json_encode(&row).as_slice())
            .map_err(redb_error(doing))?;
        self.out.audited.push((key, row));
        Ok(())
    }
}

/// The key of a row: the sequence of the entry, then the position of the change in it.
pub(super) fn audit_key(seq: u64, place: usize) -> u64 {
    (seq << 8) | (place as u64 & 0xFF)
}

/// The hash of a row: over the previous hash, the key, and the row with zeros as its hash.
fn chained(before: [u8; 32], key: u64, row: &AuditRow) -> [u8; 32] {
    let bare = AuditRow {
        hash: [0; 32],
        ..row.clone()
    };
    let mut sum = Context::new(&SHA256);
    sum.update(&before);
    sum.update(&key.to_be_bytes());
    sum.update(&json_encode(&bare));
    sum.finish().as_ref().first_chunk().copied().unwrap_or_default()
}

/// The result of verifying the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChain {
    pub rows: u64,
    /// The hash of the last row. If it is also recorded elsewhere, a replaced log is detected.
    pub head: [u8; 32],
    /// The key of the first row that does not match the previous one.
    pub broken_at: Option<u64>,
}

impl Reader {
    /// Reads rows of the audit log with a key below `before`, newest first, until `visit` returns
    /// `Break`.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn audit_walk(
        &self,
        before: Option<u64>,
        mut visit: impl FnMut(u64, AuditRow) -> std::ops::ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let doing = "reading the audit log";
        let table = self.transaction().open_table(AUDIT).map_err(redb_error(doing))?;
        for row in table
            .range(..before.unwrap_or(u64::MAX))
            .map_err(redb_error(doing))?
            .rev()
        {
            let (seq, bytes) = row.map_err(redb_error(doing))?;
            let row = json_decode(bytes.value(), || format!("audit row {}", seq.value()))?;
            if visit(seq.value(), row).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Verifies the chain of the audit log from its first row.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn audit_verify(&self) -> Result<AuditChain, StoreError> {
        let doing = "verifying the audit log";
        let table = self.transaction().open_table(AUDIT).map_err(redb_error(doing))?;
        let mut chain = AuditChain {
            rows: 0,
            head: [0; 32],
            broken_at: None,
        };
        for row in table.iter().map_err(redb_error(doing))? {
            let (seq, bytes) = row.map_err(redb_error(doing))?;
            let seq = seq.value();
            let row: AuditRow = json_decode(bytes.value(), || format!("audit row {seq}"))?;
            if chain.broken_at.is_none() && row.hash != chained(chain.head, seq, &row) {
                chain.broken_at = Some(seq);
            }
            chain.rows += 1;
            chain.head = row.hash;
        }
        Ok(chain)
    }
}
