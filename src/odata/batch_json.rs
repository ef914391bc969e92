//! The JSON form of a batch.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::batch_part::{BatchWriter, Part, method};
use super::json::text_json;
use super::odata_error::ODataError;
use super::reply::{JSON, Response};
use super::wording::quoted;

/// What a batch looks like, for those who sent another thing.
pub(super) const EXAMPLE: &str = "{\"requests\": [{\"id\": \"1\", \"method\": \"GET\", \"url\": \"Contact\"}]}";

#[derive(Deserialize)]
struct SentBatch<'a> {
    #[serde(borrow)]
    requests: Vec<SentPart<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentPart<'a> {
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

/// Reads a batch. What makes it wrong as a whole is an error; nothing of it is carried out then.
pub(super) fn read(body: &[u8]) -> Result<Vec<Part<'_>>, ODataError> {
    let batch: SentBatch<'_> = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    let parts: Vec<Part<'_>> = batch.requests.into_iter().map(part).collect();
    check(&parts)?;
    Ok(parts)
}

fn part(sent: SentPart<'_>) -> Part<'_> {
    let body = sent.body.map_or("", RawValue::get);
    let headers = sent.headers.into_iter().flatten();
    Part {
        id: sent.id,
        group: sent.atomicity_group.map(Cow::Owned),
        depends_on: sent.depends_on.into_iter().flatten().map(Cow::Owned).collect(),
        method: method(&sent.method),
        url: sent.url,
        headers: headers
            .map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)))
            .collect(),
        body: if body == "null" { b"" } else { body.as_bytes() },
    }
}

/// Why a batch cannot be read, in words of our own.
fn unreadable(error: &serde_json::Error) -> ODataError {
    let told = error.to_string();
    let missing = told
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    let cause = match (error.classify(), missing) {
        (Category::Eof, _) => "it is empty, or ends before its closing brackets".to_owned(),
        (Category::Syntax | Category::Io, _) => "it is not JSON".to_owned(),
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

/// Names must be unique, groups must stand together, and what a request depends on in front of it.
fn check(parts: &[Part<'_>]) -> Result<(), ODataError> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut group_before: Option<&str> = None;
    for part in parts {
        let shown = quoted(&part.id);
        if part.id.is_empty() {
            return Err(ODataError::Wrong(
                "each request of a batch needs an id of its own, such as \"1\"".to_owned(),
            ));
        }
        for needed in &part.depends_on {
            if !known.contains(needed.as_ref()) {
                let needed = quoted(needed);
                return Err(ODataError::Wrong(format!(
                    "request {shown} depends on {needed}, which does not come before it"
                )));
            }
        }
        let group = part.group.as_deref();
        if group != group_before
            && let Some(group) = group
            && !known.insert(group)
        {
            let group = quoted(group);
            return Err(ODataError::Wrong(format!(
                "the requests of atomicityGroup {group} must be consecutive, and its name must differ from every id"
            )));
        }
        group_before = group;
        if !known.insert(&part.id) {
            return Err(ODataError::Wrong(format!(
                "two requests or groups of the batch are named {shown}; give each its own id"
            )));
        }
    }
    Ok(())
}

/// Writes the responses as JSON.
pub(super) struct JsonWriter {
    body: Vec<u8>,
}

impl JsonWriter {
    pub fn new() -> Self {
        let body = b"{\"responses\":[".to_vec();
        Self { body }
    }

    fn put_one(&mut self, part: &Part<'_>, response: &Response) {
        let body = &mut self.body;
        if !body.ends_with(b"[") {
            body.push(b',');
        }
        body.extend_from_slice(b"{\"id\":");
        text_json(&part.id, body);
        if let Some(group) = &part.group {
            body.extend_from_slice(b",\"atomicityGroup\":");
            text_json(group, body);
        }
        let head = format!(
            ",\"status\":{},\"headers\":{{\"OData-Version\":\"4.0\"",
            response.status
        );
        body.extend_from_slice(head.as_bytes());
        let content_type = response
            .content_type
            .iter()
            .map(|value| ("Content-Type", value.as_ref()));
        let others = response.headers.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in content_type.chain(others) {
            body.push(b',');
            text_json(name, body);
            body.push(b':');
            text_json(value, body);
        }
        body.push(b'}');
        if let Some(content_type) = &response.content_type {
            body.extend_from_slice(b",\"body\":");
            if content_type.starts_with("application/json") {
                body.extend_from_slice(&response.body);
            } else {
                text_json(&String::from_utf8_lossy(&response.body), body);
            }
        }
        body.push(b'}');
    }
}

impl BatchWriter for JsonWriter {
    fn put(&mut self, parts: &[Part<'_>], responses: &[Response]) {
        for (part, response) in parts.iter().zip(responses) {
            self.put_one(part, response);
        }
    }

    fn len(&self) -> usize {
        self.body.len()
    }

    fn response(mut self) -> Response {
        self.body.extend_from_slice(b"]}");
        Response {
            status: 200,
            headers: Vec::new(),
            content_type: Some(JSON.into()),
            body: self.body,
        }
    }
}
