//! Percent escapes: the only code that decodes them, in forms, queries and paths.

use std::borrow::Cow;

/// What a plus sign means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plus {
    /// A space: in forms and query strings.
    Space,
    /// Itself: in paths and elsewhere.
    Plus,
}

/// Why an escaped text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// A `%` that two hexadecimal digits do not follow.
    Escape,
    /// What the bytes are together is not UTF-8.
    NotUtf8,
}

/// Decodes a text. Rejects malformed escapes: for callers who can correct them.
///
/// # Errors
/// [`Unreadable`].
pub fn text(escaped: &[u8], plus: Plus) -> Result<Cow<'_, str>, Unreadable> {
    let (bytes, whole) = unescaped(escaped, plus);
    if !whole {
        return Err(Unreadable::Escape);
    }
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
    .ok_or(Unreadable::NotUtf8)
}

/// Decodes bytes; keeps invalid escapes unchanged: for content that must not be lost.
#[must_use]
pub fn bytes(escaped: &[u8], plus: Plus) -> Cow<'_, [u8]> {
    unescaped(escaped, plus).0
}

/// The bytes, and whether all escapes were whole.
fn unescaped(escaped: &[u8], plus: Plus) -> (Cow<'_, [u8]>, bool) {
    let first = match plus {
        Plus::Space => memchr::memchr2(b'+', b'%', escaped),
        Plus::Plus => memchr::memchr(b'%', escaped),
    };
    let Some((plain, mut rest)) = first.and_then(|first| escaped.split_at_checked(first)) else {
        return (Cow::Borrowed(escaped), true);
    };
    let mut whole = true;
    let mut bytes = Vec::with_capacity(escaped.len());
    bytes.extend_from_slice(plain);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let escape = match (byte, after) {
            (b'%', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|pair| (pair, after)),
            _ => None,
        };
        if let Some(((high, low), after)) = escape {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            whole &= byte != b'%';
            bytes.push(if byte == b'+' && plus == Plus::Space {
                b' '
            } else {
                byte
            });
        }
    }
    (Cow::Owned(bytes), whole)
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unescaped_or_refused() {
        use Unreadable::{Escape, NotUtf8};
        for (escaped, expected) in [
            ("", Ok("")),
            ("plain", Ok("plain")),
            ("a+b%20c", Ok("a b c")),
            ("a%2Bb%2b+", Ok("a+b+ ")),
            ("%C3%A4", Ok("ä")),
            ("ä%25", Ok("ä%")),
            ("%", Err(Escape)),
            ("%4", Err(Escape)),
            ("%zz", Err(Escape)),
            ("a%4gb", Err(Escape)),
            ("%FF%", Err(Escape)),
            ("%%41", Err(Escape)),
            ("%C3", Err(NotUtf8)),
            ("%FF", Err(NotUtf8)),
        ] {
            let read = text(escaped.as_bytes(), Plus::Space);
            assert_eq!(read, expected.map(Cow::from), "{escaped}");
        }
        assert_eq!(text(b"\xff", Plus::Space), Err(NotUtf8));
        assert_eq!(text(b"a+b%20c", Plus::Plus), Ok(Cow::from("a+b c")));
    }

    #[test]
    fn broken_escapes_stay_where_all_is_kept() {
        for (escaped, plus, expected) in [
            ("100%", Plus::Space, "100%"),
            ("%zz%4", Plus::Space, "%zz%4"),
            ("%2b+%", Plus::Space, "+ %"),
            ("%2b+%", Plus::Plus, "++%"),
            ("%%41", Plus::Plus, "%A"),
        ] {
            assert_eq!(&*bytes(escaped.as_bytes(), plus), expected.as_bytes(), "{escaped}");
        }
    }
}
