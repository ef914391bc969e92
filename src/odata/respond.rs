//! One request, answered: what its address names and its method wants.

use std::error::Error;

use serde::Serialize;

use super::address::{Address, address};
use super::batch::batch;
use super::decide::{Doing, Write, read_only};
use super::fault::Fault;
use super::lex::quoted;
use super::metadata::{metadata, service_document};
use super::model::{EntitySet, EntityType, entity_types};
use super::path::meant;
use super::permit;
use super::read;
use super::request::{Answer, Asked, JSON, Method, Odata, Request, Response};
use super::write::{asked_for, write};
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;

/// Answers a request. May wait for the disk and look at many records; see [`is_quick`].
#[must_use]
pub fn respond(odata: &Odata, caller: &Caller, request: &Request<'_>) -> Response {
    let asked = Asked {
        odata,
        caller,
        service_url: format!("{}{}", odata.url(), request.root),
        numbers_as_text: numbers_as_text(request.accept),
    };
    let answer = match address(request.path) {
        Ok(Address::Batch) => permit::may_use(&odata.ledger.catalog(), caller).and_then(|()| match request.method {
            Method::Post => batch(&asked, request),
            _ => Err(not_allowed("POST", "$batch")),
        }),
        named => named.and_then(|address| answer(&asked, &address, request)),
    };
    answer.unwrap_or_else(|fault| faulty(&fault))
}

/// Whether answering takes no longer than handing the request to another thread would: a
/// record by its id, while the store waits for nothing.
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

/// Whether answering may mean looking at many rows: so many at once are bounded, see
/// [`Turns`](super::Turns).
#[must_use]
pub fn is_search(request: &Request<'_>) -> bool {
    match address(request.path) {
        Ok(Address::Collection { .. } | Address::Count { .. }) => request.method == Method::Get,
        Ok(Address::Batch) => true,
        _ => false,
    }
}

/// The answer while too many requests wait already.
#[must_use]
pub fn busy() -> Response {
    faulty(&Fault::Unavailable)
}

/// Whether numbers are wanted as texts, since JavaScript would round them.
pub(super) fn numbers_as_text(accept: Option<&str>) -> bool {
    let mut parts = accept.unwrap_or_default().split([',', ';']);
    parts.any(|part| part.trim().eq_ignore_ascii_case("IEEE754Compatible=true"))
}

/// Answers a request that is no batch.
pub(super) fn answer(asked: &Asked<'_>, address: &Address, request: &Request<'_>) -> Answer {
    let catalog = asked.odata.ledger.catalog();
    permit::may_use(&catalog, asked.caller)?;
    if let Some(wanted) = write_of(address, request) {
        return write(asked, wanted);
    }
    let reads = request.method == Method::Get;
    let set = |name: &str| {
        let known = asked.odata.known(&catalog, name);
        known.ok_or_else(|| set_unknown(&catalog, name))
    };
    match address {
        Address::Service if reads => service_document(asked),
        Address::Service => Err(not_allowed("GET, HEAD", "the service document")),
        Address::Metadata if reads => metadata(asked),
        Address::Metadata => Err(not_allowed("GET, HEAD", "$metadata")),
        Address::Batch => Err(Fault::Wrong(
            "a batch cannot stand within a batch; send it on its own".to_owned(),
        )),
        Address::Collection { set: name } if reads => {
            read::collection(asked, &set(name)?.entity, request.query, request.prefer)
        }
        Address::Count { set: name } if reads => read::count(asked, &set(name)?.entity, request.query),
        Address::Entity { set: name, id } if reads => {
            read::entity(asked, &set(name)?.entity, *id, request.query, request.if_none_match)
        }
        Address::Member {
            set: name,
            id,
            name: member,
            raw,
        } if reads => {
            let known = set(name)?;
            let entity = &known.entity;
            if entity.navigation(member).is_some() && !*raw {
                read::navigation(asked, entity, *id, member, request.query)
            } else {
                read::property(asked, entity, *id, member, *raw)
            }
        }
        Address::Collection { set: name } => Err(collection_method(&set(name)?.entity)),
        Address::Entity { set: name, .. } => Err(entity_method(&set(name)?.entity)),
        Address::Count { set: name } => Err(not_allowed("GET, HEAD", &format!("{}/$count", set(name)?.entity.name))),
        Address::Member { set: name, .. } => Err(Fault::Method {
            allow: "GET, HEAD",
            problem: format!(
                "a property can only be read on its own; change it with PATCH on the record of {}",
                set(name)?.entity.name
            ),
        }),
    }
}

/// The write that a request asks for; none if it asks for no write, or for none that there is.
pub(super) fn write_of<'a>(address: &Address, request: &Request<'a>) -> Option<Write<'a>> {
    match (address, request.method) {
        (Address::Collection { set }, Method::Post) => Some(asked_for(set, Doing::Create, request)),
        (Address::Entity { set, id }, Method::Patch) => Some(asked_for(set, Doing::Edit(*id), request)),
        (Address::Entity { set, id }, Method::Delete) => Some(asked_for(set, Doing::Delete(*id), request)),
        _ => None,
    }
}

/// There is no set of this name.
pub(super) fn set_unknown(catalog: &Catalog, name: &str) -> Fault {
    let all = entity_types(catalog);
    let near = meant(name, all.iter().map(|entity| entity.name.as_str()));
    let service = if near.is_empty() {
        "; the service document lists the sets"
    } else {
        ""
    };
    Fault::NotFound(format!("there is no set {}{near}{service}", quoted(name)))
}

fn collection_method(entity: &EntityType) -> Fault {
    match entity.set {
        EntitySet::Object(_) => not_allowed("GET, HEAD, POST", &entity.name),
        _ => read_only(entity),
    }
}

fn entity_method(entity: &EntityType) -> Fault {
    match entity.set {
        EntitySet::Object(_) => not_allowed("GET, HEAD, PATCH, DELETE", &format!("a record of {}", entity.name)),
        _ => read_only(entity),
    }
}

fn not_allowed(allow: &'static str, what: &str) -> Fault {
    Fault::Method {
        allow,
        problem: format!("{what} takes only {allow}"),
    }
}

/// The answer to a request that failed. What is wrong in the server goes to the log, once.
pub(super) fn faulty(fault: &Fault) -> Response {
    let cause = fault as &(dyn Error + 'static);
    if fault.status() == 500 {
        tracing::error!(error = cause, "OData: the database could not be read");
    }
    let mut response = refusal(fault.status(), fault.code(), &fault.to_string(), fault.target());
    match fault {
        Fault::Method { allow, .. } => response.headers.push(("Allow", (*allow).to_owned())),
        fault if fault.status() == 503 => response.headers.push(("Retry-After", "5".to_owned())),
        _ => {}
    }
    response
}

/// An answer that says why a request is refused.
#[must_use]
pub fn refusal(status: u16, code: &str, message: &str, target: Option<&str>) -> Response {
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
