//! The kind of body that a content type means.

use std::borrow::Cow;

/// The accepted content types, in words for a response.
pub const ACCEPTED: &str = "application/json, multipart/form-data or application/x-www-form-urlencoded";

/// The kinds of body that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    Multipart,
    Form,
}

/// The kind of body for a content type, whatever its parameters; none if it is not accepted.
#[must_use]
pub fn media(content_type: &str) -> Option<Media> {
    const MEDIA: [(&str, Media); 3] = [
        ("application/json", Media::Json),
        ("multipart/form-data", Media::Multipart),
        ("application/x-www-form-urlencoded", Media::Form),
    ];
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    MEDIA
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(essence))
        .map(|(_, media)| media)
}

/// The value of a parameter of a header such as `Content-Type` or `Content-Disposition`.
/// The first one counts.
pub(super) fn parameter<'a>(header: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t', '\r', '\n']);
        if rest.is_empty() {
            return None;
        }
        let end = rest.find([';', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(end)?;
        let value;
        (value, rest) = match after.strip_prefix('=') {
            Some(after) => parameter_value(after.trim_start_matches([' ', '\t'])),
            None => (Cow::Borrowed(""), after),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
    }
}

/// A token or a quoted text, and what follows it. A backslash counts only before a quote or
/// another backslash: file names of old browsers are full of plain ones.
fn parameter_value(text: &str) -> (Cow<'_, str>, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (token, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        return (Cow::Borrowed(token.trim_end()), rest);
    };
    let mut unescaped = String::new();
    let mut from = 0;
    let mut at = 0;
    let bytes = quoted.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' {
            break;
        }
        if byte == b'\\' && matches!(bytes.get(at + 1), Some(b'"' | b'\\')) {
            unescaped.push_str(quoted.get(from..at).unwrap_or_default());
            from = at + 1;
            at += 1;
        }
        at += 1;
    }
    let last = quoted.get(from..at).unwrap_or_default();
    let rest = quoted.get(at + 1..).unwrap_or_default();
    if from == 0 {
        return (Cow::Borrowed(last), rest);
    }
    unescaped.push_str(last);
    (Cow::Owned(unescaped), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_are_accepted_with_parameters_and_in_any_case() {
        for (content_type, wanted) in [
            ("application/json", Some(Media::Json)),
            ("Application/JSON; charset=utf-8", Some(Media::Json)),
            (" application/json ;odata=verbose", Some(Media::Json)),
            ("multipart/form-data; boundary=x", Some(Media::Multipart)),
            ("application/x-www-form-urlencoded;charset=UTF-8", Some(Media::Form)),
            ("text/plain", None),
            ("application/jsonp", None),
            ("", None),
            (";", None),
        ] {
            assert_eq!(media(content_type), wanted, "{content_type}");
        }
    }

    #[test]
    fn parameters_are_tokens_or_quoted() {
        for (header, name, wanted) in [
            ("a/b; charset=utf-8", "charset", Some("utf-8")),
            ("a/b;x=1;  CharSet = \"utf-8\" ; y=2", "charset", Some("utf-8")),
            ("form-data; name=\"a;b\"; filename=c", "filename", Some("c")),
            (
                "form-data; name=\"say \\\"hi\\\" \\\\o\"",
                "name",
                Some("say \"hi\" \\o"),
            ),
            (
                "form-data; filename=\"C:\\temp\\a.txt\"",
                "filename",
                Some("C:\\temp\\a.txt"),
            ),
            ("form-data; name=\"never closed", "name", Some("never closed")),
            ("form-data; name", "name", Some("")),
            ("form-data; filename=x", "name", None),
            ("form-data", "name", None),
            ("form-data;;;;", "name", None),
        ] {
            assert_eq!(parameter(header, name).as_deref(), wanted, "{header}");
        }
    }
}
