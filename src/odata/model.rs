//! The entity data model, as the language sees it.

use crate::domain::column::{ColumnId, ObjectId};

/// What the entities of a set look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityType {
    /// The name of the type, and of its set.
    pub name: String,
    pub set: EntitySet,
    /// The properties in the order in which responses show them.
    pub properties: Vec<Property>,
}

/// A set of entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntitySet {
    /// The records of an object.
    Object(ObjectId),
    Webhook,
    /// The statuses of webhooks.
    WebhookStatus,
    /// Parsing errors and notes of webhooks.
    WebhookParsingError,
    /// Users, technical users and Hookgate itself, who create and change records.
    Actor,
}

/// One property of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The name as responses write it.
    pub name: String,
    pub kind: Kind,
    /// Where its value is.
    pub source: Source,
    /// It may be empty, and null in a body empties it.
    pub nullable: bool,
    /// The entity that it refers to.
    pub navigation: Option<Navigation>,
}

/// The way from a property such as `CountryId` to the entity that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Navigation {
    /// Its name in paths and in `$expand`, such as `Country`.
    pub name: String,
    /// The set in which the entity is.
    pub target: EntitySet,
}

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    Integer,
    Decimal {
        /// Digits after the decimal point.
        scale: u8,
    },
    Boolean,
    Date,
    DateTime,
    Time,
    Guid,
}

/// Where the value of a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Id,
    /// When it was made.
    CreatedOn,
    CreatedBy,
    /// When it was last changed.
    ModifiedOn,
    /// Who last changed it.
    ModifiedBy,
    /// A column of the record.
    Column(ColumnId),
    /// A property of a fixed set; the numbers are in `webhook_property` and its like.
    Virtual(u16),
}

impl EntityType {
    /// The property with this name, without regard to case, and its index.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<(usize, &Property)> {
        self.properties
            .iter()
            .enumerate()
            .find(|(_, property)| property.name.eq_ignore_ascii_case(name))
    }

    /// All navigations, each with the index of its property.
    pub fn navigations(&self) -> impl Iterator<Item = (usize, &Navigation)> {
        let properties = self.properties.iter().enumerate();
        properties.filter_map(|(index, property)| Some((index, property.navigation.as_ref()?)))
    }

    /// The property of the navigation with this name, case-insensitive, and its index.
    #[must_use]
    pub fn navigation(&self, name: &str) -> Option<(usize, &Property, &Navigation)> {
        self.properties.iter().enumerate().find_map(|(index, property)| {
            let navigation = property.navigation.as_ref()?;
            navigation
                .name
                .eq_ignore_ascii_case(name)
                .then_some((index, property, navigation))
        })
    }
}
