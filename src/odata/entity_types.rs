//! The entity types of a catalog: those of its objects, and the fixed ones.

use super::fixed;
use super::model::{EntitySet, EntityType, Kind, Navigation, Property, Source};
use super::odata_error::ODataError;
use super::wording::{meant, quoted};
use crate::domain::catalog::Catalog;
use crate::domain::column::{Column, ColumnType};
use crate::domain::object::Object;

/// The entity type of an object's records.
#[must_use]
pub fn entity_type(catalog: &Catalog, object: &Object) -> EntityType {
    let system = [
        ("Id", Kind::Guid, Source::Id, None),
        ("CreatedOn", Kind::DateTime, Source::CreatedOn, None),
        ("CreatedById", Kind::Guid, Source::CreatedBy, Some("CreatedBy")),
        ("ModifiedOn", Kind::DateTime, Source::ModifiedOn, None),
        ("ModifiedById", Kind::Guid, Source::ModifiedBy, Some("ModifiedBy")),
    ];
    let actor = |name: &str| Navigation {
        name: name.to_owned(),
        target: EntitySet::Actor,
    };
    let system = system.map(|(name, kind, source, by)| Property {
        name: name.to_owned(),
        kind,
        source,
        nullable: false,
        navigation: by.map(actor),
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
        EntitySet::Actor => Some(fixed::actor()),
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

/// There is no set of this name.
pub(super) fn set_unknown(catalog: &Catalog, name: &str) -> ODataError {
    let all = entity_types(catalog);
    let near = meant(name, all.iter().map(|entity| entity.name.as_str()));
    let service = if near.is_empty() {
        "; the service document lists the sets"
    } else {
        ""
    };
    ODataError::NotFound(format!("there is no set {}{near}{service}", quoted(name)))
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
