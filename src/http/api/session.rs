//! Coming in and going out.

use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::HandlerResult;
use super::auth::{COOKIE_NAME, Principal};
use super::input::Input;
use super::output::{created, json, nothing};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::time::Timestamp;
use crate::domain::user::{Password, Role};
use crate::manage::{Context, ManageError, user};
use crate::people::{ActiveSession, Attempt, LoginError, NewPassword};

#[derive(Serialize)]
struct SessionView<'a> {
    user: UserView<'a>,
    idle_seconds: u64,
    ends_on: Timestamp,
}

#[derive(Serialize)]
struct UserView<'a> {
    id: Uuid,
    name: &'a str,
    role: Role,
    totp: bool,
}

/// Who is logged in.
pub fn show(context: &Context, principal: &Principal, _: &Input) -> HandlerResult {
    match principal {
        Principal::User(live) => json(&view(context, live)),
        _ => Err(LoginError::Needed.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    name: String,
    password: Password,
    code: Option<String>,
}

/// Name, password and perhaps a code for a cookie.
pub fn login(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let login: Login = input.body()?;
    let attempt = Attempt {
        name: &login.name,
        password: &login.password,
        code: login.code.as_deref(),
        address: input.address,
        agent: &input.agent,
        cookie: input.cookie.as_deref(),
    };
    let started = context.people.login(&attempt, clock::now())?;
    let output = json(&view(context, &started.live))?;
    Ok(output.with(SET_COOKIE, cookie(&started.cookie)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setup {
    token: String,
    #[serde(default)]
    name: String,
    password: Password,
    code: Option<String>,
}

/// A set-up link for an account and a cookie.
pub fn setup(context: &Context, _: &Principal, input: &Input) -> HandlerResult {
    let setup: Setup = input.body()?;
    let new = NewPassword {
        name: &setup.name,
        password: &setup.password,
        code: setup.code.as_deref(),
        address: input.address,
        agent: &input.agent,
        cookie: input.cookie.as_deref(),
    };
    let started = context.people.setup(&setup.token, &new, clock::now())?;
    let output = created(&view(context, &started.live))?;
    Ok(output.with(SET_COOKIE, cookie(&started.cookie)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    password: Password,
    code: Option<String>,
}

/// Asks for the password, and a code if needed, for operations that require confirmation.
pub fn confirm(context: &Context, principal: &Principal, input: &Input) -> HandlerResult {
    let live = principal.live()?;
    let proof: Proof = input.body()?;
    user::session_confirm(context, live, &proof.password, proof.code.as_deref(), input.address)?;
    nothing()
}

/// Ends the session, and has the browser forget what it kept. That there was none is no fault.
pub fn logout(context: &Context, principal: &Principal, _: &Input) -> HandlerResult {
    if let Principal::User(live) = principal {
        let by = Actor::User(live.user.id);
        context.people.sessions_end(by, vec![live.key], clock::now())?;
    }
    let forget = format!("{COOKIE_NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
    let all = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    Ok(nothing()?
        .with(SET_COOKIE, header(&forget)?)
        .with(HeaderName::from_static("clear-site-data"), all))
}

fn view<'a>(context: &Context, live: &'a ActiveSession) -> SessionView<'a> {
    SessionView {
        user: UserView {
            id: live.user.id,
            name: &live.user.name,
            role: live.user.role,
            totp: live.user.totp.is_some(),
        },
        idle_seconds: context.people.policy().idle.as_secs(),
        ends_on: live.ends_on,
    }
}

/// Without an expiry: the server knows when the session ends.
fn cookie(value: &str) -> Result<HeaderValue, ManageError> {
    header(&format!(
        "{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict"
    ))
}

fn header(text: &str) -> Result<HeaderValue, ManageError> {
    // Random characters of base64 and constants: always one.
    HeaderValue::from_str(text).map_err(|_| ManageError::Stopped)
}
