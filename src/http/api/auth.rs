//! Who asks, whether they may, and that no other page asks in their name.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HOST, HeaderMap, HeaderName, ORIGIN};

use super::problem::ApiError;
use super::table::Operation;
use super::{Api, is_json};
use crate::domain::actor::Actor;
use crate::domain::client::{SCOPE_API, SCOPE_API_ADMIN};
use crate::domain::time::Timestamp;
use crate::domain::user::Role;
use crate::http::bearer;
use crate::http::problem::Problem;
use crate::identity::{BearerError, Issuer, Resource};
use crate::manage::ManageError;
use crate::people::{ActiveSession, LoginError};

/// The session cookie. The prefix makes browsers keep it to this host, and to TLS.
pub const COOKIE_NAME: &str = "__Host-sid";

/// The caller of an operation.
#[derive(Debug, Clone)]
pub enum Principal {
    /// A caller without session and token.
    Anonymous,
    /// A user with a session.
    User(ActiveSession),
    /// A program with an access token, which acts as a technical user.
    Program {
        actor: Actor,
        /// As its scopes say.
        role: Role,
    },
}

impl Principal {
    /// Whom changes are made by.
    pub fn actor(&self) -> Actor {
        match self {
            // No operation that a stranger may use names who made a change.
            Self::Anonymous => Actor::System,
            Self::User(live) => Actor::User(live.user.id),
            Self::Program { actor, .. } => *actor,
        }
    }

    /// What they may do.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Anonymous => None,
            Self::User(live) => Some(live.user.role),
            Self::Program { role, .. } => Some(*role),
        }
    }

    /// Whether it is a program: it has no session, and no browser that could be made to ask.
    pub const fn is_program(&self) -> bool {
        matches!(self, Self::Program { .. })
    }

    /// Whether they proved their identity a short time ago. A token is such a proof: it lives for
    /// minutes, and a client without a secret gets no new one.
    pub const fn is_proved(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::User(live) => live.proved,
            Self::Program { .. } => true,
        }
    }

    /// The session, for what people do with their own account.
    ///
    /// # Errors
    /// For programs: they have none.
    pub fn live(&self) -> Result<&ActiveSession, ManageError> {
        match self {
            Self::User(live) => Ok(live),
            Self::Anonymous => Err(LoginError::Needed.into()),
            Self::Program { .. } => Err(ManageError::Invalid {
                what: "account",
                problem: "programs have none; this is for people who are logged in".to_owned(),
            }),
        }
    }
}

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
            tracing::error!(%error, "a session could not be looked up");
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
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
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
