//! An object: the kind of record that a webhook can become.

use serde::{Deserialize, Serialize};

use super::column::{Column, ColumnId, ObjectId};

/// An object: the kind of record that a webhook can become, or a lookup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Its number; records are stored under it.
    pub id: ObjectId,
    /// Its code: a Latin letter, then Latin letters and digits, at most 128 characters.
    pub code: String,
    /// What people read instead of the code.
    pub caption: String,
    /// Its records are values of a list: they have `Name` and `Description`.
    pub lookup: bool,
    /// The code of the column that stands for a record, such as `Name`.
    pub display: String,
    /// A value that does not fit fails the webhook instead of leaving the column empty.
    pub strict: bool,
    /// Its own columns, by id; `Id`, `CreatedOn`, `CreatedById`, `ModifiedOn` and `ModifiedById`
    /// are part of every record and stand in no list.
    pub columns: Vec<Column>,
    /// The number that the next added column gets.
    pub next_column: ColumnId,
}

/// Codes of the columns that every object has, and that nobody can send or define.
pub const SYSTEM_COLUMNS: [&str; 5] = ["Id", "CreatedOn", "CreatedById", "ModifiedOn", "ModifiedById"];

/// Codes that no new object can have, without regard to case: what `OData` has under the name
/// already, beside the sets of objects. All of it stands in one schema, where names are unique.
pub const RESERVED_CODES: [(&str, &str); 4] = [
    ("Webhook", "the webhooks themselves"),
    ("WebhookStatus", "the statuses of webhooks"),
    ("WebhookParsingError", "the parsing errors of webhooks"),
    ("Container", "the container of all sets"),
];

/// What `OData` has under a code already; none if an object can have it.
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

    /// The column that stands for a record of this object.
    #[must_use]
    pub fn display_column(&self) -> Option<&Column> {
        self.column(&self.display)
    }
}
