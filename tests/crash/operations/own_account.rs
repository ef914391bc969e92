//! What people do with their own account, and how they come in.

use hookgate::clock;
use hookgate::manage::user::{password_change, session_confirm, totp_begin, totp_confirm, totp_off};
use hookgate::people::{Attempt, NewPassword};

use super::prepared::{HERE, attempt, password};
use super::table::{Operation, one};
use crate::totp::code;

/// Those of `src/manage`.
pub const MANAGED: &[Operation] = &[
    one("session_confirm", "by a recovery code", |site| {
        let live = site.session(&site.known.ben)?;
        let code = Some(site.known.recovery.as_str());
        Ok(session_confirm(&site.context, &live, &password("Ben"), code, HERE)?)
    })
    .that_hashes(),
    one("password_change", "which ends other sessions", |site| {
        let live = site.session(&site.known.ada)?;
        Ok(password_change(
            &site.context,
            &live,
            &password("Ada"),
            &password("else"),
            HERE,
        )?)
    })
    .that_hashes(),
    one("totp_begin", "in place of another, by a recovery code", |site| {
        let live = site.session(&site.known.ben)?;
        let code = Some(site.known.recovery.as_str());
        Ok(totp_begin(&site.context, &live, &password("Ben"), code, HERE).map(drop)?)
    })
    .that_hashes(),
    one("totp_confirm", "the first", |site| {
        let live = site.session(&site.known.ada)?;
        let begun = totp_begin(&site.context, &live, &password("Ada"), None, HERE)?;
        Ok(totp_confirm(&site.context, &live, &code(&begun.secret, 0)).map(drop)?)
    })
    .that_hashes(),
    one("totp_off", "by a recovery code", |site| {
        let live = site.session(&site.known.ben)?;
        let code = Some(site.known.recovery.as_str());
        Ok(totp_off(&site.context, &live, &password("Ben"), code, HERE)?)
    })
    .that_hashes(),
];

/// Those of `src/people`.
pub const OPERATIONS: &[Operation] = &[
    one("login", "by a recovery code, in place of another session", |site| {
        let password = password("Ben");
        let attempt = Attempt {
            code: Some(&site.known.recovery),
            cookie: Some(&site.known.ada),
            ..attempt("Ben", &password)
        };
        Ok(site.context.people.login(&attempt, clock::now()).map(drop)?)
    })
    .that_hashes(),
    one("login", "with a password of an old cost", |site| {
        let password = password("Vera");
        let people = &site.context.people;
        Ok(people.login(&attempt("Vera", &password), clock::now()).map(drop)?)
    })
    .that_hashes(),
    one("setup", "a new administrator", |site| {
        let new = NewPassword {
            name: "Dora",
            password: &password("Dora"),
            code: None,
            address: HERE,
            agent: "a browser",
            cookie: Some(&site.known.ada),
        };
        let people = &site.context.people;
        Ok(people.setup(&site.known.links[0], &new, clock::now()).map(drop)?)
    })
    .that_hashes(),
    one("setup", "a new password, with a recovery code", |site| {
        let new = NewPassword {
            name: "",
            password: &password("else"),
            code: Some(&site.known.recovery),
            address: HERE,
            agent: "a browser",
            cookie: None,
        };
        let people = &site.context.people;
        Ok(people.setup(&site.known.links[1], &new, clock::now()).map(drop)?)
    })
    .that_hashes(),
    one("sessions_end", "logging out", |site| {
        let live = site.session(&site.known.ben)?;
        let by = hookgate::domain::actor::Actor::User(live.user.id);
        let people = &site.context.people;
        Ok(people.sessions_end(by, vec![live.key], clock::now()).map(drop)?)
    }),
    one("sessions_expire", "one that is over", |site| {
        Ok(site.context.people.sessions_expire(clock::now()).map(drop)?)
    }),
];
