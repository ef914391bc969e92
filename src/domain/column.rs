//! A column of an object: its code, type and rules.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use super::value::Value;

/// The number of a column within its object. Assigned once, never reused, stored in records.
pub type ColumnId = u16;

/// The number of an object. Assigned once, never reused, stored in records and webhooks.
pub type ObjectId = u32;

/// The largest number in a supplied text from which automatic numbering continues. It has nine
/// digits, so that no text that a sender writes can use up the ten digits that a column has room
/// for.
pub const NUMBER_FOLLOWED: u64 = 999_999_999;

/// A column of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The number of the column within its object.
    pub id: ColumnId,
    /// The code that senders use; the key of a lookup column is `<Code>Id`.
    pub code: String,
    /// The title that people read instead of the code.
    pub caption: String,
    pub kind: ColumnType,
    /// Whether every record must have a value in this column.
    pub required: bool,
    /// The value of the column where none is given.
    pub default: ColumnDefault,
    /// The index of a lookup column is always [`IndexState::Ready`].
    pub index: IndexState,
}

/// Whether programs can filter by a column, regardless of the number of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexState {
    #[default]
    None,
    /// New records are added to the index; a task adds the existing ones.
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

    /// Whether a key fills this column, without regard to case. Same result as comparing with
    /// [`Column::key`], but without allocating.
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

    /// The value that an absent one becomes in a record created at this moment. Automatic numbers
    /// are not included: the store assigns them, since it knows the last one.
    #[must_use]
    pub fn default_at(&self, at: Timestamp) -> Option<Value> {
        match (&self.default, self.kind) {
            (ColumnDefault::Value(value), _) => Some(value.clone()),
            (ColumnDefault::Now, ColumnType::DateTime) => Some(Value::DateTime(at)),
            (ColumnDefault::Now, ColumnType::Date) => Some(Value::Date(at.day())),
            _ => None,
        }
    }

    /// The number in a text of the form of this column's automatic numbers, such as `ORD-2`: the
    /// prefix and a number without leading zeros, at most [`NUMBER_FOLLOWED`].
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

    /// Whether new and changed records must be written to an index of this column.
    #[must_use]
    pub const fn is_index_kept(&self) -> bool {
        matches!(self.kind, ColumnType::Lookup(_)) || !matches!(self.index, IndexState::None)
    }

    /// Whether the index holds every record.
    #[must_use]
    pub const fn is_indexed(&self) -> bool {
        matches!(self.kind, ColumnType::Lookup(_)) || matches!(self.index, IndexState::Ready)
    }

    /// Whether a record needs a value in this column, either sent or by default. Automatic numbers
    /// always have one.
    #[must_use]
    pub const fn is_demanded(&self) -> bool {
        self.required && !matches!(self.default, ColumnDefault::Number(_))
    }
}

/// The type of a column. The order of the variants is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Text of at most this many characters.
    Text(u16),
    /// Text without a limit of its own.
    UnlimitedText,
    /// A whole number of 64 bits.
    Integer,
    /// A decimal number with this many digits after the decimal point.
    Decimal(u8),
    /// Money: two digits after the decimal point.
    Currency,
    Boolean,
    Date,
    /// A moment, stored in UTC.
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

impl ColumnType {
    /// The value that an empty column of this type counts as in queries and indexes: numbers and
    /// booleans have no other empty value in Creatio.
    #[must_use]
    pub const fn zero(self) -> Option<Value> {
        match self {
            Self::Integer => Some(Value::Integer(0)),
            Self::Decimal(_) | Self::Currency => Some(Value::Decimal(rust_decimal::Decimal::ZERO)),
            Self::Boolean => Some(Value::Boolean(false)),
            Self::Text(_)
            | Self::UnlimitedText
            | Self::Date
            | Self::DateTime
            | Self::Time
            | Self::Lookup(_)
            | Self::Guid
            | Self::Phone
            | Self::Email
            | Self::WebLink => None,
        }
    }
}

/// The value of a column where none is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnDefault {
    Empty,
    Value(Value),
    /// The moment of processing (Date and Date/Time columns).
    Now,
    /// The prefix and the next number of the object, as in `ORD-1` (text columns). The next number
    /// is larger than all numbers used so far, except those above [`NUMBER_FOLLOWED`].
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
