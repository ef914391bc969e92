//! One request of a batch, whatever form the batch has.

use std::borrow::Cow;

use super::odata_error::ODataError;
use super::reply::Response;
use super::request::Method;
use super::wording::quoted;

/// One request of a batch.
pub(super) struct Part<'a> {
    /// Its name, which no other request of the batch has.
    pub id: Cow<'a, str>,
    /// The requests of one group stand together, and are carried out all or not at all.
    pub group: Option<Cow<'a, str>>,
    /// Requests and groups that must have succeeded.
    pub depends_on: Vec<Cow<'a, str>>,
    pub method: Method,
    pub url: Cow<'a, str>,
    pub headers: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub body: &'a [u8],
}

/// Writes the responses of a batch.
pub(super) trait BatchWriter {
    /// Adds the responses to one request, or to all of a group.
    fn put(&mut self, parts: &[Part<'_>], responses: &[Response]);

    /// How many bytes were written.
    fn len(&self) -> usize;

    /// The response to the batch.
    fn response(self) -> Response;
}

impl Part<'_> {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_ref())
    }

    /// Path after the root, and query.
    pub fn target(&self) -> Result<(&str, &str), ODataError> {
        target(&self.url)
    }
}

/// What a method in a batch means.
pub(super) fn method(name: &str) -> Method {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match name {
        _ if is("GET") => Method::Get,
        _ if is("POST") => Method::Post,
        _ if is("PATCH") || is("MERGE") => Method::Patch,
        _ if is("DELETE") => Method::Delete,
        _ => Method::Other,
    }
}

/// Path after the root, and query, of a URL: `Contact`, `/0/odata/Contact`, or one that starts with
/// the server. The server's names are not known here, so any server is accepted.
fn target(url: &str) -> Result<(&str, &str), ODataError> {
    if url.starts_with('$') && url.trim_start_matches('$').starts_with(|c: char| c.is_ascii_digit()) {
        return Err(ODataError::Wrong(
            "a record of the same batch cannot be named by the request that makes it; give it an Id of your own and use that"
                .to_owned(),
        ));
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = match path.strip_prefix("https://").or_else(|| path.strip_prefix("http://")) {
        Some(absolute) => absolute
            .find('/')
            .and_then(|slash| absolute.get(slash..))
            .unwrap_or("/"),
        None => path,
    };
    let Some(from_root) = path.strip_prefix('/') else {
        return Ok((path, query));
    };
    let rest = ["0/odata", "odata"]
        .into_iter()
        .find_map(|root| from_root.strip_prefix(root));
    match rest {
        Some("") => Ok(("", query)),
        Some(rest) if rest.starts_with('/') => Ok((rest.trim_start_matches('/'), query)),
        _ => Err(ODataError::Wrong(format!(
            "the url {} is not of this service; write it relative, such as Contact, or from the root, such as /0/odata/Contact",
            quoted(url)
        ))),
    }
}
