//! Bytes → fields → typed values: pure and total. The same body always yields the same fields, no
//! body causes a panic, and the time grows with the body's length only.

mod charset;
mod form;
mod json;
pub mod media_type;
pub mod multipart;
mod number;
pub mod percent;
pub mod value;
mod when;

use std::borrow::Cow;

use crate::domain::parse_issue::Reason;
pub use media_type::{Media, media};
pub use when::{day, micros, moment, time_of_day};

/// Reads the fields of a body, in the order in which they were sent; repeated names stay.
///
/// # Errors
/// When the body cannot be read, with a reason that says what is wrong and where. A fault that
/// concerns one value only is that field's [`FieldValue::Broken`] instead.
pub fn fields<'a>(content_type: &str, body: &'a [u8], limits: Limits) -> Result<Fields<'a>, Reason> {
    match media_type::media(content_type) {
        Some(Media::Json) => match charset::text(content_type, body)? {
            Cow::Borrowed(text) => json::fields(text, limits),
            Cow::Owned(text) => json::fields(&text, limits).map(owned),
        },
        Some(Media::Form) => form::fields(content_type, body, limits),
        Some(Media::Multipart) => multipart::fields(content_type, body, limits),
        None => Err(Reason::ContentType),
    }
}

/// The fields of a body in the order in which they were sent.
pub type Fields<'a> = Vec<Field<'a>>;

/// One key of a body with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// The key as sent.
    pub name: Cow<'a, str>,
    pub value: FieldValue<'a>,
}

/// A value as sent. Form bodies have texts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue<'a> {
    Text(Cow<'a, str>),
    /// A number, by the characters it was written with, so that it stays exact.
    Number(Cow<'a, str>),
    Boolean(bool),
    Null,
    /// A nested object or list, as JSON.
    Nested(Cow<'a, str>),
    /// A value that cannot be read, while the rest of the body can.
    Broken(Box<Broken>),
}

/// A value that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What a person can be shown of it.
    pub shown: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl FieldValue<'_> {
    /// The value the way it was written: what an issue shows.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Nested(text) => text,
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
            Self::Null => "null",
            Self::Broken(broken) => &broken.shown,
        }
    }

    fn into_owned(self) -> FieldValue<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Text(text) => FieldValue::Text(own(text)),
            Self::Number(text) => FieldValue::Number(own(text)),
            Self::Nested(text) => FieldValue::Nested(own(text)),
            Self::Boolean(yes) => FieldValue::Boolean(yes),
            Self::Null => FieldValue::Null,
            Self::Broken(broken) => FieldValue::Broken(broken),
        }
    }
}

/// How much of a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The deepest level of nesting; the object itself is the first.
    pub depth: u32,
    /// The maximum number of fields.
    pub fields: u32,
}

fn owned(fields: Fields<'_>) -> Fields<'static> {
    fields
        .into_iter()
        .map(|field| Field {
            name: Cow::Owned(field.name.into_owned()),
            value: field.value.into_owned(),
        })
        .collect()
}

/// A fault of the whole body that has no place in lines and columns.
fn broken(cause: impl Into<String>) -> Reason {
    Reason::BodyBroken {
        line: 0,
        column: 0,
        cause: cause.into(),
    }
}

/// A fault of the body after `before`, by line and column in characters.
fn broken_at(before: &str, cause: impl Into<String>) -> Reason {
    let lines = memchr::memchr_iter(b'\n', before.as_bytes()).count();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let characters = before.get(line_start..).unwrap_or_default().chars().count();
    let from_one = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    Reason::BodyBroken {
        line: from_one(lines),
        column: from_one(characters),
        cause: cause.into(),
    }
}

#[cfg(test)]
mod tests;
