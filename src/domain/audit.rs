//! The audit log: what people and programs changed, and who came in or failed to.

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
    /// What was done, such as `source-added`; never changes its meaning.
    pub action: String,
    /// To what, by the name that it had then.
    pub subject: String,
    /// What is different since then, and facts about what was done. Never holds a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    pub refused: bool,
    /// SHA-256 over the hash of the row before and everything above: no row can be changed or
    /// removed without every later one showing it.
    #[serde(with = "bytes")]
    pub hash: [u8; 32],
}

/// What is different in one field, or a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Its name as configuration is stored, such as `rate_per_minute`; parts of a list by their
    /// code, as in `Contact.columns.Email.required`.
    pub field: String,
    /// None where there was nothing before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// None where there is nothing afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Its values are secret and left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

impl Difference {
    /// A fact about what was done.
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
