//! Access tokens of requests (RFC 6750): in the Authorization header only. A token in the URL or in
//! a form is ignored.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::domain::caller::Caller;
use crate::identity::authorization::{is_scheme, scheme_and_rest};
use crate::identity::{BearerError, Issuer, Resource};

/// The caller of a resource, whose token must have this scope.
///
/// # Errors
/// [`BearerError`]; see [`challenge`] for the header of the response.
pub fn caller(
    request: &HttpRequest,
    issuer: &Issuer,
    resource: Resource,
    scope: &'static str,
) -> Result<Caller, BearerError> {
    issuer.verify_scope(token(request.headers())?, resource, scope)
}

/// The token in the headers. Headers of other schemes, and empty ones, are as none.
pub fn token(headers: &HeaderMap) -> Result<&str, BearerError> {
    let all = headers.get_all(AUTHORIZATION).map(HeaderValue::as_bytes);
    let mut bearers = all.filter(|header| is_scheme(header, "Bearer"));
    let header = bearers.next().ok_or(BearerError::Missing)?;
    if bearers.next().is_some() {
        return Err(BearerError::Invalid);
    }
    match std::str::from_utf8(scheme_and_rest(header).1) {
        Ok("") | Err(_) => Err(BearerError::Invalid),
        Ok(token) => Ok(token),
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
            (&["\tbearer\ta.b.c"], Ok("a.b.c")),
            (&[""], Err(BearerError::Missing)),
            (&["", "Bearer a.b.c"], Ok("a.b.c")),
            (&["Basic a", "Bearer a.b.c"], Ok("a.b.c")),
            (&["Basic a", "Basic b"], Err(BearerError::Missing)),
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
