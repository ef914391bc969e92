//! A webhook source: one sending service with its own URL and key.

use serde::{Deserialize, Serialize};

use super::bytes;
use super::time::Timestamp;

/// The number of a source. Assigned once, never reused, stored in webhooks.
pub type SourceId = u32;

/// A webhook source: one sending service with its own Webhook URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub id: SourceId,
    /// The name of the sending service; unique without regard to case.
    pub name: String,
    /// Whether it accepts webhooks.
    pub enabled: bool,
    pub created_on: Timestamp,
    pub settings: SourceSettings,
    /// The key in its current Webhook URL.
    pub key: SourceKey,
    /// The key before the last rotation, and the moment at which it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_key: Option<(SourceKey, Timestamp)>,
}

/// What an administrator can set on a source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// The maximum size of a body in bytes; none means the server's setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body: Option<u32>,
    /// Allowed web origins (CORS), `*` for all; empty allows none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_origins: Vec<String>,
    /// The maximum number of webhooks per minute; none means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<u32>,
    /// Whether webhooks need an access token with the scope `webhook:send`.
    pub requires_token: bool,
}

/// A key as stored: never in plain text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceKey {
    /// HMAC-SHA-256 of the key, used to find the source of a request.
    #[serde(with = "bytes")]
    pub lookup: [u8; 32],
    /// The key, encrypted with the master key, so that the Webhook URL can be shown again.
    #[serde(with = "bytes")]
    pub sealed: Vec<u8>,
    /// The first characters, which identify the key in lists.
    pub hint: String,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("enabled", &self.enabled)
            .field("settings", &self.settings)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SourceKey({}…)", self.hint)
    }
}
