//! The Webhook entities lookup: objects that `EntityName` may refer to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::object::object_named;
use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;
use crate::domain::rights::WEBHOOK_SERVICE_ID;

/// An object in the Webhook entities lookup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EntityView {
    pub object: String,
    pub caption: String,
    /// Whether the technical user `WebhookService` may create records of it.
    pub may_create: bool,
    pub records: u64,
}

/// All registered objects, sorted by code.
///
/// # Errors
/// If the store fails.
pub fn entity_list(context: &Context) -> Result<Vec<EntityView>, ManageError> {
    let (reader, catalog) = context.ledger.read_with_catalog()?;
    let mut entities = Vec::new();
    for object in catalog.entities.iter().filter_map(|id| catalog.objects.get(id)) {
        entities.push(EntityView {
            object: object.code.clone(),
            caption: object.caption.clone(),
            may_create: catalog.rights(WEBHOOK_SERVICE_ID, object.id).create,
            records: reader.record_count(object.id)?,
        });
    }
    entities.sort_by(|a, b| a.object.cmp(&b.object));
    Ok(entities)
}

/// Adds an object to the lookup or removes it. Returns the new list.
///
/// # Errors
/// If there is no such object.
pub fn entity_set(context: &Context, by: Actor, code: &str, registered: bool) -> Result<Vec<EntityView>, ManageError> {
    let object = object_named(&context.ledger.catalog(), code)?.code.clone();
    context.ledger.commit(Entry::one(
        clock::now(),
        by,
        ConfigChange::EntitySet { object, registered },
    ))?;
    entity_list(context)
}
