//! Access tokens that requests show (RFC 6750): in the Authorization header only. One in the
//! address or in a form is not looked at.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::domain::caller::Caller;
use crate::identity::{BearerError, Issuer, Resource};

/// Who calls a resource, with a scope that the token must have.
///
/// # Errors
/// [`BearerError`]; see [`challenge`] for the header of its answer.
pub fn caller(
    request: &HttpRequest,
    issuer: &Issuer,
    resource: Resource,
    scope: &'static str,
) -> Result<Caller, BearerError> {
    issuer.verify_scope(token(request.headers())?, resource, scope)
}

/// The token in the headers. A header of another scheme is as none.
pub fn token(headers: &HeaderMap) -> Result<&str, BearerError> {
    let mut all = headers.get_all(AUTHORIZATION);
    let header = all.next().ok_or(BearerError::Missing)?;
    if all.next().is_some() {
        return Err(BearerError::Invalid);
    }
    let header = header.to_str().map_err(|_| BearerError::Invalid)?.trim();
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    match token.trim() {
        _ if !scheme.eq_ignore_ascii_case("Bearer") => Err(BearerError::Missing),
        "" => Err(BearerError::Invalid),
        token => Ok(token),
    }
}

/// `WWW-Authenticate` for what is wrong; none where another token would not help.
pub fn challenge(error: BearerError) -> Option<HeaderValue> {
    let text = match error {
        // Without a token there is nothing wrong with it: no error code (RFC 6750 section 3.1).
        BearerError::Missing => "Bearer realm=\"hookgate\"".to_owned(),
        BearerError::Invalid | BearerError::Audience => {
            format!("Bearer realm=\"hookgate\", error=\"invalid_token\", error_description=\"{error}\"")
        }
        BearerError::Scope(scope) => format!(
            "Bearer realm=\"hookgate\", error=\"insufficient_scope\", error_description=\"{error}\", scope=\"{scope}\""
        ),
        BearerError::Unavailable => return None,
    };
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_token_of_the_header() {
        for (headers, expected) in [
            (&["Bearer a.b.c"][..], Ok("a.b.c")),
            (&["bEARER  a.b.c "], Ok("a.b.c")),
            (&[], Err(BearerError::Missing)),
            (&["Basic a"], Err(BearerError::Missing)),
            (&["Bearer"], Err(BearerError::Invalid)),
            (&["Bearer "], Err(BearerError::Invalid)),
            (&["Bearera.b.c"], Err(BearerError::Missing)),
            (&["Bearer a", "Bearer a"], Err(BearerError::Invalid)),
        ] {
            let request = headers
                .iter()
                .fold(TestRequest::with_uri("/?access_token=x"), |request, header| {
                    request.append_header((AUTHORIZATION, *header))
                });
            assert_eq!(token(request.to_http_request().headers()), expected, "{headers:?}");
        }
    }

    #[test]
    fn only_a_token_that_is_there_has_an_error() {
        let text = |error| challenge(error).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(text(BearerError::Missing).unwrap(), "Bearer realm=\"hookgate\"");
        assert!(text(BearerError::Invalid).unwrap().contains("error=\"invalid_token\""));
        let scope = text(BearerError::Scope("odata")).unwrap();
        assert!(scope.contains("error=\"insufficient_scope\"") && scope.ends_with("scope=\"odata\""));
        assert_eq!(text(BearerError::Unavailable), None);
    }
}
