//! Coming in and going out.

use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Answered;
use super::auth::{COOKIE_NAME, Who};
use super::input::Input;
use super::output::{created, json, nothing};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::person::{Password, Role};
use crate::domain::time::Timestamp;
use crate::manage::{Context, ManageError, person};
use crate::people::{Attempt, Live, LoginError, NewPassword};

#[derive(Serialize)]
struct SessionView<'a> {
    person: PersonView<'a>,
    idle_seconds: u64,
    ends_on: Timestamp,
}

#[derive(Serialize)]
struct PersonView<'a> {
    id: Uuid,
    name: &'a str,
    role: Role,
    totp: bool,
}

/// Who is logged in.
pub fn show(context: &Context, who: &Who, _: &Input) -> Answered {
    match who {
        Who::Person(live) => json(&view(context, live)),
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
pub fn login(context: &Context, _: &Who, input: &Input) -> Answered {
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
pub fn setup(context: &Context, _: &Who, input: &Input) -> Answered {
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

/// Password and perhaps a code once more, for operations that ask for them.
pub fn confirm(context: &Context, who: &Who, input: &Input) -> Answered {
    let live = who.live()?;
    let proof: Proof = input.body()?;
    person::session_confirm(context, live, &proof.password, proof.code.as_deref(), input.address)?;
    nothing()
}

/// Ends the session, and has the browser forget what it kept. That there was none is no fault.
pub fn logout(context: &Context, who: &Who, _: &Input) -> Answered {
    if let Who::Person(live) = who {
        let by = Actor::Person(live.person.id);
        context.people.sessions_end(by, vec![live.key], clock::now())?;
    }
    let forget = format!("{COOKIE_NAME}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
    let all = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    Ok(nothing()?
        .with(SET_COOKIE, header(&forget)?)
        .with(HeaderName::from_static("clear-site-data"), all))
}

fn view<'a>(context: &Context, live: &'a Live) -> SessionView<'a> {
    SessionView {
        person: PersonView {
            id: live.person.id,
            name: &live.person.name,
            role: live.person.role,
            totp: live.person.totp.is_some(),
        },
        idle_seconds: context.people.policy().idle.as_secs(),
        ends_on: live.ends_on,
    }
}

/// Without an end of its own: the server knows when the session ends.
fn cookie(value: &str) -> Result<HeaderValue, ManageError> {
    header(&format!(
        "{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict"
    ))
}

fn header(text: &str) -> Result<HeaderValue, ManageError> {
    // Random characters of base64 and constants: always one.
    HeaderValue::from_str(text).map_err(|_| ManageError::Stopped)
}
