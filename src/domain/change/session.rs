//! Sessions and tokens in use. Accounts and clients are configuration: see `AccessChange`.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::bytes;
use crate::domain::time::Timestamp;

/// A change of sessions or tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionChange {
    /// A user logged in. `session` is the SHA-256 of the token in their cookie.
    Started {
        #[serde(with = "bytes")]
        session: [u8; 32],
        user: Uuid,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<IpAddr>,
        agent: String,
    },
    /// Sessions ended: by logging out, by an administrator, or by expiry.
    Ended {
        #[serde(with = "bytes")]
        sessions: Vec<[u8; 32]>,
    },
    /// A token was revoked before it expired.
    TokenRevoked { token: Uuid, expires: Timestamp },
}
