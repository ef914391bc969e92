//! An appliance on a simulated machine, with all that administrators' functions work with.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use hookgate::app::bounds::{intake_limits, session_policy};
use hookgate::clock;
use hookgate::config::defaults;
use hookgate::domain::caller::Caller;
use hookgate::domain::client::SCOPE_ODATA;
use hookgate::domain::entry::Entry;
use hookgate::domain::time::Timestamp;
use hookgate::identity::{Issuer, RingPolicy};
use hookgate::intake::Intake;
use hookgate::journal::GroupPolicy;
use hookgate::ledger::{Ledger, Work};
use hookgate::manage::feed::Feed;
use hookgate::manage::health::Health;
use hookgate::manage::{Context, Files, Memory, RetentionPolicy, Urls};
use hookgate::odata::{Method, Odata, Request, Response, address, respond};
use hookgate::people::{ActiveSession, People};
use hookgate::retention::clock_check::ClockCheck;
use hookgate::secret::Secrets;
use serde_json::Value;

use super::prepared::Known;
use super::table::Failure;
use crate::disk::Machine;
use crate::setup::{StartError, open_ledger};

/// Large enough that no operation begins a new file of the journal.
pub const SEGMENT: u64 = 1 << 17;

const POLICY: GroupPolicy = GroupPolicy {
    entries: 4,
    bytes: 4096,
};

/// How long a busy machine may take for an entry.
const PATIENCE: Duration = Duration::from_secs(60);

pub const HOUR: i64 = 3_600_000_000;

/// A running appliance. No process handles webhooks: those of each status stay as they are.
pub struct Site {
    pub context: Context,
    pub odata: Odata,
    pub known: Arc<Known>,
    _work: Receiver<Work>,
}

impl Site {
    pub fn open(machine: &Machine, known: &Arc<Known>) -> Result<Self, StartError> {
        let (ledger, work) = open_ledger(machine, SEGMENT, POLICY)?;
        Ok(Self {
            odata: Odata::new(ledger.clone()),
            context: context(ledger, &known.secrets, known.folder.path()),
            known: Arc::clone(known),
            _work: work,
        })
    }

    pub fn ledger(&self) -> &Ledger {
        &self.context.ledger
    }

    /// Appends an entry as it is, and waits until it is applied.
    pub fn apply(&self, entry: Entry) {
        let before = self.ledger().position().applied;
        self.ledger().submit(entry).unwrap();
        assert!(
            self.ledger().wait_applied(before, PATIENCE) > before,
            "it is not applied"
        );
    }

    /// The session of a cookie.
    pub fn session(&self, cookie: &str) -> Result<ActiveSession, Failure> {
        let live = self.context.people.session_live(cookie, clock::now())?;
        live.ok_or_else(|| "the session has ended".into())
    }

    /// A request of the program `Reports` to OData.
    pub fn odata(&self, method: Method, path: &str, body: &Value) -> Result<Response, Failure> {
        let catalog = self.ledger().catalog();
        let user = catalog.technical_user("Shop").ok_or("no technical user")?;
        let caller = Caller {
            client_id: "hgc_test".to_owned(),
            user: user.id,
            scopes: vec![SCOPE_ODATA.to_owned()],
        };
        let body = body.to_string();
        let address = address(path).map_err(|error| error.to_string())?;
        let request = Request {
            method,
            root: "/0/odata",
            address: &address,
            query: "",
            if_match: None,
            if_none_match: None,
            prefer: None,
            accept: None,
            content_type: Some("application/json"),
            body: body.as_bytes(),
        };
        let response = respond(&self.odata, &caller, &request);
        if (200..300).contains(&response.status) {
            return Ok(response);
        }
        Err(format!("{} {}", response.status, String::from_utf8_lossy(&response.body)).into())
    }
}

fn context(ledger: Ledger, secrets: &Arc<Secrets>, data: &Path) -> Context {
    // Long enough ago for what happens once an hour, and for the codes of a second factor.
    let started_on = Timestamp(clock::now().0 - 2 * HOUR);
    let issuer_url = "https://hookgate.example.org/0".to_owned();
    let issuer = Issuer::new(
        ledger.clone(),
        Arc::clone(secrets),
        RingPolicy::every(defaults().tokens.rotation),
        started_on,
    );
    issuer.url_set(&issuer_url);
    let setup_file = data.join("setup-link");
    let policy = session_policy(&defaults());
    Context {
        people: Arc::new(People::new(
            ledger.clone(),
            Arc::clone(secrets),
            policy,
            setup_file,
            started_on,
        )),
        secrets: Arc::clone(secrets),
        issuer: Arc::new(issuer),
        intake: Arc::new(Intake::new(
            ledger.clone(),
            Arc::clone(secrets),
            intake_limits(&defaults()),
        )),
        feed: Arc::new(Feed::new(ledger.clone())),
        health: Arc::new(Health::new(ledger.clone(), data.to_owned(), None, started_on)),
        retention: RetentionPolicy {
            batch: 1000,
            clock_check: ClockCheck::new(None, started_on, Instant::now()),
        },
        urls: Urls {
            public: "https://hooks.example.org".to_owned(),
            public_configured: true,
            issuer: issuer_url,
        },
        files: Files {
            master_key: data.join("master.key"),
            data: data.to_owned(),
            master_key_credential: false,
        },
        running: None,
        memory: Memory::new(started_on),
        ledger,
    }
}
