//! The catalog: all configuration that decides what happens to a webhook, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::change::Change;
use super::column::{Column, ColumnType, ObjectId};
use super::definition::{Definition, NewColumn, NewColumnType, NewObject};
use super::object::{Object, SYSTEM_COLUMNS};
use super::retention::Retention;
use super::rights::{Rights, TechnicalUser, WEBHOOK_SERVICE, WEBHOOK_SERVICE_ID};
use super::source::{Source, SourceId};

/// The code of the built-in process "Create object records based on incoming webhooks".
pub const CREATE_RECORDS: &str = "CreateRecords";

/// The caption of the built-in process.
pub const CREATE_RECORDS_CAPTION: &str = "Create object records based on incoming webhooks";

/// All configuration, as it stands after the change numbered `version`.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// The sequence of the last change that touched the catalog.
    pub version: u64,
    /// Objects by number.
    pub objects: BTreeMap<ObjectId, Arc<Object>>,
    /// The Webhook entities lookup: objects that webhooks may become.
    pub entities: BTreeSet<ObjectId>,
    /// Webhook sources by number.
    pub sources: BTreeMap<SourceId, Arc<Source>>,
    /// Technical users by id.
    pub users: BTreeMap<Uuid, TechnicalUser>,
    /// Object operation permissions; an absent pair allows nothing.
    pub grants: BTreeMap<(Uuid, ObjectId), Rights>,
    /// Processes that are switched off.
    pub processes_off: BTreeSet<String>,
    /// How long webhooks are kept.
    pub retention: Retention,
}

/// Why a change was not applied. It says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum Refusal {
    #[error("no object '{0}'; 'hookgate object list' shows what there is")]
    ObjectUnknown(String),
    #[error("no technical user '{0}'; {WEBHOOK_SERVICE} ships with Hookgate")]
    UserUnknown(String),
    #[error("no webhook source '{0}'; 'hookgate source list' shows what there is")]
    SourceUnknown(String),
    #[error("a webhook source named '{0}' exists already; choose another name")]
    SourceNameTaken(String),
    #[error("no process '{0}'; {CREATE_RECORDS} ships with Hookgate")]
    ProcessUnknown(String),
    #[error("column {object}.{column} cannot change from {from} to {to}; add a new column instead")]
    ColumnTypeFixed {
        object: String,
        column: String,
        from: String,
        to: String,
    },
    #[error("object '{0}' cannot change between a lookup and a plain object")]
    LookupFixed(String),
    #[error("{place}: {problem}")]
    Definition { place: String, problem: String },
    #[error("{what} does not exist (any more)")]
    Gone { what: String },
}

impl Default for Catalog {
    fn default() -> Self {
        let service = TechnicalUser {
            id: WEBHOOK_SERVICE_ID,
            code: WEBHOOK_SERVICE.to_owned(),
            name: "Creatio Webhook Service".to_owned(),
        };
        Self {
            version: 0,
            objects: BTreeMap::new(),
            entities: BTreeSet::new(),
            sources: BTreeMap::new(),
            users: BTreeMap::from([(service.id, service)]),
            grants: BTreeMap::new(),
            processes_off: BTreeSet::new(),
            retention: Retention::default(),
        }
    }
}

impl Catalog {
    /// The object with this code, without regard to case; `SubmittedForm` is `FormSubmit`.
    #[must_use]
    pub fn object(&self, code: &str) -> Option<&Arc<Object>> {
        let code = if code.eq_ignore_ascii_case("SubmittedForm") {
            "FormSubmit"
        } else {
            code
        };
        self.objects
            .values()
            .find(|object| object.code.eq_ignore_ascii_case(code))
    }

    /// The source with this name, without regard to case.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Arc<Source>> {
        let name = name.to_lowercase();
        self.sources
            .values()
            .find(|source| source.name.to_lowercase() == name)
    }

    /// The technical user with this code, without regard to case.
    #[must_use]
    pub fn user(&self, code: &str) -> Option<&TechnicalUser> {
        self.users
            .values()
            .find(|user| user.code.eq_ignore_ascii_case(code))
    }

    /// What a technical user may do with the records of an object.
    #[must_use]
    pub fn rights(&self, user: Uuid, object: ObjectId) -> Rights {
        self.grants.get(&(user, object)).copied().unwrap_or_default()
    }

    /// Whether a process runs.
    #[must_use]
    pub fn process_enabled(&self, code: &str) -> bool {
        !self.processes_off.contains(code)
    }

    /// Applies a change to the configuration; changes of other kinds leave it as it is.
    ///
    /// Pure: the same changes in the same order give the same catalog. A refused change leaves
    /// no trace. The caller sets `version`.
    ///
    /// # Errors
    /// When the change does not fit what there is.
    pub fn apply(&mut self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::DefinitionApplied { definition, .. } => self.apply_definition(definition),
            Change::EntitySet { object, registered, .. } => {
                let id = self.object_id(object)?;
                if *registered {
                    self.entities.insert(id);
                } else {
                    self.entities.remove(&id);
                }
                Ok(())
            }
            Change::GrantSet { user, object, rights, .. } => {
                let user = self.user(user).ok_or_else(|| Refusal::UserUnknown(user.clone()))?.id;
                let object = self.object_id(object)?;
                if rights.is_none() {
                    self.grants.remove(&(user, object));
                } else {
                    self.grants.insert((user, object), *rights);
                }
                Ok(())
            }
            Change::SourceAdded { at, name, settings, key, .. } => {
                if self.source(name).is_some() {
                    return Err(Refusal::SourceNameTaken(name.clone()));
                }
                let id = self.sources.keys().next_back().map_or(1, |last| last + 1);
                let source = Source {
                    id,
                    name: name.clone(),
                    enabled: true,
                    created_on: *at,
                    settings: settings.clone(),
                    key: key.clone(),
                    previous_key: None,
                };
                self.sources.insert(id, Arc::new(source));
                Ok(())
            }
            Change::SourceChanged { source, enabled, settings, .. } => {
                let source = self.source_mut(*source)?;
                source.enabled = *enabled;
                source.settings = settings.clone();
                Ok(())
            }
            Change::SourceKeyRotated { source, key, previous_until, .. } => {
                let source = self.source_mut(*source)?;
                let old = std::mem::replace(&mut source.key, key.clone());
                source.previous_key = previous_until.map(|until| (old, until));
                Ok(())
            }
            Change::ProcessSet { process, enabled, .. } => {
                if process != CREATE_RECORDS {
                    return Err(Refusal::ProcessUnknown(process.clone()));
                }
                if *enabled {
                    self.processes_off.remove(process);
                } else {
                    self.processes_off.insert(process.clone());
                }
                Ok(())
            }
            Change::RetentionSet { retention, .. } => {
                self.retention = retention.clone();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn object_id(&self, code: &str) -> Result<ObjectId, Refusal> {
        self.object(code)
            .map(|object| object.id)
            .ok_or_else(|| Refusal::ObjectUnknown(code.to_owned()))
    }

    fn source_mut(&mut self, id: SourceId) -> Result<&mut Source, Refusal> {
        self.sources
            .get_mut(&id)
            .map(Arc::make_mut)
            .ok_or_else(|| Refusal::SourceUnknown(id.to_string()))
    }

    /// Objects first get their numbers, then their columns, so that lookups may refer to each
    /// other in any order. All of it, or nothing.
    fn apply_definition(&mut self, definition: &Definition) -> Result<(), Refusal> {
        let mut next = self.clone();
        for new in &definition.objects {
            next.object_numbered(new)?;
        }
        for new in &definition.objects {
            next.object_filled(new)?;
        }
        for value in &definition.values {
            let object = next
                .object(&value.object)
                .ok_or_else(|| Refusal::ObjectUnknown(value.object.clone()))?;
            if !object.lookup {
                return Err(Refusal::Definition {
                    place: format!("value '{}'", value.name),
                    problem: format!("{} is no lookup", object.code),
                });
            }
        }
        for code in &definition.entities {
            let id = next.object_id(code)?;
            next.entities.insert(id);
        }
        *self = next;
        Ok(())
    }

    fn object_numbered(&mut self, new: &NewObject) -> Result<(), Refusal> {
        if let Some(old) = self.object(&new.code) {
            if old.lookup != new.lookup {
                return Err(Refusal::LookupFixed(old.code.clone()));
            }
            return Ok(());
        }
        let id = self.objects.keys().next_back().map_or(1, |last| last + 1);
        let object = Object {
            id,
            code: new.code.clone(),
            caption: String::new(),
            lookup: new.lookup,
            display: String::new(),
            strict: false,
            columns: Vec::new(),
            next_column: 1,
        };
        self.objects.insert(id, Arc::new(object));
        Ok(())
    }

    fn object_filled(&mut self, new: &NewObject) -> Result<(), Refusal> {
        let id = self.object_id(&new.code)?;
        let Some(mut object) = self.objects.get(&id).map(|object| Object::clone(object)) else {
            return Err(Refusal::ObjectUnknown(new.code.clone()));
        };
        object.caption.clone_from(&new.caption);
        object.display.clone_from(&new.display);
        object.strict = new.strict;
        for column in &new.columns {
            self.column_put(&mut object, column)?;
        }
        if object.display_column().is_none() {
            return Err(Refusal::Definition {
                place: format!("object {}", object.code),
                problem: format!("the display column '{}' does not exist", object.display),
            });
        }
        self.objects.insert(id, Arc::new(object));
        Ok(())
    }

    fn column_put(&self, object: &mut Object, new: &NewColumn) -> Result<(), Refusal> {
        if SYSTEM_COLUMNS.iter().any(|code| code.eq_ignore_ascii_case(&new.code)) {
            return Err(Refusal::Definition {
                place: format!("column {}.{}", object.code, new.code),
                problem: "every object has this column already".to_owned(),
            });
        }
        let kind = self.column_type(&new.kind)?;
        let default = new.default.clone();
        let old = object
            .columns
            .iter()
            .position(|column| column.code.eq_ignore_ascii_case(&new.code));
        let Some(old) = old.and_then(|index| object.columns.get_mut(index)) else {
            let id = object.next_column;
            object.next_column += 1;
            object.columns.push(Column {
                id,
                code: new.code.clone(),
                caption: new.caption.clone(),
                kind,
                required: new.required,
                default,
            });
            return Ok(());
        };
        let longer = matches!((old.kind, kind), (ColumnType::Text(_), ColumnType::Text(_) | ColumnType::UnlimitedText));
        if old.kind != kind && !longer {
            return Err(Refusal::ColumnTypeFixed {
                object: object.code.clone(),
                column: old.code.clone(),
                from: self.column_type_name(old.kind),
                to: self.column_type_name(kind),
            });
        }
        old.caption.clone_from(&new.caption);
        old.kind = kind;
        old.required = new.required;
        old.default = default;
        Ok(())
    }

    fn column_type(&self, kind: &NewColumnType) -> Result<ColumnType, Refusal> {
        Ok(match kind {
            NewColumnType::Plain(kind) => *kind,
            NewColumnType::Lookup(code) => ColumnType::Lookup(self.object_id(code)?),
        })
    }

    /// A column type as a definition gives it: a lookup with the code of its object.
    #[must_use]
    pub fn new_column_type(&self, kind: ColumnType) -> NewColumnType {
        let ColumnType::Lookup(id) = kind else {
            return NewColumnType::Plain(kind);
        };
        // No catalog has a lookup of an object that it does not have.
        let object = self.objects.get(&id);
        NewColumnType::Lookup(object.map_or_else(String::new, |object| object.code.clone()))
    }

    /// A column type the way definitions write it, such as `text(250)` or `lookup(Country)`.
    #[must_use]
    pub fn column_type_name(&self, kind: ColumnType) -> String {
        self.new_column_type(kind).to_string()
    }
}
