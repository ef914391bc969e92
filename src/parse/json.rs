//! A flat JSON object. Values are read as raw tokens, so that numbers stay exact, keys keep their
//! order and repeats, and nothing below the first level is built.

pub(super) mod json_diagnosis;
mod unexpected;
mod walk;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Broken, Field, FieldValue, Fields, Limits, broken_at};
use crate::domain::parse_issue::Reason;

/// The fields of a JSON object.
pub fn fields(text: &str, limits: Limits) -> Result<Fields<'_>, Reason> {
    let mut fields = FieldReader {
        fields: Vec::with_capacity(8),
        limits,
        over: None,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = fields.deserialize(&mut reader).and_then(|()| reader.end());
    match (fields.over, read) {
        (Some(reason), _) => Err(reason),
        (None, Ok(())) => Ok(fields.fields),
        (None, Err(error)) => Err(unreadable(text, &error)),
    }
}

struct FieldReader<'a> {
    fields: Fields<'a>,
    limits: Limits,
    /// A limit that was passed: reading ended there.
    over: Option<Reason>,
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> DeserializeSeed<'a> for &mut FieldReader<'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for &mut FieldReader<'a> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((Key(name), raw)) = map.next_entry::<Key<'a>, &'a RawValue>()? {
            if self.fields.len() >= self.limits.fields as usize {
                let limit = self.limits.fields;
                self.over = Some(Reason::TooManyFields { limit });
                return Err(A::Error::custom("too many fields"));
            }
            let value = value(raw.get());
            if let FieldValue::Nested(nested) = &value
                && depth(nested) >= self.limits.depth
            {
                let limit = self.limits.depth;
                self.over = Some(Reason::TooDeep { limit });
                return Err(A::Error::custom("too deep"));
            }
            self.fields.push(Field { name, value });
        }
        Ok(())
    }
}

/// The value of a raw, well-formed token.
fn value(raw: &str) -> FieldValue<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => text_value(raw),
        Some(b'{' | b'[') => FieldValue::Nested(Cow::Borrowed(raw)),
        Some(b't') => FieldValue::Boolean(true),
        Some(b'f') => FieldValue::Boolean(false),
        Some(b'n') => FieldValue::Null,
        _ => FieldValue::Number(Cow::Borrowed(raw)),
    }
}

fn text_value(raw: &str) -> FieldValue<'_> {
    let inside = raw.get(1..raw.len() - 1).unwrap_or_default();
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return FieldValue::Text(Cow::Borrowed(inside));
    }
    // Escapes were checked while skipping, except that surrogates come in pairs.
    serde_json::from_str(raw).map_or_else(
        |_| {
            FieldValue::Broken(Box::new(Broken {
                shown: inside.to_owned(),
                reason: Reason::Unfit {
                    wanted:
                        "the string contains half of a character (an escape \\uD800 to \\uDFFF without its other half)"
                            .to_owned(),
                },
            }))
        },
        |text: String| FieldValue::Text(Cow::Owned(text)),
    )
}

/// How many levels a well-formed nested value has.
fn depth(nested: &str) -> u32 {
    let (mut level, mut deepest) = (0_u32, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in nested.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn unreadable(text: &str, error: &serde_json::Error) -> Reason {
    if let Some(diagnosis) = json_diagnosis::find(text) {
        return broken_at(text.get(..diagnosis.offset).unwrap_or(text), diagnosis.cause);
    }
    let found = match text.trim_start().as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        // Well-formed, but a key cannot be read.
        Some(b'{') => {
            return Reason::BodyBroken {
                line: u32::try_from(error.line()).unwrap_or(u32::MAX),
                column: u32::try_from(error.column()).unwrap_or(u32::MAX),
                cause: "a key contains half of a character (an escape \\uD800 to \\uDFFF without its other half)"
                    .to_owned(),
            };
        }
        _ => "a number",
    };
    Reason::BodyNotObject {
        found: found.to_owned(),
    }
}
