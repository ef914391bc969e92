use std::sync::Arc;
use std::time::Duration;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::Change;
use hookgate::domain::rights::Rights;
use hookgate::domain::time::Timestamp;
use hookgate::domain::webhook::Webhook;
use hookgate::journal::disk::Folder;
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{LedgerParts, ledger_start};
use hookgate::journal::{JournalOptions, GroupPolicy};
use hookgate::store::store_open;
use uuid::Uuid;

#[test]
fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(dir.path(), Uuid::now_v7(), 1 << 20).unwrap();
    let store = store_open(&folder.database(), folder.appliance, 16 << 20).unwrap();
    let parts = LedgerParts { disk: Arc::new(Folder::new(&folder.journal())), store, appliance: folder.appliance,
        journal: JournalOptions { segment: 1 << 20, queue: 1024, policy: GroupPolicy::default() }, limits: Default::default() };
    let (ledger, work) = ledger_start(parts, |_| ()).unwrap();
    ledger.change(Change::Genesis { at: Timestamp(1), appliance: folder.appliance }).unwrap();
    ledger.change(Change::ProcessSet { at: Timestamp(1), by: Actor::CommandLine, process: "CreateRecords".into(), enabled: true }).unwrap();
    let refused = ledger.change(Change::GrantSet { at: Timestamp(1), by: Actor::CommandLine, user: "WebhookService".into(), object: "Nope".into(), rights: Rights::default() });
    assert!(refused.is_err());
    let l2 = ledger.clone();
    let t = std::thread::spawn(move || hookgate::process::worker::run(&l2, &work, 5));
    let mut seqs = vec![];
    for i in 0..3000u32 {
        let w = Webhook { id: Uuid::now_v7(), created_on: Timestamp(i64::from(i)), source: 1, api_key_hint: "x".into(), content_type: "application/json".into(), query: String::new(), headers: vec![], source_url: String::new(), remote: None, files: vec![], body: format!("{{\"Name\":\"n{i}\", \"big\":\"{}\"}}", "y".repeat(1000)).into_bytes() };
        seqs.push(ledger.webhook_append(w).unwrap().blocking_recv().unwrap().unwrap());
    }
    for s in &seqs { assert!(ledger.wait_processed(*s, Duration::from_secs(5)).unwrap()); }
    println!("{:?} {:?}", ledger.position(), ledger.read().unwrap().webhook_counts());
    ledger.work_stop(); t.join().unwrap(); ledger.close();
    println!("{:?}", ledger.position());
}
