//! The parsers from outside: bodies in, fields and reasons out.

mod diagnoses;
mod form;
mod json;
mod multipart;
mod properties;
mod value;

use super::{Field, FieldValue, Fields, Limits, fields};
use crate::domain::parse_issue::Reason;

pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";

pub const LIMITS: Limits = Limits {
    depth: 128,
    fields: 1000,
};

/// The fields of a body within [`LIMITS`].
pub fn read<'a>(content_type: &str, body: &'a [u8]) -> Result<Fields<'a>, Reason> {
    fields(content_type, body, LIMITS)
}

/// Names and texts; other kinds of values with a mark in front.
pub fn pairs(fields: &[Field<'_>]) -> Vec<(String, String)> {
    let show = |field: &Field<'_>| {
        let mark = match field.value {
            FieldValue::Text(_) | FieldValue::Null => "",
            FieldValue::Number(_) => "number ",
            FieldValue::Boolean(_) => "boolean ",
            FieldValue::Nested(_) => "nested ",
            FieldValue::Broken(_) => "broken ",
        };
        (field.name.to_string(), format!("{mark}{}", field.value.shown()))
    };
    fields.iter().map(show).collect()
}

/// Owned pairs, to compare with.
pub fn expected(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn other_content_types_are_refused() {
    for content_type in ["", "text/plain", "application/xml", "text/json"] {
        assert_eq!(read(content_type, b"{}"), Err(Reason::ContentType), "{content_type}");
    }
}
