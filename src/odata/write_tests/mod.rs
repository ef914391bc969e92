//! Writing, on a ledger in a folder of its own.

mod batches;
mod dispatch;
mod groups;
mod multipart;
mod properties;
mod records;
mod refusals;

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::address::{Address, address};
use super::reply::Response;
use super::reply::error_response;
use super::request::{Method, Request};
use super::respond::respond;
use super::service::Odata;
use crate::app::bounds::ledger_limits;
use crate::config::defaults;
use crate::domain::actor::Actor;
use crate::domain::caller::Caller;
use crate::domain::change::{AccessChange, ConfigChange, UpkeepChange};
use crate::domain::client::SCOPE_ODATA;
use crate::domain::definition::parse_for;
use crate::domain::entry::Entry;
use crate::domain::record::Record;
use crate::domain::rights::Rights;
use crate::domain::rights::TechnicalUser;
use crate::domain::shipped::shipped;
use crate::domain::time::Timestamp;
use crate::journal::disk::Folder;
use crate::journal::{GroupPolicy, JournalOptions};
use crate::ledger::folder::DataFolder;
use crate::ledger::{LedgerParts, ledger_start};
use crate::store::store_open;

const USER: Uuid = Uuid::from_u128(77);
const AT: Timestamp = Timestamp(1_795_444_200_000_000);
const SERVICE: &str = "https://hookgate.example.org/0/odata";
const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A ledger with a program that may do all with Contact, Country, Order and `UsrThing`, and
/// nothing with the rest.
pub(crate) struct World {
    pub(crate) odata: Odata,
    pub(crate) caller: Caller,
    _folder: DataFolder,
    _temp: TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.odata.ledger.close();
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let segment = 1 << 20;
        let folder = DataFolder::open(temp.path(), Uuid::from_u128(1), segment).unwrap();
        let parts = LedgerParts {
            disk: Arc::new(Folder::new(&folder.journal())),
            store: store_open(&folder.database(), folder.appliance, 16 << 20).unwrap(),
            appliance: folder.appliance,
            journal: JournalOptions {
                segment,
                queue: 1024,
                policy: GroupPolicy::default(),
            },
            limits: ledger_limits(&defaults()),
        };
        let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
        let odata = Odata::new(ledger);
        odata.url_set("https://hookgate.example.org");
        let world = Self {
            odata,
            caller: Caller {
                client_id: "hgc_test".to_owned(),
                user: USER,
                scopes: vec![SCOPE_ODATA.to_owned()],
            },
            _folder: folder,
            _temp: temp,
        };
        world.fill();
        world
    }

    /// One that is made on another thread, for tests within a runtime: making it waits for the disk.
    pub(crate) fn elsewhere() -> Self {
        std::thread::spawn(Self::new).join().unwrap()
    }

    fn fill(&self) {
        let (at, by) = (AT, Actor::System);
        let appliance = Uuid::from_u128(1);
        self.change(Entry::one(at, Actor::System, UpkeepChange::Genesis { appliance }));
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
            {"code": "Name", "type": "text(10)", "required": true},
            {"code": "Note", "type": "unlimited text"},
            {"code": "Size", "type": "integer"},
            {"code": "Rate", "type": "decimal(6)"},
            {"code": "Price", "type": "currency"},
            {"code": "Good", "type": "boolean"},
            {"code": "Day", "type": "date"},
            {"code": "Moment", "type": "datetime"},
            {"code": "Hour", "type": "time"},
            {"code": "Mark", "type": "guid"},
            {"code": "Mail", "type": "email"},
            {"code": "Parent", "type": "lookup(UsrThing)"},
            {"code": "Country", "type": "lookup(Country)"},
            {"code": "Kind", "type": "text(10)", "required": true, "default": "plain"}
        ]}]}"#;
        let (definition, _) = parse_for(own, &self.odata.ledger.catalog()).unwrap();
        self.change(Entry::one(
            at,
            by,
            ConfigChange::DefinitionApplied {
                definition,
                indexes: Vec::new(),
            },
        ));
        self.change(Entry::one(
            at,
            by,
            AccessChange::TechnicalUserSet(TechnicalUser {
                id: USER,
                code: "Program".to_owned(),
                name: "A program".to_owned(),
                active: true,
                odata: true,
            }),
        ));
        for object in ["Contact", "Country", "Order", "UsrThing"] {
            self.grant(object, [true; 4]);
        }
    }

    fn change(&self, change: Entry) {
        self.odata.ledger.commit(change).unwrap();
    }

    /// Create, Read, Edit, Delete.
    fn grant(&self, object: &str, [create, read, edit, delete]: [bool; 4]) {
        let rights = Rights {
            create,
            read,
            edit,
            delete,
        };
        self.change(Entry::one(
            AT,
            Actor::CommandLine,
            ConfigChange::GrantSet {
                user: "Program".to_owned(),
                object: object.to_owned(),
                rights,
            },
        ));
    }

    fn ask(&self, request: Request<'_>) -> TestResponse {
        TestResponse(respond(&self.odata, &self.caller, &request))
    }

    fn sent(&self, method: Method, path: &str, body: &[u8]) -> TestResponse {
        match address(path) {
            Ok(address) => self.ask(request_to(method, &address, body)),
            Err(error) => TestResponse(error_response(&error)),
        }
    }

    fn get(&self, path: &str) -> TestResponse {
        self.sent(Method::Get, path, b"")
    }

    fn post(&self, path: &str, body: &Json) -> TestResponse {
        self.sent(Method::Post, path, body.to_string().as_bytes())
    }

    fn patch(&self, path: &str, body: &Json) -> TestResponse {
        self.sent(Method::Patch, path, body.to_string().as_bytes())
    }

    fn delete(&self, path: &str) -> TestResponse {
        self.sent(Method::Delete, path, b"")
    }

    /// A thing with this name; gives its address.
    fn thing(&self, name: &str) -> String {
        let answer = self.post("UsrThing", &json!({"Name": name}));
        assert_eq!(answer.status(), 201, "{answer:?}");
        format!("UsrThing({})", answer.json()["Id"].as_str().unwrap())
    }

    /// A record as it is stored.
    fn stored(&self, object: &str, id: &str) -> Option<Record> {
        let object = self.odata.ledger.catalog().object(object).unwrap().id;
        let reader = self.odata.ledger.read().unwrap();
        reader.record_get(object, id.parse().unwrap()).unwrap()
    }

    pub(crate) fn count(&self, object: &str) -> u64 {
        let object = self.odata.ledger.catalog().object(object).unwrap().id;
        self.odata.ledger.read().unwrap().record_count(object).unwrap()
    }
}

/// A request to a path that is an address. Its address lives as long as the test program, so that a
/// test can add to the request.
fn request<'a>(method: Method, path: &str, body: &'a [u8]) -> Request<'a> {
    request_to(method, Box::leak(Box::new(address(path).unwrap())), body)
}

const fn request_to<'a>(method: Method, address: &'a Address, body: &'a [u8]) -> Request<'a> {
    Request {
        method,
        root: "/0/odata",
        address,
        query: "",
        if_match: None,
        if_none_match: None,
        prefer: None,
        accept: None,
        content_type: Some("application/json; charset=utf-8; IEEE754Compatible=true"),
        body,
    }
}

#[derive(Debug)]
struct TestResponse(Response);

impl TestResponse {
    const fn status(&self) -> u16 {
        self.0.status
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.0.headers.iter().filter(|(key, _)| *key == name);
        let value = all.next().map(|(_, value)| value.as_str());
        assert!(all.next().is_none(), "{name} is there twice");
        value
    }

    fn json(&self) -> Json {
        assert!(self.0.content_type.as_deref().unwrap().starts_with("application/json"));
        serde_json::from_slice(&self.0.body).unwrap()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0.body).unwrap()
    }

    /// The code and the message of an error.
    fn error(&self, status: u16) -> (String, String) {
        assert_eq!(self.status(), status, "{}", self.text());
        let json = self.json();
        let text = |name: &str| json["error"][name].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    }

    fn target(&self) -> Option<String> {
        self.json()["error"]["target"].as_str().map(str::to_owned)
    }
}
