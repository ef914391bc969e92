//! A record of an object.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::{ColumnId, ObjectId};
use super::time::Timestamp;
use super::value::Value;

/// A record of an object, as stored under the object's number and the record's id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it was made.
    pub created_on: Timestamp,
    pub created_by: Uuid,
    /// When it was last changed.
    pub modified_on: Timestamp,
    /// Who last changed it.
    pub modified_by: Uuid,
    /// The sequence of the webhook that it was made from.
    pub webhook: Option<u64>,
    /// Values by column number, ascending; an empty column is absent.
    pub values: Vec<(ColumnId, Value)>,
}

impl Record {
    /// The value of a column.
    #[must_use]
    pub fn value(&self, column: ColumnId) -> Option<&Value> {
        self.values.iter().find(|(id, _)| *id == column).map(|(_, value)| value)
    }
}

/// The mark of a record's contents that an `ETag` is made of: the start of the SHA-256 of its
/// stored bytes.
pub type RecordMark = [u8; 8];

/// One step of writing records. Values are converted already; whether lookups exist is the
/// store's to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RecordOperation {
    Create {
        object: ObjectId,
        record: Uuid,
        /// With these values, ascending by column.
        values: Vec<(ColumnId, Value)>,
    },
    /// Other values for some columns.
    Edit {
        object: ObjectId,
        record: Uuid,
        /// Only if its contents still have this mark.
        mark: Option<RecordMark>,
        /// The columns to change, ascending; none empties one.
        values: Vec<(ColumnId, Option<Value>)>,
    },
    Delete {
        object: ObjectId,
        record: Uuid,
        /// Only if its contents still have this mark.
        mark: Option<RecordMark>,
    },
}
