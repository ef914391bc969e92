//! A webhook source: one sending service, one URL, one key.

use serde::{Deserialize, Serialize};

use super::bytes;
use super::time::Timestamp;

/// The number of a source; given once, never reused, stored in webhooks.
pub type SourceId = u32;

/// A webhook source: one sending service with a Webhook URL of its own.
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
    /// The key in its Webhook URL.
    pub key: SourceKey,
    /// The key before the last rotation and the moment until which it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_key: Option<(SourceKey, Timestamp)>,
}

/// What an administrator can set on a source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// The largest body in bytes; none means the server's setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body: Option<u32>,
    /// Origins whose browsers may post here (`*` for all); empty means none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_origins: Vec<String>,
    /// The most webhooks a minute; none means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<u32>,
    /// Whether it accepts webhooks only with an access token that has the scope `webhook:send`.
    pub requires_token: bool,
}

/// A key as it is stored: never in the clear.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceKey {
    /// HMAC-SHA-256 of the key: what a request is looked up by.
    #[serde(with = "bytes")]
    pub lookup: [u8; 32],
    /// The key, encrypted with the master key, so that the Webhook URL can be shown again.
    #[serde(with = "bytes")]
    pub sealed: Vec<u8>,
    /// Its first characters, to tell keys apart in lists.
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
