//! `If-Match`: whether a record is still what a program believes.

use super::odata_error::ODataError;
use crate::domain::record::RecordMark;

/// What `If-Match` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// Nothing, or only that the record exists.
    Any,
    /// One of these; none if all were made elsewhere.
    Marks(Vec<RecordMark>),
}

/// Reads `If-Match`.
pub(super) fn if_match(header: Option<&str>) -> Result<IfMatch, ODataError> {
    let Some(header) = header else {
        return Ok(IfMatch::Any);
    };
    let mut marks = Vec::new();
    for tag in header.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if tag == "*" {
            return Ok(IfMatch::Any);
        }
        let quoted = tag.strip_prefix("W/").unwrap_or(tag);
        let inside = quoted.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
        let inside = inside.ok_or_else(|| {
            ODataError::Wrong(
                "If-Match: the ETag of an answer is needed, such as W/\"0123456789abcdef\", or *".to_owned(),
            )
        })?;
        marks.extend(mark(inside));
    }
    Ok(IfMatch::Marks(marks))
}

/// The mark in an `ETag` of ours.
fn mark(text: &str) -> Option<RecordMark> {
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 16 || !text.bytes().all(lower) {
        return None;
    }
    u64::from_str_radix(text, 16).ok().map(u64::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: RecordMark = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

    #[test]
    fn what_if_match_asks_for() {
        for (header, expected) in [
            (None, IfMatch::Any),
            (Some("*"), IfMatch::Any),
            (Some(" \"x\" , * "), IfMatch::Any),
            (Some("\"0123456789abcdef\""), IfMatch::Marks(vec![MARK])),
            (
                Some("\"other\", W/\"0123456789abcdef\", \"0000000000000000\""),
                IfMatch::Marks(vec![MARK, [0; 8]]),
            ),
            (Some("\"0123456789ABCDEF\""), IfMatch::Marks(vec![])),
            (Some(""), IfMatch::Marks(vec![])),
        ] {
            assert_eq!(if_match(header).unwrap(), expected, "{header:?}");
        }
        for broken in ["x", "W/", "\"", "W/\"0123456789abcdef"] {
            assert!(
                if_match(Some(broken)).unwrap_err().to_string().contains("ETag"),
                "{broken}"
            );
        }
    }
}
