//! Selects webhooks: for lists, counts and tasks.

use serde::{Deserialize, Serialize};

use super::column::ObjectId;
use super::source::SourceId;
use super::time::Timestamp;
use super::webhook::{Outcome, Status};

/// Selects webhooks. Parts that are none match all webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// The object that `EntityName` refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether it ever created a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_record: Option<bool>,
    /// Arrived at this time or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Arrived before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Text in the body, without regard to case. The filter itself must be in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
