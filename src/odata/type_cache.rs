//! Entity types and their plain shapes, built once for each version of the catalog: building them
//! takes longer than reading a record.

use std::collections::HashMap;
use std::sync::Arc;

use super::model::{EntityType, entity_type_named, entity_types};
use super::render::{Shape, shape};
use super::request::Odata;
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

impl Odata {
    /// The entity type with this name, without regard to case.
    pub(super) fn cached_type(&self, catalog: &Catalog, name: &str) -> Option<Arc<CachedType>> {
        let mut cache = self.type_cache.load_full();
        if cache.version != catalog.version || cache.by_name.is_empty() {
            cache = Arc::new(TypeCache {
                version: catalog.version,
                by_name: entity_types(catalog)
                    .into_iter()
                    .map(|entity| (entity.name.clone(), Arc::new(cached_type(catalog, entity))))
                    .collect(),
            });
            self.type_cache.store(Arc::clone(&cache));
        }
        if let Some(cached_type) = cache.by_name.get(name) {
            return Some(Arc::clone(cached_type));
        }
        let entity = entity_type_named(catalog, name)?;
        cache.by_name.get(&entity.name).cloned()
    }
}

fn cached_type(catalog: &Catalog, entity: EntityType) -> CachedType {
    CachedType {
        plain: shape(catalog, &entity, None, &[], false),
        plain_as_text: shape(catalog, &entity, None, &[], true),
        entity,
    }
}
