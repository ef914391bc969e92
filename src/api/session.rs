//! Logging in and out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::{Created, Json, Nothing, WithHeaders};
use super::{Call, Principal, Reply};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, Role};
use crate::manage::Context;
use crate::people::{ActiveSession, Attempt, LoginError, NewPassword};

/// The session cookie. The prefix makes browsers keep it to this host, and to TLS.
pub const COOKIE_NAME: &str = "__Host-sid";

/// The current session.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnSession")]
pub struct SessionView {
    user: UserView,
    /// The number of seconds without a request after which the session ends.
    idle_seconds: u64,
    ends_on: Timestamp,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnUser")]
struct UserView {
    id: Uuid,
    name: String,
    role: Role,
    /// Whether the second factor is enabled.
    totp: bool,
}

/// Who is logged in.
pub fn show(call: &Call<'_>) -> Reply<Json<SessionView>> {
    match call.principal {
        Principal::User(live) => Ok(Json(view(call.context, live))),
        _ => Err(LoginError::Needed.into()),
    }
}

/// What a user proves their identity with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    name: String,
    password: Password,
    /// Of the second factor, or a recovery code.
    code: Option<String>,
}

/// Name, password and perhaps a code for a cookie.
pub fn login(call: &Call<'_>, login: Login) -> Reply<WithHeaders<Json<SessionView>>> {
    let attempt = Attempt {
        name: &login.name,
        password: &login.password,
        code: login.code.as_deref(),
        address: call.address(),
        agent: &call.sent.agent,
        cookie: call.sent.cookie.as_deref(),
    };
    let started = call.context.people.login(&attempt, clock::now())?;
    let session = view(call.context, &started.live);
    Ok(WithHeaders(Json(session), vec![cookie(&started.cookie)]))
}

/// A set-up link with the new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The last part of the set-up link.
    token: String,
    /// For a new administrator.
    #[serde(default)]
    name: String,
    password: Password,
    code: Option<String>,
}

/// A set-up link for an account and a cookie.
pub fn setup(call: &Call<'_>, setup: Setup) -> Reply<WithHeaders<Created<SessionView>>> {
    let new = NewPassword {
        name: &setup.name,
        password: &setup.password,
        code: setup.code.as_deref(),
        address: call.address(),
        agent: &call.sent.agent,
        cookie: call.sent.cookie.as_deref(),
    };
    let started = call.context.people.setup(&setup.token, &new, clock::now())?;
    let session = view(call.context, &started.live);
    Ok(WithHeaders(Created(session), vec![cookie(&started.cookie)]))
}

/// Ends the session, and makes the browser delete what it stored. It is no error if there is none.
pub fn logout(call: &Call<'_>) -> Reply<WithHeaders<Nothing>> {
    if let Principal::User(live) = call.principal {
        let by = Actor::User(live.user.id);
        call.context.people.sessions_end(by, vec![live.key], clock::now())?;
    }
    let forget = format!("{COOKIE_NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
    let all = "\"cache\", \"cookies\", \"storage\"".to_owned();
    let headers = vec![("set-cookie", forget), ("clear-site-data", all)];
    Ok(WithHeaders(Nothing, headers))
}

fn view(context: &Context, live: &ActiveSession) -> SessionView {
    SessionView {
        user: UserView {
            id: live.user.id,
            name: live.user.name.clone(),
            role: live.user.role,
            totp: live.user.totp.is_some(),
        },
        idle_seconds: context.people.policy().idle.as_secs(),
        ends_on: live.ends_on,
    }
}

/// Without an expiry: the server knows when the session ends.
fn cookie(value: &str) -> (&'static str, String) {
    let cookie = format!("{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict");
    ("set-cookie", cookie)
}
