//! The form of a batch as `multipart/mixed`: parts are HTTP requests, or change sets of them.

use std::borrow::Cow;

use super::batch_part::{BatchWriter, Part, method};
use super::limits::MAX_BATCH_REQUESTS;
use super::odata_error::ODataError;
use super::reply::Response;
use super::wording::quoted;
use crate::clock;
use crate::domain::parse_issue::Reason;
use crate::parse::multipart::{sections, with_headers};

/// The media type, without its boundary.
pub(super) const MULTIPART: &str = "multipart/mixed";

/// A request of a multipart batch.
const EXAMPLE: &str = "Content-Type: application/http, an empty line, then a request such as GET Contact HTTP/1.1";

/// Whether a content type is that of a multipart batch.
pub(super) fn is_multipart(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case(MULTIPART)
}

/// Reads a batch. What makes it wrong as a whole is an error; nothing of it is carried out then.
pub(super) fn read<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, ODataError> {
    let mut parts = Vec::new();
    for section in split(content_type, body)? {
        let (headers, content) = parted(section)?;
        let inner = header(&headers, "Content-Type").unwrap_or_default();
        if is_multipart(inner) {
            change_set(inner, content, &mut parts)?;
        } else {
            let part = request(&headers, content, parts.len(), None)?;
            parts.push(part);
        }
    }
    Ok(parts)
}

type Headers<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn change_set<'a>(content_type: &str, body: &'a [u8], parts: &mut Vec<Part<'a>>) -> Result<(), ODataError> {
    let all = split(content_type, body)?;
    if all.is_empty() {
        return Err(wrong("a change set has no requests; leave it out"));
    }
    // No request has this name: theirs are numbers.
    let group = format!("change set {}", parts.len() + 1);
    for section in all {
        let (headers, content) = parted(section)?;
        if header(&headers, "Content-Type").is_some_and(is_multipart) {
            return Err(wrong("a change set cannot contain another change set"));
        }
        let part = request(&headers, content, parts.len(), Some(Cow::Owned(group.clone())))?;
        parts.push(part);
    }
    Ok(())
}

/// One request; `before` is how many stand in front of it.
fn request<'a>(
    headers: &Headers<'a>,
    content: &'a [u8],
    before: usize,
    group: Option<Cow<'a, str>>,
) -> Result<Part<'a>, ODataError> {
    let number = before + 1;
    let kind = header(headers, "Content-Type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/http") {
        let kind = quoted(kind);
        return Err(wrong(&format!(
            "part {number} of the batch has the content type {kind}; a part needs {EXAMPLE}"
        )));
    }
    let content = content.trim_ascii_start();
    let line_end = content.iter().position(|byte| *byte == b'\n').unwrap_or(content.len());
    let (line, rest) = content.split_at_checked(line_end).unwrap_or((content, b""));
    let line = std::str::from_utf8(line).unwrap_or_default().trim();
    let (verb, url) = line.split_once(' ').unwrap_or((line, ""));
    let url = match url.rsplit_once(' ') {
        Some((url, version)) if version.starts_with("HTTP/") => url,
        None if url.starts_with("HTTP/") => "",
        _ => url,
    };
    if verb.is_empty() || url.trim().is_empty() {
        return Err(wrong(&format!(
            "part {number} of the batch has no request line; a part needs {EXAMPLE}"
        )));
    }
    let (headers_of_request, body) = parted(rest.get(1..).unwrap_or_default())?;
    let body = match header(&headers_of_request, "Content-Length").map(|length| length.trim().parse::<usize>()) {
        None => body,
        Some(Ok(length)) if length <= body.len() => body.get(..length).unwrap_or_default(),
        Some(_) => {
            return Err(wrong(&format!(
                "the Content-Length of part {number} of the batch is not that of its body"
            )));
        }
    };
    // The response repeats it.
    let content_id = header(headers, "Content-ID").or_else(|| header(&headers_of_request, "Content-ID"));
    let content_id = content_id.map(|id| Cow::Owned(id.to_owned()));
    let mut all = headers_of_request;
    all.retain(|(name, _)| !name.eq_ignore_ascii_case(CONTENT_ID));
    all.extend(content_id.map(|id| (Cow::Borrowed(CONTENT_ID), id)));
    Ok(Part {
        id: Cow::Owned(number.to_string()),
        group,
        depends_on: Vec::new(),
        method: method(verb),
        url: Cow::Owned(url.trim().to_owned()),
        headers: all,
        body: if body.trim_ascii().is_empty() { b"" } else { body },
    })
}

const CONTENT_ID: &str = "Content-ID";

fn split<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<&'a [u8]>, ODataError> {
    let all = sections(content_type, body, MAX_BATCH_REQUESTS).map_err(|reason| match reason {
        Reason::TooManyFields { limit } => wrong(&format!(
            "a batch can have at most {limit} requests; send several batches"
        )),
        other => wrong(&other.to_string()),
    })?;
    Ok(all.into_iter().filter_map(|range| body.get(range)).collect())
}

/// Headers, and what follows the empty line behind them.
fn parted(section: &[u8]) -> Result<(Headers<'_>, &[u8]), ODataError> {
    with_headers(section).ok_or_else(|| wrong("the headers of a part of the batch are too long or not valid text"))
}

fn header<'h>(headers: &'h Headers<'_>, name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_ref())
}

fn wrong(problem: &str) -> ODataError {
    ODataError::Wrong(problem.to_owned())
}

/// Writes the responses as parts, in the order of the requests.
pub(super) struct MultipartWriter {
    /// Has random bits, so that no value of a record can contain it.
    boundary: String,
    body: Vec<u8>,
}

impl MultipartWriter {
    pub fn new() -> Self {
        Self {
            boundary: format!("batchresponse_{}", clock::new_id().simple()),
            body: Vec::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.body.extend_from_slice(line.as_bytes());
        self.body.extend_from_slice(b"\r\n");
    }

    fn put_one(&mut self, boundary: &str, part: &Part<'_>, response: &Response) {
        self.line(&format!("--{boundary}"));
        self.line("Content-Type: application/http");
        self.line("Content-Transfer-Encoding: binary");
        if let Some(id) = part.header(CONTENT_ID) {
            self.line(&format!("{CONTENT_ID}: {id}"));
        }
        self.line("");
        self.line(&format!("HTTP/1.1 {} {}", response.status, phrase(response.status)));
        self.line("OData-Version: 4.0");
        if let Some(content_type) = &response.content_type {
            self.line(&format!("Content-Type: {content_type}"));
        }
        for (name, value) in &response.headers {
            self.line(&format!("{name}: {value}"));
        }
        if response.status != 204 && response.status != 304 {
            self.line(&format!("Content-Length: {}", response.body.len()));
        }
        self.line("");
        self.body.extend_from_slice(&response.body);
        self.line("");
    }
}

impl BatchWriter for MultipartWriter {
    fn put(&mut self, parts: &[Part<'_>], responses: &[Response]) {
        let boundary = self.boundary.clone();
        let mut both = parts.iter().zip(responses);
        let grouped = parts.first().is_some_and(|part| part.group.is_some());
        if !grouped {
            for (part, response) in both {
                self.put_one(&boundary, part, response);
            }
        } else if responses.iter().all(|response| response.status < 400) {
            let inner = format!("changeset{}", boundary.trim_start_matches("batch"));
            self.line(&format!("--{boundary}"));
            self.line(&format!("Content-Type: {MULTIPART}; boundary={inner}"));
            self.line("");
            for (part, response) in both {
                self.put_one(&inner, part, response);
            }
            self.line(&format!("--{inner}--"));
        } else {
            // A change set that failed has one response: that of the request which failed.
            let failed = both.clone().find(|(_, response)| !matches!(response.status, 424));
            if let Some((part, response)) = failed.or_else(|| both.next()) {
                self.put_one(&boundary, part, response);
            }
        }
    }

    fn len(&self) -> usize {
        self.body.len()
    }

    fn response(mut self) -> Response {
        let end = format!("--{}--", self.boundary);
        self.line(&end);
        Response {
            status: 200,
            headers: Vec::new(),
            content_type: Some(format!("{MULTIPART}; boundary={}", self.boundary).into()),
            body: self.body,
        }
    }
}

/// The words that go with a status.
const fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        424 => "Failed Dependency",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
