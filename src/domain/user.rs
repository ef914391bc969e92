//! People who use the admin page.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bytes;
use super::time::Timestamp;

/// Somebody who can log in to the admin page. Technical users cannot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Their id; stands in `CreatedById` and `ModifiedById` of what they change.
    pub id: Uuid,
    /// What they log in with; unique without regard to case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they can log in.
    pub active: bool,
    /// Argon2id in PHC form.
    pub password: String,
    /// When the password was set.
    pub password_on: Timestamp,
    /// The TOTP secret (RFC 6238), encrypted with the master key.
    #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<Vec<u8>>,
    /// SHA-256 of the recovery codes that are not used yet.
    #[serde(with = "bytes", default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<[u8; 32]>,
    /// When they were added.
    pub created_on: Timestamp,
}

/// A password in the clear, on its way to be checked: never stored, never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a person may do. Each may do what those in front of it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Sees everything but secrets.
    Viewer,
    /// Also processes webhooks again and mends records; deletes nothing.
    Operator,
    Administrator,
}

/// A link by which a new administrator, somebody new, or one who forgot, sets a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupLink {
    /// SHA-256 of the token in it.
    #[serde(with = "bytes")]
    pub hash: [u8; 32],
    /// From when on it is dead.
    pub expires: Timestamp,
    /// Whose password it sets; none for a new administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Uuid>,
}

/// A login that goes on. It is found by the SHA-256 of what the cookie holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub user: Uuid,
    pub started_on: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// What the browser calls itself, shortened.
    pub agent: String,
}

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Administrator];

    /// Its name.
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
            .ok_or_else(|| format!("no role '{text}'; there are Viewer, Operator and Administrator"))
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
