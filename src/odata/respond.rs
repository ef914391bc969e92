//! Responds to one request: dispatches it by its address and method.

use std::error::Error;

use serde::Serialize;

use super::address::{Address, address};
use super::batch::batch;
use super::decide::{Write, WriteKind, read_only};
use super::lex::quoted;
use super::metadata::{metadata, service_document};
use super::model::{EntitySet, EntityType, entity_types};
use super::odata_error::ODataError;
use super::path::meant;
use super::permit;
use super::read;
use super::request::{HandlerResult, JSON, Method, Odata, Request, RequestContext, Response};
use super::write::{write, write_from};
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;

/// Responds to a request. May wait for the disk and scan many records; see [`is_quick`].
#[must_use]
pub fn respond(odata: &Odata, caller: &Caller, request: &Request<'_>) -> Response {
    let context = RequestContext {
        odata,
        caller,
        service_url: format!("{}{}", odata.url(), request.root),
        numbers_as_text: numbers_as_text(request.accept),
    };
    let result = match address(request.path) {
        Ok(Address::Batch) => {
            permit::authorize_use(&odata.ledger.catalog(), caller).and_then(|()| match request.method {
                Method::Post => batch(&context, request),
                _ => Err(not_allowed("POST", "$batch")),
            })
        }
        named => named.and_then(|address| dispatch(&context, &address, request)),
    };
    result.unwrap_or_else(|error| error_response(&error))
}

/// Whether responding takes no longer than passing the request to another thread: a record by its
/// id, while the store is up to date.
#[must_use]
pub fn is_quick(odata: &Odata, request: &Request<'_>) -> bool {
    let position = odata.ledger.position();
    request.method == Method::Get
        && position.applied >= position.durable
        && !request.query.contains("expand")
        && matches!(
            address(request.path),
            Ok(Address::Entity { .. } | Address::Member { .. } | Address::Service) | Err(_)
        )
}

/// Whether the request may scan many rows; [`ConcurrencyLimit`](crate::concurrency_limit::ConcurrencyLimit) limits how
/// many of these run at once.
#[must_use]
pub fn is_search(request: &Request<'_>) -> bool {
    match address(request.path) {
        Ok(Address::Collection { .. } | Address::Count { .. }) => request.method == Method::Get,
        Ok(Address::Batch) => true,
        _ => false,
    }
}

/// The response while too many requests wait already.
#[must_use]
pub fn busy() -> Response {
    error_response(&ODataError::Unavailable)
}

/// Whether numbers are wanted as texts, since JavaScript would round them.
pub(super) fn numbers_as_text(accept: Option<&str>) -> bool {
    let mut parts = accept.unwrap_or_default().split([',', ';']);
    parts.any(|part| part.trim().eq_ignore_ascii_case("IEEE754Compatible=true"))
}

/// Answers a request that is no batch.
pub(super) fn dispatch(context: &RequestContext<'_>, address: &Address, request: &Request<'_>) -> HandlerResult {
    let catalog = context.odata.ledger.catalog();
    permit::authorize_use(&catalog, context.caller)?;
    if let Some(requested) = write_of(address, request) {
        return write(context, requested);
    }
    let reads = request.method == Method::Get;
    let set = |name: &str| {
        let cached = context.odata.cached_type(&catalog, name);
        cached.ok_or_else(|| set_unknown(&catalog, name))
    };
    match address {
        Address::Service if reads => service_document(context),
        Address::Service => Err(not_allowed("GET, HEAD", "the service document")),
        Address::Metadata if reads => metadata(context),
        Address::Metadata => Err(not_allowed("GET, HEAD", "$metadata")),
        Address::Batch => Err(ODataError::Wrong(
            "a batch cannot stand within a batch; send it on its own".to_owned(),
        )),
        Address::Collection { set: name } if reads => {
            read::collection(context, &set(name)?.entity, request.query, request.prefer)
        }
        Address::Count { set: name } if reads => read::count(context, &set(name)?.entity, request.query),
        Address::Entity { set: name, id } if reads => {
            read::entity(context, &set(name)?.entity, *id, request.query, request.if_none_match)
        }
        Address::Member {
            set: name,
            id,
            name: member,
            raw,
        } if reads => {
            let cached = set(name)?;
            let entity = &cached.entity;
            if entity.navigation(member).is_some() && !*raw {
                read::navigation(context, entity, *id, member, request.query)
            } else {
                read::property(context, entity, *id, member, *raw)
            }
        }
        Address::Collection { set: name } => Err(collection_method(&set(name)?.entity)),
        Address::Entity { set: name, .. } => Err(entity_method(&set(name)?.entity)),
        Address::Count { set: name } => Err(not_allowed("GET, HEAD", &format!("{}/$count", set(name)?.entity.name))),
        Address::Member { set: name, .. } => Err(ODataError::Method {
            allow: "GET, HEAD",
            problem: format!(
                "a property can only be read on its own; change it with PATCH on the record of {}",
                set(name)?.entity.name
            ),
        }),
    }
}

/// The write that a request means; none if it is no write, or an unsupported one.
pub(super) fn write_of<'a>(address: &Address, request: &Request<'a>) -> Option<Write<'a>> {
    match (address, request.method) {
        (Address::Collection { set }, Method::Post) => Some(write_from(set, WriteKind::Create, request)),
        (Address::Entity { set, id }, Method::Patch) => Some(write_from(set, WriteKind::Edit(*id), request)),
        (Address::Entity { set, id }, Method::Delete) => Some(write_from(set, WriteKind::Delete(*id), request)),
        _ => None,
    }
}

/// There is no set of this name.
pub(super) fn set_unknown(catalog: &Catalog, name: &str) -> ODataError {
    let all = entity_types(catalog);
    let near = meant(name, all.iter().map(|entity| entity.name.as_str()));
    let service = if near.is_empty() {
        "; the service document lists the sets"
    } else {
        ""
    };
    ODataError::NotFound(format!("there is no set {}{near}{service}", quoted(name)))
}

fn collection_method(entity: &EntityType) -> ODataError {
    match entity.set {
        EntitySet::Object(_) => not_allowed("GET, HEAD, POST", &entity.name),
        _ => read_only(entity),
    }
}

fn entity_method(entity: &EntityType) -> ODataError {
    match entity.set {
        EntitySet::Object(_) => not_allowed("GET, HEAD, PATCH, DELETE", &format!("a record of {}", entity.name)),
        _ => read_only(entity),
    }
}

fn not_allowed(allow: &'static str, what: &str) -> ODataError {
    ODataError::Method {
        allow,
        problem: format!("{what} takes only {allow}"),
    }
}

/// The response to a request that failed. Errors of the server go to the log, once.
pub(super) fn error_response(error: &ODataError) -> Response {
    let cause = error as &(dyn Error + 'static);
    if error.status() == 500 {
        tracing::error!(error = cause, "OData: the database could not be read");
    }
    let mut response = error_response_from_parts(error.status(), error.code(), &error.to_string(), error.target());
    match error {
        ODataError::Method { allow, .. } => response.headers.push(("Allow", (*allow).to_owned())),
        error if error.status() == 503 => response.headers.push(("Retry-After", "5".to_owned())),
        _ => {}
    }
    response
}

/// A response that says why a request failed.
#[must_use]
pub fn error_response_from_parts(status: u16, code: &str, message: &str, target: Option<&str>) -> Response {
    #[derive(Serialize)]
    struct Document<'a> {
        error: Parts<'a>,
    }
    #[derive(Serialize)]
    struct Parts<'a> {
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<&'a str>,
    }
    let error = Parts { code, message, target };
    Response {
        status,
        headers: Vec::new(),
        content_type: Some(JSON),
        // Texts can always be written.
        body: serde_json::to_vec(&Document { error }).unwrap_or_default(),
    }
}
