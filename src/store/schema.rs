//! The tables. Keys are integers or bytes, values carry a version byte.

use redb::{Key, TableDefinition, Value};

use crate::domain::column::ObjectId;
use crate::domain::source::SourceId;
use crate::domain::webhook::Status;

/// Facts about the database itself, by name; see the constants below.
pub const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");

/// Sequence → what arrived.
pub const WEBHOOK: TableDefinition<u64, &[u8]> = TableDefinition::new("webhook");

/// Sequence → what became of it.
pub const WEBHOOK_STATE: TableDefinition<u64, &[u8]> = TableDefinition::new("webhook_state");

/// Public id → sequence.
pub const WEBHOOK_ID: TableDefinition<u128, u64> = TableDefinition::new("webhook_id");

/// Status and sequence (see [`status_key`]) → `ModifiedOn` in milliseconds, by which retention
/// tells what is due without reading anything else.
pub const WEBHOOK_STATUS: TableDefinition<u64, i64> = TableDefinition::new("webhook_status");

/// Source and sequence (see [`source_key`]).
pub const WEBHOOK_SOURCE: TableDefinition<u128, ()> = TableDefinition::new("webhook_source");

/// Counters; see [`counter`].
pub const COUNTER: TableDefinition<u64, u64> = TableDefinition::new("counter");

/// The catalog's rows; see `catalog.rs`.
pub const CATALOG: TableDefinition<&[u8], &[u8]> = TableDefinition::new("catalog");

/// Id of a revoked token → when it expires, in milliseconds.
pub const TOKEN_REVOKED: TableDefinition<u128, i64> = TableDefinition::new("token_revoked");

/// Client id → when it last got a token, in microseconds.
pub const CLIENT_USED: TableDefinition<&[u8], i64> = TableDefinition::new("client_used");

/// SHA-256 of a session's cookie → the session.
pub const SESSION: TableDefinition<&[u8], &[u8]> = TableDefinition::new("session");

/// Sequence of the entry and place of the change in it → its row of the audit log.
pub const AUDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("audit");

/// Number of a task that is not finished → the task.
pub const TASK: TableDefinition<u64, &[u8]> = TableDefinition::new("task");

/// The version of all of this.
pub const FORMAT: u32 = 1;

/// [`META`]: the format's version, u32 little endian.
pub const META_FORMAT: &str = "format";
/// [`META`]: the appliance's id, 16 bytes.
pub const META_APPLIANCE: &str = "appliance";
/// [`META`]: the sequence of the last entry applied, u64 little endian.
pub const META_APPLIED: &str = "applied";
/// [`META`]: the sequence of the last change of the catalog, u64 little endian.
pub const META_CATALOG: &str = "catalog";
/// [`META`]: the sequence of the last entry that changed the rules, u64 little endian.
pub const META_RULES: &str = "rules";
/// [`META`]: in front of a task's code, when it ran last, i64 little endian, in microseconds.
pub const META_SCHEDULE_RAN: &str = "schedule_ran:";

/// The name of the table with an object's records: record id → record.
#[must_use]
pub fn record_table_name(object: ObjectId) -> String {
    format!("record_{object}")
}

/// A table with an object's records: record id → record.
#[must_use]
pub const fn record_table(name: &str) -> TableDefinition<'_, u128, &'static [u8]> {
    TableDefinition::new(name)
}

/// The name of the table with the indexes of an object's records.
#[must_use]
pub fn record_index_name(object: ObjectId) -> String {
    format!("index_{object}")
}

/// A table with the indexes of an object's records; see `record_index.rs` for its keys.
#[must_use]
pub const fn record_index(name: &str) -> TableDefinition<'_, &'static [u8], ()> {
    TableDefinition::new(name)
}

/// Bits of a sequence within a key; 2^56 webhooks are more than a disk holds.
const SEQ_BITS: u32 = 56;

/// The key of [`WEBHOOK_STATUS`].
#[must_use]
pub const fn status_key(status: Status, seq: u64) -> u64 {
    ((status as u64) << SEQ_BITS) | seq
}

/// The sequence in a key of [`WEBHOOK_STATUS`].
#[must_use]
pub const fn status_key_seq(key: u64) -> u64 {
    key & ((1 << SEQ_BITS) - 1)
}

/// The key of [`WEBHOOK_SOURCE`].
#[must_use]
pub const fn source_key(source: SourceId, seq: u64) -> u128 {
    ((source as u128) << 64) | seq as u128
}

/// Keys of [`COUNTER`]: the kind in the highest byte.
pub mod counter {
    use super::{ObjectId, SourceId, Status};

    /// Webhooks of a status.
    #[must_use]
    pub const fn status(status: Status) -> u64 {
        (1 << 56) | status as u64
    }

    /// Webhooks of a source.
    #[must_use]
    pub const fn source(source: SourceId) -> u64 {
        (2 << 56) | source as u64
    }

    /// Records of an object.
    #[must_use]
    pub const fn records(object: ObjectId) -> u64 {
        (3 << 56) | object as u64
    }

    /// The last number of an object's automatically numbered columns.
    #[must_use]
    pub const fn number(object: ObjectId) -> u64 {
        (4 << 56) | object as u64
    }

    /// Webhooks that arrived in an hour (counted from 1970) and are of a status now.
    #[must_use]
    pub const fn hour(hour: u64, status: Status) -> u64 {
        (5 << 56) | ((hour & 0xFFFF_FFFF_FFFF) << 8) | status as u64
    }

    /// Hour and status of a key of [`hour`].
    #[must_use]
    pub const fn hour_of(key: u64) -> (u64, u64) {
        ((key >> 8) & 0xFFFF_FFFF_FFFF, key & 0xFF)
    }
}

/// Makes all fixed tables, so that readers never meet one that is not there.
///
/// # Errors
/// When redb fails.
pub fn create_all(transaction: &redb::WriteTransaction) -> Result<(), redb::TableError> {
    fn create<K: Key + 'static, V: Value + 'static>(
        transaction: &redb::WriteTransaction,
        table: TableDefinition<K, V>,
    ) -> Result<(), redb::TableError> {
        transaction.open_table(table).map(drop)
    }
    create(transaction, META)?;
    create(transaction, WEBHOOK)?;
    create(transaction, WEBHOOK_STATE)?;
    create(transaction, WEBHOOK_ID)?;
    create(transaction, WEBHOOK_STATUS)?;
    create(transaction, WEBHOOK_SOURCE)?;
    create(transaction, COUNTER)?;
    create(transaction, CATALOG)?;
    create(transaction, TOKEN_REVOKED)?;
    create(transaction, CLIENT_USED)?;
    create(transaction, SESSION)?;
    create(transaction, AUDIT)?;
    create(transaction, TASK)
}
