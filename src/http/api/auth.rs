//! Who asks, whether they may, and that no other page asks in their name.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HOST, HeaderMap, HeaderName, ORIGIN, USER_AGENT};

use super::problem::ApiError;
use super::{Api, is_json};
use crate::api::{COOKIE_NAME, Operation, Principal, Sent};
use crate::domain::client::{SCOPE_API, SCOPE_API_ADMIN};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::http::problem::Problem;
use crate::http::{bearer, head};
use crate::identity::{BearerError, Issuer, Resource};
use crate::manage::ManageError;
use crate::people::LoginError;

/// The header of requests that the page sends without user action, such as polling.
const BACKGROUND: &str = "x-hookgate-background";

/// Finds out who asks: by the token in the Authorization header if there is one, else by cookie.
pub fn principal(
    request: &HttpRequest,
    operation: &Operation,
    api: &Api,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Principal, ApiError> {
    match bearer::token(request.headers()) {
        Ok(token) => {
            let caller = issuer.verify(token, Resource::Api);
            let caller = caller.map_err(Problem::Token)?;
            let role = if caller.has_scope(SCOPE_API_ADMIN) {
                Role::Administrator
            } else if caller.has_scope(SCOPE_API) {
                Role::Operator
            } else {
                return Err(Problem::Token(BearerError::Scope(SCOPE_API)).into());
            };
            let actor = caller.actor();
            return Ok(Principal::Program { actor, role });
        }
        Err(BearerError::Missing) => {}
        Err(error) => return Err(Problem::Token(error).into()),
    }
    let Some(cookie) = cookie(request.headers()) else {
        return Ok(Principal::Anonymous);
    };
    // A caller that sends the header without need makes its session end earlier, never later.
    let marked = request.headers().get(BACKGROUND).is_some_and(|value| value == "1");
    let found = if marked || operation.unattended {
        api.people.session_peek(cookie, now)
    } else {
        api.people.session_live(cookie, now)
    };
    match found {
        Ok(live) => Ok(live.map_or(Principal::Anonymous, Principal::User)),
        Err(error) => {
            tracing::error!(%error, "a session cannot be read");
            Err(ManageError::Store(error).into())
        }
    }
}

/// Whether they may do this.
pub fn allowed(principal: &Principal, operation: &Operation) -> Result<(), ApiError> {
    let Some(needed) = operation.role else { return Ok(()) };
    let error = match principal.role() {
        Some(role) if role >= needed && (principal.is_proved() || !operation.confirm) => return Ok(()),
        Some(role) if role >= needed => LoginError::ConfirmNeeded.into(),
        None => LoginError::Needed.into(),
        Some(_) if principal.is_program() => {
            return Err(Problem::Token(BearerError::Scope(SCOPE_API_ADMIN)).into());
        }
        Some(_) => ManageError::Role { needed: needed.name() },
    };
    Err(ApiError::Manage(error))
}

/// What changes something must come from a page of this server: browsers say where a page is
/// from, and let no other page send these headers without asking first, which is never allowed.
pub fn same_origin(request: &HttpRequest) -> Result<(), ApiError> {
    let headers = request.headers();
    let header = |name: HeaderName| head::text(headers, name);
    let site = header(HeaderName::from_static("sec-fetch-site"));
    let from_here = match site {
        Some(site) => site == "same-origin",
        None => header(ORIGIN).is_some_and(|origin| {
            let scheme = if request.app_config().secure() { "https" } else { "http" };
            header(HOST).is_some_and(|host| origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")))
        }),
    };
    let marked = header(HeaderName::from_static("x-hookgate")) == Some("1");
    if from_here && marked && is_json(request) {
        return Ok(());
    }
    Err(ApiError::Origin)
}

/// What the session cookie holds.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
    let mut found = all
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE_NAME);
    let (_, value) = found.next()?;
    // Two session cookies: an attack.
    found.next().is_none().then_some(value)
}

/// Facts of the request that carries a call.
pub fn sent(request: &HttpRequest) -> Sent {
    let agent = request.headers().get(USER_AGENT);
    Sent {
        address: Some(address(request)),
        agent: agent
            .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned())
            .unwrap_or_default(),
        cookie: cookie(request.headers()).map(str::to_owned),
        last_event: last_event(request),
    }
}

/// The address of the other side. Headers that name another one are not believed.
fn address(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical())
}

fn last_event(request: &HttpRequest) -> Option<u64> {
    head::text(request.headers(), "last-event-id")?.parse().ok()
}
