//! A typed value of a record's column.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// A typed value of a record's column. An empty column has no value.
///
/// The order of the variants is part of the stored format: add at the end only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Text, phone, email and web link columns.
    Text(String),
    Integer(i64),
    /// Decimal and currency columns; exact, never converted to a float.
    Decimal(#[serde(with = "rust_decimal::serde::str")] Decimal),
    Boolean(bool),
    /// Date columns: days since 1970-01-01.
    Date(i32),
    DateTime(Timestamp),
    /// Time columns: seconds since midnight.
    Time(u32),
    /// Lookup and unique identifier columns.
    Guid(Uuid),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Boolean(yes) => write!(f, "{yes}"),
            Self::Date(days) => write!(f, "{}", date_of_days(*days)),
            Self::DateTime(moment) => write!(f, "{moment}"),
            Self::Time(seconds) => write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
            Self::Guid(id) => write!(f, "{id}"),
        }
    }
}

impl Value {
    /// The value that an empty column with values like this counts as; see [`ColumnType::zero`].
    ///
    /// [`ColumnType::zero`]: super::column::ColumnType::zero
    #[must_use]
    pub const fn zero(&self) -> Option<Self> {
        match self {
            Self::Integer(_) => Some(Self::Integer(0)),
            Self::Decimal(_) => Some(Self::Decimal(Decimal::ZERO)),
            Self::Boolean(_) => Some(Self::Boolean(false)),
            Self::Text(_) | Self::Date(_) | Self::DateTime(_) | Self::Time(_) | Self::Guid(_) => None,
        }
    }

    /// The value as JSON: numbers and booleans as such, everything else as text. Decimals are text
    /// too, since not all readers of JSON preserve their digits.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Integer(number) => (*number).into(),
            Self::Boolean(yes) => (*yes).into(),
            other => other.to_string().into(),
        }
    }
}

/// The calendar date `days` days after 1970-01-01, clamped to the range of the calendar.
#[must_use]
pub fn date_of_days(days: i32) -> jiff::civil::Date {
    let span = jiff::Span::new().try_days(i64::from(days));
    let epoch = jiff::civil::date(1970, 1, 1);
    span.and_then(|span| epoch.checked_add(span)).unwrap_or(if days < 0 {
        jiff::civil::Date::MIN
    } else {
        jiff::civil::Date::MAX
    })
}
