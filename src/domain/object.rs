//! An object: the type of record that a webhook can become.

use serde::{Deserialize, Serialize};

use super::column::{Column, ColumnId, ObjectId};

/// An object: the type of record that a webhook can become, or a lookup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// The number under which its records are stored.
    pub id: ObjectId,
    /// A Latin letter, then Latin letters and digits, at most 128 characters.
    pub code: String,
    /// The title that people read instead of the code.
    pub caption: String,
    /// The object is a lookup: its records are the values of a list and have `Name` and
    /// `Description`.
    pub lookup: bool,
    /// The code of the display column, such as `Name`, which identifies a record to people.
    pub display: String,
    /// A value that does not fit fails the webhook instead of leaving the column empty.
    pub strict: bool,
    /// The columns of the object by id. The system columns `Id`, `CreatedOn`, `CreatedById`,
    /// `ModifiedOn` and `ModifiedById` are part of every record and not in this list.
    pub columns: Vec<Column>,
    /// The number that the next added column gets.
    pub next_column: ColumnId,
}

/// Codes of the columns that every object has. They cannot be sent or defined.
pub const SYSTEM_COLUMNS: [&str; 7] = [
    "Id",
    "CreatedOn",
    "CreatedById",
    "CreatedBy",
    "ModifiedOn",
    "ModifiedById",
    "ModifiedBy",
];

/// Codes that a new object cannot have, without regard to case: names that `OData` already uses for
/// other things than objects. All names of the OData schema must be unique.
pub const RESERVED_CODES: [(&str, &str); 5] = [
    ("Webhook", "the webhooks themselves"),
    ("WebhookStatus", "the statuses of webhooks"),
    ("WebhookParsingError", "the parsing errors of webhooks"),
    ("Actor", "who creates and changes records"),
    ("Container", "the container of all entity sets"),
];

/// What `OData` uses this code for; none if an object can have it.
#[must_use]
pub fn reserved_for(code: &str) -> Option<&'static str> {
    let reserved = RESERVED_CODES.iter().find(|(name, _)| name.eq_ignore_ascii_case(code));
    reserved.map(|(_, what)| *what)
}

impl Object {
    /// The column with this code, without regard to case.
    #[must_use]
    pub fn column(&self, code: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.code.eq_ignore_ascii_case(code))
    }

    /// The column with this number.
    #[must_use]
    pub fn column_by_id(&self, id: ColumnId) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// The column that identifies a record of this object to people.
    #[must_use]
    pub fn display_column(&self) -> Option<&Column> {
        self.column(&self.display)
    }
}
