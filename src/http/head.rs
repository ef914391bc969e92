//! What the head of a request says about its body, checked before the body is read.

use actix_web::HttpRequest;
use actix_web::http::header::{AsHeaderName, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};

use super::HttpSettings;
use super::problem::Problem;
use crate::parse::{self, Media};

/// Checks the size of the head, that the body is not compressed, and that at most `limit` bytes of
/// it are announced. Returns the announced length.
///
/// # Errors
/// The first that is wrong.
pub fn check(request: &HttpRequest, limit: usize, settings: &HttpSettings) -> Result<Option<usize>, Problem> {
    let headers = request.headers();
    if size(request) > settings.max_headers {
        return Err(Problem::HeadTooLarge {
            limit: settings.max_headers,
        });
    }
    let mut encodings = headers.get_all(CONTENT_ENCODING);
    if !encodings.all(|encoding| is_identity(encoding.as_bytes())) {
        return Err(Problem::ContentEncoding);
    }
    // The HTTP library lets only digits through; what does not fit is too large.
    let declared = text(headers, CONTENT_LENGTH).map(|length| length.parse().unwrap_or(usize::MAX));
    if declared.is_some_and(|declared| declared > limit) {
        return Err(Problem::BodyTooLarge { limit });
    }
    Ok(declared)
}

/// The content type as sent.
pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    text(headers, CONTENT_TYPE)
}

/// The kind of body that the content type names.
pub fn media(headers: &HeaderMap) -> Option<Media> {
    content_type(headers).and_then(parse::media)
}

/// The first value of a header, if it is visible ASCII.
pub fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a content coding leaves the body as it is.
fn is_identity(encoding: &[u8]) -> bool {
    let encoding = encoding.trim_ascii();
    encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity")
}

/// The approximate size of URL and headers as sent.
fn size(request: &HttpRequest) -> usize {
    let address = request
        .uri()
        .path_and_query()
        .map_or(0, |address| address.as_str().len());
    let headers = request.headers().iter();
    address
        + headers
            .map(|(name, value)| name.as_str().len() + value.len() + 4)
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn checked(headers: &[(&'static str, &str)]) -> Result<Option<usize>, Problem> {
        let settings = HttpSettings {
            max_headers: 1000,
            ..crate::http::tests::settings()
        };
        let request = headers.iter().fold(TestRequest::default(), |request, (name, value)| {
            request.append_header((*name, *value))
        });
        check(&request.to_http_request(), 100, &settings)
    }

    #[test]
    fn a_head_is_checked_before_its_body() {
        let long = "x".repeat(1000);
        for (headers, expected) in [
            (&[][..], Ok(None)),
            (&[("content-length", "100")], Ok(Some(100))),
            (&[("content-length", "101")], Err(Problem::BodyTooLarge { limit: 100 })),
            (
                &[("content-length", "99999999999999999999999")],
                Err(Problem::BodyTooLarge { limit: 100 }),
            ),
            (&[("x-long", &long)], Err(Problem::HeadTooLarge { limit: 1000 })),
            (
                &[("content-encoding", "identity"), ("content-encoding", "br")],
                Err(Problem::ContentEncoding),
            ),
        ] {
            assert_eq!(checked(headers), expected, "{headers:.60?}");
        }
    }

    #[test]
    fn only_plain_bodies_are_accepted() {
        for plain in ["", "identity", " Identity "] {
            assert!(is_identity(plain.as_bytes()), "{plain}");
        }
        for coded in ["gzip", "identity, gzip", "x"] {
            assert!(!is_identity(coded.as_bytes()), "{coded}");
        }
    }

    #[test]
    fn the_first_content_type_counts() {
        for (types, expected) in [
            (&["application/json; charset=utf-8"][..], Some(Media::Json)),
            (&["Application/X-WWW-Form-Urlencoded"], Some(Media::Form)),
            (&["text/plain", "application/json"], None),
            (&[], None),
        ] {
            let request = types.iter().fold(TestRequest::default(), |request, sent| {
                request.append_header((CONTENT_TYPE, *sent))
            });
            assert_eq!(media(request.to_http_request().headers()), expected, "{types:?}");
        }
    }
}
