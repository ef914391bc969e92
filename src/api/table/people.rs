//! Operations of people: coming in, their account, users, the audit log.

use super::{NOBODY, Operation, delete, get, patch, post, put};
use crate::api::{account, audit, session, users};
use crate::domain::user::Role::{Administrator, Viewer};
use crate::manage::user::UserView;

/// By resource.
pub fn operations() -> Vec<Operation> {
    vec![
        // Coming in.
        get("/session", NOBODY, "Who is logged in").runs(session::show),
        post("/session", NOBODY, "Log in").takes(session::login),
        delete("/session", NOBODY, "Log out").runs(session::logout),
        post("/setup", NOBODY, "Use a set-up link").takes(session::setup),
        post(
            "/session/confirm",
            Some(Viewer),
            "Prove once more who is logged in, for operations that ask for it",
        )
        .takes(account::confirm),
        // Own account.
        get("/sessions", Some(Viewer), "Own sessions").runs(account::sessions),
        delete("/sessions/{id}", Some(Viewer), "End an own session").runs(account::session_end),
        put("/password", Some(Viewer), "Change the own password").takes(account::password),
        post(
            "/totp",
            Some(Viewer),
            "Begin an own second factor, with a code if one is on",
        )
        .takes(account::totp_begin),
        put("/totp", Some(Viewer), "Switch the own second factor on").takes(account::totp_confirm),
        delete(
            "/totp",
            Some(Viewer),
            "Switch the own second factor off, with a code of it",
        )
        .takes(account::totp_off),
        // Users.
        get("/users", Some(Administrator), "Everybody who can log in").runs(users::list),
        post("/users", Some(Administrator), "Add somebody")
            .takes(users::add)
            .confirmed(),
        patch(
            "/users/{id}",
            Some(Administrator),
            "Rename somebody, change their role, switch them",
        )
        .patches::<UserView, _, _>(users::set)
        .confirmed(),
        post(
            "/users/{id}/reset-link",
            Some(Administrator),
            "A link by which somebody sets a new password",
        )
        .runs(users::reset_link)
        .confirmed(),
        get(
            "/users/{id}/sessions",
            Some(Administrator),
            "Where somebody is logged in",
        )
        .runs(users::sessions),
        delete(
            "/users/{id}/sessions/{session}",
            Some(Administrator),
            "End a session of somebody",
        )
        .runs(users::session_end),
        // The audit log.
        get("/audit", Some(Administrator), "Rows of the audit log, the newest first").asks(audit::list),
        get("/audit/export", Some(Administrator), "The audit log as CSV or NDJSON").asks(audit::export),
        get(
            "/audit/verify",
            Some(Administrator),
            "Verify the chain of the audit log",
        )
        .runs(audit::verify),
    ]
}
