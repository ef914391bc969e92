//! A record of an object.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::{ColumnId, ObjectId};
use super::time::Timestamp;
use super::value::Value;

/// A record of an object, stored under the number of the object and the id of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub created_on: Timestamp,
    pub created_by: Uuid,
    pub modified_on: Timestamp,
    pub modified_by: Uuid,
    /// The sequence of the webhook that created it.
    pub webhook: Option<u64>,
    /// Values by column number, ascending. An empty column has no element.
    pub values: Vec<(ColumnId, Value)>,
}

impl Record {
    /// The value of a column.
    #[must_use]
    pub fn value(&self, column: ColumnId) -> Option<&Value> {
        self.values.iter().find(|(id, _)| *id == column).map(|(_, value)| value)
    }
}

/// Identifies the contents of a record, for its `ETag`: the start of the SHA-256 of its stored
/// bytes.
pub type RecordMark = [u8; 8];

/// One operation on a record. Values are already converted; the store checks that lookup values
/// exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RecordOperation {
    Create {
        object: ObjectId,
        record: Uuid,
        /// The values of the record, ascending by column.
        values: Vec<(ColumnId, Value)>,
    },
    /// Changes the values of some columns.
    Edit {
        object: ObjectId,
        record: Uuid,
        /// If given, only if the contents still have this mark.
        mark: Option<RecordMark>,
        /// The columns to change, ascending; none clears a column.
        values: Vec<(ColumnId, Option<Value>)>,
    },
    Delete {
        object: ObjectId,
        record: Uuid,
        /// If given, only if the contents still have this mark.
        mark: Option<RecordMark>,
    },
}
