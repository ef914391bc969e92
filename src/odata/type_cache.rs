//! Entity types and their plain shapes, built once for each version of the catalog: building them
//! takes longer than reading a record.

use std::collections::HashMap;
use std::sync::Arc;

use super::entity_types::{entity_type_named, entity_types};
use super::model::EntityType;
use super::render::{Shape, shape};
use crate::domain::catalog::Catalog;

/// An entity type and what is shown of it when nothing is selected or expanded.
pub(super) struct CachedType {
    pub entity: EntityType,
    plain: Shape,
    plain_as_text: Shape,
}

impl CachedType {
    /// What is shown when nothing is selected or expanded.
    pub const fn plain(&self, numbers_as_text: bool) -> &Shape {
        if numbers_as_text {
            &self.plain_as_text
        } else {
            &self.plain
        }
    }
}

/// All entity types of one version of the catalog, by the name that responses write.
#[derive(Default)]
pub(super) struct TypeCache {
    version: u64,
    by_name: HashMap<String, Arc<CachedType>>,
}

impl TypeCache {
    pub fn of(catalog: &Catalog) -> Self {
        let all = entity_types(catalog).into_iter();
        Self {
            version: catalog.version,
            by_name: all
                .map(|entity| (entity.name.clone(), Arc::new(cached_type(catalog, entity))))
                .collect(),
        }
    }

    /// Whether it is of this version of the catalog.
    pub fn is_of(&self, catalog: &Catalog) -> bool {
        self.version == catalog.version && !self.by_name.is_empty()
    }

    /// The entity type with this name, without regard to case.
    pub fn named(&self, catalog: &Catalog, name: &str) -> Option<Arc<CachedType>> {
        if let Some(cached_type) = self.by_name.get(name) {
            return Some(Arc::clone(cached_type));
        }
        let entity = entity_type_named(catalog, name)?;
        self.by_name.get(&entity.name).cloned()
    }
}

fn cached_type(catalog: &Catalog, entity: EntityType) -> CachedType {
    CachedType {
        plain: shape(catalog, &entity, None, &[], false),
        plain_as_text: shape(catalog, &entity, None, &[], true),
        entity,
    }
}
