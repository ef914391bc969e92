//! A request of a program: how its client authenticates, and what it requests (RFC 6749).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::authorization::{is_scheme, scheme_and_rest};
use super::body::{Endpoint, NotAForm, read_as};
use super::error::TokenError;
use super::form::{Form, decoded};

/// The maximum size of a form in bytes.
pub const MAX_BODY: usize = 16 * 1024;

/// `client_assertion_type` of RFC 7523.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const GRANT: &str = "client_credentials";

/// A request as received. Contains secrets, so it has no `Debug`.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    pub content_type: Option<&'a str>,
    /// Every `Authorization` header, as sent.
    pub authorization: &'a [&'a [u8]],
    pub body: &'a [u8],
    /// The address of the connection.
    pub remote: std::net::IpAddr,
}

/// The credentials of a client. Contains secrets, so it has no `Debug`.
pub enum Credentials<'a> {
    /// A secret, in the header or in the form.
    Secret { id: Cow<'a, str>, secret: Cow<'a, str> },
    /// A JWT that the client signed (RFC 7523).
    Assertion {
        /// `client_id`, if it was sent.
        id: Option<Cow<'a, str>>,
        assertion: Cow<'a, str>,
    },
    /// No credentials, or an unknown kind.
    Nothing,
}

/// The form of a request.
///
/// # Errors
/// If the body is not a form, or is malformed.
pub fn form<'a>(incoming: &Incoming<'a>, endpoint: Endpoint) -> Result<Form<'a>, TokenError> {
    if incoming.body.len() > MAX_BODY {
        return Err(TokenError::BodyTooLarge);
    }
    read_as(incoming.content_type, incoming.body).map_err(|sent| TokenError::NotAForm { sent, endpoint })?;
    Form::read(incoming.body)
}

/// Checks that the form requests the only supported grant.
///
/// # Errors
/// If it does not.
pub fn grant_check(form: &Form<'_>) -> Result<(), TokenError> {
    match form.one("grant_type")? {
        None if form.is_empty() => Err(TokenError::NotAForm {
            sent: NotAForm::Empty,
            endpoint: Endpoint::Token,
        }),
        None => Err(TokenError::GrantMissing),
        Some(GRANT) => Ok(()),
        Some(_) => Err(TokenError::Grant),
    }
}

/// The `token` parameter of introspection and revocation.
///
/// # Errors
/// If there is none.
pub fn token_of<'a>(form: &'a Form<'_>, endpoint: Endpoint) -> Result<&'a str, TokenError> {
    form.one("token")?.ok_or(if form.is_empty() {
        TokenError::NotAForm {
            sent: NotAForm::Empty,
            endpoint,
        }
    } else {
        TokenError::TokenMissing
    })
}

/// The credentials of the client. In the `Authorization` header, only Basic is accepted as
/// credentials: programs send a default header with every request, such as the token that just
/// expired, and must be able to get a new one.
///
/// # Errors
/// If the credentials are malformed, or sent in two ways.
pub fn credentials<'a>(authorization: &[&'a [u8]], form: &'a Form<'_>) -> Result<Credentials<'a>, TokenError> {
    let id = form.one("client_id")?;
    let secret = form.one("client_secret")?;
    let assertion = form.one("client_assertion")?;
    let assertion_type = form.one("client_assertion_type")?;
    let mut basics = authorization.iter().filter(|header| is_scheme(header, "Basic"));
    let header = match (basics.next(), basics.next()) {
        (_, Some(_)) => return Err(TokenError::TwoMethods),
        (header, None) => header,
    };
    let ways = [header.is_some(), secret.is_some(), assertion.is_some()];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(TokenError::TwoMethods);
    }
    if assertion.is_some() != assertion_type.is_some() {
        return Err(TokenError::AssertionParts);
    }
    if let Some(header) = header {
        let (known, secret) = basic(header)?;
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

/// The client id and secret in a Basic header. Both are escaped as in a form (RFC 6749 section
/// 2.3.1). Ids and secrets of Hookgate need no escaping.
fn basic(header: &[u8]) -> Result<Pair, TokenError> {
    let (_, coded) = scheme_and_rest(header);
    let pair = STANDARD.decode(coded).map_err(|_| TokenError::Basic)?;
    let colon = memchr::memchr(b':', &pair).ok_or(TokenError::Basic)?;
    let (id, secret) = pair.split_at_checked(colon).ok_or(TokenError::Basic)?;
    let text = |escaped: &[u8]| decoded(escaped).map(|text| Cow::Owned(text.into_owned()));
    let id = text(id).ok_or(TokenError::Basic)?;
    let secret = text(secret.get(1..).unwrap_or_default()).ok_or(TokenError::Basic)?;
    Ok((id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(header: Option<&str>, body: &str) -> Result<String, TokenError> {
        let headers: Vec<&[u8]> = header.iter().map(|header| header.as_bytes()).collect();
        told_by(&headers, body)
    }

    fn told_by(headers: &[&[u8]], body: &str) -> Result<String, TokenError> {
        let form = Form::read(body.as_bytes())?;
        Ok(match credentials(headers, &form)? {
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
    }

    #[test]
    fn fault_09_only_basic_is_authentication_in_the_header() {
        let secret = "client_id=i&client_secret=s";
        let both = Err(TokenError::TwoMethods);
        for (headers, body, expected) in [
            // Default headers that programs send with every request do not identify the client.
            (&["Bearer x.y.z"][..], secret, Ok("i/s")),
            (&["bearer x.y.z"], secret, Ok("i/s")),
            (&["Bearer"], secret, Ok("i/s")),
            (&["Negotiate abc"], secret, Ok("i/s")),
            (&["Digest username=\"x\""], secret, Ok("i/s")),
            (&["DPoP x"], secret, Ok("i/s")),
            (&["Basically aTpz"], secret, Ok("i/s")),
            (&["aTpz"], secret, Ok("i/s")),
            (&["Bearer \u{e9}"], secret, Ok("i/s")),
            // An empty value counts as no header.
            (&[""], secret, Ok("i/s")),
            (&[" \t "], secret, Ok("i/s")),
            (&[""], "", Ok("nothing")),
            (&["Bearer x.y.z"], "", Ok("nothing")),
            // Basic in different spellings.
            (&["Basic aTpz"], "", Ok("i/s")),
            (&["BASIC   aTpz  "], "", Ok("i/s")),
            (&["\tbasic\taTpz"], "", Ok("i/s")),
            (&["Basic aTpz"], secret, both),
            (&["Basic"], secret, both),
            (&["basic\taTpz"], secret, both),
            (&["Basic !!!"], "", Err(TokenError::Basic)),
            (&["Basic \u{e9}"], "", Err(TokenError::Basic)),
            (&["Basic"], "", Err(TokenError::Basic)),
            (&["Basic aT pz"], "", Err(TokenError::Basic)),
            // Several headers: other schemes do not count, and two of Basic are two ways.
            (&["Bearer x", "Basic aTpz"], "", Ok("i/s")),
            (&["Basic aTpz", "Bearer x"], "", Ok("i/s")),
            (&["", "Basic aTpz"], "", Ok("i/s")),
            (&["Bearer x", "Bearer y"], secret, Ok("i/s")),
            (&["Bearer x", "Basic aTpz"], secret, both),
            (&["Basic aTpz", "Basic aTpz"], "", both),
            // Several values in one line, as some proxies join them, have the first scheme.
            (&["Bearer x, Basic aTpz"], secret, Ok("i/s")),
            (&["Basic aTpz, Bearer x"], "", Err(TokenError::Basic)),
        ] {
            let bytes: Vec<&[u8]> = headers.iter().map(|header| header.as_bytes()).collect();
            let expected = expected.map(str::to_owned);
            assert_eq!(told_by(&bytes, body), expected, "{headers:?} {body}");
        }
        let odd: &[u8] = b"Bearer \xff\xfe";
        assert_eq!(told_by(&[odd], secret), Ok("i/s".to_owned()), "bytes that are no text");
    }

    #[test]
    fn the_one_grant() {
        for (body, expected) in [
            ("grant_type=client_credentials", Ok(())),
            ("client_id=i", Err(TokenError::GrantMissing)),
            ("client_id=i&grant_type=", Err(TokenError::GrantMissing)),
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
