//! All operations: their routes, the `OpenAPI` document and the authorization test are made of
//! this table. An operation that is not here does not exist.

mod data;
mod people;
mod setup;

use actix_web::http::Method;

use super::HandlerResult;
use super::auth::Principal;
use super::input::{Captures, Input};
use crate::domain::user::Role;
use crate::manage::Context;

/// What all paths of the table begin with.
pub const BASE: &str = "/api/v1";

/// The longest body of most operations.
const BODY: usize = 64 * 1024;

/// The longest definition.
const DEFINITION: usize = 8 * 1024 * 1024;

/// Does the work, in a thread that may block.
pub type Handler = fn(&Context, &Principal, &Input) -> HandlerResult;

/// One method of one path.
#[derive(Clone, Copy)]
pub struct Operation {
    pub method: Verb,
    /// The path below [`BASE`]; `{name}` matches one part.
    pub path: &'static str,
    /// The least role that may run it; none for every caller, also without login.
    pub role: Option<Role>,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Names of the query parameters that it knows.
    pub query: &'static [&'static str],
    /// The maximum size of the body in bytes.
    pub max_body: usize,
    /// Whether it needs a confirmation of identity that is a few minutes old at most: it reveals a
    /// secret or grants access.
    pub confirm: bool,
    /// Whether browsers ask it by themselves, without the header that says so: it is no use of the
    /// session.
    pub unattended: bool,
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
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    BLOCKS.into_iter().flatten()
}

const BLOCKS: [&[Operation]; 3] = [people::OPERATIONS, setup::OPERATIONS, data::OPERATIONS];

/// What is at a path.
pub enum Found {
    /// An operation, and the parts of the path for its names.
    Operation(&'static Operation, Captures),
    /// The path accepts only these other methods.
    Methods(String),
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
    for operation in operations() {
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
        max_body: BODY,
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

    /// Accepts bodies up to this many bytes.
    const fn takes(self, max_body: usize) -> Self {
        Self { max_body, ..self }
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
        for operation in operations() {
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
