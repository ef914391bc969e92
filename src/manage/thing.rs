//! What an error says is not there: faces add where all of that kind are listed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of thing that has a name or an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    Object,
    Source,
    Webhook,
    Record,
    Process,
    TechnicalUser,
    Client,
    /// A secret of a client.
    Secret,
    Setting,
    User,
    Session,
    Task,
    /// A line of the schedule.
    ScheduledTask,
    /// A method and path of the API.
    Operation,
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "object",
            Self::Source => "webhook source",
            Self::Webhook => "webhook",
            Self::Record => "record",
            Self::Process => "process",
            Self::TechnicalUser => "technical user",
            Self::Client => "OAuth client",
            Self::Secret => "secret",
            Self::Setting => "system setting",
            Self::User => "user",
            Self::Session => "session",
            Self::Task => "task",
            Self::ScheduledTask => "scheduled task",
            Self::Operation => "operation",
        })
    }
}
