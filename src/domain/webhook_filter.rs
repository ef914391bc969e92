//! Which webhooks: what lists, counts and tasks go by.

use serde::{Deserialize, Serialize};

use super::column::ObjectId;
use super::source::SourceId;
use super::time::Timestamp;
use super::webhook::{Outcome, Status};

/// Which webhooks; an absent part lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// Whose `EntityName` is this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether a record was ever made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_record: Option<bool>,
    /// Arrived at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Arrived before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// With this text in the body, which is in lower case here; case does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
