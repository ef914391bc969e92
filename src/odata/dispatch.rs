//! Dispatches a request that is no batch, by its address and method.

use super::address::Address;
use super::decide::{Write, WriteKind, read_only};
use super::entity_types::set_unknown;
use super::metadata::{metadata, service_document};
use super::model::{EntitySet, EntityType};
use super::odata_error::ODataError;
use super::permit;
use super::read;
use super::reply::HandlerResult;
use super::request::{Method, Request, RequestContext};
use super::write::{write, write_from};

/// Whether numbers are wanted as texts, since JavaScript would round them.
pub(super) fn numbers_as_text(accept: Option<&str>) -> bool {
    let mut parts = accept.unwrap_or_default().split([',', ';']);
    parts.any(|part| part.trim().eq_ignore_ascii_case("IEEE754Compatible=true"))
}

/// Answers a request that is no batch.
pub(super) fn dispatch(context: &RequestContext<'_>, request: &Request<'_>) -> HandlerResult {
    let catalog = context.odata.ledger.catalog();
    permit::authorize_use(&catalog, context.caller)?;
    if let Some(requested) = write_of(request) {
        return write(context, requested);
    }
    let reads = request.method == Method::Get;
    let set = |name: &str| {
        let cached = context.odata.cached_type(&catalog, name);
        cached.ok_or_else(|| set_unknown(&catalog, name))
    };
    match request.address {
        Address::Service if reads => service_document(context),
        Address::Service => Err(not_allowed("GET, HEAD", "the service document")),
        Address::Metadata if reads => metadata(context),
        Address::Metadata => Err(not_allowed("GET, HEAD", "$metadata")),
        Address::Batch => Err(ODataError::Wrong(
            "a batch cannot contain another batch; send it separately".to_owned(),
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
            path,
            raw,
        } if reads => read::member(context, &set(name)?.entity, *id, path, *raw, request.query),
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
pub(super) fn write_of<'a>(request: &Request<'a>) -> Option<Write<'a>> {
    match (request.address, request.method) {
        (Address::Collection { set }, Method::Post) => Some(write_from(set, WriteKind::Create, request)),
        (Address::Entity { set, id }, Method::Patch) => Some(write_from(set, WriteKind::Edit(*id), request)),
        (Address::Entity { set, id }, Method::Delete) => Some(write_from(set, WriteKind::Delete(*id), request)),
        _ => None,
    }
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

pub(super) fn not_allowed(allow: &'static str, what: &str) -> ODataError {
    ODataError::Method {
        allow,
        problem: format!("{what} accepts only {allow}"),
    }
}
