//! A column of an object: its code, type and rules.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::value::Value;

/// The number of a column within its object; given once, never reused, stored in records.
pub type ColumnId = u16;

/// The number of an object; given once, never reused, stored in records and webhooks.
pub type ObjectId = u32;

/// The largest number in a given text that automatic numbers go on from: nine digits, so that
/// no number that somebody writes uses up the ten digits that a column has room for.
pub const NUMBER_FOLLOWED: u64 = 999_999_999;

/// A column of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its number within the object.
    pub id: ColumnId,
    /// Its code, as senders name it; a lookup column is filled by `<Code>Id`.
    pub code: String,
    /// What people read instead of the code.
    pub caption: String,
    pub kind: ColumnType,
    /// No record without a value here.
    pub required: bool,
    /// What an absent value becomes.
    pub default: ColumnDefault,
    /// The index of a lookup column is always [`IndexState::Ready`].
    pub index: IndexState,
}

/// Whether programs can filter by a column however many records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexState {
    #[default]
    None,
    /// Records that are written are put into it; a task puts in those that were there before.
    Building,
    Ready,
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

    /// The number in a value that is written as this column's automatic ones, as in `ORD-2`: the
    /// prefix and a number without zeros in front, at most [`NUMBER_FOLLOWED`].
    #[must_use]
    pub fn number_in(&self, value: &Value) -> Option<u64> {
        let (ColumnDefault::Number(prefix), Value::Text(text)) = (&self.default, value) else {
            return None;
        };
        let digits = text.strip_prefix(prefix.as_str())?;
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().filter(|number| *number <= NUMBER_FOLLOWED)
    }

    /// Whether records that are written belong in an index of it.
    #[must_use]
    pub const fn is_index_kept(&self) -> bool {
        matches!(self.kind, ColumnType::Lookup(_)) || !matches!(self.index, IndexState::None)
    }

    /// Whether its index holds every record.
    #[must_use]
    pub const fn is_indexed(&self) -> bool {
        matches!(self.kind, ColumnType::Lookup(_)) || matches!(self.index, IndexState::Ready)
    }

    /// Whether no record can be made without a value here, neither sent nor by default.
    #[must_use]
    pub const fn is_demanded(&self) -> bool {
        self.required && !matches!(self.default, ColumnDefault::Number(_))
    }
}

/// What a column holds. The order of the variants is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    Boolean,
    Date,
    /// A moment, kept in UTC.
    DateTime,
    /// A time of day.
    Time,
    /// The id of a record of this object.
    Lookup(ObjectId),
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
#[serde(rename_all = "snake_case")]
pub enum ColumnDefault {
    Empty,
    Value(Value),
    /// The moment of processing (Date and Date/Time columns).
    Now,
    /// The prefix and the next number of the object, as in `ORD-1` (text columns). The next one
    /// is larger than all that were given so far, as long as those are at most
    /// [`NUMBER_FOLLOWED`].
    Number(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_columns_own_pattern_are_known() {
        let column = |prefix: &str| Column {
            id: 1,
            code: "Number".to_owned(),
            caption: String::new(),
            kind: ColumnType::Text(50),
            required: false,
            default: ColumnDefault::Number(prefix.to_owned()),
            index: IndexState::None,
        };
        let number = |prefix: &str, text: &str| column(prefix).number_in(&Value::Text(text.to_owned()));
        for (prefix, text, wanted) in [
            ("ORD-", "ORD-2", 2),
            ("ORD-", "ORD-999999999", NUMBER_FOLLOWED),
            ("", "17", 17),
            ("A1", "A12", 2),
            ("№ ", "№ 3", 3),
        ] {
            assert_eq!(number(prefix, text), Some(wanted), "{prefix} {text}");
        }
        for text in [
            "ORD-",
            "ORD-0",
            "ORD-02",
            "ORD-+2",
            "ORD--2",
            "ORD-2 ",
            "ORD-2a",
            "ord-2",
            "2",
            "ORD-٢",
            "ORD-1000000000",
            "ORD-18446744073709551616",
            "ORD-99999999999999999999999999",
        ] {
            assert_eq!(number("ORD-", text), None, "{text}");
        }
        assert_eq!(column("").number_in(&Value::Integer(2)), None);
        let plain = Column {
            default: ColumnDefault::Empty,
            ..column("")
        };
        assert_eq!(plain.number_in(&Value::Text("2".to_owned())), None);
    }
}
