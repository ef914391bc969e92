//! Applies changes of the configuration to the catalog.

use std::sync::Arc;

use super::{ApplyError, CREATE_RECORDS, Catalog};
use crate::domain::change::ConfigChange;
use crate::domain::column::{ColumnId, ColumnType, IndexState, ObjectId};
use crate::domain::definition::ColumnIndex;
use crate::domain::source::{Source, SourceId};
use crate::domain::time::Timestamp;

impl Catalog {
    /// Applies a change of the configuration.
    ///
    /// Pure: the same changes in the same order give the same catalog. The caller sets the
    /// versions, and drops the catalog after an error: it may hold a part of the change.
    ///
    /// # Errors
    /// If the change does not fit the current catalog.
    pub fn config_apply(&mut self, at: Timestamp, change: &ConfigChange) -> Result<(), ApplyError> {
        match change {
            ConfigChange::DefinitionApplied { definition, indexes } => {
                self.apply_definition(definition)?;
                self.columns_index(indexes)
            }
            ConfigChange::EntitySet { object, registered } => {
                let id = self.object_id(object)?;
                let entities = Arc::make_mut(&mut self.entities);
                if *registered {
                    entities.insert(id);
                } else {
                    entities.remove(&id);
                }
                Ok(())
            }
            ConfigChange::GrantSet { user, object, rights } => {
                let unknown = || ApplyError::TechnicalUserUnknown(user.clone());
                let user = self.technical_user(user).ok_or_else(unknown)?.id;
                let unknown = || ApplyError::ObjectUnknown(object.clone());
                let object = self.grantable(object).ok_or_else(unknown)?;
                let grants = Arc::make_mut(&mut self.grants);
                if rights.is_none() {
                    grants.remove(&(user, object));
                } else {
                    grants.insert((user, object), *rights);
                }
                Ok(())
            }
            ConfigChange::ProcessSet { process, enabled } => {
                if process != CREATE_RECORDS {
                    return Err(ApplyError::ProcessUnknown(process.clone()));
                }
                let off = Arc::make_mut(&mut self.processes_off);
                if *enabled {
                    off.remove(process);
                } else {
                    off.insert(process.clone());
                }
                Ok(())
            }
            ConfigChange::RetentionSet { retention } => {
                self.retention = Arc::new(retention.clone());
                Ok(())
            }
            ConfigChange::SourceAdded {
                name,
                enabled,
                settings,
                key,
            } => self.source_add(Source {
                id: self.sources.keys().next_back().map_or(1, |last| last + 1),
                name: name.clone(),
                enabled: *enabled,
                created_on: at,
                settings: settings.clone(),
                key: key.clone(),
                previous_key: None,
            }),
            ConfigChange::SourceChanged {
                source,
                enabled,
                settings,
            } => {
                let source = self.source_mut(*source)?;
                source.enabled = *enabled;
                source.settings = settings.clone();
                Ok(())
            }
            ConfigChange::SourceKeyRotated {
                source,
                key,
                previous_until,
            } => {
                let source = self.source_mut(*source)?;
                let old = std::mem::replace(&mut source.key, key.clone());
                source.previous_key = previous_until.map(|until| (old, until));
                Ok(())
            }
        }
    }

    /// Marks the index of a column as complete or as removed.
    pub fn index_set(&mut self, object: ObjectId, column: ColumnId, state: IndexState) {
        let object = Arc::make_mut(&mut self.objects).get_mut(&object).map(Arc::make_mut);
        let column = object.and_then(|object| object.columns.iter_mut().find(|known| known.id == column));
        if let Some(column) = column {
            column.index = state;
        }
    }

    /// A task of the store builds a new index, so its first state is [`IndexState::Building`].
    fn columns_index(&mut self, indexes: &[ColumnIndex]) -> Result<(), ApplyError> {
        for index in indexes {
            let object = self.object_id(&index.object)?;
            let gone = || ApplyError::Gone {
                what: format!("the column {}.{}", index.object, index.column),
            };
            let known = self.objects.get(&object).ok_or_else(gone)?;
            let column = known.column(&index.column).ok_or_else(gone)?;
            if matches!(column.kind, ColumnType::Lookup(_)) || column.is_index_kept() == index.indexed {
                continue;
            }
            let state = if index.indexed {
                IndexState::Building
            } else {
                IndexState::None
            };
            let column = column.id;
            self.index_set(object, column, state);
        }
        Ok(())
    }

    pub(super) fn object_id(&self, code: &str) -> Result<ObjectId, ApplyError> {
        self.object(code)
            .map(|object| object.id)
            .ok_or_else(|| ApplyError::ObjectUnknown(code.to_owned()))
    }

    fn source_add(&mut self, source: Source) -> Result<(), ApplyError> {
        if self.source(&source.name).is_some() {
            return Err(ApplyError::SourceNameTaken(source.name));
        }
        Arc::make_mut(&mut self.sources).insert(source.id, Arc::new(source));
        Ok(())
    }

    fn source_mut(&mut self, id: SourceId) -> Result<&mut Source, ApplyError> {
        Arc::make_mut(&mut self.sources)
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or_else(|| ApplyError::SourceUnknown(id.to_string()))
    }
}
