//! Checks that a body is a form, and describes the error if not: most libraries send JSON by
//! default.

use serde::de::IgnoredAny;

use crate::parse::{self, Media};

/// The endpoint that expects a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Token,
    Introspection,
    Revocation,
}

/// What was sent instead of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAForm {
    /// JSON with the content type of JSON.
    Json,
    /// JSON with the content type of a form.
    JsonAsForm,
    Multipart,
    Xml,
    /// The content type is plain text.
    Text,
    Other,
    /// The content type is missing.
    Untyped,
    /// A form in another charset than UTF-8.
    Charset,
    /// The body is empty.
    Empty,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Checks that a body is a form.
///
/// # Errors
/// What it is instead.
pub fn read_as(content_type: Option<&str>, body: &[u8]) -> Result<(), NotAForm> {
    let content_type = content_type.map(str::trim).filter(|text| !text.is_empty());
    let Some(content_type) = content_type else {
        return Err(match body {
            body if body.trim_ascii().is_empty() => NotAForm::Empty,
            body if is_json(body) => NotAForm::Json,
            _ => NotAForm::Untyped,
        });
    };
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let media = parse::media(content_type);
    if media != Some(Media::Form) {
        return Err(match (media, essence.trim().to_ascii_lowercase().as_str()) {
            (Some(Media::Json), _) => NotAForm::Json,
            (Some(Media::Multipart), _) => NotAForm::Multipart,
            (_, "text/plain") => NotAForm::Text,
            (_, kind) if kind.ends_with("/xml") || kind.ends_with("+xml") => NotAForm::Xml,
            (_, kind) if kind.starts_with("multipart/") => NotAForm::Multipart,
            (_, kind) if kind.contains("json") => NotAForm::Json,
            _ => NotAForm::Other,
        });
    }
    if !parameters.split(';').all(is_utf_8) {
        return Err(NotAForm::Charset);
    }
    if is_json(body) {
        return Err(NotAForm::JsonAsForm);
    }
    Ok(())
}

/// Whether a parameter of a content type keeps the charset UTF-8.
fn is_utf_8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
            charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    }
}

/// Whether a body is a JSON object or array. No form with a known parameter is.
fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// Says what was sent, what is expected, and how to send it. Contains nothing of the request.
pub fn description(sent: NotAForm, endpoint: Endpoint) -> String {
    let sent = match sent {
        NotAForm::Json => "The body was sent as JSON.",
        NotAForm::JsonAsForm => "The Content-Type says form, but the body is JSON.",
        NotAForm::Multipart => "The body was sent as a multipart form.",
        NotAForm::Xml => "The body was sent as XML.",
        NotAForm::Text => "The body was sent as text/plain.",
        NotAForm::Other => "The Content-Type of the body is not a form type.",
        NotAForm::Untyped => "The body was sent without a Content-Type.",
        NotAForm::Charset => "The form was sent in a charset other than UTF-8.",
        NotAForm::Empty => "The body is empty, and parameters in the URL are ignored.",
    };
    let (path, first) = match endpoint {
        Endpoint::Token => ("/connect/token", "grant_type=client_credentials"),
        Endpoint::Introspection => ("/connect/introspect", "token=TOKEN"),
        Endpoint::Revocation => ("/connect/revocation", "token=TOKEN"),
    };
    format!(
        "{sent} {path} expects a form in UTF-8: Content-Type {FORM} and the body \
         {first}&client_id=ID&client_secret=SECRET. \
         Example: curl https://HOST{path} -d {first} -d client_id=ID -d client_secret=SECRET"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: &str = "grant_type=client_credentials&client_id=i";
    const JSON: &str = "{\"grant_type\": \"client_credentials\", \"client_id\": \"i\"}";

    #[test]
    fn fault_10_what_is_no_form_is_told_apart() {
        for (content_type, body, expected) in [
            (Some(FORM), PAIRS, Ok(())),
            (Some("Application/X-WWW-Form-Urlencoded ; charset=UTF-8"), PAIRS, Ok(())),
            (
                Some("application/x-www-form-urlencoded;charset=\"utf-8\""),
                PAIRS,
                Ok(()),
            ),
            (Some("application/x-www-form-urlencoded; x=y"), PAIRS, Ok(())),
            (Some(FORM), "", Ok(())),
            (Some(FORM), "{token}=1", Ok(())),
            (Some("application/json"), JSON, Err(NotAForm::Json)),
            (Some("application/json; charset=utf-8"), "", Err(NotAForm::Json)),
            (Some("application/vnd.api+json"), JSON, Err(NotAForm::Json)),
            (Some("text/json"), JSON, Err(NotAForm::Json)),
            (Some("application/json"), PAIRS, Err(NotAForm::Json)),
            (Some(FORM), JSON, Err(NotAForm::JsonAsForm)),
            (Some(FORM), " [1]", Err(NotAForm::JsonAsForm)),
            (
                Some("multipart/form-data; boundary=x"),
                "--x--",
                Err(NotAForm::Multipart),
            ),
            (Some("multipart/mixed"), "", Err(NotAForm::Multipart)),
            (Some("application/xml"), "<a/>", Err(NotAForm::Xml)),
            (Some("text/plain"), PAIRS, Err(NotAForm::Text)),
            (Some("application/octet-stream"), PAIRS, Err(NotAForm::Other)),
            (Some("application/x-www-form-urlencoded2"), PAIRS, Err(NotAForm::Other)),
            (
                Some("application/x-www-form-urlencoded; charset=iso-8859-1"),
                PAIRS,
                Err(NotAForm::Charset),
            ),
            (None, PAIRS, Err(NotAForm::Untyped)),
            (Some(" "), PAIRS, Err(NotAForm::Untyped)),
            (None, JSON, Err(NotAForm::Json)),
            (None, "", Err(NotAForm::Empty)),
        ] {
            assert_eq!(
                read_as(content_type, body.as_bytes()),
                expected,
                "{content_type:?} {body}"
            );
        }
    }
}
