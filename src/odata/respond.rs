//! Responds to one request.

use super::address::Address;
use super::batch::batch;
use super::dispatch::{dispatch, not_allowed, numbers_as_text};
use super::odata_error::ODataError;
use super::permit;
use super::reply::{Response, error_response};
use super::request::{Method, Request, RequestContext};
use super::service::Odata;
use crate::domain::caller::Caller;

/// Responds to a request. May wait for the disk and scan many records; see [`is_quick`].
#[must_use]
pub fn respond(odata: &Odata, caller: &Caller, request: &Request<'_>) -> Response {
    let context = RequestContext {
        odata,
        caller,
        service_url: format!("{}{}", odata.url(), request.root),
        numbers_as_text: numbers_as_text(request.accept),
    };
    let result = match (request.address, request.method) {
        (Address::Batch, Method::Post) => {
            permit::authorize_use(&odata.ledger.catalog(), caller).and_then(|()| batch(&context, request))
        }
        (Address::Batch, _) => {
            let permitted = permit::authorize_use(&odata.ledger.catalog(), caller);
            permitted.and_then(|()| Err(not_allowed("POST", "$batch")))
        }
        _ => dispatch(&context, request),
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
            request.address,
            Address::Entity { .. } | Address::Member { .. } | Address::Service
        )
}

/// Whether the request may scan many rows; [`ConcurrencyLimit`](crate::concurrency_limit::ConcurrencyLimit) limits how
/// many of these run at once.
#[must_use]
pub fn is_search(request: &Request<'_>) -> bool {
    match request.address {
        Address::Collection { .. } | Address::Count { .. } => request.method == Method::Get,
        Address::Batch => true,
        _ => false,
    }
}

/// The response while too many requests wait already.
#[must_use]
pub fn busy() -> Response {
    error_response(&ODataError::Unavailable)
}
