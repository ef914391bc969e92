//! Filters and results of queries.

use serde::Serialize;

use crate::domain::webhook::{Status, Webhook, WebhookState};

/// A webhook with its state and sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// The sequence of the entry that added it.
    pub seq: u64,
    pub webhook: Webhook,
    pub state: WebhookState,
}

/// The number of webhooks by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct WebhookCounts {
    /// Arrived and not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
}

impl WebhookCounts {
    /// The number of webhooks of a status.
    #[must_use]
    pub const fn of(self, status: Status) -> u64 {
        match status {
            Status::New => self.new,
            Status::Processing => self.processing,
            Status::Failed => self.failed,
            Status::Done => self.done,
        }
    }

    /// The number of webhooks of a status, for changing it.
    pub const fn of_mut(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::New => &mut self.new,
            Status::Processing => &mut self.processing,
            Status::Failed => &mut self.failed,
            Status::Done => &mut self.done,
        }
    }

    /// The number of all webhooks.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.new + self.processing + self.failed + self.done
    }
}
