//! From bytes in the sender's charset to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::media_type::parameter;
use super::{broken, broken_at};
use crate::domain::parse_issue::Reason;

/// The text of a whole body, without a byte order mark. A UTF-16 mark is believed even where
/// the content type names no charset.
pub fn text<'a>(content_type: &str, body: &'a [u8]) -> Result<Cow<'a, str>, Reason> {
    let named = of(content_type)?;
    let (encoding, mark) = Encoding::for_bom(body).unwrap_or((named.unwrap_or(UTF_8), 0));
    let body = body.get(mark..).unwrap_or_default();
    if encoding != UTF_8 {
        return encoding
            .decode_without_bom_handling_and_without_replacement(body)
            .ok_or_else(|| broken(format!("it contains bytes that are not valid {}", encoding.name())));
    }
    std::str::from_utf8(body).map(Cow::Borrowed).map_err(|error| {
        let (valid, rest) = body.split_at_checked(error.valid_up_to()).unwrap_or((&[], body));
        let byte = rest.first().copied().unwrap_or_default();
        broken_at(
            std::str::from_utf8(valid).unwrap_or_default(),
            format!(
                "the byte 0x{byte:02X} is not valid UTF-8; send UTF-8, or specify the charset in the content type, as in charset=iso-8859-1"
            ),
        )
    })
}

/// The charset that a content type names, if it names one.
pub fn of(content_type: &str) -> Result<Option<&'static Encoding>, Reason> {
    let Some(label) = parameter(content_type, "charset") else {
        return Ok(None);
    };
    // Some senders write the quotes of another language's string around it.
    let label = label.trim_matches(['"', '\'', ' ']);
    if label.is_empty() {
        return Ok(None);
    }
    let encoding = Encoding::for_label_no_replacement(label.as_bytes());
    encoding.map(Some).ok_or_else(|| {
        let label: String = label.chars().take(40).collect();
        broken(format!(
            "the charset '{label}' in the content type is not supported; send UTF-8"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_in_many_charsets() {
        for (content_type, body, wanted) in [
            ("application/json", "Zoë".as_bytes(), "Zoë"),
            ("application/json", b"\xEF\xBB\xBF{}", "{}"),
            ("application/json", b"\xEF\xBB\xBF\xEF\xBB\xBF{}", "\u{FEFF}{}"),
            ("application/json; charset=utf8", "Zoë".as_bytes(), "Zoë"),
            ("application/json; charset=\"ISO-8859-1\"", b"Zo\xEB", "Zoë"),
            ("application/json; charset='latin1'", b"Zo\xEB", "Zoë"),
            ("application/json; charset=", b"{}", "{}"),
            ("application/json; charset=utf-16le", b"{\0}\0", "{}"),
            ("application/json; charset=utf-16", b"\xFE\xFF\0{\0}", "{}"),
            ("application/json", b"\xFF\xFE{\0}\0", "{}"),
            ("application/json; charset=shift_jis", b"\x93\xFA", "日"),
        ] {
            assert_eq!(
                text(content_type, body).as_deref(),
                Ok(wanted),
                "{content_type} {body:?}"
            );
        }
    }

    #[test]
    fn bytes_of_another_charset_are_named_with_their_place() {
        let reason = text("application/json", b"{\n\"\xC3\xA4\": \"Zo\xEB\"}").unwrap_err();
        assert_eq!(
            reason.to_string(),
            "the body cannot be parsed at line 2, column 9: the byte 0xEB is not valid UTF-8; send UTF-8, or specify the charset in the content type, as in charset=iso-8859-1"
        );
        let reason = text("application/json; charset=utf-16le", b"\x00\xD8").unwrap_err();
        assert_eq!(
            reason.to_string(),
            "the body cannot be parsed: it contains bytes that are not valid UTF-16LE"
        );
        let reason = text("application/json; charset=klingon", b"{}").unwrap_err();
        assert_eq!(
            reason.to_string(),
            "the body cannot be parsed: the charset 'klingon' in the content type is not supported; send UTF-8"
        );
    }
}
