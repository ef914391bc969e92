//! Backups from outside: made beside arriving webhooks, verified, restored, and refused when they
//! are not what they should be.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hookgate::backup::backup_last;
use hookgate::ledger::folder::DataFolder;
use hookgate::store::digest::{StoreDigest, store_digest};
use hookgate::store::store_open;
use serde_json::{Value, json};

use super::filled::stopped_with_contact;
use super::harness::{Output, Request, Server, hookgate, wait_for, wait_until};

const CONTACT: &str = r#"{"EntityName": "Contact", "Name": "John Best"}"#;

/// The file of a backup, beside the data folder.
fn file(server: &Server) -> PathBuf {
    server.folder().join("one.backup")
}

fn backup(server: &Server, flags: &[&str]) -> Output {
    let file = file(server);
    server.cli(&[&["backup", file.to_str().unwrap(), "--json"], flags].concat())
}

fn restore(file: &Path, data: &Path) -> Output {
    hookgate(data, &["restore", file.to_str().unwrap(), "--json"], "")
}

/// What a file of the data folder holds, whose server must have stopped.
fn digest(data: &Path) -> (u64, StoreDigest) {
    let folder = DataFolder::open_existing(data).unwrap();
    let store = store_open(&folder.database(), folder.appliance, 64 << 20).unwrap();
    let reader = store.store().reader().unwrap();
    (store.applied(), store_digest(&reader).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A folder for a server, restored with the master key of another one.
fn restored(file: &Path, from: &Server) -> Server {
    let server = Server::new(&[]);
    fs::create_dir(server.data()).unwrap();
    fs::copy(from.data().join("master.key"), server.data().join("master.key")).unwrap();
    let view = restore(file, &server.data()).good().json();
    assert_eq!(view["master_key_fits"], true, "{view}");
    server
}

#[test]
fn a_backup_holds_every_webhook_that_was_answered_before_it_began() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    let answered: Arc<Mutex<Vec<String>>> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let sending: Vec<_> = (0..2)
        .map(|_| {
            let (mut connection, answered, stop) = (server.connect(), Arc::clone(&answered), Arc::clone(&stop));
            let request = Request::post(&source, "application/json", CONTACT).bytes();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    connection.write(&request);
                    let id = connection.answer().id();
                    answered.lock().unwrap().push(id);
                }
            })
        })
        .collect();
    wait_until("some webhooks", || answered.lock().unwrap().len() > 200);
    // Once more if none came meanwhile: a disk can be that slow.
    let (before, made) = wait_for("a backup while webhooks arrive", || {
        let before = answered.lock().unwrap().clone();
        let made = backup(&server, &["--force"]).good().json();
        let after = answered.lock().unwrap().len();
        (after > before.len()).then_some((before, made))
    });
    stop.store(true, Ordering::Relaxed);
    for thread in sending {
        thread.join().unwrap();
    }
    assert!(!server.data().join("backup.unborn").exists());
    assert_eq!(fs::metadata(file(&server)).unwrap().permissions().mode() & 0o777, 0o600);
    let stored: u64 = made["webhooks"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert!(stored >= before.len() as u64, "{made}");
    let key = server.data().canonicalize().unwrap().join("master.key");
    let named = PathBuf::from(made["master_key"].as_str().unwrap());
    assert_eq!(named.canonicalize().unwrap(), key, "{made}");

    let mut other = restored(&file(&server), &server);
    assert_eq!(other.ask(&["check"])["problems"], json!([]));
    assert_eq!(other.ask(&["rebuild"])["equal"], true);
    other.restart();
    for id in &before {
        assert_eq!(other.processed(id)["status"], "Done", "{id}");
    }
    // The same Webhook URL, and sequences go on.
    assert_eq!(other.done_with(&source, CONTACT)["status"], "Done");
    let health = other.ask(&["healthcheck"]);
    assert!(health["journal"].as_u64() > made["applied"].as_u64(), "{health} {made}");
    assert_eq!(other.stop(), 0);
    assert_eq!(other.ask(&["check"])["problems"], json!([]));
    assert_eq!(other.ask(&["rebuild"])["equal"], true);
}

#[test]
fn what_is_restored_is_what_there_was() {
    let server = stopped_with_contact();
    let before = digest(&server.data());
    let made = backup(&server, &[]).good().json();
    assert_eq!(made["applied"], before.0);
    assert_eq!(made["webhooks"]["Done"], 1, "{made}");
    assert_eq!(made["records"]["Contact"], 1, "{made}");
    assert!(!server.data().join("backup.unborn").exists());
    let other = restored(&file(&server), &server);
    assert_eq!(digest(&other.data()), before);
    assert_eq!(other.ask(&["check"])["problems"], json!([]));
    let rebuilt = other.ask(&["rebuild"]);
    assert_eq!(rebuilt["equal"], true, "{rebuilt}");
    assert_eq!(digest(&other.data()), before);

    let last = backup_last(&server.data()).unwrap();
    let path = file(&server);
    assert_eq!(json!(last.at), made["made_on"]);
    assert_eq!(
        (Path::new(&last.file), last.bytes),
        (path.as_path(), fs::metadata(&path).unwrap().len())
    );
    let folder = DataFolder::open_existing(&server.data()).unwrap();
    let journal = fs::read_dir(folder.journal()).unwrap();
    let noted = journal
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .any(|bytes| bytes.windows(11).any(|part| part == b"backup-made"));
    assert!(noted, "the audit log does not know of it");
}

#[test]
fn for_people_it_says_what_the_master_key_is_for() {
    let server = stopped_with_contact();
    let path = file(&server);
    let said = server.cli(&["backup", path.to_str().unwrap()]).good().stdout;
    let key = server.data().join("master.key");
    for part in [
        key.to_str().unwrap(),
        "separate",
        "Webhook URL",
        "signing keys",
        "1 webhook, ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let other = Server::new(&[]);
    let run = |data: &Path| hookgate(data, &["restore", path.to_str().unwrap()], "").good().stdout;
    let said = run(&other.data());
    for part in ["is missing", "Webhook URL", "mode 600", "1 webhook, "] {
        assert!(said.contains(part), "{part}: {said}");
    }

    let another = Server::new(&[]);
    fs::create_dir(another.data()).unwrap();
    let wrong = another.data().join("master.key");
    fs::write(&wrong, [7; 32]).unwrap();
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o600)).unwrap();
    let said = run(&another.data());
    assert!(said.contains("does not belong to the backup"), "{said}");

    let right = Server::new(&[]);
    fs::create_dir(right.data()).unwrap();
    fs::copy(&key, right.data().join("master.key")).unwrap();
    let said = run(&right.data());
    assert!(
        said.contains("is the right one") && !said.contains("Without it"),
        "{said}"
    );
}

/// A command is refused, says these words, and leaves everything as it was.
#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    assert_eq!(output.code, 1, "{output:?}");
    for word in words {
        assert!(output.stderr.contains(word), "{word} is not said: {output:?}");
    }
}

#[test]
fn a_file_that_is_not_a_whole_backup_is_refused_before_anything_is_written() {
    let server = stopped_with_contact();
    backup(&server, &[]).good();
    let whole = fs::read(file(&server)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (bad, data) = (folder.path().join("bad.backup"), folder.path().join("data"));
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let mut renamed = whole.clone();
    renamed[40] ^= 1;
    let cases: [(&str, &[u8], &str); 6] = [
        ("another byte", &flipped, "is damaged"),
        ("another byte in the first lines", &renamed, "is damaged"),
        ("cut off", &whole[..whole.len() - 10], "is damaged"),
        ("cut to a half", &whole[..whole.len() / 2], "is damaged"),
        ("foreign", b"this is a text\n", "not a Hookgate backup"),
        ("empty", b"", "not a Hookgate backup"),
    ];
    for (what, bytes, words) in cases {
        fs::write(&bad, bytes).unwrap();
        let output = restore(&bad, &data);
        refused(&output, &[words]);
        assert!(!data.exists(), "{what}: something was made");
    }
    refused(&restore(&folder.path().join("none"), &data), &["none", "No such file"]);
    assert!(!data.exists());
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let mut server = stopped_with_contact();
    let path = file(&server);
    fs::write(&path, "precious").unwrap();
    refused(&backup(&server, &[]), &["already exists", "--force"]);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    backup(&server, &["--force"]).good();
    assert!(fs::read(&path).unwrap().len() > 1000);
    let folder = server.folder().to_str().unwrap().to_owned();
    refused(&server.cli(&["backup", &folder, "--force"]), &["already exists"]);
    let nowhere = server.folder().join("none/one.backup");
    refused(
        &server.cli(&["backup", nowhere.to_str().unwrap()]),
        &["its folder", "No such file"],
    );
    assert!(!server.data().join("backup.unborn").exists());

    let before = digest(&server.data());
    refused(
        &restore(&path, &server.data()),
        &["already contains data", "--data", "move"],
    );
    server.restart();
    refused(
        &restore(&path, &server.data()),
        &["already contains data", "--data", "move"],
    );
    assert_eq!(server.stop(), 0);
    assert!(digest(&server.data()).0 >= before.0);

    let nobody = Server::new(&[]);
    assert_eq!(nobody.cli(&["backup", path.to_str().unwrap(), "--force"]).code, 4);
}

#[test]
fn one_backup_is_made_at_a_time() {
    let server = Server::start();
    let held = File::open(server.data()).unwrap();
    held.try_lock().unwrap();
    refused(&backup(&server, &[]), &["another backup", "try again"]);
    assert!(!file(&server).exists());
    drop(held);
    backup(&server, &[]).good();
}

#[test]
fn a_backup_that_is_cut_short_leaves_nothing_in_the_way() {
    let mut server = stopped_with_contact();
    let left = server.data().join("backup.unborn");
    let path = file(&server);
    for whom in ["command", "server", "command"] {
        server.restart();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hookgate"))
            .env_clear()
            .args(["backup", path.to_str().unwrap(), "--force", "--data"])
            .arg(server.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ended = wait_for("a copy", || match child.try_wait().unwrap() {
            Some(status) => Some(Some(status)),
            None => left.exists().then_some(None),
        });
        if whom == "server" {
            server.kill();
            child.wait().unwrap();
            server.restart();
            assert!(!left.exists(), "a start clears what is left");
        } else if ended.is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // A server goes on with a copy when the command that asked for it is gone.
        wait_for("a backup", || {
            let output = backup(&server, &["--force"]);
            let busy = output.code == 1 && output.stderr.contains("another backup");
            (!busy).then_some(output)
        })
        .good();
        assert_eq!(server.stop(), 0);
        assert_eq!(server.ask(&["check"])["problems"], json!([]));
        restored(&path, &server);
    }
    // What a machine that stopped may leave.
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("hookgate.redb"), "half").unwrap();
    fs::write(server.folder().join("one.backup.unborn"), "half").unwrap();
    server.restart();
    assert!(!left.exists(), "a start clears what is left");
    backup(&server, &["--force"]).good();
    assert_eq!(names(server.folder()), ["data", "log", "one.backup", "out"]);

    // A restore that was cut short is no data, and in nobody's way.
    let other = Server::new(&[]);
    fs::create_dir_all(other.data().join("data.unborn/journal")).unwrap();
    fs::write(other.data().join("data.unborn/hookgate.redb"), "half").unwrap();
    restore(&path, &other.data()).good();
    assert_eq!(names(&other.data()), ["data", "lock"]);
}

#[test]
fn without_room_for_it_nothing_is_left_of_it() {
    let server = stopped_with_contact();
    let small = server.folder().join("small");
    fs::create_dir(&small).unwrap();
    let script = "mount -t tmpfs -o size=8k tmpfs \"$1\" || exit 77; \"$2\" backup \"$1/one.backup\" --data \"$3\"; \
                  code=$?; ls -A \"$1\"; exit $code";
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", script, "sh"])
        .args([&small, Path::new(env!("CARGO_BIN_EXE_hookgate")), &server.data()])
        .output();
    let Ok(output) = output.map(|output| (output.status.code(), output)) else {
        eprintln!("SKIPPED: there is no unshare here");
        return;
    };
    let (code, output) = output;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if code == Some(77) || said.contains("unshare") {
        eprintln!("SKIPPED: a small disk cannot be made here: {said}");
        return;
    }
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("not enough disk space") && said.contains("another disk"),
        "{said}"
    );
    assert_eq!(output.stdout, b"", "something is left");
    assert!(!server.data().join("backup.unborn").exists());
    assert_eq!(backup_last(&server.data()), None);
    backup(&server, &[]).good();
}

#[test]
fn the_commands_on_the_page_work_as_they_stand() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate.md")).unwrap();
    let (_, rest) = page.split_once("\n## Backup\n").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let blocks = section
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap());
    let script: String = blocks.collect();
    assert!(script.lines().count() >= 6, "{script}");

    let server = stopped_with_contact();
    let root = server.folder().join("root");
    for folder in ["var/lib", "mnt/backup", "mnt/keys"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::rename(server.data(), root.join("var/lib/hookgate")).unwrap();
    let root = root.to_str().unwrap();
    let script = script
        .replace("/var/lib/", &format!("{root}/var/lib/"))
        .replace("/mnt/", &format!("{root}/mnt/"));
    let program = Path::new(env!("CARGO_BIN_EXE_hookgate")).parent().unwrap();
    let path = std::env::join_paths([program, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let output = Command::new("sh")
        .args(["-euc", &script])
        .env_clear()
        .env("PATH", path)
        .current_dir(server.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for part in ["created and verified", "is the right one", "No problems found"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let back = PathBuf::from(root).join("var/lib/hookgate-restored");
    let list = hookgate(&back, &["webhook", "list", "--json"], "").good().json();
    assert_eq!(list["webhooks"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["webhooks"][0]["status"], Value::from("Done"));
}
