//! Query strings: splits them and decodes percent escapes.

use crate::parse::percent::{self, Plus, Unreadable};

/// One part of a query string.
pub(super) struct Part<'q> {
    /// As a client means it: its percent escapes are resolved, or left where that is impossible.
    pub name: String,
    /// The value as sent.
    pub raw: &'q str,
    /// The value, decoded, or why it cannot be.
    pub value: Result<String, String>,
}

/// The parts of a query string.
pub(super) fn parts(query: &str) -> impl Iterator<Item = Part<'_>> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let raw = part.split_once('=').map_or("", |(_, value)| value);
        Part {
            name: option_name(part),
            raw,
            value: decode(raw),
        }
    })
}

/// The name of one part, decoded; as it is if it cannot be decoded.
pub(super) fn option_name(part: &str) -> String {
    let name = part.split('=').next().unwrap_or_default();
    decode(name).unwrap_or_else(|_| name.to_owned())
}

/// A text without percent signs; `+` is a space.
fn decode(text: &str) -> Result<String, String> {
    match percent::text(text.as_bytes(), Plus::Space) {
        Ok(text) => Ok(text.into_owned()),
        Err(Unreadable::Escape) => {
            Err("'%' must be followed by two hexadecimal digits; write %25 for a percent sign".to_owned())
        }
        Err(Unreadable::NotUtf8) => Err("the text is not UTF-8; percent-encode it as UTF-8".to_owned()),
    }
}
