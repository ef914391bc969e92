//! The changes in an entry of the journal, grouped by subject.
//!
//! Everything that depends on code, clock or chance is decided before and stored in the change:
//! applying the same entries in the same order always gives the same state. Changes of webhooks and
//! records are stored by position, to be compact; all others are self-describing: see
//! [`super::entry`].

mod access;
mod config;
mod records;
mod session;
mod task;
mod upkeep;
mod webhook;

pub use access::AccessChange;
pub use config::ConfigChange;
pub use records::RecordsWritten;
pub use session::SessionChange;
pub use task::TaskChange;
pub use upkeep::UpkeepChange;
pub use webhook::{NewRecord, Processed, Verdict, WebhookChange};

/// One change of state. An entry holds one or more, which are applied together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Webhooks and the results of processing them.
    Webhook(WebhookChange),
    /// Records that programs and people write.
    Records(RecordsWritten),
    /// The configuration of processing, intake and retention.
    Config(ConfigChange),
    /// Accounts, clients and keys, and their permissions.
    Access(AccessChange),
    Session(SessionChange),
    /// Work in steps that a decision left behind.
    Task(TaskChange),
    /// Internal changes that no user makes.
    Upkeep(UpkeepChange),
}

impl Change {
    /// Whether it adds more than a note to the data. Changes that only delete, disable or note
    /// something must be possible on a disk that is nearly full.
    #[must_use]
    pub fn needs_room(&self) -> bool {
        match self {
            Self::Webhook(change) => change.needs_room(),
            Self::Records(written) => written.needs_room(),
            Self::Config(change) => change.needs_room(),
            Self::Task(change) => change.needs_room(),
            Self::Access(_) | Self::Session(_) | Self::Upkeep(_) => false,
        }
    }

    /// Whether applying it can end in a refusal, which takes back the whole entry.
    #[must_use]
    pub const fn may_be_refused(&self) -> bool {
        match self {
            Self::Records(_) | Self::Config(_) | Self::Access(_) | Self::Session(_) => true,
            Self::Task(change) => change.may_be_refused(),
            Self::Webhook(_) | Self::Upkeep(_) => false,
        }
    }
}

impl From<WebhookChange> for Change {
    fn from(change: WebhookChange) -> Self {
        Self::Webhook(change)
    }
}

impl From<RecordsWritten> for Change {
    fn from(written: RecordsWritten) -> Self {
        Self::Records(written)
    }
}

impl From<ConfigChange> for Change {
    fn from(change: ConfigChange) -> Self {
        Self::Config(change)
    }
}

impl From<AccessChange> for Change {
    fn from(change: AccessChange) -> Self {
        Self::Access(change)
    }
}

impl From<SessionChange> for Change {
    fn from(change: SessionChange) -> Self {
        Self::Session(change)
    }
}

impl From<TaskChange> for Change {
    fn from(change: TaskChange) -> Self {
        Self::Task(change)
    }
}

impl From<UpkeepChange> for Change {
    fn from(change: UpkeepChange) -> Self {
        Self::Upkeep(change)
    }
}
