//! Users of the admin page.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bytes;
use super::time::Timestamp;

/// A person who can log in to the admin page. Technical users cannot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Stored in `CreatedById` and `ModifiedById` of what the user changes.
    pub id: Uuid,
    /// The login name; unique without regard to case.
    pub name: String,
    pub role: Role,
    /// Whether they can log in.
    pub active: bool,
    /// The Argon2id hash in PHC form.
    pub password: String,
    pub password_on: Timestamp,
    /// The TOTP secret (RFC 6238), encrypted with the master key.
    #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<Vec<u8>>,
    /// SHA-256 of each recovery code that is not used yet.
    #[serde(with = "bytes", default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<[u8; 32]>,
    pub created_on: Timestamp,
}

/// A password in plain text, until it is checked: never stored, never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The role of a user. Each role may do everything that the roles before it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Role {
    /// Sees everything except secrets.
    Viewer,
    /// Also reprocesses webhooks and edits records; deletes nothing.
    Operator,
    Administrator,
}

/// A link with which a new administrator, a new user, or a user who forgot it, sets a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupLink {
    /// SHA-256 of the token in the link.
    #[serde(with = "bytes")]
    pub hash: [u8; 32],
    /// The moment from which the link is no longer valid.
    pub expires: Timestamp,
    /// The user whose password it sets; none for a new administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Uuid>,
}

/// The session of a user who is logged in. It is found by the SHA-256 of the token in the cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub user: Uuid,
    pub started_on: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The user agent of the browser, shortened.
    pub agent: String,
}

impl Role {
    /// All roles, the one with the fewest rights first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Administrator];

    /// The name as people and the API use it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Operator => "Operator",
            Self::Administrator => "Administrator",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown role '{text}'; use Viewer, Operator or Administrator"))
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("role", &self.role)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SetupLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetupLink")
            .field("expires", &self.expires)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
