//! Public clients, as they come from their registry, against a running Hookgate: the scripts of
//! `tests/interop`, which `tests/install` gets the clients for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::harness::{Server, command, wait_for};

/// The Python in which the clients are installed.
fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
    let python = target.join("interop-venv/bin/python");
    assert!(
        python.exists(),
        "{} is not there; tests/run installs it, and so does '. tests/install'",
        python.display()
    );
    python
}

/// Runs a script to its end, with a server, a client and a technical user of its own.
#[track_caller]
fn works(script: &str) {
    let server = Server::start();
    let started = std::time::Instant::now();
    // The RS256 key is made beside the start; until it is there, programs are told to come again.
    server.keys_made();
    // Assertions of the very second of the start are refused: their times have whole seconds.
    wait_for("the next second", || {
        (started.elapsed() > std::time::Duration::from_millis(1100)).then_some(())
    });
    let user = "Interop";
    let program = server.caller(user, &["Contact --create --read --edit --delete"]);
    for right in [
        "Order --create --read --edit",
        "Country --read",
        "Actor --read",
        "Webhook --read",
        "WebhookParsingError --read",
    ] {
        let words: Vec<_> = ["grant"].into_iter().chain(right.split(' ')).collect();
        server.cli(&[&words, &["--user", user][..]].concat()).good();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    let certificate = server.certificate();
    let written = server.folder().join("script");
    let out = fs::File::create(&written).unwrap();
    let mut child = Command::new(python())
        // No bytecode beside the scripts, nothing from the surroundings.
        .args(["-B", script])
        .current_dir(folder)
        .env_clear()
        .env(
            "HOOKGATE_BASE",
            format!("https://localhost:{}", server.address().port()),
        )
        .env("HOOKGATE_PROGRAM", command().get_program())
        .env("HOOKGATE_DATA", server.data())
        .env("HOOKGATE_CLIENT_ID", &program.id)
        .env("HOOKGATE_CLIENT_SECRET", &program.secret)
        .env("REQUESTS_CA_BUNDLE", &certificate)
        .env("SSL_CERT_FILE", &certificate)
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .spawn()
        .unwrap();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_for("the end of the script", || child.try_wait().unwrap())
    }));
    let status = ended.unwrap_or_else(|_| {
        let _ = child.kill();
        child.wait().unwrap()
    });
    let written = fs::read_to_string(written).unwrap();
    assert!(status.success(), "{script}: {status}\n{written}\n{}", server.log());
}

#[test]
fn authlib_gets_tokens_in_every_way() {
    works("tokens_authlib.py");
}

#[test]
fn requests_oauthlib_gets_tokens() {
    works("tokens_requests_oauthlib.py");
}

#[test]
fn pyjwt_verifies_tokens_from_the_published_keys() {
    works("verify_pyjwt.py");
}

#[test]
fn python_odata_reads_and_writes() {
    works("odata_python_odata.py");
}

#[test]
fn odatapy_reads_pages_and_writes() {
    works("odata_odatapy.py");
}

#[test]
fn every_script_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    let own = include_str!("interop.rs");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|kind| kind == "py") && name != "site_under_test.py" {
            assert!(own.contains(&format!("works(\"{name}\")")), "no test runs {name}");
        }
    }
}
