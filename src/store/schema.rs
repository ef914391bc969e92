//! The tables. Keys are integers or bytes, values start with a version byte.

use redb::{Key, TableDefinition, Value};

use crate::domain::column::ObjectId;
use crate::domain::source::SourceId;
use crate::domain::webhook::Status;

/// Facts about the database itself, by name; see the constants below.
pub const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");

/// Sequence → webhook.
pub const WEBHOOK: TableDefinition<u64, &[u8]> = TableDefinition::new("webhook");

/// Sequence → state of the webhook.
pub const WEBHOOK_STATE: TableDefinition<u64, &[u8]> = TableDefinition::new("webhook_state");

/// Public id → sequence.
pub const WEBHOOK_ID: TableDefinition<u128, u64> = TableDefinition::new("webhook_id");

/// Status and sequence (see [`status_key`]) → `ModifiedOn` in milliseconds, so that retention can
/// find expired webhooks without reading anything else.
pub const WEBHOOK_STATUS: TableDefinition<u64, i64> = TableDefinition::new("webhook_status");

/// Source and sequence (see [`source_key`]).
pub const WEBHOOK_SOURCE: TableDefinition<u128, ()> = TableDefinition::new("webhook_source");

/// Counters; see [`counter`].
pub const COUNTER: TableDefinition<u64, u64> = TableDefinition::new("counter");

/// The rows of the catalog; see `catalog.rs`.
pub const CATALOG: TableDefinition<&[u8], &[u8]> = TableDefinition::new("catalog");

/// Id of a revoked token → when it expires, in milliseconds.
pub const TOKEN_REVOKED: TableDefinition<u128, i64> = TableDefinition::new("token_revoked");

/// Client id → when it last got a token, in microseconds.
pub const CLIENT_USED: TableDefinition<&[u8], i64> = TableDefinition::new("client_used");

/// SHA-256 of the token in a session's cookie → the session.
pub const SESSION: TableDefinition<&[u8], &[u8]> = TableDefinition::new("session");

/// Sequence of the entry and position of the change in it → row of the audit log.
pub const AUDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("audit");

/// Number of an unfinished task → the task.
pub const TASK: TableDefinition<u64, &[u8]> = TableDefinition::new("task");

/// The version of the format of all tables.
pub const FORMAT: u32 = 1;

/// [`META`]: the format's version, u32 little endian.
pub const META_FORMAT: &str = "format";
/// [`META`]: the appliance's id, 16 bytes.
pub const META_APPLIANCE: &str = "appliance";
/// [`META`]: the sequence of the last applied entry, u64 little endian.
pub const META_APPLIED: &str = "applied";
/// [`META`]: the sequence of the last change of the catalog, u64 little endian.
pub const META_CATALOG: &str = "catalog";
/// [`META`]: the sequence of the last entry that changed the rules, u64 little endian.
pub const META_RULES: &str = "rules";
/// [`META`]: prefix of a task's code. When it last ran, i64 little endian, in microseconds.
pub const META_SCHEDULE_RAN: &str = "schedule_ran:";

/// The name of the table with the records of an object.
#[must_use]
pub fn record_table_name(object: ObjectId) -> String {
    format!("record_{object}")
}

/// The table with the records of an object: record id → record.
#[must_use]
pub const fn record_table(name: &str) -> TableDefinition<'_, u128, &'static [u8]> {
    TableDefinition::new(name)
}

/// The name of the table with the indexes of an object's records.
#[must_use]
pub fn record_index_name(object: ObjectId) -> String {
    format!("index_{object}")
}

/// The table with the indexes of an object's records; see `record_index.rs` for its keys.
#[must_use]
pub const fn record_index(name: &str) -> TableDefinition<'_, &'static [u8], ()> {
    TableDefinition::new(name)
}

/// The number of bits of a sequence in a key. No disk holds 2^56 webhooks.
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

/// Keys of [`COUNTER`]. The highest byte is the kind.
pub mod counter {
    use super::{ObjectId, SourceId, Status};

    /// The number of webhooks of a status.
    #[must_use]
    pub const fn status(status: Status) -> u64 {
        (1 << 56) | status as u64
    }

    /// The number of webhooks of a source.
    #[must_use]
    pub const fn source(source: SourceId) -> u64 {
        (2 << 56) | source as u64
    }

    /// The number of records of an object.
    #[must_use]
    pub const fn records(object: ObjectId) -> u64 {
        (3 << 56) | object as u64
    }

    /// The last number used in an object's automatically numbered columns.
    #[must_use]
    pub const fn number(object: ObjectId) -> u64 {
        (4 << 56) | object as u64
    }

    /// The number of webhooks that arrived in an hour (counted from 1970) and now have a status.
    #[must_use]
    pub const fn hour(hour: u64, status: Status) -> u64 {
        (5 << 56) | ((hour & 0xFFFF_FFFF_FFFF) << 8) | status as u64
    }

    /// The hour and status in a key of [`hour`].
    #[must_use]
    pub const fn hour_of(key: u64) -> (u64, u64) {
        ((key >> 8) & 0xFFFF_FFFF_FFFF, key & 0xFF)
    }
}

/// Creates all fixed tables, so that readers never find one missing.
///
/// # Errors
/// If redb fails.
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
