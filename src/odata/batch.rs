//! `$batch`: several requests in one body.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use super::address::{Address, address};
use super::batch_json::{self, JsonWriter};
use super::batch_multipart::{self, MultipartWriter, is_multipart};
use super::batch_part::{BatchWriter, Part};
use super::body::json_type;
use super::dispatch::{dispatch, numbers_as_text, write_of};
use super::limits::{MAX_BATCH_BODY, MAX_BATCH_REQUESTS, OdataLimits};
use super::odata_error::ODataError;
use super::permit;
use super::preference::continue_on_error;
use super::reply::{HandlerResult, Response, error_response, error_response_from_parts};
use super::request::{Method, Request, RequestContext};
use super::wording::quoted;
use super::write::written;

/// Answers a batch: each request in order, as if it came alone. The response has the form of the
/// request.
pub(super) fn batch(context: &RequestContext<'_>, request: &Request<'_>) -> HandlerResult {
    if request.body.len() > MAX_BATCH_BODY {
        return Err(ODataError::TooLarge { limit: MAX_BATCH_BODY });
    }
    let multipart = request.content_type.filter(|content_type| is_multipart(content_type));
    if let Some(content_type) = multipart {
        let parts = batch_multipart::read(content_type, request.body)?;
        return carried_out(context, request, &parts, MultipartWriter::new());
    }
    json_type(request.content_type, batch_json::EXAMPLE)?;
    let parts = batch_json::read(request.body)?;
    carried_out(context, request, &parts, JsonWriter::new())
}

fn carried_out(
    context: &RequestContext<'_>,
    request: &Request<'_>,
    parts: &[Part<'_>],
    writer: impl BatchWriter,
) -> HandlerResult {
    check(parts)?;
    let goes_on = continue_on_error(request.prefer);
    let mut run = Run {
        context,
        root: request.root,
        started: Instant::now(),
        failed: BTreeSet::new(),
        writer,
    };
    let mut rest = parts;
    while let Some((first, _)) = rest.split_first() {
        let together = match &first.group {
            Some(group) => rest
                .iter()
                .take_while(|part| part.group.as_ref() == Some(group))
                .count(),
            None => 1,
        };
        let (now, later) = rest.split_at_checked(together).unwrap_or((rest, &[]));
        rest = later;
        if !run.unit(now) && !goes_on {
            break;
        }
    }
    let mut response = run.writer.response();
    if goes_on {
        let applied = "odata.continue-on-error".to_owned();
        response.headers.push(("Preference-Applied", applied));
    }
    Ok(response)
}

/// What makes the batch as a whole wrong, in either form; nothing of it is carried out then.
fn check(parts: &[Part<'_>]) -> Result<(), ODataError> {
    if parts.len() > MAX_BATCH_REQUESTS {
        let found = parts.len();
        return Err(ODataError::Wrong(format!(
            "a batch can have at most {MAX_BATCH_REQUESTS} requests, but this one has {found}; send several batches"
        )));
    }
    for part in parts {
        if part.group.is_some() && !matches!(part.method, Method::Post | Method::Patch | Method::Delete) {
            return Err(ODataError::Wrong(format!(
                "request {} does not write; only POST, PATCH and DELETE can be part of an atomicityGroup or a change set",
                quoted(&part.id)
            )));
        }
    }
    Ok(())
}

/// A batch under way.
struct Run<'r, 'c, W> {
    context: &'r RequestContext<'c>,
    root: &'r str,
    started: Instant,
    /// Ids of requests and groups that failed.
    failed: BTreeSet<String>,
    writer: W,
}

impl<W: BatchWriter> Run<'_, '_, W> {
    /// Handles one request, or those of one group. Returns whether all succeeded.
    fn unit(&mut self, parts: &[Part<'_>]) -> bool {
        let missing = parts
            .iter()
            .flat_map(|part| &part.depends_on)
            .find(|needed| self.failed.contains(needed.as_ref()));
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
            (None, [part]) if part.group.is_none() => vec![self.one(part)],
            (None, parts) => self.group(parts),
        };
        let responses = results.into_iter();
        let responses: Vec<Response> = responses
            .map(|result| result.unwrap_or_else(|error| error_response(&error)))
            .collect();
        let mut well = true;
        for (part, response) in parts.iter().zip(&responses) {
            if response.status >= 400 {
                well = false;
                self.failed.insert(part.id.clone().into_owned());
                self.failed.extend(part.group.clone().map(Cow::into_owned));
            }
        }
        self.writer.put(parts, &responses);
        well
    }

    fn one(&self, part: &Part<'_>) -> HandlerResult {
        // All requests together may cost what one may.
        let limits = self.context.odata.limits;
        let left = OdataLimits {
            scan_time: limits.scan_time.saturating_sub(self.started.elapsed()),
            response_bytes: limits.response_bytes.saturating_sub(self.writer.len()),
            ..limits
        };
        if left.response_bytes == 0 || left.scan_time.is_zero() {
            return Err(ODataError::TooCostly(
                "the requests before it used up the limit of one batch; send this one in another batch".to_owned(),
            ));
        }
        let (address, query) = addressed(part)?;
        let request = request_of(part, self.root, &address, query);
        let context = RequestContext {
            odata: &self.context.odata.limited(left),
            caller: self.context.caller,
            service_url: self.context.service_url.clone(),
            numbers_as_text: self.context.numbers_as_text || numbers_as_text(request.accept),
        };
        dispatch(&context, &request)
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
            let same = || error_response_from_parts(status, code, &text, target.as_deref());
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
        let mut addresses = Vec::with_capacity(parts.len());
        for (place, part) in parts.iter().enumerate() {
            addresses.push(addressed(part).map_err(|error| (Some(place), error))?);
        }
        let mut writes = Vec::with_capacity(parts.len());
        for (place, (part, (address, query))) in parts.iter().zip(&addresses).enumerate() {
            let request = request_of(part, self.root, address, query);
            // A request that is no write gets the response that it gets on its own: an error.
            let write = write_of(&request).ok_or_else(|| {
                let error = dispatch(self.context, &request).err();
                error.unwrap_or_else(|| ODataError::Wrong("only writes can be part of an atomicityGroup".to_owned()))
            });
            writes.push(write.map_err(|error| (Some(place), error))?);
        }
        written(self.context, &writes).map_err(|failed| (failed.at, failed.error))
    }
}

/// What a part's URL names, and its query.
fn addressed<'p>(part: &'p Part<'_>) -> Result<(Address, &'p str), ODataError> {
    let (path, query) = part.target()?;
    Ok((address(path)?, query))
}

/// The request that a part describes.
fn request_of<'p>(part: &'p Part<'_>, root: &'p str, address: &'p Address, query: &'p str) -> Request<'p> {
    Request {
        method: part.method,
        root,
        address,
        query,
        if_match: part.header("If-Match"),
        if_none_match: part.header("If-None-Match"),
        prefer: part.header("Prefer"),
        accept: part.header("Accept"),
        content_type: part.header("Content-Type"),
        body: part.body,
    }
}
