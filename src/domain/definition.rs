//! A definition: objects, columns, lookup values and entities that are applied together.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::{ColumnDefault, ColumnType};

/// Objects, columns, lookup values and entities that are applied together, all or nothing.
/// Applying adds and changes; it never removes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Definition {
    /// Objects to add or change.
    pub objects: Vec<NewObject>,
    /// Values of lookups to add or rename.
    pub values: Vec<LookupValue>,
    /// Codes of objects to put into the Webhook entities lookup.
    pub entities: Vec<String>,
}

/// An object as a definition gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewObject {
    /// Its code.
    pub code: String,
    /// What people read.
    pub caption: String,
    /// Its records are values of a list.
    pub lookup: bool,
    /// The code of the column that stands for a record.
    pub display: String,
    /// A value that does not fit fails the webhook.
    pub strict: bool,
    /// Columns to add or change; others stay.
    pub columns: Vec<NewColumn>,
}

/// A column as a definition gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewColumn {
    /// Its code.
    pub code: String,
    /// What people read.
    pub caption: String,
    /// What it holds.
    pub kind: NewColumnType,
    /// No record without a value here.
    pub required: bool,
    /// What an absent value becomes.
    pub default: ColumnDefault,
}

/// A column type as a definition gives it: lookups name their object by code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NewColumnType {
    /// Any type but a lookup.
    Plain(ColumnType),
    /// A lookup of the object with this code.
    Lookup(String),
}

/// A value of a lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookupValue {
    /// The code of the lookup object.
    pub object: String,
    /// The value's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
}
