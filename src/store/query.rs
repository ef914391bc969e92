//! What readers ask for and get.

use serde::Serialize;

use crate::domain::webhook::{Status, Webhook, WebhookState};

/// A webhook, what became of it, and its sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// The journal's sequence of its arrival.
    pub seq: u64,
    pub webhook: Webhook,
    /// What became of it.
    pub state: WebhookState,
}

/// How many webhooks there are, by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WebhookCounts {
    /// Arrived, not processed yet.
    pub new: u64,
    pub processing: u64,
    pub failed: u64,
    pub done: u64,
}

impl WebhookCounts {
    /// Webhooks of a status.
    #[must_use]
    pub const fn of(self, status: Status) -> u64 {
        match status {
            Status::New => self.new,
            Status::Processing => self.processing,
            Status::Failed => self.failed,
            Status::Done => self.done,
        }
    }

    /// The figure for webhooks of a status.
    pub const fn of_mut(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::New => &mut self.new,
            Status::Processing => &mut self.processing,
            Status::Failed => &mut self.failed,
            Status::Done => &mut self.done,
        }
    }

    /// All webhooks.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.new + self.processing + self.failed + self.done
    }
}
