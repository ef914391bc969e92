//! `/api/v1` over HTTP: one sequence of checks around the operations of [`crate::api`]: host, path,
//! caller, role, body, work, response.

mod auth;
mod headers;
mod host;
mod problem;
mod response;

use std::sync::{Arc, OnceLock};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

pub use headers::secured;
pub use host::Hosts;
pub use problem::host_unknown;
pub use response::response;

use super::problem::Problem;
use super::{HttpSettings, body, head, reply, request_log};
use crate::api::table::{self, Found};
use crate::api::{Call, Operation, Output, Reach};
use crate::clock;
use crate::identity::Issuer;
use crate::manage::{Context, ManageError};
use crate::parse::Media;
use crate::people::People;
use problem::ApiError;

/// What `/api/v1` and `/admin` share.
pub struct Api {
    pub people: Arc<People>,
    /// The names under which this server is reached.
    pub hosts: Hosts,
    /// There once the server listens, since it holds where.
    context: OnceLock<Arc<Context>>,
}

impl Api {
    /// Answers 503 until it is opened.
    #[must_use]
    pub fn new(people: Arc<People>, hosts: Hosts) -> Self {
        Self {
            people,
            hosts,
            context: OnceLock::new(),
        }
    }

    /// Serves operations from now on.
    pub fn open(&self, context: Arc<Context>) {
        self.context.get_or_init(|| context);
    }
}

/// Serves every request under `/api/v1`.
pub async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    api: Data<Api>,
    issuer: Data<Issuer>,
    settings: Data<HttpSettings>,
) -> HttpResponse {
    let response = async {
        let mut payload = payload.into_inner();
        let setup = api.people.setup_needed();
        match run_operation(&request, &mut payload, &api, &issuer, &settings, setup).await {
            Ok(output) => response(output, None),
            Err(error) => {
                let mut response = error.response(setup);
                // A caller without authentication gets no second request that it could send slowly.
                if matches!(response.status().as_u16(), 401 | 410 | 421 | 429 | 503) {
                    response = reply::last(response);
                }
                reply::error_response_with(response, payload).await
            }
        }
    };
    let mut response = reply::finished(&request, response).await;
    secured(response.headers_mut());
    response
}

async fn run_operation(
    request: &HttpRequest,
    payload: &mut Payload,
    api: &Api,
    issuer: &Issuer,
    settings: &HttpSettings,
    setup: bool,
) -> Result<Output, ApiError> {
    if !api.hosts.knows(request) {
        return Err(ApiError::HostUnknown);
    }
    let (operation, captures) = match table::find(request.method().as_str(), request.path()) {
        Found::Operation(operation, captures) if !matches!(operation.reach, Reach::CommandLine(_)) => {
            (operation, captures)
        }
        Found::Methods(allow) => return Err(ApiError::Method(allow)),
        Found::Operation(..) | Found::Nothing => return Err(Problem::PathUnknown.into()),
    };
    request_log::operation(request, operation.path);
    let context = api.context.get().ok_or(ManageError::Busy)?;
    if setup && operation.role.is_some() {
        return Err(ApiError::SetupNeeded);
    }
    let principal = auth::principal(request, operation, api, issuer, clock::now())?;
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !principal.is_program() {
        auth::same_origin(request)?;
    }
    auth::allowed(&principal, operation)?;
    let body = body_read(request, payload, operation, settings).await?;
    let (sent, query) = (auth::sent(request), request.query_string().to_owned());
    let context = Arc::clone(context);
    let run = move || {
        let call = Call {
            context: &context,
            principal: &principal,
            captures: &captures,
            sent: &sent,
        };
        operation.run(&call, &query, &body)
    };
    let Ok(output) = request_log::block(run).await else {
        tracing::error!("an operation panicked; the client got a 500");
        return Err(Problem::Internal.into());
    };
    Ok(output?)
}

/// The body, which is JSON if there is one.
async fn body_read(
    request: &HttpRequest,
    payload: &mut Payload,
    operation: &Operation,
    settings: &HttpSettings,
) -> Result<Vec<u8>, ApiError> {
    let body = body::receive(request, payload, operation.max_body, settings).await?;
    if !body.is_empty() && !is_json(request) {
        return Err(ApiError::NotJson);
    }
    Ok(body)
}

/// Whether the content type is that of JSON.
fn is_json(request: &HttpRequest) -> bool {
    head::media(request.headers()) == Some(Media::Json)
}
