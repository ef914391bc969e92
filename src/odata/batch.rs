//! `$batch`: several requests in one body of JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::address::address;
use super::body::json_type;
use super::lex::quoted;
use super::odata_error::ODataError;
use super::permit;
use super::preference::continue_on_error;
use super::request::{
    HandlerResult, JSON, MAX_BATCH_BODY, MAX_BATCH_REQUESTS, Method, OdataLimits, Request, RequestContext, Response,
};
use super::respond::{dispatch, error_response, numbers_as_text, write_of};
use super::write::written;

/// What a batch looks like, for those who sent another thing.
const EXAMPLE: &str = "{\"requests\": [{\"id\": \"1\", \"method\": \"GET\", \"url\": \"Contact\"}]}";

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    requests: Vec<Part<'a>>,
}

/// One request of a batch, as sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default, borrow)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    atomicity_group: Option<String>,
    #[serde(default)]
    depends_on: Option<Vec<String>>,
}

/// Why a batch cannot be read, in words of our own.
fn unreadable(error: &serde_json::Error) -> ODataError {
    let told = error.to_string();
    let missing = told
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let cause = match (error.classify(), missing) {
        (Category::Eof, _) => "it is empty, or ends before its closing brackets".to_owned(),
        (Category::Syntax | Category::Io, _) => "it is no JSON".to_owned(),
        (Category::Data, Some("requests")) => "the list \"requests\" is missing".to_owned(),
        (Category::Data, Some(name)) => format!("a request has no \"{name}\""),
        (Category::Data, None) => {
            "it must be an object with a list \"requests\", whose requests have texts as id, method and url".to_owned()
        }
    };
    let (line, column) = (error.line(), error.column());
    ODataError::Wrong(format!(
        "the batch cannot be read at line {line}, column {column}: {cause}; send it like {EXAMPLE}"
    ))
}

/// Answers a batch: each request in order, as if it came alone.
pub(super) fn batch(context: &RequestContext<'_>, request: &Request<'_>) -> HandlerResult {
    json_type(request.content_type, EXAMPLE)?;
    if request.body.len() > MAX_BATCH_BODY {
        return Err(ODataError::TooLarge { limit: MAX_BATCH_BODY });
    }
    let batch: Batch<'_> = serde_json::from_slice(request.body).map_err(|error| unreadable(&error))?;
    let parts = batch.requests;
    check(&parts)?;
    let goes_on = continue_on_error(request.prefer);
    let mut run = Run {
        context,
        root: request.root,
        started: Instant::now(),
        failed: BTreeSet::new(),
        body: b"{\"responses\":[".to_vec(),
    };
    let mut headers = Vec::new();
    if goes_on {
        headers.push(("Preference-Applied", "odata.continue-on-error".to_owned()));
    }
    let mut rest = parts.as_slice();
    while let Some((first, _)) = rest.split_first() {
        let together = match &first.atomicity_group {
            Some(group) => rest
                .iter()
                .take_while(|part| part.atomicity_group.as_ref() == Some(group))
                .count(),
            None => 1,
        };
        let (now, later) = rest.split_at_checked(together).unwrap_or((rest, &[]));
        rest = later;
        if !run.unit(now) && !goes_on {
            break;
        }
    }
    run.body.extend_from_slice(b"]}");
    Ok(Response {
        status: 200,
        headers,
        content_type: Some(JSON),
        body: run.body,
    })
}

/// What makes the batch as a whole wrong; nothing of it is carried out then.
fn check(parts: &[Part<'_>]) -> Result<(), ODataError> {
    if parts.len() > MAX_BATCH_REQUESTS {
        let found = parts.len();
        return Err(ODataError::Wrong(format!(
            "a batch takes {MAX_BATCH_REQUESTS} requests, this one has {found}; send several batches"
        )));
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut group_before: Option<&str> = None;
    for part in parts {
        let shown = quoted(&part.id);
        if part.id.is_empty() {
            return Err(ODataError::Wrong(
                "each request of a batch needs an id of its own, such as \"1\"".to_owned(),
            ));
        }
        for needed in part.depends_on.iter().flatten() {
            if !known.contains(needed.as_str()) {
                let needed = quoted(needed);
                return Err(ODataError::Wrong(format!(
                    "request {shown} depends on {needed}, which does not stand in front of it"
                )));
            }
        }
        let group = part.atomicity_group.as_deref();
        if group != group_before
            && let Some(group) = group
            && !known.insert(group)
        {
            let group = quoted(group);
            return Err(ODataError::Wrong(format!(
                "the requests of atomicityGroup {group} must stand together, and its name must differ from every id"
            )));
        }
        group_before = group;
        if !known.insert(&part.id) {
            return Err(ODataError::Wrong(format!(
                "two requests or groups of the batch are named {shown}; give each its own id"
            )));
        }
        if group.is_some() && !matches!(method(&part.method), Method::Post | Method::Patch | Method::Delete) {
            return Err(ODataError::Wrong(format!(
                "request {shown} does not write; only POST, PATCH and DELETE can stand in an atomicityGroup"
            )));
        }
    }
    Ok(())
}

/// A batch under way.
struct Run<'r, 'a> {
    context: &'r RequestContext<'a>,
    root: &'r str,
    started: Instant,
    /// Ids of requests and groups that failed.
    failed: BTreeSet<String>,
    /// The response so far.
    body: Vec<u8>,
}

impl Run<'_, '_> {
    /// Handles one request, or those of one group. Returns whether all succeeded.
    fn unit(&mut self, parts: &[Part<'_>]) -> bool {
        let missing = parts
            .iter()
            .flat_map(|part| part.depends_on.iter().flatten())
            .find(|needed| self.failed.contains(needed.as_str()));
        let results = match (missing, parts) {
            (Some(missing), _) => {
                let problem = format!(
                    "not carried out: the request {}, on which it depends, failed",
                    quoted(missing)
                );
                parts
                    .iter()
                    .map(|_| Err(ODataError::Dependency(problem.clone())))
                    .collect()
            }
            (None, [part]) if part.atomicity_group.is_none() => vec![self.one(part)],
            (None, parts) => self.group(parts),
        };
        let mut well = true;
        for (part, result) in parts.iter().zip(results) {
            let response = result.unwrap_or_else(|error| error_response(&error));
            if response.status >= 400 {
                well = false;
                self.failed.insert(part.id.clone().into_owned());
                self.failed.extend(part.atomicity_group.clone());
            }
            self.put(part, &response);
        }
        well
    }

    fn one(&self, part: &Part<'_>) -> HandlerResult {
        // All requests together may cost what one may.
        let limits = self.context.odata.limits;
        let left = OdataLimits {
            scan_time: limits.scan_time.saturating_sub(self.started.elapsed()),
            response_bytes: limits.response_bytes.saturating_sub(self.body.len()),
            ..limits
        };
        if left.response_bytes == 0 || left.scan_time.is_zero() {
            return Err(ODataError::TooCostly(
                "the requests in front of it took all that one batch may cost; send this one in another batch"
                    .to_owned(),
            ));
        }
        let request = request_of(part, self.root)?;
        let context = RequestContext {
            odata: &self.context.odata.limited(left),
            caller: self.context.caller,
            service_url: self.context.service_url.clone(),
            numbers_as_text: self.context.numbers_as_text || numbers_as_text(request.accept),
        };
        dispatch(&context, &address(request.path)?, &request)
    }

    /// All writes of a group, or none.
    fn group(&self, parts: &[Part<'_>]) -> Vec<HandlerResult> {
        let (at, error) = match self.written(parts) {
            Ok(responses) => return responses.into_iter().map(Ok).collect(),
            Err(failed) => failed,
        };
        let Some(at) = at else {
            // It is unknown which request failed, so each one reports the error.
            let (status, code, text) = (error.status(), error.code(), error.to_string());
            let target = error.target().map(str::to_owned);
            let same = || super::respond::error_response_from_parts(status, code, &text, target.as_deref());
            return std::iter::once(Err(error))
                .chain(parts.iter().skip(1).map(|_| Ok(same())))
                .collect();
        };
        let failed = parts
            .get(at)
            .map_or(Cow::Borrowed(""), |part| Cow::Borrowed(part.id.as_ref()));
        let problem = format!(
            "not carried out: the request {} of its atomicityGroup failed",
            quoted(&failed)
        );
        let mut error = Some(error);
        let mut results = Vec::with_capacity(parts.len());
        for place in 0..parts.len() {
            let own = if place == at { error.take() } else { None };
            results.push(Err(own.unwrap_or_else(|| ODataError::Dependency(problem.clone()))));
        }
        results
    }

    fn written(&self, parts: &[Part<'_>]) -> Result<Vec<Response>, (Option<usize>, ODataError)> {
        let catalog = self.context.odata.ledger.catalog();
        permit::authorize_use(&catalog, self.context.caller).map_err(|error| (None, error))?;
        let mut writes = Vec::with_capacity(parts.len());
        for (place, part) in parts.iter().enumerate() {
            let requested = || {
                let request = request_of(part, self.root)?;
                let address = address(request.path)?;
                // A request that is no write gets the response that it gets on its own: an error.
                write_of(&address, &request).ok_or_else(|| {
                    dispatch(self.context, &address, &request)
                        .err()
                        .unwrap_or_else(|| ODataError::Wrong("only writes can stand in an atomicityGroup".to_owned()))
                })
            };
            writes.push(requested().map_err(|error| (Some(place), error))?);
        }
        written(self.context, &writes).map_err(|failed| (failed.at, failed.error))
    }

    /// Adds the response to one request.
    fn put(&mut self, part: &Part<'_>, response: &Response) {
        if !self.body.ends_with(b"[") {
            self.body.push(b',');
        }
        self.body.extend_from_slice(b"{\"id\":");
        text(&mut self.body, &part.id);
        if let Some(group) = &part.atomicity_group {
            self.body.extend_from_slice(b",\"atomicityGroup\":");
            text(&mut self.body, group);
        }
        self.body.extend_from_slice(
            format!(
                ",\"status\":{},\"headers\":{{\"OData-Version\":\"4.0\"",
                response.status
            )
            .as_bytes(),
        );
        let content_type = response.content_type.map(|value| ("Content-Type", value));
        let others = response.headers.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in content_type.into_iter().chain(others) {
            self.body.push(b',');
            text(&mut self.body, name);
            self.body.push(b':');
            text(&mut self.body, value);
        }
        self.body.push(b'}');
        if let Some(content_type) = response.content_type {
            self.body.extend_from_slice(b",\"body\":");
            if content_type.starts_with("application/json") {
                self.body.extend_from_slice(&response.body);
            } else {
                text(&mut self.body, &String::from_utf8_lossy(&response.body));
            }
        }
        self.body.push(b'}');
    }
}

/// Adds a text as JSON.
fn text(body: &mut Vec<u8>, text: &str) {
    // A text can always be written.
    body.extend(serde_json::to_vec(text).unwrap_or_default());
}

/// The request that a part describes.
fn request_of<'p>(part: &'p Part<'_>, root: &'p str) -> Result<Request<'p>, ODataError> {
    let header = |name: &str| {
        let mut headers = part.headers.iter().flatten();
        headers
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    };
    let (path, query) = target(&part.url)?;
    let body = part.body.map_or("", RawValue::get);
    Ok(Request {
        method: method(&part.method),
        root,
        path,
        query,
        if_match: header("If-Match"),
        if_none_match: header("If-None-Match"),
        prefer: header("Prefer"),
        accept: header("Accept"),
        content_type: header("Content-Type"),
        body: if body == "null" { b"" } else { body.as_bytes() },
    })
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

fn method(name: &str) -> Method {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    match name {
        _ if is("GET") => Method::Get,
        _ if is("POST") => Method::Post,
        _ if is("PATCH") || is("MERGE") => Method::Patch,
        _ if is("DELETE") => Method::Delete,
        _ => Method::Other,
    }
}
