//! A column of an object: its code, type and rules.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::value::Value;

/// The number of a column within its object; given once, never reused, stored in records.
pub type ColumnId = u16;

/// The number of an object; given once, never reused, stored in records and webhooks.
pub type ObjectId = u32;

/// A column of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its number within the object.
    pub id: ColumnId,
    /// Its code, as senders name it; a lookup column is filled by `<Code>Id`.
    pub code: String,
    /// What people read instead of the code.
    pub caption: String,
    /// What it holds.
    pub kind: ColumnType,
    /// No record without a value here.
    pub required: bool,
    /// What an absent value becomes.
    pub default: ColumnDefault,
}

impl Column {
    /// The key by which senders and programs fill this column: the code, or `<Code>Id` for lookups.
    #[must_use]
    pub fn key(&self) -> String {
        match self.kind {
            ColumnType::Lookup(_) => format!("{}Id", self.code),
            _ => self.code.clone(),
        }
    }

    /// Whether a key fills this column, without regard to case: what [`Column::key`] gives,
    /// without making a text of it.
    #[must_use]
    pub fn is_filled_by(&self, key: &str) -> bool {
        if !matches!(self.kind, ColumnType::Lookup(_)) {
            return self.code.eq_ignore_ascii_case(key);
        }
        let (code, key) = (self.code.as_bytes(), key.as_bytes());
        key.len() == code.len() + 2
            && key
                .split_at_checked(code.len())
                .is_some_and(|(start, end)| end.eq_ignore_ascii_case(b"Id") && start.eq_ignore_ascii_case(code))
    }

    /// What an absent value becomes in a record made at this moment. A number is given by the
    /// store, which knows the last one.
    #[must_use]
    pub fn default_at(&self, at: Timestamp) -> Option<Value> {
        match (&self.default, self.kind) {
            (ColumnDefault::Value(value), _) => Some(value.clone()),
            (ColumnDefault::Now, ColumnType::DateTime) => Some(Value::DateTime(at)),
            (ColumnDefault::Now, ColumnType::Date) => Some(Value::Date(at.day())),
            _ => None,
        }
    }

    /// Whether no record can be made without a value here, neither sent nor by default.
    #[must_use]
    pub const fn is_demanded(&self) -> bool {
        self.required && !matches!(self.default, ColumnDefault::Number(_))
    }
}

/// What a column holds. The order of the variants is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnType {
    /// Text of at most this many characters.
    Text(u16),
    /// Text without a limit of its own.
    UnlimitedText,
    /// A whole number of 64 bits.
    Integer,
    /// A decimal number with this many digits behind the point.
    Decimal(u8),
    /// Money: two digits behind the point.
    Currency,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// A moment, kept in UTC.
    DateTime,
    /// A time of day.
    Time,
    /// The id of a record of this object.
    Lookup(ObjectId),
    /// Any GUID.
    Guid,
    /// A phone number: text of at most 250 characters, kept as sent.
    Phone,
    /// An email address: text of at most 250 characters.
    Email,
    /// A web link: text of at most 500 characters.
    WebLink,
}

/// What an absent value becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnDefault {
    /// It stays empty.
    Empty,
    /// This value.
    Value(Value),
    /// The moment of processing (Date and Date/Time columns).
    Now,
    /// The prefix and the next number of the object, as in `ORD-1` (text columns).
    Number(String),
}
