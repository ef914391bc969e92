//! The catalog: all configuration that decides what happens to a webhook, in memory.

mod clients;
mod define;
mod people;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::change::Change;
use super::client::Client;
use super::column::{ColumnId, ColumnType, ObjectId};
use super::definition::{COLUMNS_MOST, ColumnIndex};
use super::object::Object;
use super::person::{Person, SetupLink};
use super::retention::Retention;
use super::rights::{Rights, SYSTEM_SETS, TechnicalUser, UserState, WEBHOOK_SERVICE, WEBHOOK_SERVICE_ID};
use super::signing_key::SigningKey;
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
    /// What is switched on for technical users; the default for those that are absent.
    pub user_states: BTreeMap<Uuid, UserState>,
    /// OAuth clients by client id.
    pub clients: BTreeMap<String, Arc<Client>>,
    /// The keys that tokens are signed with, the oldest first.
    pub signing_keys: Vec<SigningKey>,
    /// Columns that are indexed beside lookups, which always are.
    pub indexed: BTreeSet<(ObjectId, ColumnId)>,
    /// Sources that take webhooks only with an access token.
    pub token_sources: BTreeSet<SourceId>,
    /// People who can log in to the admin page, by id.
    pub people: BTreeMap<Uuid, Arc<Person>>,
    /// The set-up link of before there were several, if it is not used yet.
    pub setup_link: Option<SetupLink>,
    /// Set-up links that are not used yet, by whose password they set.
    pub setup_links: BTreeMap<Option<Uuid>, SetupLink>,
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
    #[error("column {object}.{column} cannot be added: its key would mean {object}.{other} too; choose another code")]
    ColumnKeyTaken {
        object: String,
        column: String,
        other: String,
    },
    #[error("object {0} would have more than {COLUMNS_MOST} columns; use another object for some")]
    ColumnsTooMany(String),
    #[error("object '{0}' cannot change between a lookup and a plain object")]
    LookupFixed(String),
    #[error("{place}: {problem}")]
    Definition { place: String, problem: String },
    #[error("{what} does not exist (any more)")]
    Gone { what: String },
    #[error("no OAuth client '{0}'; 'hookgate client list' shows what there is")]
    ClientUnknown(String),
    #[error("an OAuth client named '{0}' exists already; choose another name")]
    ClientNameTaken(String),
    #[error("no user '{0}'; 'hookgate user list' shows who there is")]
    PersonUnknown(String),
    #[error("a user named '{0}' exists already; choose another name")]
    PersonNameTaken(String),
    #[error("this is the last administrator; make another one first")]
    LastAdministrator,
    #[error("the set-up link was used or is too old; 'hookgate user setup-link' makes a new one")]
    SetupLinkDead,
    #[error("the configuration was changed meanwhile; try again")]
    Stale,
    #[error("{object} has no record {record}")]
    RecordUnknown { object: String, record: Uuid },
    #[error("{object} has a record {record} already; leave Id out to get a new one")]
    RecordExists { object: String, record: Uuid },
    #[error("the record was changed meanwhile; read it again, then decide")]
    RecordChanged,
    #[error("{key}: no record of {object} has the id {target}")]
    LookupMissing { key: String, object: String, target: Uuid },
    #[error("the record is used by {} of {object} as {key}; change these first", many(*count))]
    RecordUsed { object: String, key: String, count: u64 },
}

/// A number of which no more than 1,000 were counted.
fn many(count: u64) -> String {
    match count {
        0..=1000 => count.to_string(),
        _ => "more than 1,000".to_owned(),
    }
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
            user_states: BTreeMap::new(),
            clients: BTreeMap::new(),
            signing_keys: Vec::new(),
            indexed: BTreeSet::new(),
            token_sources: BTreeSet::new(),
            people: BTreeMap::new(),
            setup_link: None,
            setup_links: BTreeMap::new(),
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
        self.sources.values().find(|source| source.name.to_lowercase() == name)
    }

    /// The technical user with this code, without regard to case.
    #[must_use]
    pub fn user(&self, code: &str) -> Option<&TechnicalUser> {
        self.users.values().find(|user| user.code.eq_ignore_ascii_case(code))
    }

    /// What a technical user may do with the records of an object.
    #[must_use]
    pub fn rights(&self, user: Uuid, object: ObjectId) -> Rights {
        self.grants.get(&(user, object)).copied().unwrap_or_default()
    }

    /// What permissions can be given for under this code: an object, or else `Webhook` or
    /// `WebhookParsingError`.
    #[must_use]
    pub fn grantable(&self, code: &str) -> Option<ObjectId> {
        // An object goes first: it may have had this code before there were the others.
        self.object(code).map(|object| object.id).or_else(|| {
            let set = SYSTEM_SETS.iter().find(|(name, _)| name.eq_ignore_ascii_case(code));
            set.map(|(_, id)| *id)
        })
    }

    /// The code of what permissions are given for.
    #[must_use]
    pub fn grantable_code(&self, id: ObjectId) -> Option<&str> {
        let set = || SYSTEM_SETS.iter().find(|(_, set)| *set == id).map(|(name, _)| *name);
        self.objects.get(&id).map(|object| object.code.as_str()).or_else(set)
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
            Change::GrantSet {
                user, object, rights, ..
            } => {
                let user = self.user(user).ok_or_else(|| Refusal::UserUnknown(user.clone()))?.id;
                let unknown = || Refusal::ObjectUnknown(object.clone());
                let object = self.grantable(object).ok_or_else(unknown)?;
                if rights.is_none() {
                    self.grants.remove(&(user, object));
                } else {
                    self.grants.insert((user, object), *rights);
                }
                Ok(())
            }
            Change::SourceAdded {
                at,
                name,
                settings,
                key,
                ..
            } => {
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
            Change::SourceChanged {
                source,
                enabled,
                settings,
                ..
            } => {
                let source = self.source_mut(*source)?;
                source.enabled = *enabled;
                source.settings = settings.clone();
                Ok(())
            }
            Change::SourceKeyRotated {
                source,
                key,
                previous_until,
                ..
            } => {
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
            Change::DefinitionIndexed {
                definition, indexes, ..
            } => {
                self.apply_definition(definition)?;
                self.columns_index(indexes)
            }
            Change::UserSet {
                id,
                code,
                name,
                active,
                odata,
                ..
            } => {
                let (active, odata) = (*active, *odata);
                self.user_set(*id, code, name, UserState { active, odata });
                Ok(())
            }
            Change::ClientAdded {
                at,
                client_id,
                settings,
                secret,
                ..
            } => self.client_add(Client {
                client_id: client_id.clone(),
                created_on: *at,
                settings: settings.clone(),
                secrets: secret.iter().cloned().collect(),
                keys: Vec::new(),
                epoch: 1,
            }),
            Change::ClientChanged {
                client_id, settings, ..
            } => self.client_change(client_id, settings),
            Change::ClientDeleted { client_id, .. } => match self.clients.remove(client_id) {
                Some(_) => Ok(()),
                None => Err(Refusal::ClientUnknown(client_id.clone())),
            },
            Change::ClientSecretAdded {
                client_id,
                secret,
                previous_until,
                ..
            } => self.client_secret_add(client_id, secret, *previous_until),
            Change::ClientSecretRemoved { client_id, secret, .. } => self.client_secret_remove(client_id, *secret),
            Change::ClientKeysSet { client_id, keys, .. } => {
                self.client_mut(client_id)?.keys.clone_from(keys);
                Ok(())
            }
            Change::ClientTokensEnded { client_id, .. } => self.client_tokens_end(client_id),
            Change::SigningKeysSet { keys, .. } => {
                self.signing_keys.clone_from(keys);
                Ok(())
            }
            Change::SourceTokenSet { source, required, .. } => {
                self.source_mut(*source)?;
                if *required {
                    self.token_sources.insert(*source);
                } else {
                    self.token_sources.remove(source);
                }
                Ok(())
            }
            Change::PersonAdded {
                at,
                id,
                name,
                role,
                password,
                link,
                ..
            } => {
                let person = Person {
                    id: *id,
                    name: name.clone(),
                    role: *role,
                    active: true,
                    password: password.clone(),
                    password_on: *at,
                    totp: None,
                    recovery: Vec::new(),
                    created_on: *at,
                };
                self.person_add(person, *link)
            }
            Change::PersonChanged {
                id, name, role, active, ..
            } => self.person_change(*id, name, *role, *active),
            Change::PersonPasswordSet {
                at, id, password, link, ..
            } => self.person_password_set(*id, password, *at, *link),
            Change::PersonTotpSet { id, totp, recovery, .. } => {
                let person = self.person_mut(*id)?;
                person.totp.clone_from(totp);
                person.recovery.clone_from(recovery);
                Ok(())
            }
            Change::PersonRecoveryUsed { id, code, .. } => self.person_recovery_use(*id, *code),
            Change::SetupLinkMade {
                hash, expires, person, ..
            } => {
                self.setup_links.clear();
                self.setup_link = Some(SetupLink {
                    hash: *hash,
                    expires: *expires,
                    person: *person,
                });
                Ok(())
            }
            Change::SetupLinkAdded {
                at,
                hash,
                expires,
                person,
                ..
            } => {
                let link = SetupLink {
                    hash: *hash,
                    expires: *expires,
                    person: *person,
                };
                self.setup_link_add(link, *at);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether a column can be filtered by at any number of records.
    #[must_use]
    pub fn is_indexed(&self, object: ObjectId, column: &super::column::Column) -> bool {
        matches!(column.kind, ColumnType::Lookup(_)) || self.indexed.contains(&(object, column.id))
    }

    fn columns_index(&mut self, indexes: &[ColumnIndex]) -> Result<(), Refusal> {
        for index in indexes {
            let object = self
                .object(&index.object)
                .ok_or_else(|| Refusal::ObjectUnknown(index.object.clone()))?;
            let column = object.column(&index.column).ok_or_else(|| Refusal::Gone {
                what: format!("the column {}.{}", index.object, index.column),
            })?;
            let key = (object.id, column.id);
            if index.indexed {
                self.indexed.insert(key);
            } else {
                self.indexed.remove(&key);
            }
        }
        Ok(())
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
}
