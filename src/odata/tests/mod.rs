mod bad;
mod good;
mod model;
mod options;
mod properties;
mod rows;

use std::sync::LazyLock;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;
use crate::domain::object::RESERVED_CODES;
use crate::domain::shipped::shipped;
use crate::domain::time::Timestamp;

/// 2026-11-23T14:30:00Z
const NOW: Timestamp = Timestamp(1_795_444_200_000_000);

/// What ships, and an object with a column of each type.
fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(made);
    &CATALOG
}

fn made() -> Catalog {
    let mut catalog = Catalog::default();
    let own = br#"{"objects": [{"code": "UsrThing", "columns": [
        {"code": "Name", "type": "text(50)"},
        {"code": "Size", "type": "integer"},
        {"code": "Rate", "type": "decimal(4)"},
        {"code": "Price", "type": "currency"},
        {"code": "Good", "type": "boolean"},
        {"code": "Day", "type": "date"},
        {"code": "At", "type": "datetime"},
        {"code": "Hour", "type": "time"},
        {"code": "Key", "type": "guid"},
        {"code": "Parent", "type": "lookup(UsrThing)"},
        {"code": "Owner", "type": "lookup(Contact)"}
    ]}]}"#;
    for definition in [shipped(), crate::domain::definition::parse(own).unwrap()] {
        let (at, by) = (Timestamp(0), Actor::System);
        catalog
            .apply(&Entry::one(
                at,
                by,
                ConfigChange::DefinitionApplied {
                    definition,
                    indexes: Vec::new(),
                },
            ))
            .unwrap();
    }
    catalog
}

fn type_of(catalog: &Catalog, name: &str) -> EntityType {
    entity_type_named(catalog, name).unwrap()
}

/// The filter on entities of this set.
fn filter_on(set: &str, text: &str) -> Result<Filter, QueryError> {
    let catalog = catalog();
    filter(catalog, &type_of(catalog, set), text, NOW)
}

/// The options of a request for this set.
fn options_on(set: &str, query: &str) -> Result<QueryOptions, QueryError> {
    let catalog = catalog();
    query_options(catalog, &type_of(catalog, set), query, NOW)
}
