//! The configuration of processing, intake and retention: objects, permissions, processes, sources.

use serde::{Deserialize, Serialize};

use crate::domain::definition::{ColumnIndex, Definition};
use crate::domain::retention::Retention;
use crate::domain::rights::Rights;
use crate::domain::source::{SourceId, SourceKey, SourceSettings};
use crate::domain::time::Timestamp;

/// A change of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ConfigChange {
    /// Objects, columns, lookup values and entities are added or changed together.
    DefinitionApplied {
        definition: Definition,
        /// Columns that get an index or lose it; all other columns keep their state.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        indexes: Vec<ColumnIndex>,
    },
    /// An object is added to the Webhook entities lookup or removed from it.
    EntitySet {
        object: String,
        registered: bool,
    },
    /// Permissions of a technical user for the records of an object, both identified by code.
    GrantSet {
        user: String,
        object: String,
        rights: Rights,
    },
    /// A process is enabled or disabled.
    ProcessSet {
        process: String,
        enabled: bool,
    },
    RetentionSet {
        retention: Retention,
    },
    /// A new webhook source.
    SourceAdded {
        name: String,
        enabled: bool,
        settings: SourceSettings,
        key: SourceKey,
    },
    /// A source is enabled or disabled, and gets new settings, which replace all of its settings.
    SourceChanged {
        source: SourceId,
        enabled: bool,
        settings: SourceSettings,
    },
    /// A source gets a new key. The old one stays valid until `previous_until`.
    SourceKeyRotated {
        source: SourceId,
        key: SourceKey,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_until: Option<Timestamp>,
    },
}

impl ConfigChange {
    pub(super) fn needs_room(&self) -> bool {
        match self {
            Self::DefinitionApplied { indexes, .. } => indexes.iter().any(|index| index.indexed),
            Self::EntitySet { .. }
            | Self::GrantSet { .. }
            | Self::ProcessSet { .. }
            | Self::RetentionSet { .. }
            | Self::SourceAdded { .. }
            | Self::SourceChanged { .. }
            | Self::SourceKeyRotated { .. } => false,
        }
    }

    /// Whether it changes the rules: what processing and the validation of records read.
    #[must_use]
    pub const fn touches_rules(&self) -> bool {
        match self {
            Self::DefinitionApplied { .. }
            | Self::EntitySet { .. }
            | Self::GrantSet { .. }
            | Self::ProcessSet { .. } => true,
            Self::RetentionSet { .. }
            | Self::SourceAdded { .. }
            | Self::SourceChanged { .. }
            | Self::SourceKeyRotated { .. } => false,
        }
    }
}
