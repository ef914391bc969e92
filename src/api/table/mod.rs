//! All operations: their routes, the `OpenAPI` document and the authorization test are made of
//! this table. An operation that is not here does not exist.

mod data;
mod people;
mod setup;

use std::sync::LazyLock;

use super::call::Captures;
use super::operation::{Operation, Reach, delete, get, patch, post, put};
use crate::domain::user::Role;

/// What all paths of the table begin with.
pub const BASE: &str = "/api/v1";

/// The maximum size of a definition in bytes.
const DEFINITION: usize = 8 * 1024 * 1024;

/// The maximum size of a set of public keys in bytes.
const KEYS: usize = 128 * 1024;

const NOBODY: Option<Role> = None;

static TABLE: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let blocks = [people::operations(), setup::operations(), data::operations()];
    blocks.into_iter().flatten().collect()
});

/// The table, by resource.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    TABLE.iter()
}

/// What is served over HTTPS.
pub fn network_operations() -> impl Iterator<Item = &'static Operation> {
    operations().filter(|operation| !matches!(operation.reach, Reach::CommandLine(_)))
}

/// What is at a path.
pub enum Found {
    /// An operation, and the parts of the path for its names.
    Operation(&'static Operation, Captures),
    /// The path accepts only these other methods.
    Methods(String),
    Nothing,
}

/// The operation of a request.
#[must_use]
pub fn find(method: &str, path: &str) -> Found {
    let Some(path) = path.strip_prefix(BASE) else {
        return Found::Nothing;
    };
    let method = if method == "HEAD" { "GET" } else { method };
    let mut allow: Vec<&str> = Vec::new();
    for operation in operations() {
        let Some(captures) = matched(operation.path, path) else {
            continue;
        };
        let name = operation.method.name();
        if name == method {
            return Found::Operation(operation, captures);
        }
        // `/webhooks/count` is a path of its own, and fits `/webhooks/{id}` too.
        if !allow.contains(&name) {
            allow.push(name);
        }
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
            let Found::Operation(found, _) = find(operation.method.name(), &path) else {
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
            let found = match find("POST", path) {
                Found::Operation(operation, _) if operation.path.contains('{') => Some(operation.path),
                _ => None,
            };
            assert_eq!(found, expected, "{path}");
        }
        let Found::Operation(_, captures) = find("PATCH", "/api/v1/users/a%2Fb") else {
            panic!("not found")
        };
        assert_eq!(captures.get("id"), Some("a/b"));
        assert!(matches!(find("DELETE", "/api/v1/users"), Found::Methods(allow) if allow == "GET, POST"));
        let twice = find("PUT", "/api/v1/webhooks/count");
        assert!(
            matches!(twice, Found::Methods(allow) if allow == "GET, DELETE"),
            "each method once"
        );
    }
}
