//! What the fuzz targets share.

use hookgate::domain::column::ColumnType;
use hookgate::parse::{self, Fields, Limits};

/// As many as the default settings allow.
pub const LIMITS: Limits = Limits {
    depth: 128,
    fields: 1000,
};

/// A column of each type, some of them twice.
pub const COLUMNS: [ColumnType; 15] = [
    ColumnType::Text(5),
    ColumnType::UnlimitedText,
    ColumnType::Integer,
    ColumnType::Decimal(0),
    ColumnType::Decimal(28),
    ColumnType::Currency,
    ColumnType::Boolean,
    ColumnType::Date,
    ColumnType::DateTime,
    ColumnType::Time,
    ColumnType::Lookup(1),
    ColumnType::Guid,
    ColumnType::Phone,
    ColumnType::Email,
    ColumnType::WebLink,
];

/// Reads a body twice: the answers must be the same.
pub fn read_twice<'a>(content_type: &str, body: &'a [u8]) -> Option<Fields<'a>> {
    let first = parse::fields(content_type, body, LIMITS);
    assert_eq!(first, parse::fields(content_type, body, LIMITS));
    match first {
        Ok(fields) => {
            assert!(fields.len() <= LIMITS.fields as usize);
            Some(fields)
        }
        Err(reason) => {
            assert!(reason.to_string().len() < 1000);
            None
        }
    }
}

/// Chooses by the first byte and gives the rest.
pub fn choose<'a, 'c, T>(data: &'a [u8], choices: &'c [T]) -> Option<(&'c T, &'a [u8])> {
    let (first, rest) = data.split_first()?;
    Some((choices.get(usize::from(*first) % choices.len())?, rest))
}
