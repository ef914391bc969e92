//! The rights of files: what Hookgate makes only its own user may read; one that cannot be used is
//! named with its owner and the command that mends it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Output;

use super::harness::{Request, Server, command, hookgate, through_shell, wait_until};

/// The user and the group `nobody` and `nogroup` of every Linux.
const NOBODY: u32 = 65_534;

/// Another user, who has a name on some machines.
const STRANGER: u32 = 65_533;

const TEXT: &str = "application/json";

/// Runs the program as another user: its script for a shell, if that is possible here.
fn as_user(user: u32) -> Option<String> {
    let script = format!("exec setpriv --reuid={user} --regid={user} --clear-groups \"$@\"");
    let mut version = command();
    version.arg("--version");
    let ran = through_shell(&version, &script).output();
    match ran {
        Ok(ran) if ran.status.success() => Some(script),
        ran => {
            eprintln!("SKIPPED: the program cannot be run as another user here: {ran:?}");
            None
        }
    }
}

/// A server of `nobody` with a webhook, stopped.
fn of_nobody() -> Option<Server> {
    let script = as_user(NOBODY)?;
    let mut server = Server::new(&[]);
    open_to_all(server.folder());
    fs::create_dir(server.data()).unwrap();
    fs::set_permissions(server.data(), Permissions::from_mode(0o700)).unwrap();
    chown(server.data(), Some(NOBODY), Some(NOBODY)).unwrap();
    server.shell(&script);
    server.restart();
    let source = server.source("Shop");
    server.processed(&server.accepted(&source, "{}"));
    Some(server)
}

fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
}

/// A command of another user on the server's data folder.
fn by(user: u32, server: &Server, arguments: &[&str]) -> Output {
    let mut program = command();
    program.args(arguments).arg("--data").arg(server.data());
    let script = as_user(user).unwrap();
    // One that goes on is ended: it should have been refused.
    through_shell(&program, &script.replace("exec setpriv", "exec timeout 60 setpriv"))
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Everything in a folder, with the mode and the owner of each.
fn all(folder: &Path) -> Vec<(PathBuf, u32, u32)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            // It may be gone by now.
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                folders.push(entry.path());
            }
            found.push((entry.path(), about.mode() & 0o777, about.uid()));
        }
    }
    found.sort();
    found
}

/// Nothing in the folder is for others, but for the certificate.
#[track_caller]
fn only_for_its_user(folder: &Path) {
    for (path, mode, _) in all(folder) {
        if path.ends_with("tls/cert.pem") {
            continue;
        }
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
    }
}

#[test]
fn fault_05_root_is_refused_on_the_folder_of_another_user() {
    let Some(mut server) = of_nobody() else { return };
    server.stop();
    let before = all(&server.data());
    let backup = server.folder().join("backup");
    let backup = backup.to_str().unwrap();
    for arguments in [
        &["serve", "--listen-address", "127.0.0.1:0"][..],
        &["check"],
        &["rebuild"],
        &["restore", backup],
        &["backup", backup],
        &["webhook", "list"],
        &["source", "add", "Other"],
        &["retention", "run"],
        &["user", "setup-link"],
    ] {
        let output = hookgate(&server.data(), arguments, "");
        assert!(output.code == 4 || output.code == 1, "{arguments:?}: {output:?}");
        for part in ["belongs to nobody", "sudo -u nobody hookgate"] {
            assert!(output.stderr.contains(part), "{arguments:?}: {output:?}");
        }
    }
    assert_eq!(all(&server.data()), before, "nothing was made or changed");
    server.restart();
    // The running server does the work, whoever asks.
    server.ask(&["webhook", "list"]);
}

#[test]
fn fault_05_a_data_folder_with_files_of_root_is_given_back_by_one_command() {
    let Some(mut server) = of_nobody() else { return };
    server.stop();
    let data = server.data();
    let journal = fs::read_dir(data.join("data/journal"))
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    for path in [
        data.join("data/hookgate.redb"),
        data.join("data/appliance.json"),
        data.join("lock"),
        journal,
    ] {
        chown(&path, Some(0), Some(0)).unwrap();
        for arguments in [
            &["serve", "--listen-address", "127.0.0.1:0"][..],
            &["check"],
            &["webhook", "list"],
        ] {
            let output = by(NOBODY, &server, arguments);
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(4), "{arguments:?}: {told}");
            let facts = format!(
                "{} belongs to root (mode 0600), and Hookgate runs as nobody",
                path.display()
            );
            assert!(told.contains(&facts), "{arguments:?}: {told}");
            let command = format!("sudo chown -R nobody: {}", data.display());
            assert!(told.contains(&command), "{arguments:?}: {told}");
            assert!(!told.contains("rebuild"), "{arguments:?}: {told}");
        }
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    server.restart();
}

#[test]
fn fault_05_each_file_that_may_not_be_read_names_owner_user_and_command() {
    let Some(mut server) = of_nobody() else { return };
    server.stop();
    let settings = server.folder().join("hookgate.toml");
    fs::write(&settings, "").unwrap();
    let arguments = [
        "serve",
        "--listen-address",
        "127.0.0.1:0",
        "--config",
        settings.to_str().unwrap(),
    ];
    for (path, code) in [
        (settings.clone(), 2),
        (server.data().join("master.key"), 4),
        (server.data().join("tls/key.pem"), 4),
    ] {
        let about = fs::metadata(&path).unwrap();
        chown(&path, Some(0), Some(0)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let output = by(NOBODY, &server, &arguments);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        for part in [
            format!("{} belongs to root (mode 0600)", path.display()),
            "Hookgate runs as nobody".to_owned(),
            format!("sudo chown nobody: {}", path.display()),
        ] {
            assert!(told.contains(&part), "{part}: {told}");
        }
        chown(&path, Some(about.uid()), Some(about.gid())).unwrap();
        fs::set_permissions(&path, about.permissions()).unwrap();
    }
}

#[test]
fn fault_05_a_stranger_is_told_whose_the_folder_is() {
    let Some(server) = of_nobody() else { return };
    let backup = server.folder().join("backup");
    for arguments in [
        &["healthcheck"][..],
        &["webhook", "list"],
        &["check"],
        &["backup", backup.to_str().unwrap()],
    ] {
        let output = by(STRANGER, &server, arguments);
        let told = stderr(&output);
        assert!(!output.status.success(), "{arguments:?}");
        for part in [
            format!("{} belongs to nobody (mode 0700)", server.data().display()),
            "sudo -u nobody hookgate".to_owned(),
        ] {
            assert!(told.contains(&part), "{arguments:?}: {told}");
        }
        assert!(!told.contains("contains no data"), "{arguments:?}: {told}");
    }
}

#[test]
fn fault_08_every_file_is_private_whatever_the_umask_is() {
    let mut server = Server::new(&["--journal-segment", "32 MiB"]);
    server.variable("HOOKGATE_DISK_BALLAST", "1 MiB");
    server.shell("umask 000 && exec \"$@\"");
    server.restart();
    let source = server.source("Shop");
    let body = serde_json::json!({"Notes": "x".repeat(900_000)}).to_string();
    let mut sender = server.connect();
    for _ in 0..40 {
        sender.send(&Request::post(&source, TEXT, &body)).id();
    }
    wait_until("the ballast", || server.data().join("ballast").exists());
    let private = |arguments: &[&str], data: &Path| {
        let mut program = command();
        program.args(arguments).arg("--data").arg(data);
        let output = through_shell(&program, "umask 000 && exec \"$@\"").output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let backup = server.folder().join("backup");
    private(&["backup", backup.to_str().unwrap()], &server.data());
    let restored = server.folder().join("restored");
    private(&["restore", backup.to_str().unwrap()], &restored);
    only_for_its_user(&server.data());
    only_for_its_user(&restored);
    assert_eq!(fs::metadata(&backup).unwrap().mode() & 0o777, 0o600);

    let is_there = |data: &Path, names: &[&str]| {
        for name in names {
            assert!(data.join(name).exists(), "{name}: {:?}", all(data));
        }
    };
    is_there(
        &server.data(),
        &[
            "lock",
            "hookgate.sock",
            "master.key",
            "setup-link",
            "last-backup.json",
            "tls/key.pem",
            "data/appliance.json",
            "data/hookgate.redb",
        ],
    );
    is_there(&restored, &["lock", "data/base.redb", "data/hookgate.redb"]);
    let files = fs::read_dir(server.data().join("data/journal")).unwrap();
    assert!(files.count() > 1, "the journal has a second file");
}

#[test]
fn fault_08_files_that_others_can_read_are_mended_at_a_start() {
    let mut server = Server::start();
    server.stop();
    let backup = server.folder().join("backup");
    server.cli(&["backup", backup.to_str().unwrap()]).good();
    for (path, _, _) in all(&server.data()) {
        if !path.ends_with("master.key") {
            let mode = if path.is_dir() { 0o755 } else { 0o644 };
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
    }
    server.restart();
    only_for_its_user(&server.data());
    let log = server.log();
    let told = log
        .lines()
        .find(|line| line.contains("hookgate.redb"))
        .unwrap_or_default();
    assert!(told.contains("WARN") && told.contains("0644"), "{log}");
}

#[test]
fn fault_08_a_key_that_others_can_read_is_complained_of() {
    let mut server = Server::new(&[]);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| server.folder().join(name));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let chmod = |mode| fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
    let files = [
        "--tls-certificate",
        certificate.to_str().unwrap(),
        "--tls-key",
        key.to_str().unwrap(),
    ];
    let told = format!(
        "the TLS key {0} can be read by other users (mode 0644); run 'chmod g-w,o= {0}'",
        key.display()
    );
    chmod(0o644);
    let check = |words: &[&str]| server.cli(&[&["check-config"], &files[..], words].concat()).good();
    assert_eq!(check(&["--json"]).json()["warnings"], serde_json::json!([told]));
    assert!(check(&[]).stdout.contains(&format!("Warning: {told}")));
    // The key of a company's CA is given to the service by its group.
    chmod(0o640);
    assert_eq!(check(&["--json"]).json()["warnings"], serde_json::json!([]));

    chmod(0o644);
    server.variable("HOOKGATE_TLS_CERTIFICATE", certificate.to_str().unwrap());
    server.variable("HOOKGATE_TLS_KEY", key.to_str().unwrap());
    server.restart();
    let secrets = || {
        let health = server.ask(&["healthcheck"]);
        let checks = health["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["name"] == "secrets").unwrap()
    };
    let found = secrets();
    assert_eq!(
        (&found["status"], &found["detail"]),
        (&"warn".into(), &told.as_str().into())
    );
    let log = server.log();
    let line = log.lines().find(|line| line.contains(&told)).unwrap_or_default();
    assert!(line.contains("WARN"), "{log}");
    chmod(0o600);
    wait_until("the check to be well", || secrets()["status"] == "ok");
}

#[test]
fn fault_08_credentials_of_systemd_are_not_complained_of() {
    let mut server = Server::new(&[]);
    let credentials = server.folder().join("credentials");
    fs::create_dir(&credentials).unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    for (name, text) in [
        ("tls.crt", made.cert.pem().into_bytes()),
        ("tls.key", made.signing_key.serialize_pem().into_bytes()),
        ("master.key", vec![7; 32]),
    ] {
        fs::write(credentials.join(name), text).unwrap();
        // As an access list for the service shows.
        fs::set_permissions(credentials.join(name), Permissions::from_mode(0o440)).unwrap();
    }
    server.variable("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap());
    server.restart();
    let health = server.ask(&["healthcheck"]);
    let checks = health["checks"].as_array().unwrap();
    assert!(
        checks
            .iter()
            .any(|check| check["name"] == "secrets" && check["status"] == "ok"),
        "{health:#}"
    );
    assert!(!server.log().contains("can be read by other users"), "{}", server.log());
}

#[test]
fn fault_08_a_master_key_that_others_can_read_is_refused_before_and_at_the_start() {
    let server = Server::new(&[]);
    fs::create_dir(server.data()).unwrap();
    let key = server.data().join("master.key");
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    for (arguments, code) in [
        (&["check-config"][..], 2),
        (&["serve", "--listen-address", "127.0.0.1:0"], 4),
    ] {
        let refused = hookgate(&server.data(), arguments, "");
        assert_eq!(refused.code, code, "{refused:?}");
        let told = format!(
            "can be read by other users (mode 0640); run 'chmod 600 {}'",
            key.display()
        );
        assert!(refused.stderr.contains(&told), "{refused:?}");
    }
}
