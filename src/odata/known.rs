//! Entity types and their plain shapes, made once for each version of the catalog: making them
//! takes longer than reading a record.

use std::collections::HashMap;
use std::sync::Arc;

use super::model::{EntityType, entity_type_named, entity_types};
use super::render::{Shape, shape};
use super::request::Odata;
use crate::domain::catalog::Catalog;

/// An entity type and what is shown of it when nothing is selected or expanded.
pub(super) struct Known {
    pub entity: EntityType,
    plain: Shape,
    plain_as_text: Shape,
}

impl Known {
    /// What is shown when nothing is selected or expanded.
    pub const fn plain(&self, numbers_as_text: bool) -> &Shape {
        if numbers_as_text {
            &self.plain_as_text
        } else {
            &self.plain
        }
    }
}

/// All of one version of the catalog, by name as answers write it.
#[derive(Default)]
pub(super) struct AllKnown {
    version: u64,
    by_name: HashMap<String, Arc<Known>>,
}

impl Odata {
    /// The entity type with this name, without regard to case.
    pub(super) fn known(&self, catalog: &Catalog, name: &str) -> Option<Arc<Known>> {
        let mut all = self.all_known.load_full();
        if all.version != catalog.version || all.by_name.is_empty() {
            all = Arc::new(AllKnown {
                version: catalog.version,
                by_name: entity_types(catalog)
                    .into_iter()
                    .map(|entity| (entity.name.clone(), Arc::new(known(catalog, entity))))
                    .collect(),
            });
            self.all_known.store(Arc::clone(&all));
        }
        if let Some(known) = all.by_name.get(name) {
            return Some(Arc::clone(known));
        }
        let entity = entity_type_named(catalog, name)?;
        all.by_name.get(&entity.name).cloned()
    }
}

fn known(catalog: &Catalog, entity: EntityType) -> Known {
    Known {
        plain: shape(catalog, &entity, None, &[], false),
        plain_as_text: shape(catalog, &entity, None, &[], true),
        entity,
    }
}
