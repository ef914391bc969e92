//! The entity data model, as the language sees it.

use crate::domain::catalog::Catalog;
use crate::domain::column::{Column, ColumnId, ColumnType, ObjectId};
use crate::domain::object::Object;

use super::fixed;

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
}

/// One property of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The name as responses write it.
    pub name: String,
    pub kind: Kind,
    /// Where its value is.
    pub source: Source,
    /// It may be empty. An empty text is shown as `""` and an empty GUID as zeros, all else as null.
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

/// The entity type of an object's records.
#[must_use]
pub fn entity_type(catalog: &Catalog, object: &Object) -> EntityType {
    let system = [
        ("Id", Kind::Guid, Source::Id),
        ("CreatedOn", Kind::DateTime, Source::CreatedOn),
        ("CreatedById", Kind::Guid, Source::CreatedBy),
        ("ModifiedOn", Kind::DateTime, Source::ModifiedOn),
        ("ModifiedById", Kind::Guid, Source::ModifiedBy),
    ];
    let system = system.map(|(name, kind, source)| Property {
        name: name.to_owned(),
        kind,
        source,
        nullable: false,
        navigation: None,
    });
    let columns = object.columns.iter().map(|column| property(catalog, column));
    EntityType {
        name: object.code.clone(),
        set: EntitySet::Object(object.id),
        properties: system.into_iter().chain(columns).collect(),
    }
}

/// The entity type of a set; none if the object is not there.
#[must_use]
pub fn entity_type_of(catalog: &Catalog, set: EntitySet) -> Option<EntityType> {
    match set {
        EntitySet::Object(id) => catalog.objects.get(&id).map(|object| entity_type(catalog, object)),
        EntitySet::Webhook => Some(fixed::webhook()),
        EntitySet::WebhookStatus => Some(fixed::webhook_status()),
        EntitySet::WebhookParsingError => Some(fixed::webhook_parsing_error()),
    }
}

/// The entity type with this name, case-insensitive; `SubmittedForm` is `FormSubmit`.
///
/// The names of the fixed sets take precedence over those of objects.
#[must_use]
pub fn entity_type_named(catalog: &Catalog, name: &str) -> Option<EntityType> {
    fixed::all()
        .into_iter()
        .find(|fixed| fixed.name.eq_ignore_ascii_case(name))
        .or_else(|| catalog.object(name).map(|object| entity_type(catalog, object)))
}

/// All entity types by name: those of objects, and the fixed ones.
#[must_use]
pub fn entity_types(catalog: &Catalog) -> Vec<EntityType> {
    let fixed = fixed::all();
    let hidden = |name: &str| fixed.iter().any(|fixed| fixed.name.eq_ignore_ascii_case(name));
    let mut all: Vec<_> = catalog
        .objects
        .values()
        .filter(|object| !hidden(&object.code))
        .map(|object| entity_type(catalog, object))
        .collect();
    all.extend(fixed);
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

fn property(catalog: &Catalog, column: &Column) -> Property {
    let kind = match column.kind {
        ColumnType::Text(_)
        | ColumnType::UnlimitedText
        | ColumnType::Phone
        | ColumnType::Email
        | ColumnType::WebLink => Kind::Text,
        ColumnType::Integer => Kind::Integer,
        ColumnType::Decimal(scale) => Kind::Decimal { scale },
        ColumnType::Currency => Kind::Decimal { scale: 2 },
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::Date => Kind::Date,
        ColumnType::DateTime => Kind::DateTime,
        ColumnType::Time => Kind::Time,
        ColumnType::Lookup(_) | ColumnType::Guid => Kind::Guid,
    };
    let navigation = match column.kind {
        ColumnType::Lookup(target) if catalog.objects.contains_key(&target) => Some(Navigation {
            name: column.code.clone(),
            target: EntitySet::Object(target),
        }),
        _ => None,
    };
    Property {
        name: column.key(),
        kind,
        source: Source::Column(column.id),
        // Also a required column is empty in records that are older than the requirement.
        nullable: true,
        navigation,
    }
}
