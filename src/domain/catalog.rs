//! The catalog: the configuration that decides what happens to a webhook, in memory.

mod access;
mod clients;
mod config;
mod define;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::actor::SYSTEM_ID;
use super::client::Client;
use super::column::ObjectId;
use super::definition::MAX_COLUMNS;
use super::normal::name_key_1;
use super::object::Object;
use super::retention::Retention;
use super::rights::{Rights, SYSTEM_SETS, TechnicalUser, WEBHOOK_SERVICE, WEBHOOK_SERVICE_ID};
use super::signing_key::SigningKey;
use super::source::{Source, SourceId};
use super::task::TaskId;
use super::user::{SetupLink, User};

/// The code of the built-in process "Create object records based on incoming webhooks".
pub const CREATE_RECORDS: &str = "CreateRecords";

/// The caption of the built-in process.
pub const CREATE_RECORDS_CAPTION: &str = "Create object records based on incoming webhooks";

/// The whole configuration. Catalogs of different versions share the parts that did not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// The sequence of the last entry that touched the catalog.
    pub version: u64,
    /// The sequence of the last entry that touched the rules: everything that processing and the
    /// validation of records read (objects, Webhook entities, permissions, technical users,
    /// processes).
    pub rules: u64,
    pub objects: Arc<BTreeMap<ObjectId, Arc<Object>>>,
    /// The Webhook entities lookup: the objects that `EntityName` may refer to.
    pub entities: Arc<BTreeSet<ObjectId>>,
    pub sources: Arc<BTreeMap<SourceId, Arc<Source>>>,
    pub technical_users: Arc<BTreeMap<Uuid, Arc<TechnicalUser>>>,
    /// Object operation permissions by technical user. A pair that is absent allows nothing.
    pub grants: Arc<BTreeMap<(Uuid, ObjectId), Rights>>,
    /// Codes of processes that are disabled.
    pub processes_off: Arc<BTreeSet<String>>,
    pub retention: Arc<Retention>,
    /// OAuth clients by client id.
    pub clients: Arc<BTreeMap<String, Arc<Client>>>,
    /// The keys that sign tokens, oldest first.
    pub signing_keys: Arc<Vec<SigningKey>>,
    /// Users of the admin page by id.
    pub users: Arc<BTreeMap<Uuid, Arc<User>>>,
    /// Set-up links that are not used yet, by the user whose password they set. The key `None`
    /// holds the link for a new administrator.
    pub setup_links: Arc<BTreeMap<Option<Uuid>, SetupLink>>,
}

/// Why an entry was rejected. The message says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    #[error("no object '{0}'")]
    ObjectUnknown(String),
    #[error("no technical user '{0}'; {WEBHOOK_SERVICE} ships with Hookgate")]
    TechnicalUserUnknown(String),
    #[error("no webhook source '{0}'")]
    SourceUnknown(String),
    #[error("a webhook source named '{0}' already exists; choose another name")]
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
    #[error("column {object}.{column} cannot be added: {object}.{other} already uses its key; choose another code")]
    ColumnKeyTaken {
        object: String,
        column: String,
        other: String,
    },
    #[error("object {0} would have more than {MAX_COLUMNS} columns; move some of them to another object")]
    ColumnsTooMany(String),
    #[error("object '{0}' cannot be changed from a lookup to a plain object or back")]
    LookupFixed(String),
    #[error("{place}: {problem}")]
    Definition { place: String, problem: String },
    #[error("{what} does not exist or was deleted")]
    Gone { what: String },
    #[error("no OAuth client '{0}'")]
    ClientUnknown(String),
    #[error("an OAuth client named '{0}' already exists; choose another name")]
    ClientNameTaken(String),
    #[error("no user '{0}'")]
    UserUnknown(String),
    #[error("a user named '{0}' already exists; choose another name")]
    UserNameTaken(String),
    #[error("this is the last administrator; add another one first")]
    LastAdministrator,
    #[error("the set-up link was used or is too old")]
    SetupLinkDead,
    #[error("the configuration was changed in the meantime; try again")]
    Stale,
    #[error("{object} has no record {record}")]
    RecordUnknown { object: String, record: Uuid },
    #[error("{object} already has a record {record}; leave Id out to create a record with a new id")]
    RecordExists { object: String, record: Uuid },
    #[error("the record was changed in the meantime; read it again and repeat the change if it is still needed")]
    RecordChanged,
    #[error("{key}: no {object} record has the id {target}")]
    LookupMissing { key: String, object: String, target: Uuid },
    #[error("no task {0} that has not ended")]
    TaskUnknown(TaskId),
    #[error("task {0} belongs to an index and cannot be cancelled; change the column's 'indexed' instead")]
    TaskOfIndex(TaskId),
    #[error("the record is referenced in {key} by {} of {object}; change those records first", many(*count))]
    RecordUsed { object: String, key: String, count: u64 },
}

/// A count for a message. Counting stopped after 1,000.
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
            active: true,
            odata: false,
        };
        Self {
            version: 0,
            rules: 0,
            objects: Arc::default(),
            entities: Arc::default(),
            sources: Arc::default(),
            technical_users: Arc::new(BTreeMap::from([(service.id, Arc::new(service))])),
            grants: Arc::default(),
            processes_off: Arc::default(),
            retention: Arc::default(),
            clients: Arc::default(),
            signing_keys: Arc::default(),
            users: Arc::default(),
            setup_links: Arc::default(),
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
        let name = name_key_1(name);
        self.sources.values().find(|source| name_key_1(&source.name) == name)
    }

    /// The technical user with this code, without regard to case.
    #[must_use]
    pub fn technical_user(&self, code: &str) -> Option<&Arc<TechnicalUser>> {
        self.technical_users
            .values()
            .find(|user| user.code.eq_ignore_ascii_case(code))
    }

    /// What a technical user may do with the records of an object.
    #[must_use]
    pub fn rights(&self, user: Uuid, object: ObjectId) -> Rights {
        self.grants.get(&(user, object)).copied().unwrap_or_default()
    }

    /// The id under which permissions for this code are stored: an object, or else a system set such
    /// as `Webhook`.
    #[must_use]
    pub fn grantable(&self, code: &str) -> Option<ObjectId> {
        // Objects come first: an object may have had this code before the code was reserved.
        self.object(code).map(|object| object.id).or_else(|| {
            let set = SYSTEM_SETS.iter().find(|(name, _)| name.eq_ignore_ascii_case(code));
            set.map(|(_, id)| *id)
        })
    }

    /// The code of an object or system set that has permissions.
    #[must_use]
    pub fn grantable_code(&self, id: ObjectId) -> Option<&str> {
        let set = || SYSTEM_SETS.iter().find(|(_, set)| *set == id).map(|(name, _)| *name);
        self.objects.get(&id).map(|object| object.code.as_str()).or_else(set)
    }

    /// The name of the user or technical user with this id, or of Hookgate itself.
    #[must_use]
    pub fn actor_name_by_id(&self, id: Uuid) -> Option<&str> {
        if let Some(user) = self.users.get(&id) {
            return Some(&user.name);
        }
        match self.technical_users.get(&id) {
            Some(user) => Some(&user.code),
            None => (id == SYSTEM_ID).then_some("Hookgate"),
        }
    }

    /// The ids of all that have a name by [`actor_name_by_id`](Self::actor_name_by_id), ascending.
    #[must_use]
    pub fn actors(&self) -> Vec<Uuid> {
        let users = self.users.keys().chain(self.technical_users.keys()).copied();
        let mut ids: Vec<Uuid> = users.chain([SYSTEM_ID]).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether a process is enabled.
    #[must_use]
    pub fn process_enabled(&self, code: &str) -> bool {
        !self.processes_off.contains(code)
    }

    /// Applies the changes of an entry that concern the catalog, all of them or none.
    ///
    /// # Errors
    /// The error of the first change that cannot be applied.
    #[cfg(test)]
    pub fn apply(&mut self, entry: &super::entry::Entry) -> Result<(), ApplyError> {
        use super::change::Change;
        let mut next = self.clone();
        for change in &entry.changes {
            match change {
                Change::Config(change) => next.config_apply(entry.at, change)?,
                Change::Access(change) => next.access_apply(entry.at, change)?,
                _ => {}
            }
        }
        *self = next;
        Ok(())
    }
}
