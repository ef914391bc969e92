//! Operations of people: coming in, their account, users, the audit log.

use super::super::{account, audit, session, users};
use super::{NOBODY, Operation, delete, get, patch, post, put};
use crate::domain::user::Role::{Administrator, Viewer};

/// By resource.
pub const OPERATIONS: &[Operation] = &[
    // Coming in.
    get("/session", NOBODY, "Who is logged in", session::show),
    post("/session", NOBODY, "Log in", session::login),
    delete("/session", NOBODY, "Log out", session::logout),
    post("/setup", NOBODY, "Use a set-up link", session::setup),
    post(
        "/session/confirm",
        Some(Viewer),
        "Prove once more who is logged in, for operations that ask for it",
        session::confirm,
    ),
    // Own account.
    get("/sessions", Some(Viewer), "Own sessions", account::sessions),
    delete(
        "/sessions/{id}",
        Some(Viewer),
        "End an own session",
        account::session_end,
    ),
    put("/password", Some(Viewer), "Change the own password", account::password),
    post(
        "/totp",
        Some(Viewer),
        "Begin an own second factor, with a code if one is on",
        account::totp_begin,
    ),
    put(
        "/totp",
        Some(Viewer),
        "Switch the own second factor on",
        account::totp_confirm,
    ),
    delete(
        "/totp",
        Some(Viewer),
        "Switch the own second factor off, with a code of it",
        account::totp_off,
    ),
    // Users.
    get("/users", Some(Administrator), "Everybody who can log in", users::list),
    post("/users", Some(Administrator), "Add somebody", users::add).confirmed(),
    patch(
        "/users/{id}",
        Some(Administrator),
        "Rename somebody, change their role, switch them",
        users::set,
    )
    .confirmed(),
    post(
        "/users/{id}/reset-link",
        Some(Administrator),
        "A link by which somebody sets a new password",
        users::reset_link,
    )
    .confirmed(),
    get(
        "/users/{id}/sessions",
        Some(Administrator),
        "Where somebody is logged in",
        users::sessions,
    ),
    delete(
        "/users/{id}/sessions/{session}",
        Some(Administrator),
        "End a session of somebody",
        users::session_end,
    ),
    // The audit log.
    get(
        "/audit",
        Some(Administrator),
        "Rows of the audit log, the newest first",
        audit::list,
    )
    .asks(&["by", "action", "text", "from", "to", "before", "limit"]),
    get(
        "/audit/export",
        Some(Administrator),
        "The audit log as CSV or NDJSON",
        audit::export,
    )
    .asks(&["format", "by", "action", "text", "from", "to"]),
    get(
        "/audit/verify",
        Some(Administrator),
        "Verify the chain of the audit log",
        audit::verify,
    ),
];
