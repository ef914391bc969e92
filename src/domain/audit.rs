//! The audit log: changes by people and programs, and sign-ins, successful or failed.

mod differences;
mod noted;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::actor::Actor;
use super::bytes;
use super::time::Timestamp;

pub use noted::{Noted, noted};

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRow {
    pub at: Timestamp,
    pub by: Actor,
    /// The code of the action, such as `source-added`. The meaning of a code never changes.
    pub action: String,
    /// The name that the subject had at that time.
    pub subject: String,
    /// The fields that changed, and facts about the action. Never holds a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    pub refused: bool,
    /// SHA-256 over the hash of the previous row, the key and all fields above. Changing or
    /// removing a row invalidates the hashes of all later rows.
    #[serde(with = "bytes")]
    pub hash: [u8; 32],
}

/// A field that changed, or a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The name of the field in the stored configuration, such as `rate_per_minute`. Elements of a
    /// list are named by their code, as in `Contact.columns.Email.required`.
    pub field: String,
    /// None if the field had no value before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// None if the field has no value afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The values are secret and not included.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

impl Difference {
    /// A fact about the action.
    #[must_use]
    pub fn fact(field: &str, value: impl Into<Value>) -> Self {
        Self {
            field: field.to_owned(),
            before: None,
            after: Some(value.into()),
            secret: false,
        }
    }
}
