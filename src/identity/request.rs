//! A request of a program: how its client authenticates, and what it asks for (RFC 6749).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::TokenError;
use super::form::{Form, decoded};

/// The most bytes of a form.
pub const BODY_MOST: usize = 16 * 1024;

/// `client_assertion_type` of RFC 7523.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const GRANT: &str = "client_credentials";

/// A request as it came. Holds secrets: it has no `Debug`.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// `Content-Type`, as sent.
    pub content_type: Option<&'a str>,
    /// Every `Authorization` header, as sent.
    pub authorization: &'a [&'a [u8]],
    /// The body.
    pub body: &'a [u8],
    /// The address of the connection.
    pub remote: std::net::IpAddr,
}

/// How a client says who it is. Holds secrets: it has no `Debug`.
pub enum Credentials<'a> {
    /// By its secret, in the header or in the form.
    Secret {
        /// The client id.
        id: Cow<'a, str>,
        /// The secret.
        secret: Cow<'a, str>,
    },
    /// By a JWT that it signed (RFC 7523).
    Assertion {
        /// `client_id`, if it was sent.
        id: Option<Cow<'a, str>>,
        /// The JWT.
        assertion: Cow<'a, str>,
    },
    /// Not at all, or in a way that is not known here.
    Nothing,
}

/// The form of a request.
///
/// # Errors
/// When it is none, or is malformed.
pub fn form<'a>(incoming: &Incoming<'a>) -> Result<Form<'a>, TokenError> {
    if !incoming.content_type.is_some_and(is_form) {
        return Err(TokenError::ContentType);
    }
    if incoming.body.len() > BODY_MOST {
        return Err(TokenError::BodyTooLarge);
    }
    Form::read(incoming.body)
}

/// That the form asks for the one grant that there is.
///
/// # Errors
/// When it does not.
pub fn grant_check(form: &Form<'_>) -> Result<(), TokenError> {
    match form.one("grant_type")? {
        None => Err(TokenError::GrantMissing),
        Some(GRANT) => Ok(()),
        Some(_) => Err(TokenError::Grant),
    }
}

/// How the client authenticates.
///
/// # Errors
/// When it does so in a way that is malformed, or in two ways.
pub fn credentials<'a>(authorization: &[&'a [u8]], form: &'a Form<'_>) -> Result<Credentials<'a>, TokenError> {
    let id = form.one("client_id")?;
    let secret = form.one("client_secret")?;
    let assertion = form.one("client_assertion")?;
    let assertion_type = form.one("client_assertion_type")?;
    let header = match authorization {
        [] => None,
        [one] => Some(*one),
        _ => return Err(TokenError::TwoMethods),
    };
    let ways = [header.is_some(), secret.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(TokenError::TwoMethods);
    }
    if assertion.is_some() != assertion_type.is_some() {
        return Err(TokenError::AssertionParts);
    }
    if let Some(header) = header {
        let Some((known, secret)) = basic(header)? else {
            return Ok(Credentials::Nothing);
        };
        if id.is_some_and(|id| id != known) {
            return Err(TokenError::ClientIdMismatch);
        }
        return Ok(Credentials::Secret { id: known, secret });
    }
    if let Some(assertion) = assertion {
        if assertion_type != Some(ASSERTION_TYPE) {
            return Ok(Credentials::Nothing);
        }
        return Ok(Credentials::Assertion {
            id: id.map(Cow::Borrowed),
            assertion: Cow::Borrowed(assertion),
        });
    }
    Ok(match (id, secret) {
        (Some(id), Some(secret)) => Credentials::Secret {
            id: Cow::Borrowed(id),
            secret: Cow::Borrowed(secret),
        },
        _ => Credentials::Nothing,
    })
}

/// Client id and secret.
type Pair = (Cow<'static, str>, Cow<'static, str>);

/// Client id and secret of a Basic header; none if it is of another scheme. Both are escaped as
/// in a form (RFC 6749 section 2.3.1); ids and secrets made here look the same either way.
fn basic(header: &[u8]) -> Result<Option<Pair>, TokenError> {
    let header = std::str::from_utf8(header).map_err(|_| TokenError::Basic)?.trim();
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Ok(None);
    }
    let pair = STANDARD.decode(rest.trim()).map_err(|_| TokenError::Basic)?;
    let colon = memchr::memchr(b':', &pair).ok_or(TokenError::Basic)?;
    let (id, secret) = pair.split_at_checked(colon).ok_or(TokenError::Basic)?;
    let text = |escaped: &[u8]| decoded(escaped).map(|text| Cow::Owned(text.into_owned()));
    let id = text(id).ok_or(TokenError::Basic)?;
    let secret = text(secret.get(1..).unwrap_or_default()).ok_or(TokenError::Basic)?;
    Ok(Some((id, secret)))
}

/// Whether a content type is a form in UTF-8.
fn is_form(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
                charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_in_utf_8() {
        for (content_type, form) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", true),
            ("application/x-www-form-urlencoded;charset=\"utf-8\"", true),
            ("application/x-www-form-urlencoded; x=y", true),
            ("application/x-www-form-urlencoded; charset=iso-8859-1", false),
            ("application/x-www-form-urlencoded2", false),
            ("application/json", false),
            ("multipart/form-data; boundary=x", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is_form(content_type), form, "{content_type}");
        }
    }

    fn told(header: Option<&str>, body: &str) -> Result<String, TokenError> {
        let form = Form::read(body.as_bytes())?;
        let headers: Vec<&[u8]> = header.iter().map(|header| header.as_bytes()).collect();
        Ok(match credentials(&headers, &form)? {
            Credentials::Secret { id, secret } => format!("{id}/{secret}"),
            Credentials::Assertion { id, assertion } => format!("{id:?}>{assertion}"),
            Credentials::Nothing => "nothing".to_owned(),
        })
    }

    fn coded(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn each_way_to_authenticate() {
        let type_ = format!("client_assertion_type={}", ASSERTION_TYPE.replace(':', "%3A"));
        for (header, body, expected) in [
            (None, "client_id=i&client_secret=s", Ok("i/s")),
            (None, "client_id=i", Ok("nothing")),
            (None, "client_secret=s", Ok("nothing")),
            (None, "", Ok("nothing")),
            (Some(coded("i:s")), "", Ok("i/s")),
            (Some(coded("i:s")), "client_id=i", Ok("i/s")),
            (Some(coded("i:s")), "client_id=j", Err(TokenError::ClientIdMismatch)),
            (Some(coded("a%20b:s%3At+u")), "", Ok("a b/s:t u")),
            (Some(coded("i:s:t")), "", Ok("i/s:t")),
            (Some(coded("i:")), "", Ok("i/")),
            (Some(coded("i:s").replace("Basic", "bAsIc")), "", Ok("i/s")),
            (Some(coded("is")), "", Err(TokenError::Basic)),
            (Some(coded("i:%")), "", Err(TokenError::Basic)),
            (Some("Basic !!!".to_owned()), "", Err(TokenError::Basic)),
            (Some("Basic".to_owned()), "", Err(TokenError::Basic)),
            (Some("Bearer x".to_owned()), "", Ok("nothing")),
            (Some(coded("i:s")), "client_secret=s", Err(TokenError::TwoMethods)),
            (
                Some("Bearer x".to_owned()),
                "client_id=i&client_secret=s",
                Err(TokenError::TwoMethods),
            ),
            (
                None,
                "client_id=i&client_id=i&client_secret=s",
                Err(TokenError::Repeated),
            ),
            (None, "client_assertion=x", Err(TokenError::AssertionParts)),
            (None, "client_assertion_type=x", Err(TokenError::AssertionParts)),
            (None, "client_assertion=x&client_assertion_type=y", Ok("nothing")),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(told(header.as_deref(), body), expected, "{header:?} {body}");
        }
        assert_eq!(
            told(None, &format!("client_assertion=x&{type_}")),
            Ok("None>x".to_owned())
        );
        assert_eq!(
            told(None, &format!("client_id=i&client_assertion=x&{type_}")),
            Ok("Some(\"i\")>x".to_owned())
        );
        assert_eq!(
            told(None, &format!("client_secret=s&client_assertion=x&{type_}")),
            Err(TokenError::TwoMethods)
        );
        assert_eq!(
            told(Some(&coded("i:s")), &format!("client_assertion=x&{type_}")),
            Err(TokenError::TwoMethods)
        );
        let form = Form::read(b"").unwrap();
        let twice: [&[u8]; 2] = [b"Basic aTpz", b"Basic aTpz"];
        assert_eq!(credentials(&twice, &form).err(), Some(TokenError::TwoMethods));
    }

    #[test]
    fn the_one_grant() {
        for (body, expected) in [
            ("grant_type=client_credentials", Ok(())),
            ("", Err(TokenError::GrantMissing)),
            ("grant_type=", Err(TokenError::GrantMissing)),
            ("grant_type=password", Err(TokenError::Grant)),
            ("grant_type=CLIENT_CREDENTIALS", Err(TokenError::Grant)),
            (
                "grant_type=client_credentials&grant_type=client_credentials",
                Err(TokenError::Repeated),
            ),
        ] {
            assert_eq!(grant_check(&Form::read(body.as_bytes()).unwrap()), expected, "{body}");
        }
    }
}
