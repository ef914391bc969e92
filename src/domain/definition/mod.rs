//! A definition: objects, columns, lookup values and entities that are applied together.
//!
//! Administrators write it as JSON. [`parse`] reads it and lists all mistakes at once,
//! [`to_json`] writes it, [`difference`] says what applying one would change.

mod columns;
mod defaults;
mod difference;
mod export;
mod json;
mod kind;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::column::{ColumnDefault, ColumnType};

pub use difference::{Difference, adopt_ids, difference, index_difference};
pub use export::{indexes_of_catalog, of_catalog, to_json};
pub use parse::{parse, parse_for};

/// The longest code of an object or column.
pub const MAX_CODE_LENGTH: usize = 128;

/// The longest length that a text column can have.
pub const MAX_TEXT_LENGTH: u16 = 4000;

/// The longest caption, and the length of a lookup's `Name`.
pub const MAX_NAME_LENGTH: u16 = 250;

/// The length of a lookup's `Description`.
pub const MAX_DESCRIPTION_LENGTH: u16 = 500;

/// The most columns of its own that an object can have.
pub const MAX_COLUMNS: usize = 1000;

/// Derived ids of lookup values are `UUIDv5`s in this namespace. Never changes.
const VALUES: Uuid = Uuid::from_u128(0x4c0e_8a3b_7a55_4d1e_9b5c_2f7d_61a8_30c4);

/// Objects, columns, lookup values and entities that are applied together, all or nothing.
/// Applying adds and changes; it never removes. All of it is said: what a file leaves out is
/// resolved when it is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
pub struct NewObject {
    pub code: String,
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
#[serde(deny_unknown_fields)]
pub struct NewColumn {
    pub code: String,
    pub caption: String,
    pub kind: NewColumnType,
    /// No record without a value here.
    pub required: bool,
    /// What an absent value becomes.
    pub default: ColumnDefault,
}

/// A column type as a definition gives it: lookups name their object by code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewColumnType {
    /// Any type but a lookup.
    Plain(ColumnType),
    /// A lookup of the object with this code.
    Lookup(String),
}

/// A value of a lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupValue {
    /// The code of the lookup object.
    pub object: String,
    pub id: Uuid,
    pub name: String,
    /// Its description; may be empty.
    pub description: String,
}

/// Whether a column is indexed, so that programs can filter by it at any number of records.
/// Lookup columns always are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnIndex {
    pub object: String,
    pub column: String,
    pub indexed: bool,
}

/// A definition that cannot be read: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionErrors(pub Vec<DefinitionError>);

/// One mistake in a definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct DefinitionError {
    /// Where, such as `objects[0].columns[2].type`, or the line for what is no JSON.
    pub place: String,
    /// What is wrong and what is taken.
    pub problem: String,
}

/// The most mistakes that are shown at once.
const MISTAKES_SHOWN: usize = 100;

impl std::error::Error for DefinitionErrors {}

impl fmt::Display for DefinitionErrors {
    /// One mistake a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().take(MISTAKES_SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        match self.0.len().saturating_sub(MISTAKES_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

impl Definition {
    /// With these values of lookups, as far as their objects are part of it; ordered so that
    /// two exports of the same values are the same.
    #[must_use]
    pub fn with_values(mut self, values: Vec<LookupValue>) -> Self {
        self.values = values;
        self.values.retain(|value| {
            self.objects
                .iter()
                .any(|object| object.code.eq_ignore_ascii_case(&value.object))
        });
        self.values
            .sort_by(|a, b| (&a.object, &a.name, a.id).cmp(&(&b.object, &b.name, b.id)));
        self
    }
}

/// The id of a lookup value whose definition gives none: from object and name, the same
/// everywhere.
#[must_use]
pub fn value_id(object: &str, name: &str) -> Uuid {
    let object = object_code(object).to_ascii_lowercase();
    Uuid::new_v5(&VALUES, format!("{object}/{name}").as_bytes())
}

/// The columns that every lookup has.
fn lookup_columns() -> [NewColumn; 2] {
    let column = |code: &str, length, required| NewColumn {
        code: code.to_owned(),
        caption: code.to_owned(),
        kind: NewColumnType::Plain(ColumnType::Text(length)),
        required,
        default: ColumnDefault::Empty,
    };
    [
        column("Name", MAX_NAME_LENGTH, true),
        column("Description", MAX_DESCRIPTION_LENGTH, false),
    ]
}

/// `FormSubmit` for its other name, `SubmittedForm`; any other code as it is.
fn object_code(code: &str) -> &str {
    if code.eq_ignore_ascii_case("SubmittedForm") {
        "FormSubmit"
    } else {
        code
    }
}

/// What is wrong with the code of an object or a column, if anything.
fn code_problem(code: &str) -> Option<String> {
    let letter_first = code.starts_with(|first: char| first.is_ascii_alphabetic());
    if !letter_first || !code.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Some("must be a Latin letter, then Latin letters and digits only".to_owned());
    }
    (code.len() > MAX_CODE_LENGTH)
        .then(|| format!("has {} characters; at most {MAX_CODE_LENGTH} are taken", code.len()))
}

impl NewColumn {
    /// The key by which senders fill this column: the code, or `<Code>Id` for lookups.
    #[must_use]
    pub fn key(&self) -> String {
        match self.kind {
            NewColumnType::Lookup(_) => format!("{}Id", self.code),
            NewColumnType::Plain(_) => self.code.clone(),
        }
    }
}
