//! `/0/odata/…` and `/odata/…`: responses and errors have the form that OData defines.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use actix_web::http::{ConnectionType, Method as HttpMethod, StatusCode};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::problem::Problem;
use super::{HttpSettings, bearer, body, head, reply, request_log};
use crate::domain::caller::Caller;
use crate::domain::client::SCOPE_ODATA;
use crate::identity::{BearerError, Issuer, Resource};
use crate::odata::{
    Address, MAX_BATCH_BODY, MAX_BODY, Method, ODataError, Odata, Request, Response, address, busy, error_response,
    error_response_from_parts, is_quick, is_search, respond,
};

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// Headers with the actual method of a POST, for programs behind firewalls that block other
/// methods.
const TUNNELLED: [&str; 2] = ["x-http-method", "x-http-method-override"];

/// What the addresses start with. The longer one first: it ends like the other.
const ROOTS: [&str; 2] = ["/0/odata", "/odata"];

/// Serves every OData request.
pub async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    odata: Data<Odata>,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let caller = bearer::caller(&request, &issuer, Resource::Odata, SCOPE_ODATA);
    serve_as(caller, request, payload.into_inner(), odata.into_inner(), &settings).await
}

/// Serves a request for an authenticated program, or rejects it.
pub(super) async fn serve_as(
    caller: Result<Caller, BearerError>,
    request: HttpRequest,
    payload: Payload,
    odata: Arc<Odata>,
    settings: &HttpSettings,
) -> HttpResponse {
    let response = async {
        let mut response = match caller {
            Ok(caller) => handle(caller, &request, payload, odata, settings).await,
            Err(error) => reply::error_response_with(problem_response(Problem::Token(error)), payload).await,
        };
        response
            .headers_mut()
            .insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
        response
    };
    reply::finished(&request, response).await
}

/// A request that owns its data, so that another thread can handle it.
struct OwnedRequest {
    method: Method,
    root: &'static str,
    address: Address,
    query: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    prefer: Option<String>,
    accept: Option<String>,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl OwnedRequest {
    fn request(&self) -> Request<'_> {
        Request {
            method: self.method,
            root: self.root,
            address: &self.address,
            query: &self.query,
            if_match: self.if_match.as_deref(),
            if_none_match: self.if_none_match.as_deref(),
            prefer: self.prefer.as_deref(),
            accept: self.accept.as_deref(),
            content_type: self.content_type.as_deref(),
            body: &self.body,
        }
    }
}

async fn handle(
    caller: Caller,
    request: &HttpRequest,
    mut payload: Payload,
    odata: Arc<Odata>,
    settings: &HttpSettings,
) -> HttpResponse {
    let mut owned_request = match owned_request(request) {
        Ok(owned_request) => owned_request,
        Err(error) => return reply::error_response_with(sent(error_response(&error)), payload).await,
    };
    let limit = match owned_request.address {
        Address::Batch => MAX_BATCH_BODY,
        _ => MAX_BODY,
    };
    match body::receive(request, &mut payload, limit, settings).await {
        Ok(body) => owned_request.body = body,
        Err(problem) => return reply::error_response_with(problem_response(problem), payload).await,
    }
    let quick = is_quick(&odata, &owned_request.request());
    let permit = if is_search(&owned_request.request()) {
        match odata.concurrency_limit.acquire().await {
            Some(permit) => Some(permit),
            None => return sent(busy()),
        }
    } else {
        None
    };
    let work = move || {
        // It lasts as long as the work, also when the program goes away.
        let _permit = permit;
        catch_unwind(AssertUnwindSafe(|| respond(&odata, &caller, &owned_request.request())))
    };
    let result = if quick {
        work()
    } else {
        request_log::block(work)
            .await
            .unwrap_or_else(|error| Err(Box::new(error)))
    };
    result.map_or_else(
        |_| {
            tracing::error!("an OData request panicked; the client got a 500");
            problem_response(Problem::Internal)
        },
        sent,
    )
}

fn owned_request(request: &HttpRequest) -> Result<OwnedRequest, ODataError> {
    let headers = request.headers();
    let (root, path) = rooted(request.uri().path());
    Ok(OwnedRequest {
        method: method(request),
        root,
        address: address(path)?,
        query: request.query_string().to_owned(),
        if_match: joined(headers, &IF_MATCH),
        if_none_match: joined(headers, &IF_NONE_MATCH),
        prefer: joined(headers, &PREFER),
        accept: joined(headers, &ACCEPT),
        content_type: head::content_type(headers).map(str::to_owned),
        body: Vec::new(),
    })
}

/// The root, and the path after its slash.
fn rooted(path: &str) -> (&'static str, &str) {
    for root in ROOTS {
        if let Some(rest) = path.strip_prefix(root) {
            return (root, rest.strip_prefix('/').unwrap_or(rest));
        }
    }
    // The root itself has percent escapes: no client sends that, and it is not supported.
    ("/0/odata", path)
}

/// All values of a header, as one.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The method that is meant.
fn method(request: &HttpRequest) -> Method {
    let sent = request.method();
    let tunnelled = TUNNELLED
        .iter()
        .find_map(|name| head::text(request.headers(), *name))
        .filter(|_| *sent == HttpMethod::POST);
    match tunnelled.map_or(sent.as_str(), str::trim) {
        "GET" | "HEAD" => Method::Get,
        "POST" => Method::Post,
        "DELETE" => Method::Delete,
        // Programs of OData before version 4 say MERGE.
        "PATCH" | "MERGE" => Method::Patch,
        _ => Method::Other,
    }
}

/// A response in the type of the HTTP library.
fn sent(response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut sent_response = HttpResponse::build(status);
    let has_body = response.content_type.is_some();
    if let Some(content_type) = response.content_type {
        let value = match content_type {
            Cow::Borrowed(fixed) => Ok(HeaderValue::from_static(fixed)),
            Cow::Owned(made) => HeaderValue::try_from(made),
        };
        // What is made for one response has no characters that a header cannot have.
        sent_response.insert_header((CONTENT_TYPE, value.unwrap_or_else(|_| HeaderValue::from_static(""))));
    }
    for (name, value) in response.headers {
        sent_response.insert_header((name, value));
    }
    if has_body {
        sent_response.body(response.body)
    } else {
        sent_response.finish()
    }
}

/// What is wrong with a request before it is read.
fn problem_response(problem: Problem) -> HttpResponse {
    let (code, message) = match problem {
        Problem::HeadTooLarge { limit } => (
            "HeadersTooLarge",
            format!("URL and headers together must not exceed {limit} bytes; send long queries in a $batch"),
        ),
        Problem::ContentEncoding => (
            "ContentEncoding",
            "send the body uncompressed, without a Content-Encoding header".into(),
        ),
        Problem::BodyTooLarge { limit } => (
            "BodyTooLarge",
            format!("the body is larger than {limit} bytes, and nothing was written; send less at once"),
        ),
        Problem::BodyStalled => (
            "BodyStalled",
            "the body did not arrive in time, and nothing was written; send it again without pauses".into(),
        ),
        Problem::BodyBroken => (
            "BodyBroken",
            "the body is incomplete, and nothing was written; send it again".into(),
        ),
        Problem::Token(error) => (
            match error {
                BearerError::Missing => "TokenMissing",
                BearerError::Invalid | BearerError::Audience => "TokenInvalid",
                BearerError::Scope(_) => "TokenScope",
                BearerError::Unavailable => "Unavailable",
            },
            error.to_string(),
        ),
        _ => (
            "Internal",
            "internal error in Hookgate; the administrator finds details in the log".into(),
        ),
    };
    // Status and headers are those that the problem has everywhere.
    let plain = problem.response();
    let mut response = sent(error_response_from_parts(plain.status().as_u16(), code, &message, None));
    for (name, value) in plain.headers() {
        if name != CONTENT_TYPE {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    if plain.head().connection_type() == ConnectionType::Close {
        return reply::last(response);
    }
    response
}
