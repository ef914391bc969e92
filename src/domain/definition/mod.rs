//! A definition: objects, columns, lookup values and entities that are applied together.
//!
//! Administrators write it as JSON. [`parse`] reads it and reports all mistakes at once,
//! [`to_json`] writes it, and [`difference`] lists what applying it would change.

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

/// The maximum length of the code of an object or column.
pub const MAX_CODE_LENGTH: usize = 128;

/// The maximum length of a text column.
pub const MAX_TEXT_LENGTH: u16 = 4000;

/// The maximum length of a caption, and the length of a lookup's `Name`.
pub const MAX_NAME_LENGTH: u16 = 250;

/// The length of a lookup's `Description`.
pub const MAX_DESCRIPTION_LENGTH: u16 = 500;

/// The maximum number of columns of an object, without the system columns.
pub const MAX_COLUMNS: usize = 1000;

/// The ids derived for lookup values are `UUIDv5`s in this namespace. It must never change.
const VALUES: Uuid = Uuid::from_u128(0x4c0e_8a3b_7a55_4d1e_9b5c_2f7d_61a8_30c4);

/// Objects, columns, lookup values and entities that are applied together, all or none. Applying
/// adds and changes; it never removes. It is complete: what a file leaves out was filled in when
/// the file was read.
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
    /// The object is a lookup: its records are the values of a list.
    pub lookup: bool,
    /// The code of the display column, which identifies a record to people.
    pub display: String,
    /// A value that does not fit its column fails the webhook.
    pub strict: bool,
    /// Columns to add or change; all others stay as they are.
    pub columns: Vec<NewColumn>,
}

/// A column as a definition gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewColumn {
    pub code: String,
    pub caption: String,
    pub kind: NewColumnType,
    /// Whether every record must have a value in this column.
    pub required: bool,
    /// The value of the column where none is given.
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
    /// A text for people; may be empty.
    pub description: String,
}

/// Whether a column is indexed, so that programs can filter by it regardless of the number of
/// records. Lookup columns are always indexed.
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
    /// The place, such as `objects[0].columns[2].type`, or the line if the text is not JSON.
    pub place: String,
    /// What is wrong and what is accepted.
    pub problem: String,
}

/// The maximum number of mistakes that are shown at once.
const MISTAKES_SHOWN: usize = 100;

impl std::error::Error for DefinitionErrors {}

impl fmt::Display for DefinitionErrors {
    /// Writes one mistake per line.
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
    /// Adds those of the given lookup values whose objects are part of the definition. They are
    /// sorted, so that two exports of the same values are identical.
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

/// The id of a lookup value that is defined without one. It is derived from object and name, so it
/// is the same in all installations.
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

/// Replaces the alias `SubmittedForm` by `FormSubmit`; returns any other code unchanged.
fn object_code(code: &str) -> &str {
    if code.eq_ignore_ascii_case("SubmittedForm") {
        "FormSubmit"
    } else {
        code
    }
}

/// Checks the code of an object or a column; none if it is valid.
fn code_problem(code: &str) -> Option<String> {
    let letter_first = code.starts_with(|first: char| first.is_ascii_alphabetic());
    if !letter_first || !code.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Some("must start with a Latin letter and contain only Latin letters and digits".to_owned());
    }
    (code.len() > MAX_CODE_LENGTH)
        .then(|| format!("has {} characters; at most {MAX_CODE_LENGTH} are allowed", code.len()))
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
