//! The data folder: one server at a time, and never a damaged or foreign file taken for a whole
//! or an empty one.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::filled::{stopped_server, stopped_with_contact};
use super::harness::{Output, Server, Source, hookgate};

const CONTACT: &str = r#"{"EntityName": "Contact", "Name": "John Best"}"#;

/// What is done to a file.
type Damage = Box<dyn Fn(&Path)>;

fn serve(data: &Path) -> Output {
    hookgate(data, &["serve", "--listen-address", "127.0.0.1:0"], "")
}

fn segment(server: &Server) -> PathBuf {
    let mut files = fs::read_dir(server.data().join("data/journal")).unwrap();
    files.next().unwrap().unwrap().path()
}

fn flip(path: &Path, at: u64) {
    let mut file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 0x40]).unwrap();
}

fn shorten(path: &Path, to: u64) {
    fs::File::options().write(true).open(path).unwrap().set_len(to).unwrap();
}

/// A start is refused and says one of the words; the file is afterwards as it was.
#[track_caller]
fn refused(what: &str, server: &Server, file: &Path, words: &[&str]) {
    let before = fs::read(file).ok();
    for command in [&["serve", "--listen-address", "127.0.0.1:0"][..], &["webhook", "list"]] {
        let output = hookgate(&server.data(), command, "");
        assert_eq!(output.code, 4, "{what}: {output:?}");
        assert!(!output.stderr.contains("panicked"), "{what}: {output:?}");
        let told = words.iter().any(|word| output.stderr.contains(word));
        assert!(told, "{what}: it does not say what to do: {}", output.stderr);
    }
    assert!(fs::read(file).ok() == before, "{what}: {} was changed", file.display());
}

#[test]
fn a_damaged_or_foreign_database_is_refused() {
    let advice = ["hookgate rebuild", "backup"];
    let damages: [(&str, Damage); 5] = [
        (
            "foreign",
            Box::new(|path| fs::write(path, "this is a text\n".repeat(1000)).unwrap()),
        ),
        ("empty", Box::new(|path| fs::write(path, "").unwrap())),
        (
            "cut to a half",
            Box::new(|path| shorten(path, fs::metadata(path).unwrap().len() / 2)),
        ),
        ("cut to a few bytes", Box::new(|path| shorten(path, 100))),
        ("another first byte", Box::new(|path| flip(path, 0))),
    ];
    let server = stopped_with_contact();
    let database = server.data().join("data/hookgate.redb");
    let whole = fs::read(&database).unwrap();
    for (what, damage) in damages {
        damage(&database);
        refused(what, &server, &database, &advice);
        let check = server.cli(&["check", "--json"]);
        assert_eq!(check.code, 1, "{what}: {check:?}");
        assert!(!check.json()["problems"].as_array().unwrap().is_empty(), "{what}");
        let next = check.json()["next_step"].as_str().unwrap_or_default().to_owned();
        assert!(next.contains("'hookgate rebuild'"), "{what}: {check:?}");
        fs::write(&database, &whole).unwrap();
    }
    // With the journal it is made from damaged as well, only a backup is left.
    let journal = segment(&server);
    let good = fs::read(&journal).unwrap();
    fs::write(&database, "this is a text").unwrap();
    fs::write(&journal, "this is a text").unwrap();
    let check = server.cli(&["check"]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(
        check.stdout.contains("Next step: restore the newest backup"),
        "{check:?}"
    );
    fs::write(&journal, &good).unwrap();
    fs::write(&database, &whole).unwrap();
    fs::remove_file(&database).unwrap();
    refused("missing", &server, &database, &advice);
    fs::write(&database, &whole).unwrap();
    assert_eq!(
        server.ask(&["check"])["problems"],
        json!([]),
        "the whole file is taken again"
    );

    // Many bits flipped in rows: redb opens it, and only a check finds it.
    let mut bytes = whole;
    for at in [65_536, 69_632, 73_728, 77_824, 81_920, 86_016].map(|page| page + 200) {
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 0x40;
        }
    }
    fs::write(&database, &bytes).unwrap();
    let check = server.cli(&["check", "--json"]);
    assert_eq!(check.code, 1, "{check:?}");
    let next = check.json()["next_step"].as_str().unwrap_or_default().to_owned();
    assert!(next.contains("'hookgate rebuild'"), "{check:?}");
    server.ask(&["rebuild"]);
    assert_eq!(server.ask(&["check"])["problems"], json!([]), "as it said");
}

#[test]
fn a_database_of_another_appliance_is_refused() {
    let (server, other) = (stopped_with_contact(), stopped_with_contact());
    let database = server.data().join("data/hookgate.redb");
    fs::copy(other.data().join("data/hookgate.redb"), &database).unwrap();
    let started = serve(&server.data());
    assert_eq!(started.code, 4, "{started:?}");
    assert!(
        started.stderr.contains("different Hookgate installations"),
        "{started:?}"
    );
    // It is not spoilt for the one that it belongs to.
    fs::copy(&database, other.data().join("data/hookgate.redb")).unwrap();
    assert_eq!(other.ask(&["check"])["problems"], json!([]));
}

#[test]
fn a_damaged_or_foreign_journal_is_refused() {
    let server = stopped_with_contact();
    let file = segment(&server);
    let whole = fs::read(&file).unwrap();
    let zeros = whole.iter().rev().take_while(|byte| **byte == 0).count() as u64;
    let middle = (whole.len() as u64 - zeros) / 2;
    let damages: [(&str, Damage); 5] = [
        (
            "foreign",
            Box::new(|path| fs::write(path, "this is a text\n".repeat(1000)).unwrap()),
        ),
        ("empty", Box::new(|path| fs::write(path, "").unwrap())),
        ("another first byte", Box::new(|path| flip(path, 0))),
        ("another byte in the middle", Box::new(move |path| flip(path, middle))),
        ("cut in the middle", Box::new(move |path| shorten(path, middle))),
    ];
    for (what, damage) in damages {
        damage(&file);
        refused(
            what,
            &server,
            &file,
            &["'hookgate check'", "another Hookgate installation"],
        );
        let check = server.cli(&["check", "--json"]);
        assert_eq!(check.code, 1, "{what}: {check:?}");
        fs::write(&file, &whole).unwrap();
    }
    fs::remove_file(&file).unwrap();
    refused("missing", &server, &file, &["'hookgate check'"]);
    fs::write(&file, &whole).unwrap();
    assert_eq!(
        server.ask(&["check"])["problems"],
        json!([]),
        "the whole file is taken again"
    );
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let server = stopped_with_contact();
    let identity = server.data().join("data/appliance.json");
    fs::write(
        &identity,
        r#"{"product": "another", "format": 1, "appliance": "6f9f2c4e-0000-4000-8000-000000000001"}"#,
    )
    .unwrap();
    refused("foreign", &server, &identity, &["--data", "backup"]);
    fs::remove_file(&identity).unwrap();
    refused("missing", &server, &identity, &["--data", "backup"]);
}

#[test]
fn the_master_key_must_be_the_right_one() {
    let mut server = stopped_with_contact();
    let path = server.data().join("master.key");
    let key = fs::read(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::remove_file(&path).unwrap();
    refused("missing", &server, &path, &["Put the file back"]);
    fs::write(&path, &key[..31]).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    refused("too short", &server, &path, &["Put the right file back"]);
    fs::write(&path, &key).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    refused("readable by others", &server, &path, &["chmod 600"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    // Another key of the right length would know no Webhook URL and sign no token.
    fs::write(&path, [7; 32]).unwrap();
    refused(
        "another",
        &server,
        &path,
        &["does not belong to this data", "Put the right file back"],
    );
    fs::write(&path, &key).unwrap();
    server.restart();
    let source = Source::of(&server.ask(&["source", "show", "Form"]));
    assert_eq!(server.done_with(&source, CONTACT)["status"], "Done");
}

#[test]
fn a_second_server_on_one_folder_refuses() {
    let server = Server::start();
    let second = serve(&server.data());
    assert_eq!(second.code, 4, "{second:?}");
    assert!(
        second.stderr.contains("another Hookgate") && second.stderr.contains("--data"),
        "{second:?}"
    );
    let source = server.source("Form");
    server.done_with(&source, "{}");
}

#[test]
fn a_certificate_that_cannot_serve_is_a_mistake_in_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let server = stopped_server(&[]);
    let (good, other) = (server.data().join("tls"), stopped_server(&[]));
    let (certificate, key) = (good.join("cert.pem"), good.join("key.pem"));
    let config = folder.path().join("hookgate.toml");
    let junk = folder.path().join("junk.pem");
    fs::write(&junk, "no certificate").unwrap();
    let check = |certificate: &Path, key: &Path| {
        let text = format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n");
        fs::write(&config, text).unwrap();
        hookgate(
            folder.path(),
            &["check-config", "--config", config.to_str().unwrap()],
            "",
        )
    };
    check(&certificate, &key).good();
    for (certificate, key, told) in [
        (
            &junk,
            &key,
            ["hookgate.toml:2 tls.certificate: ", "contains no certificate"],
        ),
        (
            &folder.path().join("none"),
            &key,
            ["hookgate.toml:2 tls.certificate: ", "cannot be read"],
        ),
        (
            &certificate,
            &junk,
            ["hookgate.toml:3 tls.key: ", "contains no private key"],
        ),
        (
            &certificate,
            &other.data().join("tls/key.pem"),
            ["hookgate.toml:3 tls.key: ", "does not belong to"],
        ),
    ] {
        let output = check(certificate, key);
        assert_eq!(output.code, 2, "{output:?}");
        for told in told {
            assert!(output.stderr.contains(told), "{told}: {output:?}");
        }
    }

    // What may not be read is said, and is no mistake. Root may read everything.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&key).is_err() {
        let output = check(&certificate, &key);
        assert_eq!(output.code, 0, "{output:?}");
        assert!(output.stdout.contains("no permission to read it"), "{output:?}");
    }
}

#[test]
fn all_mistakes_in_the_settings_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("hookgate.toml");
    fs::write(
        &config,
        "[listen]\nadress = \"0.0.0.0:1\"\nplain_http = \"0.0.0.0:80\"\n\n[limits]\nqueue = -1\n",
    )
    .unwrap();
    let name = config.to_str().unwrap();
    let data = folder.path().join("data");
    for command in ["check-config", "serve"] {
        let output = hookgate(&data, &[command, "--config", name, "--log-level", "loud"], "");
        assert_eq!(output.code, 2, "{output:?}");
        for part in [
            "hookgate.toml:2 listen.adress",
            "hookgate.toml:3 listen.plain_http",
            "hookgate.toml:6 limits.queue",
            "--log-level",
        ] {
            assert!(output.stderr.contains(part), "{part} is not named: {}", output.stderr);
        }
    }
    assert!(!data.exists(), "nothing was made");
    let defaults = hookgate(&data, &["check-config", "--defaults"], "").good().stdout;
    fs::write(&config, defaults).unwrap();
    hookgate(&data, &["check-config", "--config", name], "").good();
}

#[test]
fn root_opens_no_data_folder_of_somebody_else() {
    let mut server = Server::start();
    assert_eq!(server.stop(), 0);
    server.cli(&["check"]).good();
    if std::os::unix::fs::chown(server.data(), Some(4711), None).is_err() {
        eprintln!("SKIPPED: only root can give a folder away");
        return;
    }
    let file = server.folder().join("none.backup");
    for command in [
        vec!["check"],
        vec!["rebuild"],
        vec!["source", "list"],
        vec!["restore", file.to_str().unwrap()],
    ] {
        let refused = server.cli(&command);
        assert_ne!(refused.code, 0, "{command:?}");
        assert!(refused.stderr.contains("sudo -u '#4711'"), "{command:?}: {refused:?}");
    }
    std::os::unix::fs::chown(server.data(), Some(0), None).unwrap();
    server.cli(&["check"]).good();
}
