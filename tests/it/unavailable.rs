//! A server whose ledger has closed under it, as when it is about to end after a failed disk. Made
//! in this process: nothing from outside brings the program into this state and holds it there.

use std::sync::Arc;

use hookgate::app::bounds::{intake_limits, ledger_limits};
use hookgate::config::defaults;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::{ConfigChange, UpkeepChange};
use hookgate::domain::entry::Entry;
use hookgate::domain::source::SourceSettings;
use hookgate::domain::time::Timestamp;
use hookgate::http::{Listener, ServerParts, Serves, listen, serve};
use hookgate::identity::{Issuer, RingPolicy};
use hookgate::intake::Intake;
use hookgate::journal::disk::Folder;
use hookgate::journal::{GroupPolicy, JournalOptions};
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{LedgerParts, ledger_start};
use hookgate::manage::health::Health;
use hookgate::odata::Odata;
use hookgate::secret::Secrets;
use hookgate::store::store_open;
use uuid::Uuid;

use crate::harness::{Connection, Request, api, http_settings};

const SEGMENT: u64 = 1 << 20;

#[test]
fn a_closed_ledger_is_not_ready_and_no_fault_of_the_sender() {
    let directory = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(directory.path(), Uuid::now_v7(), SEGMENT).unwrap();
    let parts = LedgerParts {
        disk: Arc::new(Folder::new(&folder.journal())),
        store: store_open(&folder.database(), folder.appliance, 16 << 20).unwrap(),
        appliance: folder.appliance,
        journal: JournalOptions {
            segment: SEGMENT,
            queue: 1024,
            policy: GroupPolicy::default(),
        },
        limits: ledger_limits(&defaults()),
    };
    let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
    let appliance = folder.appliance;
    ledger
        .commit(Entry::one(
            Timestamp(1),
            Actor::System,
            UpkeepChange::Genesis { appliance },
        ))
        .unwrap();
    let secrets = Arc::new(Secrets::new(&[7; 32]).unwrap());
    let (key, stored) = secrets.source_key_new().unwrap();
    let added = Entry::one(
        Timestamp(1),
        Actor::CommandLine,
        ConfigChange::SourceAdded {
            name: "Shop".to_owned(),
            enabled: true,
            settings: SourceSettings::default(),
            key: stored,
        },
    );
    ledger.commit(added).unwrap();
    let running = serve(ServerParts {
        intake: Arc::new(Intake::new(
            ledger.clone(),
            Arc::clone(&secrets),
            intake_limits(&defaults()),
        )),
        issuer: Arc::new(Issuer::new(
            ledger.clone(),
            Arc::clone(&secrets),
            RingPolicy::every(defaults().tokens.rotation),
            Timestamp(1),
        )),
        api: api(&ledger, &secrets),
        health: Arc::new(Health::new(
            ledger.clone(),
            directory.path().to_owned(),
            None,
            Timestamp(1),
        )),
        odata: Arc::new(Odata::new(ledger.clone())),
        settings: http_settings(),
        listeners: vec![Listener {
            socket: listen("127.0.0.1:0".parse().unwrap()).unwrap(),
            stays: false,
            serves: Serves::Everything,
            tls: None,
        }],
    })
    .unwrap();
    let send = |request: &Request| Connection::plain(running.addresses[0]).send(request);
    assert_eq!(send(&Request::new("GET", "/readyz")).status, 200);
    ledger.close();

    let post = Request::new("POST", &format!("/webhooks/{key}"))
        .header("Content-Type", "application/json")
        .body("{}");
    let answer = send(&post);
    assert_eq!(answer.problem(503), "stopped");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    let ready = send(&Request::new("GET", "/readyz"));
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.header("retry-after").is_some(), "{ready:?}");
    let told = ready.json();
    assert_eq!(told["status"], "fail");
    for failing in ["journal", "store"] {
        let checks = told["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == failing).unwrap();
        assert_eq!(check["status"], "fail", "{told:#}");
    }
    assert_eq!(send(&Request::new("GET", "/livez")).status, 200);
    running.stop(true);
}
