//! Reading, on a ledger in a folder of its own.

mod bounds;
mod empty;
mod filters;
mod paging;
mod plans;
mod single;
mod webhooks;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use tempfile::TempDir;
use uuid::Uuid;

use super::entity_types::entity_type_named;
use super::model::EntityType;
use super::odata_error::ODataError;
use super::read;
use super::reply::HandlerResult;
use super::request::RequestContext;
use super::service::Odata;
use crate::app::bounds::ledger_limits;
use crate::clock;
use crate::config::defaults;
use crate::domain::actor::Actor;
use crate::domain::caller::Caller;
use crate::domain::catalog::Catalog;
use crate::domain::change::{AccessChange, ConfigChange, RecordsWritten};
use crate::domain::client::SCOPE_ODATA;
use crate::domain::column::ColumnId;
use crate::domain::definition::{ColumnIndex, parse_for};
use crate::domain::entry::Entry;
use crate::domain::record::RecordOperation;
use crate::domain::rights::Rights;
use crate::domain::rights::TechnicalUser;
use crate::domain::shipped::shipped;
use crate::domain::source::{SourceKey, SourceSettings};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{LedgerLimits, LedgerParts, ledger_start};
use crate::store::store_open;

const USER: Uuid = Uuid::from_u128(77);
const AT: Timestamp = Timestamp(1_795_444_200_000_000);
const SERVICE: &str = "https://hookgate.example.org/0/odata";

/// The sets that the caller may read.
const READABLE: [&str; 5] = ["Contact", "Country", "UsrThing", "Webhook", "WebhookParsingError"];

struct World {
    odata: Odata,
    caller: Caller,
    numbers_as_text: bool,
    _folder: DataFolder,
    _temp: TempDir,
}

impl World {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let (folder, odata) = opened(temp.path());
        let caller = Caller {
            client_id: "hgc_test".to_owned(),
            user: USER,
            scopes: vec![SCOPE_ODATA.to_owned()],
        };
        let world = Self {
            odata,
            caller,
            numbers_as_text: false,
            _folder: folder,
            _temp: temp,
        };
        world.fill();
        world
    }

    fn fill(&self) {
        let (at, by) = (AT, Actor::System);
        let definition = shipped();
        self.change(Entry::one(
            at,
            by,
            ConfigChange::DefinitionApplied {
                definition,
                indexes: Vec::new(),
            },
        ));
        let own = br#"{"objects": [{"code": "UsrThing", "columns": [
            {"code": "Name", "type": "text(250)"},
            {"code": "Note", "type": "text(250)"},
            {"code": "Size", "type": "integer"},
            {"code": "Price", "type": "currency"},
            {"code": "Good", "type": "boolean"},
            {"code": "Day", "type": "date"},
            {"code": "Moment", "type": "datetime"},
            {"code": "Parent", "type": "lookup(UsrThing)"},
            {"code": "Country", "type": "lookup(Country)"}
        ]}]}"#;
        let (definition, _) = parse_for(own, &self.catalog()).unwrap();
        let columns = ["Name", "Size", "Price", "Good", "Moment"];
        let indexes = columns.map(|column| ColumnIndex {
            object: "UsrThing".to_owned(),
            column: column.to_owned(),
            indexed: true,
        });
        self.change(Entry::one(
            at,
            by,
            ConfigChange::DefinitionApplied {
                definition,
                indexes: indexes.to_vec(),
            },
        ));
        self.technical_user_set(true, true);
        for object in READABLE {
            self.grant(object, true);
        }
        let key = SourceKey {
            lookup: [7; 32],
            sealed: Vec::new(),
            hint: "whk_abcde".to_owned(),
        };
        for (name, lookup) in [("Form", 7), ("Shop", 8)] {
            self.change(Entry::one(
                at,
                by,
                ConfigChange::SourceAdded {
                    name: name.to_owned(),
                    enabled: true,
                    settings: SourceSettings::default(),
                    key: SourceKey {
                        lookup: [lookup; 32],
                        ..key.clone()
                    },
                },
            ));
        }
    }

    fn change(&self, change: Entry) {
        self.odata.ledger.commit(change).unwrap();
    }

    fn catalog(&self) -> Arc<Catalog> {
        self.odata.ledger.catalog()
    }

    fn technical_user_set(&self, active: bool, odata: bool) {
        self.change(Entry::one(
            AT,
            Actor::System,
            AccessChange::TechnicalUserSet(TechnicalUser {
                id: USER,
                code: "Reports".to_owned(),
                name: "Reports".to_owned(),
                active,
                odata,
            }),
        ));
    }

    fn grant(&self, object: &str, read: bool) {
        let rights = Rights {
            read,
            ..Rights::default()
        };
        self.change(Entry::one(
            AT,
            Actor::System,
            ConfigChange::GrantSet {
                user: "Reports".to_owned(),
                object: object.to_owned(),
                rights,
            },
        ));
    }

    fn write(&self, operations: Vec<RecordOperation>) {
        self.change(Entry::one(
            clock::now(),
            Actor::CommandLine,
            RecordsWritten {
                rules: self.catalog().rules,
                operations,
            },
        ));
    }

    /// Makes a record at a moment; the column's code goes with its value.
    fn record(&self, object: &str, id: Uuid, at: Timestamp, values: &[(&str, Value)]) {
        let operation = self.operation(object, id, values);
        self.change(Entry::one(
            at,
            Actor::CommandLine,
            RecordsWritten {
                rules: self.catalog().rules,
                operations: vec![operation],
            },
        ));
    }

    fn operation(&self, object: &str, record: Uuid, values: &[(&str, Value)]) -> RecordOperation {
        let catalog = self.catalog();
        let object = catalog.object(object).unwrap();
        let mut values: Vec<(ColumnId, Value)> = values
            .iter()
            .map(|(code, value)| (object.column(code).unwrap().id, value.clone()))
            .collect();
        values.sort_by_key(|(column, _)| *column);
        let object = object.id;
        RecordOperation::Create { object, record, values }
    }

    fn with_context<T>(&self, ask: impl FnOnce(&RequestContext<'_>) -> T) -> T {
        ask(&RequestContext {
            odata: &self.odata,
            caller: &self.caller,
            service_url: SERVICE.to_owned(),
            numbers_as_text: self.numbers_as_text,
        })
    }

    fn set(&self, name: &str) -> EntityType {
        entity_type_named(&self.catalog(), name).unwrap()
    }

    fn collection(&self, set: &str, query: &str, prefer: Option<&str>) -> HandlerResult {
        self.with_context(|context| read::collection(context, &self.set(set), query, prefer))
    }

    fn list(&self, set: &str, query: &str) -> Json {
        json(self.collection(set, query, None))
    }

    /// The values of one property in the answer.
    fn values(&self, set: &str, query: &str, property: &str) -> Vec<String> {
        values(&self.list(set, query), property)
    }

    fn error(&self, set: &str, query: &str) -> ODataError {
        self.collection(set, query, None).unwrap_err()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.odata.ledger.close();
    }
}

fn opened(path: &Path) -> (DataFolder, Odata) {
    let segment = 4 << 20;
    let folder = DataFolder::open(path, clock::new_id(), segment).unwrap();
    let parts = LedgerParts {
        disk: Arc::new(Folder::new(&folder.journal())),
        store: store_open(&folder.database(), folder.appliance, 64 << 20).unwrap(),
        appliance: folder.appliance,
        journal: JournalOptions {
            segment,
            queue: 4096,
            policy: GroupPolicy::default(),
        },
        limits: LedgerLimits {
            unprocessed: u64::MAX,
            ..ledger_limits(&defaults())
        },
    };
    let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
    let odata = Odata::new(ledger);
    odata.url_set("https://hookgate.example.org");
    (folder, odata)
}

fn json(answer: HandlerResult) -> Json {
    let response = answer.unwrap();
    assert_eq!(response.status, 200);
    serde_json::from_slice(&response.body).unwrap()
}

fn values(answer: &Json, property: &str) -> Vec<String> {
    let rows = answer["value"].as_array().unwrap();
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows.iter().map(|row| text(&row[property])).collect()
}

/// The query of the next page.
fn next(answer: &Json, set: &str) -> Option<String> {
    let link = answer.get("@odata.nextLink")?.as_str().unwrap();
    let query = link.strip_prefix(&format!("{SERVICE}/{set}?")).unwrap();
    Some(query.to_owned())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
