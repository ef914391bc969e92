//! Browsers that post from another site: which origins a source lets in.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ALLOW, HeaderMap, HeaderValue, ORIGIN, VARY,
};

use super::webhook::METHODS;

/// What a source says to the origin of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Cors {
    /// The origin that is let in, as it is sent back.
    allow: Option<HeaderValue>,
    /// The response depends on the origin.
    varies: bool,
}

impl Cors {
    /// Decides by the origins that a source allows.
    pub fn new(origins: &[String], request: &HeaderMap) -> Self {
        let any = origins.iter().any(|allowed| allowed == "*");
        let allow = request.get(ORIGIN).and_then(|origin| {
            if any {
                return Some(HeaderValue::from_static("*"));
            }
            // Scheme and host have no case.
            let is_allowed = |allowed: &String| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes());
            origins.iter().any(is_allowed).then(|| origin.clone())
        });
        Self {
            allow,
            varies: !any && !origins.is_empty(),
        }
    }

    /// The response to the preflight request of a browser.
    pub fn preflight(&self, request: &HeaderMap) -> HttpResponse {
        let mut response = HttpResponse::NoContent();
        response.insert_header((ALLOW, HeaderValue::from_static(METHODS)));
        if self.allow.is_some() {
            response.insert_header((ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST")));
            response.insert_header((ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")));
            if let Some(headers) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                response.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, headers.clone()));
            }
        }
        response.finish()
    }

    /// Adds headers to a response, so that a browser of an allowed origin may read it.
    pub fn mark(self, headers: &mut HeaderMap) {
        if let Some(origin) = self.allow {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        if self.varies {
            headers.insert(VARY, HeaderValue::from_static("Origin"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(origin: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static(origin));
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static("content-type"));
        headers
    }

    fn allowed(origins: &[&str], request: &HeaderMap) -> Option<String> {
        let origins: Vec<_> = origins.iter().map(|&origin| origin.to_owned()).collect();
        let mut headers = HeaderMap::new();
        Cors::new(&origins, request).mark(&mut headers);
        let value = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN)?;
        Some(value.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_an_allowed_origin_is_let_in() {
        let origins = ["https://a.example", "https://b.example:8443"];
        assert_eq!(
            allowed(&origins, &request("https://a.example")).unwrap(),
            "https://a.example"
        );
        assert_eq!(
            allowed(&origins, &request("https://b.example:8443")).unwrap(),
            "https://b.example:8443"
        );
        for other in [
            "https://b.example",
            "http://a.example",
            "https://a.example.evil.example",
            "null",
        ] {
            assert_eq!(allowed(&origins, &request(other)), None, "{other}");
        }
        assert_eq!(allowed(&[], &request("https://a.example")), None);
        assert_eq!(allowed(&origins, &HeaderMap::new()), None);
    }

    #[test]
    fn a_star_lets_all_in() {
        assert_eq!(allowed(&["*"], &request("https://any.example")).unwrap(), "*");
    }

    #[test]
    fn the_answer_varies_where_origins_are_listed() {
        for (origins, varies) in [
            (vec!["https://a.example".to_owned()], true),
            (vec!["*".to_owned()], false),
            (vec![], false),
        ] {
            let mut headers = HeaderMap::new();
            Cors::new(&origins, &request("https://other.example")).mark(&mut headers);
            assert_eq!(headers.contains_key(VARY), varies, "{origins:?}");
        }
    }

    #[test]
    fn a_preflight_is_answered_for_allowed_origins_only() {
        let ask = |origin| {
            let request = request(origin);
            Cors::new(&["https://a.example".to_owned()], &request).preflight(&request)
        };
        let yes = ask("https://a.example");
        assert_eq!(yes.status(), 204);
        assert_eq!(yes.headers().get(ACCESS_CONTROL_ALLOW_METHODS).unwrap(), "POST");
        assert_eq!(yes.headers().get(ACCESS_CONTROL_ALLOW_HEADERS).unwrap(), "content-type");
        let no = ask("https://b.example");
        assert_eq!(no.status(), 204);
        assert!(!no.headers().contains_key(ACCESS_CONTROL_ALLOW_METHODS));
    }
}
