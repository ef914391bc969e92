//! Operations of people: coming in, their account, users, the audit log.

use super::{NOBODY, Operation, delete, get, patch, post, put};
use crate::api::{account, audit, session, users};
use crate::domain::user::Role::{Administrator, Viewer};
use crate::manage::user::UserView;

/// Why the command line has no operations of one's own account.
const SESSION: &str = "the command line has no session and no account";

/// By resource.
pub fn operations() -> Vec<Operation> {
    vec![
        // Coming in.
        get("/session", NOBODY, "Get the current user")
            .runs(session::show)
            .network_only(SESSION),
        post("/session", NOBODY, "Log in")
            .takes(session::login)
            .network_only(SESSION),
        delete("/session", NOBODY, "Log out")
            .runs(session::logout)
            .network_only(SESSION),
        post("/setup", NOBODY, "Set a password with a set-up link")
            .takes(session::setup)
            .network_only(SESSION),
        post(
            "/session/confirm",
            Some(Viewer),
            "Confirm the identity of the current user, for operations that require it",
        )
        .takes(account::confirm)
        .network_only(SESSION),
        // Own account.
        get("/sessions", Some(Viewer), "List the current user's sessions")
            .runs(account::sessions)
            .network_only(SESSION),
        delete("/sessions/{id}", Some(Viewer), "End a session of the current user")
            .runs(account::session_end)
            .network_only(SESSION),
        put("/password", Some(Viewer), "Change the current user's password")
            .takes(account::password)
            .network_only(SESSION),
        post(
            "/totp",
            Some(Viewer),
            "Start to set up a second factor for the current user; with a code if one is enabled",
        )
        .takes(account::totp_begin)
        .network_only(SESSION),
        put("/totp", Some(Viewer), "Enable the current user's second factor")
            .takes(account::totp_confirm)
            .network_only(SESSION),
        delete(
            "/totp",
            Some(Viewer),
            "Disable the current user's second factor, with one of its codes",
        )
        .takes(account::totp_off)
        .network_only(SESSION),
        // Users.
        get("/users", Some(Administrator), "List all users").runs(users::list),
        post("/users", Some(Administrator), "Add a user")
            .takes(users::add)
            .confirmed(),
        patch(
            "/users/{id}",
            Some(Administrator),
            "Edit a user: name, role, enabled or disabled",
        )
        .patches::<UserView, _, _>(users::set)
        .confirmed(),
        post(
            "/users/{id}/reset-link",
            Some(Administrator),
            "Create a link with which a user sets a new password",
        )
        .runs(users::reset_link)
        .confirmed(),
        put(
            "/users/{id}/password",
            Some(Administrator),
            "Set the password of a user and end their sessions",
        )
        .takes(users::password_set)
        .confirmed(),
        post(
            "/setup-link",
            Some(Administrator),
            "A link by which a new administrator is added",
        )
        .runs(users::setup_link)
        .command_line_only("administrators of the page add users with a role"),
        get(
            "/login-sessions",
            Some(Administrator),
            "Where users are logged in: all of them, or one",
        )
        .asks(users::sessions),
        delete("/login-sessions/{id}", Some(Administrator), "End a session of a user").runs(users::session_end),
        delete("/login-sessions", Some(Administrator), "End all sessions of a user").asks(users::sessions_end),
        // The audit log.
        get(
            "/audit",
            Some(Administrator),
            "List rows of the audit log, newest first",
        )
        .asks(audit::list),
        get(
            "/audit/export",
            Some(Administrator),
            "Export the audit log as CSV or NDJSON",
        )
        .asks(audit::export),
        get(
            "/audit/verify",
            Some(Administrator),
            "Verify the chain of the audit log",
        )
        .runs(audit::verify),
    ]
}
