//! Who caused a change.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rights::WEBHOOK_SERVICE_ID;

/// Who caused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Hookgate itself: first start, schedules, recovery.
    System,
    /// A person at the command line of the server.
    CommandLine,
    /// A technical user, by its id.
    TechnicalUser(Uuid),
    /// A user of the admin page, by their id.
    User(Uuid),
}

/// `CreatedById` of what Hookgate itself ships and what the command line changes.
pub const SYSTEM_ID: Uuid = Uuid::from_u128(0x410006e1_ca4e_4502_a9ec_e54d922d2c00);

impl Actor {
    /// The technical user that processes webhooks, `WebhookService`.
    pub const WEBHOOK_SERVICE: Self = Self::TechnicalUser(WEBHOOK_SERVICE_ID);

    /// The id that is stored in `CreatedById` and `ModifiedById`.
    #[must_use]
    pub const fn id(self) -> Uuid {
        match self {
            Self::System | Self::CommandLine => SYSTEM_ID,
            Self::TechnicalUser(id) | Self::User(id) => id,
        }
    }
}
