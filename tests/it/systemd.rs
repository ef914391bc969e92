//! What the server tells systemd, and what it takes from it, against a stand-in. What needs a
//! running systemd stands in docs/architecture.md.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hookgate::app::bounds::ledger_limits;
use hookgate::config::defaults;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::UpkeepChange;
use hookgate::domain::entry::Entry;
use hookgate::domain::time::Timestamp;
use hookgate::journal::disk::{Disk, DiskFile, Folder};
use hookgate::journal::{GroupPolicy, JournalOptions};
use hookgate::ledger::folder::DataFolder;
use hookgate::ledger::{Ledger, LedgerParts, ledger_start};
use hookgate::store::store_open;
use hookgate::systemd::{Due, Watchdog};
use hookgate::tls::self_signed;
use rustix::process::Signal;
use uuid::Uuid;

use crate::filled::{filled, many, stopped_server};
use crate::harness::{Connection, Recorder, Request, Server, command, hookgate, wait_for, wait_until};

const SEGMENT: u64 = 64 << 20;

/// Certificate and key in a folder, as an operator has them.
fn certificate(folder: &Path) -> [PathBuf; 2] {
    let made = tempfile::tempdir().unwrap();
    let files = self_signed(made.path(), &[]).unwrap();
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.join(name));
    fs::copy(made.path().join("cert.pem"), &certificate).unwrap();
    fs::copy(files.key, &key).unwrap();
    [certificate, key]
}

#[test]
fn start_reload_and_stop_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path());
    let [certificate, key] = files.each_ref().map(|path| path.to_str().unwrap());
    let mut server = Server::new(&["--tls-certificate", certificate, "--tls-key", key]);
    let recorder = Recorder::of(&mut server);
    server.restart();
    let ready = recorder.wait(0, "READY=1\nSTATUS=Serving webhooks at https://");
    let messages = recorder.messages();
    assert_eq!(messages[0], "STATUS=Opening the data folder\n");
    assert_eq!(ready, messages.len() - 1, "{messages:?}");
    let mut connection = Connection::open(server.address(), "localhost", &files[0]).unwrap();
    assert_eq!(connection.send(&Request::new("GET", "/readyz")).status, 200);

    server.signal(Signal::HUP);
    let reloading = recorder.wait(ready + 1, "RELOADING=1\nMONOTONIC_USEC=");
    let again = recorder.wait(reloading + 1, "READY=1\nSTATUS=Serving webhooks at https://");
    assert_eq!((reloading, again), (ready + 1, ready + 2));
    assert_eq!(recorder.messages()[again], messages[ready]);

    // A reload that fails ends as well, and says so.
    fs::write(certificate, "no certificate").unwrap();
    server.signal(Signal::HUP);
    let reloading = recorder.wait(again + 1, "RELOADING=1");
    let failed = recorder.wait(reloading + 1, "READY=1");
    let message = &recorder.messages()[failed];
    assert!(
        message.contains("the current certificate stays in use: ") && message.contains("PEM"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 2, "{message}");

    assert_eq!(server.stop(), 0);
    let stopping = recorder.wait(failed + 1, "STOPPING=1\nEXTEND_TIMEOUT_USEC=80000000\nSTATUS=Stopping");
    assert_eq!(stopping, recorder.messages().len() - 1, "{:?}", recorder.messages());
}

#[test]
fn ready_is_told_once_the_store_has_caught_up_and_until_then_how_far_it_is() {
    const COUNT: usize = 40_000;
    let (mut server, recorder) = far_behind(COUNT);
    server.restart();
    let ready = recorder.wait(0, "READY=1");
    let stored = server.stored();
    assert_eq!(stored, COUNT as u64);

    let messages = recorder.messages();
    let percents: Vec<u64> = messages[1..ready]
        .iter()
        .map(|message| {
            let rest =
                message.strip_prefix("EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Applying the journal to the database: ");
            let rest = rest.unwrap_or_else(|| panic!("{messages:?}"));
            rest.strip_suffix(" %\n").unwrap().parse().unwrap()
        })
        .collect();
    assert_eq!(percents.first(), Some(&0), "{messages:?}");
    assert!(percents.is_sorted(), "{messages:?}");
    assert!(
        percents.iter().any(|percent| (1..100).contains(percent)),
        "{messages:?}"
    );
    server.kill();
}

/// A server whose database is so many webhooks behind its journal.
fn far_behind(count: usize) -> (Server, Recorder) {
    let mut server = stopped_server(&[]);
    let recorder = Recorder::of(&mut server);
    let database = server.data().join("data/hookgate.redb");
    let before = server.folder().join("before.redb");
    fs::copy(&database, &before).unwrap();
    filled(&server.data(), SEGMENT, |ledger| {
        many(ledger, count, r#"{"Name":"John Best"}"#);
    });
    // As after a power cut that the database did not survive as well as the journal.
    fs::rename(&before, &database).unwrap();
    (server, recorder)
}

#[test]
fn it_ends_at_once_while_the_store_catches_up_and_the_next_start_goes_on() {
    const COUNT: usize = 60_000;
    // Once more if it was ready before this process got round to the signal.
    let (mut server, _recorder) = wait_for("an end while the store catches up", || {
        let (mut server, recorder) = far_behind(COUNT);
        server.launch();
        let begun = recorder.wait(0, "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=Applying");
        assert_eq!(server.stop(), 0);
        recorder.wait(begun, "STOPPING=1\n");
        let told = recorder.messages();
        let ready = told.iter().any(|message| message.starts_with("READY=1"));
        (!ready).then_some((server, recorder))
    });
    server.restart();
    assert_eq!(server.stored(), COUNT as u64);
    server.kill();
}

#[test]
fn the_watchdog_is_fed_while_all_is_well() {
    let mut server = Server::new(&[]);
    let recorder = Recorder::of(&mut server);
    server.variable("WATCHDOG_USEC", "1200000");
    server.restart();
    let ready = recorder.wait(0, "READY=1");
    let first = recorder.wait(ready, "WATCHDOG=1\n");
    let second = recorder.wait(first + 1, "WATCHDOG=1\n");
    recorder.wait(second + 1, "WATCHDOG=1\n");
}

#[test]
fn the_watchdog_of_another_process_is_none_of_its_own() {
    let mut server = Server::new(&[]);
    let recorder = Recorder::of(&mut server);
    server.variable("WATCHDOG_USEC", "200000");
    server.variable("WATCHDOG_PID", "1");
    server.restart();
    let ready = recorder.wait(0, "READY=1");
    // Longer than its interval would be, by what the server does meanwhile.
    server.signal(Signal::HUP);
    recorder.wait(ready + 1, "READY=1");
    assert_eq!(server.stop(), 0);
    let messages = recorder.messages();
    assert!(
        !messages.iter().any(|message| message.contains("WATCHDOG")),
        "{messages:?}"
    );
}

/// A disk that hangs within a sync when it is told to.
struct Hanging {
    folder: Folder,
    gate: Arc<Gate>,
}

struct HangingFile {
    file: Box<dyn DiskFile>,
    gate: Arc<Gate>,
}

/// Present while the next sync is to hang: what it tells then, and what it waits for.
type Gate = Mutex<Option<(SyncSender<()>, Receiver<()>)>>;

impl Hanging {
    fn file(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let gate = Arc::clone(&self.gate);
        Box::new(HangingFile { file, gate })
    }
}

impl Disk for Hanging {
    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.folder.create(name).map(|file| self.file(file))
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.folder.open(name).map(|file| self.file(file))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.folder.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }
    fn sync_folder(&self) -> io::Result<()> {
        self.folder.sync_folder()
    }
}

impl DiskFile for HangingFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(into, offset)
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }
    fn sync(&self) -> io::Result<()> {
        let gate = self.gate.lock().unwrap().take();
        if let Some((hangs, go_on)) = gate {
            hangs.send(()).unwrap();
            let _ = go_on.recv();
        }
        self.file.sync()
    }
}

#[test]
fn a_writer_that_hangs_is_not_taken_for_alive_and_a_slow_one_is() {
    let directory = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(directory.path(), Uuid::now_v7(), 1 << 20).unwrap();
    let appliance = folder.appliance;
    let gate = Arc::new(Gate::default());
    let parts = LedgerParts {
        disk: Arc::new(Hanging {
            folder: Folder::new(&folder.journal()),
            gate: Arc::clone(&gate),
        }),
        store: store_open(&folder.database(), appliance, 16 << 20).unwrap(),
        appliance,
        journal: JournalOptions {
            segment: 1 << 20,
            queue: 64,
            policy: GroupPolicy::default(),
        },
        limits: ledger_limits(&defaults()),
    };
    let (ledger, _work) = ledger_start(parts, |_| ()).unwrap();
    ledger
        .commit(Entry::one(
            Timestamp(1),
            Actor::System,
            UpkeepChange::Genesis { appliance },
        ))
        .unwrap();

    let start = Instant::now();
    let mut watchdog = Watchdog::new(Duration::from_secs(30), start);
    let look = |watchdog: &mut Watchdog, ledger: &Ledger, seconds| {
        let shown = ledger.heartbeat();
        let due = watchdog.look(start + Duration::from_secs(seconds), [shown.journal, shown.store]);
        if due == Due::Ask {
            ledger.heartbeat_ask();
        }
        due
    };
    // Nothing is written, and both threads answer all the same.
    wait_until("a sign of life", || look(&mut watchdog, &ledger, 1) == Due::Tell);

    let (hangs, hanging) = sync_channel(1);
    let (go_on, waits) = sync_channel(1);
    *gate.lock().unwrap() = Some((hangs, waits));
    let change = Entry::one(Timestamp(2), Actor::System, UpkeepChange::Genesis { appliance });
    ledger.submit(change).unwrap();
    hanging.recv().unwrap();
    for second in 10..1000 {
        assert_eq!(look(&mut watchdog, &ledger, second), Due::Ask, "it hangs");
    }
    go_on.send(()).unwrap();
    wait_until("a sign of life", || look(&mut watchdog, &ledger, 1000) == Due::Tell);
    ledger.close();
}

#[test]
fn master_key_and_certificate_come_from_the_credentials() {
    let mut server = Server::new(&[]);
    let credentials = server.folder().join("credentials");
    fs::create_dir(&credentials).unwrap();
    certificate(&credentials);
    let key = credentials.join("master.key");
    fs::write(&key, [9; 32]).unwrap();
    // As systemd makes it where the rights of the service are in an access list.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o440)).unwrap();
    server.variable("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
    server.restart();

    assert!(!server.data().join("master.key").exists() && !server.data().join("tls").exists());
    let mut connection = Connection::open(server.address(), "localhost", &credentials.join("tls.crt")).unwrap();
    assert_eq!(connection.send(&Request::new("GET", "/readyz")).status, 200);
    let file = server.folder().join("backup");
    let said = server.cli(&["backup", file.to_str().unwrap()]).good().stdout;
    assert!(said.contains("LoadCredential=master.key"), "{said}");
    assert!(
        !said.contains(key.to_str().unwrap()),
        "a place that goes with the service: {said}"
    );
    assert_eq!(server.stop(), 0);

    // Without systemd the file must be named.
    let refused = hookgate(&server.data(), &["source", "list"], "");
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.stderr.contains("HOOKGATE_SECRETS_MASTER_KEY"), "{refused:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let named = command()
        .args(["source", "list", "--data"])
        .arg(server.data())
        .env("HOOKGATE_SECRETS_MASTER_KEY", &key)
        .output()
        .unwrap();
    assert!(named.status.success(), "{named:?}");
}
