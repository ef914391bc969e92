//! `application/x-www-form-urlencoded`.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::percent::{self, Plus};
use super::{Broken, Field, FieldValue, Fields, Limits, charset, owned};
use crate::domain::parse_issue::Reason;

/// The fields of a form: pairs without a name or a value count too, and invalid `%` escapes are
/// kept unchanged.
pub fn fields<'a>(content_type: &str, body: &'a [u8], limits: Limits) -> Result<Fields<'a>, Reason> {
    match charset::of(content_type)?.unwrap_or(UTF_8) {
        // Escapes encode bytes of the charset, except where the form itself is not ASCII.
        encoding if encoding.is_ascii_compatible() => pairs(body, encoding, limits),
        _ => {
            let text = charset::text(content_type, body)?;
            pairs(text.as_bytes(), UTF_8, limits).map(owned)
        }
    }
}

fn pairs<'a>(body: &'a [u8], encoding: &'static Encoding, limits: Limits) -> Result<Fields<'a>, Reason> {
    let mut fields = Vec::with_capacity(8);
    let mut count = 0;
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        count += 1;
        if count > limits.fields {
            let limit = limits.fields;
            return Err(Reason::TooManyFields { limit });
        }
        let (name, value) = match memchr::memchr(b'=', pair) {
            Some(equals) => (
                pair.get(..equals).unwrap_or_default(),
                pair.get(equals + 1..).unwrap_or_default(),
            ),
            None => (pair, &[][..]),
        };
        let name = decoded(name, encoding).unwrap_or_else(Cow::Owned);
        let Some(name) = column(name) else { continue };
        let value = decoded(value, encoding).map_or_else(
            |lossy| {
                FieldValue::Broken(Box::new(Broken {
                    shown: lossy,
                    reason: not_in(encoding),
                }))
            },
            FieldValue::Text,
        );
        fields.push(Field { name, value });
    }
    Ok(fields)
}

/// A value that is not in the charset that it should be in.
pub(super) fn not_in(encoding: &'static Encoding) -> Reason {
    Reason::Unfit {
        wanted: format!(
            "expected text in {}; specify another charset in the content type, as in charset=iso-8859-1",
            encoding.name()
        ),
    }
}

/// The column key that a form builder's key means: `fields[Name][value]` is Elementor's form of
/// `Name`; its other members (title, type and so on) are left out.
fn column(name: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let inner = name
        .strip_prefix("fields[")
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|rest| rest.split_once("]["));
    match inner {
        Some((column, "value")) => Some(Cow::Owned(column.to_owned())),
        Some((_, "id" | "type" | "title" | "raw_value" | "required")) => None,
        _ => Some(name),
    }
}

/// Text of escaped bytes, or, if they are not in the charset, what can be shown of them.
fn decoded<'a>(escaped: &'a [u8], encoding: &'static Encoding) -> Result<Cow<'a, str>, String> {
    match percent::bytes(escaped, Plus::Space) {
        Cow::Borrowed(bytes) => text(bytes, encoding),
        Cow::Owned(bytes) => text(&bytes, encoding).map(|text| Cow::Owned(text.into_owned())),
    }
}

/// Bytes as text, or, if they are not in the charset, what can be shown of them.
pub(super) fn text<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Result<Cow<'a, str>, String> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}
