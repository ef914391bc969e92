//! All operations: their routes, the `OpenAPI` document and the authorization test are made of
//! this table. An operation that is not here does not exist.

use actix_web::http::Method;

use super::auth::Who;
use super::input::{Captures, Input};
use super::{
    Answered, about, account, audit, clients, entities, events, grants, objects, overview, processes, records,
    retention, schedule, session, settings, signing_keys, sources, technical_users, users, webhooks,
};
use crate::domain::person::Role;
use crate::manage::Context;

use Role::{Administrator, Operator, Viewer};

/// What all paths of the table begin with.
pub const BASE: &str = "/api/v1";

/// The longest body of most operations.
const BODY: usize = 64 * 1024;

/// The longest definition.
const DEFINITION: usize = 8 * 1024 * 1024;

/// Does the work, in a thread that may block.
pub type Handler = fn(&Context, &Who, &Input) -> Answered;

/// One method of one path.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its method.
    pub method: Verb,
    /// Its path below [`BASE`]; `{name}` stands for one part.
    pub path: &'static str,
    /// The least role that may; none for everybody, also who is not logged in.
    pub role: Option<Role>,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Names of the query parameters that it knows.
    pub query: &'static [&'static str],
    /// The longest body.
    pub body_most: usize,
    /// Whether it takes a proof of who asks that is a few minutes old at most: it shows a secret
    /// or makes a way in.
    pub confirm: bool,
    /// Whether browsers ask it by themselves, without the header that says so: it is no use of the
    /// session.
    pub unattended: bool,
    /// Its handler.
    pub run: Handler,
}

/// The methods there are; HEAD is as GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// As HTTP writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

const NOBODY: Option<Role> = None;

/// The table, by resource.
pub static OPERATIONS: &[Operation] = &[
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
    // Set-up: objects.
    get("/objects", Some(Viewer), "All objects", objects::list),
    get(
        "/objects/{code}",
        Some(Viewer),
        "One object with its columns",
        objects::show,
    ),
    get(
        "/definition",
        Some(Viewer),
        "The definition of all objects, or of those named",
        objects::export,
    )
    .asks(&["objects"]),
    post(
        "/definition",
        Some(Administrator),
        "Apply a definition, or say what that would change",
        objects::apply,
    )
    .takes(DEFINITION),
    // Set-up: webhook entities.
    get("/entities", Some(Viewer), "The Webhook entities lookup", entities::list),
    put(
        "/entities/{code}",
        Some(Administrator),
        "Register an object as a webhook entity",
        entities::add,
    ),
    delete(
        "/entities/{code}",
        Some(Administrator),
        "Take an object out of the lookup",
        entities::remove,
    ),
    // Set-up: webhook sources.
    get("/sources", Some(Viewer), "All webhook sources", sources::list),
    post("/sources", Some(Administrator), "Make a webhook source", sources::add),
    get(
        "/sources/{name}",
        Some(Viewer),
        "One webhook source; administrators see its Webhook URL shortly after a proof of who they are",
        sources::show,
    ),
    post(
        "/sources/{name}/reveal",
        Some(Administrator),
        "One webhook source with its Webhook URL",
        sources::reveal,
    )
    .confirmed(),
    patch(
        "/sources/{name}",
        Some(Administrator),
        "Change a webhook source, switch it",
        sources::set,
    ),
    post(
        "/sources/{name}/rotate-key",
        Some(Administrator),
        "Give a webhook source a new key",
        sources::rotate_key,
    )
    .confirmed(),
    post(
        "/sources/{name}/test",
        Some(Operator),
        "Send a test webhook and wait until it is processed",
        sources::test,
    )
    .takes(sources::TEST_BODY),
    // Set-up: retention.
    get(
        "/retention",
        Some(Viewer),
        "How long webhooks are kept",
        retention::show,
    ),
    put(
        "/retention",
        Some(Administrator),
        "Change how long webhooks are kept",
        retention::set,
    ),
    get(
        "/retention/preview",
        Some(Viewer),
        "What the next run will delete",
        retention::preview,
    ),
    post(
        "/retention/run",
        Some(Administrator),
        "Delete webhooks past their time now",
        retention::run,
    ),
    // Set-up: technical users and permissions.
    get(
        "/technical-users",
        Some(Viewer),
        "All technical users",
        technical_users::list,
    ),
    post(
        "/technical-users",
        Some(Administrator),
        "Make a technical user",
        technical_users::add,
    ),
    patch(
        "/technical-users/{code}",
        Some(Administrator),
        "Rename a technical user, switch it, give or take OData",
        technical_users::set,
    ),
    get(
        "/grants",
        Some(Viewer),
        "All object operation permissions",
        grants::list,
    ),
    put(
        "/grants/{user}/{object}",
        Some(Administrator),
        "Set what a technical user may do with records of an object",
        grants::set,
    ),
    // Set-up: OAuth clients and signing keys.
    get("/clients", Some(Viewer), "All OAuth clients", clients::list),
    post(
        "/clients",
        Some(Administrator),
        "Make an OAuth client; its secret stands in the answer",
        clients::add,
    )
    .confirmed(),
    get("/clients/{client_id}", Some(Viewer), "One OAuth client", clients::show),
    patch(
        "/clients/{client_id}",
        Some(Administrator),
        "Change an OAuth client, switch it",
        clients::set,
    )
    .confirmed(),
    delete(
        "/clients/{client_id}",
        Some(Administrator),
        "Delete an OAuth client and end its tokens",
        clients::remove,
    ),
    post(
        "/clients/{client_id}/secrets",
        Some(Administrator),
        "Make a new secret, which stands in the answer",
        clients::secret_add,
    )
    .confirmed(),
    delete(
        "/clients/{client_id}/secrets/{id}",
        Some(Administrator),
        "Take a secret no more",
        clients::secret_remove,
    ),
    put(
        "/clients/{client_id}/keys",
        Some(Administrator),
        "Replace the public keys of an OAuth client",
        clients::keys_set,
    )
    .takes(2 * BODY)
    .confirmed(),
    post(
        "/clients/{client_id}/end-tokens",
        Some(Administrator),
        "End all tokens of an OAuth client",
        clients::tokens_end,
    ),
    get(
        "/signing-keys",
        Some(Viewer),
        "The keys that access tokens are signed with",
        signing_keys::list,
    ),
    post(
        "/signing-keys/rotate",
        Some(Administrator),
        "Make new signing keys",
        signing_keys::rotate,
    )
    .confirmed(),
    // Set-up: processes, system settings, schedule, about.
    get("/processes", Some(Viewer), "All processes", processes::list),
    put(
        "/processes/{code}",
        Some(Administrator),
        "Switch a process",
        processes::set,
    ),
    get(
        "/settings",
        Some(Viewer),
        "All system settings; secrets are masked",
        settings::list,
    ),
    post(
        "/settings/{code}/reveal",
        Some(Administrator),
        "One system setting in the clear",
        settings::reveal,
    )
    .confirmed(),
    get(
        "/schedule",
        Some(Viewer),
        "What happens by the clock, and when next",
        schedule::list,
    ),
    post(
        "/schedule/{task}/run",
        Some(Administrator),
        "Run a task now",
        schedule::run,
    ),
    get(
        "/about",
        Some(Viewer),
        "Version, licences, since when it runs",
        about::show,
    ),
    // Data: overview and health.
    get(
        "/overview",
        Some(Viewer),
        "What is set up, and what needs attention",
        overview::show,
    ),
    get(
        "/health",
        Some(Viewer),
        "Whether the server does its work",
        overview::health,
    ),
    get(
        "/health/oauth",
        Some(Viewer),
        "Whether programs can get tokens",
        overview::oauth,
    ),
    // Data: webhooks.
    get(
        "/webhooks",
        Some(Viewer),
        "Webhooks that match, the newest first",
        webhooks::list,
    )
    .asks(&[
        "status",
        "source",
        "entity",
        "outcome",
        "made_record",
        "from",
        "to",
        "text",
        "before",
        "limit",
    ]),
    get(
        "/webhooks/count",
        Some(Viewer),
        "How many webhooks match, by status",
        webhooks::count,
    )
    .asks(WEBHOOK_FILTER),
    get(
        "/webhooks/chart",
        Some(Viewer),
        "How many webhooks arrived, by hour or day",
        webhooks::chart,
    )
    .asks(&["from", "to", "step"]),
    get(
        "/webhooks/export",
        Some(Viewer),
        "All webhooks that match, as CSV or NDJSON",
        webhooks::export,
    )
    .asks(&[
        "format",
        "status",
        "source",
        "entity",
        "outcome",
        "made_record",
        "from",
        "to",
        "text",
    ]),
    post(
        "/webhooks/replay",
        Some(Operator),
        "Process all webhooks again that match, those that made a record only with again; a line for each step",
        webhooks::replay_all,
    ),
    post(
        "/webhooks/delete",
        Some(Administrator),
        "Delete all webhooks that match; a line for each step",
        webhooks::remove_all,
    ),
    get(
        "/webhooks/{id}",
        Some(Viewer),
        "One webhook with everything about it",
        webhooks::show,
    ),
    delete(
        "/webhooks/{id}",
        Some(Administrator),
        "Delete one webhook; its records stay",
        webhooks::remove,
    ),
    get(
        "/webhooks/{id}/body",
        Some(Viewer),
        "The body as it arrived",
        webhooks::body,
    ),
    post(
        "/webhooks/{id}/replay",
        Some(Operator),
        "Process one webhook again",
        webhooks::replay,
    ),
    post(
        "/webhooks/{id}/copy",
        Some(Operator),
        "Take in an edited copy of a webhook",
        webhooks::copy,
    )
    .takes(webhooks::COPY_BODY),
    get(
        "/events",
        Some(Viewer),
        "What arrives and changes, as server-sent events",
        events::watch,
    )
    .unattended(),
    // Data: records.
    get(
        "/objects/{code}/records",
        Some(Viewer),
        "Records of an object that match",
        records::list,
    )
    .asks(&["filter", "order", "before", "limit"]),
    get(
        "/objects/{code}/records/export",
        Some(Viewer),
        "Records of an object that match, as CSV",
        records::export,
    )
    .asks(&["format", "filter", "order"]),
    get(
        "/objects/{code}/records/{id}",
        Some(Viewer),
        "One record with what its lookups refer to",
        records::show,
    ),
    patch(
        "/objects/{code}/records/{id}",
        Some(Operator),
        "Give a record other values",
        records::set,
    )
    .takes(records::EDIT_BODY),
    delete(
        "/objects/{code}/records/{id}",
        Some(Administrator),
        "Delete a record",
        records::remove,
    ),
    get(
        "/objects/{code}/options",
        Some(Viewer),
        "Choices for a lookup, by a part of their name",
        records::options,
    )
    .asks(&["text"]),
];

/// What webhooks can be filtered by.
const WEBHOOK_FILTER: &[&str] = &[
    "status",
    "source",
    "entity",
    "outcome",
    "made_record",
    "from",
    "to",
    "text",
];

/// What is at a path.
pub enum Found {
    /// An operation, and the parts of the path that stand for its names.
    Operation(&'static Operation, Captures),
    /// Other methods only.
    Methods(String),
    /// Nothing.
    Nothing,
}

/// The operation of a request.
pub fn find(method: &Method, path: &str) -> Found {
    let Some(path) = path.strip_prefix(BASE) else {
        return Found::Nothing;
    };
    let method = if *method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    let mut allow: Vec<&str> = Vec::new();
    for operation in OPERATIONS {
        let Some(captures) = matched(operation.path, path) else {
            continue;
        };
        if operation.method.name() == method {
            return Found::Operation(operation, captures);
        }
        allow.push(operation.method.name());
    }
    if allow.is_empty() {
        Found::Nothing
    } else {
        Found::Methods(allow.join(", "))
    }
}

fn matched(pattern: &'static str, path: &str) -> Option<Captures> {
    let mut captures = Captures::default();
    let mut parts = path.split('/');
    for expected in pattern.split('/') {
        let part = parts.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !part.is_empty() => captures.put(name, part)?,
            None if expected == part => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(captures)
}

const fn operation(
    method: Verb,
    path: &'static str,
    role: Option<Role>,
    summary: &'static str,
    run: Handler,
) -> Operation {
    Operation {
        method,
        path,
        role,
        summary,
        query: &[],
        body_most: BODY,
        confirm: false,
        unattended: false,
        run,
    }
}

const fn get(path: &'static str, role: Option<Role>, summary: &'static str, run: Handler) -> Operation {
    operation(Verb::Get, path, role, summary, run)
}

const fn post(path: &'static str, role: Option<Role>, summary: &'static str, run: Handler) -> Operation {
    operation(Verb::Post, path, role, summary, run)
}

const fn put(path: &'static str, role: Option<Role>, summary: &'static str, run: Handler) -> Operation {
    operation(Verb::Put, path, role, summary, run)
}

const fn patch(path: &'static str, role: Option<Role>, summary: &'static str, run: Handler) -> Operation {
    operation(Verb::Patch, path, role, summary, run)
}

const fn delete(path: &'static str, role: Option<Role>, summary: &'static str, run: Handler) -> Operation {
    operation(Verb::Delete, path, role, summary, run)
}

impl Operation {
    /// With these query parameters.
    const fn asks(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// With bodies of up to so many bytes.
    const fn takes(self, body_most: usize) -> Self {
        Self { body_most, ..self }
    }

    /// Only a short time after a proof of who asks.
    const fn confirmed(self) -> Self {
        Self { confirm: true, ..self }
    }

    /// Asked by browsers by themselves.
    const fn unattended(self) -> Self {
        Self {
            unattended: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_of_each_path_is_there_once() {
        let mut known = std::collections::HashSet::new();
        for operation in OPERATIONS {
            assert!(operation.path.starts_with('/') && !operation.path.ends_with('/'));
            assert!(!operation.summary.is_empty());
            assert!(known.insert((operation.method, operation.path)), "{}", operation.path);
            let path = format!("{BASE}{}", operation.path.replace(['{', '}'], ""));
            let Found::Operation(found, _) =
                find(&Method::from_bytes(operation.method.name().as_bytes()).unwrap(), &path)
            else {
                panic!("{path} is not found")
            };
            assert_eq!(found.path, operation.path, "{path} is hidden by another one");
        }
    }

    #[test]
    fn paths_are_matched_whole() {
        for (path, expected) in [
            ("/api/v1/users/a%20b/reset-link", Some("/users/{id}/reset-link")),
            ("/api/v1/users", None),
            ("/api/v1/users/", None),
            ("/api/v1/users//reset-link", None),
            ("/api/v1/users/a/reset-link/", None),
            ("/api/v1/users/%ff/reset-link", None),
            ("/api/v2/users/a/reset-link", None),
        ] {
            let found = match find(&Method::POST, path) {
                Found::Operation(operation, _) if operation.path.contains('{') => Some(operation.path),
                _ => None,
            };
            assert_eq!(found, expected, "{path}");
        }
        let Found::Operation(_, captures) = find(&Method::PATCH, "/api/v1/users/a%2Fb") else {
            panic!("not found")
        };
        assert_eq!(captures.get("id"), Some("a/b"));
        assert!(matches!(find(&Method::DELETE, "/api/v1/users"), Found::Methods(allow) if allow == "GET, POST"));
    }
}
