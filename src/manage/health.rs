//! Whether the running server does its work.

mod oauth;

pub use oauth::{OauthHealthView, OauthStep, oauth_check};

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Context, ManageError};
use crate::store::query::WebhookCounts;

/// How long what a check of tokens found is good for: what is mended is seen soon.
const KNOWN_GOOD: Duration = Duration::from_secs(60);
const KNOWN_BAD: Duration = Duration::from_secs(2);

/// Whether the running server does its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// Whether webhooks are taken.
    pub healthy: bool,
    /// The server's version.
    pub version: String,
    /// Webhooks that wait to be processed.
    pub waiting: u64,
    /// Webhooks that failed.
    pub failed: u64,
    /// Webhooks that were processed.
    pub done: u64,
    /// The last entry that the journal has on disk.
    pub journal: u64,
    /// The last entry that the store has applied.
    pub store: u64,
}

/// Asks the server that answers how it is.
///
/// # Errors
/// When no server runs, or its store cannot answer.
pub fn health_check(context: &Context) -> Result<HealthView, ManageError> {
    if context.endpoint.is_none() {
        return Err(ManageError::ServerNotRunning);
    }
    // Without waiting for the store: how far it is behind is part of the answer.
    let position = context.ledger.position();
    let WebhookCounts {
        new,
        processing,
        failed,
        done,
    } = context.ledger.store().reader()?.webhook_counts()?;
    Ok(HealthView {
        healthy: context.ledger.healthy(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        waiting: new + processing,
        failed,
        done,
        journal: position.durable,
        store: position.applied,
    })
}

/// What the last check of tokens found; checks again if that was a while ago.
///
/// # Errors
/// When no server runs.
pub fn oauth_known(context: &Context) -> Result<OauthHealthView, ManageError> {
    let mut known = context.oauth_known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, view)) = known.as_ref()
        && at.elapsed() < if view.healthy { KNOWN_GOOD } else { KNOWN_BAD }
    {
        return Ok(view.clone());
    }
    let view = oauth_check(context)?;
    *known = Some((Instant::now(), view.clone()));
    Ok(view)
}
