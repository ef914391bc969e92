//! Internal changes that no user makes.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::audit::Difference;
use crate::domain::time::Timestamp;

/// An internal change that no user makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum UpkeepChange {
    /// The first change of every journal.
    Genesis { appliance: Uuid },
    /// Revoked tokens that have expired are dropped from the list of revoked tokens.
    TokensForgotten,
    /// When OAuth clients last got a token.
    ClientsUsed { used: Vec<(String, Timestamp)> },
    /// A scheduled task ran.
    ScheduleRan { task: String },
    /// An event for the audit log that changes nothing else, such as a failed login.
    AuditNoted {
        action: String,
        subject: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        facts: Vec<Difference>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<IpAddr>,
    },
}
