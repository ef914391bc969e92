use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgMatches, Command};
use tracing::Level;

use super::*;

mod derived;
mod errors;

fn flags(given: &[&str]) -> ArgMatches {
    let given = std::iter::once("test").chain(given.iter().copied());
    arguments(Command::new("test"))
        .try_get_matches_from(given)
        .expect("the flags are known")
}

fn env(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let pairs: BTreeMap<String, String> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    move |name| pairs.get(name).cloned()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file
}

fn from_file(text: &str) -> Result<Settings, ConfigErrors> {
    load(Some(file(text).path()), &flags(&[]), env(&[]))
}

#[test]
fn nothing_given_works() {
    let settings = load(None, &flags(&[]), env(&[])).expect("defaults are right");
    assert_eq!(settings, defaults());
    assert_eq!(settings.listen.address.to_string(), "0.0.0.0:8443");
    assert_eq!(settings.listen.senders, None);
    assert_eq!(settings.listen.public_url, None);
    assert_eq!(settings.listen.plain_http, None);
    assert_eq!(settings.tls, Tls::default());
    assert_eq!(settings.intake.max_body, 1 << 20);
    assert_eq!(settings.intake.body_timeout, Duration::from_secs(15));
    assert_eq!(settings.intake.min_rate, 1024);
    assert_eq!(settings.intake.max_headers, 32 << 10);
    assert_eq!(settings.limits.connections, 10_000);
    assert_eq!(settings.limits.queue, 16_384);
    assert_eq!(settings.limits.lag, 32_768);
    assert_eq!(settings.limits.lag_bytes, 64 << 20);
    assert_eq!(settings.limits.sync_timeout, Duration::from_secs(30));
    assert_eq!((settings.limits.depth, settings.limits.fields), (128, 1000));
    assert_eq!(settings.http.head_timeout, Duration::from_secs(5));
    assert_eq!(settings.http.keep_alive, Duration::from_secs(30));
    assert_eq!(settings.intake.body_patience, Duration::from_secs(5));
    assert_eq!(settings.process.max_attempts, 5);
    assert_eq!(settings.store.cache, 64 << 20);
    assert_eq!(settings.journal.segment, 64 << 20);
    assert_eq!(settings.journal.keep, 1 << 30);
    assert_eq!(settings.retention.batch, 500);
    assert_eq!(settings.tokens.issuer, None);
    assert_eq!(settings.tokens.rotation, Duration::from_secs(90 * 86_400));
    assert_eq!((settings.odata.page, settings.odata.scan_rows), (20_000, 200_000));
    assert_eq!(settings.odata.scan_time, Duration::from_secs(5));
    assert_eq!((settings.odata.concurrent, settings.odata.queue), (16, 64));
    assert_eq!(settings.log.level, Level::INFO);
    assert_eq!(settings.log.format, LogFormat::Text);
    assert_eq!(settings.shutdown.timeout, Duration::from_secs(20));
    assert!(settings.http.workers >= 1);
    assert_eq!(settings.secrets.master_key, settings.data.join("master.key"));
}

#[test]
fn flag_over_environment_over_file_over_default() {
    let file = file("[limits]\nqueue = 100\nlag = 100\nconnections = 100\n");
    let variables = [("HOOKGATE_LIMITS_QUEUE", "200"), ("HOOKGATE_LIMITS_LAG", "200")];
    let settings = load(Some(file.path()), &flags(&["--limits-queue", "300"]), env(&variables)).expect("all right");
    assert_eq!(settings.limits.queue, 300);
    assert_eq!(settings.limits.lag, 200);
    assert_eq!(settings.limits.connections, 100);
    assert_eq!(settings.limits.lag_bytes, 64 << 20);
}

#[test]
fn a_command_without_the_flags_loads_too() {
    let flags = Command::new("test").get_matches_from(["test"]);
    assert_eq!(load(None, &flags, env(&[])), Ok(defaults()));

    let own = clap::Arg::new("data")
        .long("data")
        .value_parser(clap::value_parser!(PathBuf));
    for data in [argument_of("data").expect("it is there"), own] {
        let flags = Command::new("test")
            .arg(data)
            .get_matches_from(["test", "--data", "/somewhere"]);
        let settings = load(None, &flags, env(&[])).expect("all right");
        assert_eq!(settings.data, Path::new("/somewhere"));
    }
}

#[test]
fn a_variable_set_to_nothing_is_not_set() {
    let variables = [("HOOKGATE_DATA", ""), ("HOOKGATE_LISTEN_ADDRESS", "")];
    assert_eq!(load(None, &flags(&[]), env(&variables)), Ok(defaults()));
}

#[test]
fn names_as_list_and_as_text() {
    let expected = ["hooks.example.com", "192.0.2.1"];
    let list = from_file("tls.names = [\"hooks.example.com\", \"192.0.2.1\"]").expect("a list");
    assert_eq!(list.tls.names, expected);
    let text = load(None, &flags(&["--tls-names", "Hooks.example.com, 192.0.2.1"]), env(&[]));
    assert_eq!(text.expect("a text").tls.names, expected);
    assert!(from_file("tls.names = [\"a b\"]").is_err());
}

#[test]
fn public_urls() {
    let read = |text: &str| load(None, &flags(&["--listen-public-url", text]), env(&[])).map(|s| s.listen.public_url);
    for (text, expected) in [
        ("https://a.example/", "https://a.example"),
        ("HTTPS://a.example:8443/hooks/", "https://a.example:8443/hooks"),
    ] {
        assert_eq!(read(text), Ok(Some(expected.to_owned())), "{text}");
    }
    assert_eq!(read(""), Ok(None));
    for text in [
        "http://a.example",
        "a.example",
        "https://",
        "https:///x",
        "https://a?b",
        "https://u@a",
        "https://a b",
        "https://ä",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn the_master_key_comes_from_the_credentials_if_it_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = folder.path().to_str().expect("UTF-8");
    let given = flags(&["--data", "/d"]);
    let master_key = |variables: &[(&str, &str)]| load(None, &given, env(variables)).expect("right").secrets.master_key;
    let variables = [("CREDENTIALS_DIRECTORY", name)];
    assert_eq!(master_key(&variables), Path::new("/d/master.key"));
    let key = folder.path().join("master.key");
    std::fs::write(&key, [0; 32]).expect("written");
    assert_eq!(master_key(&variables), key);
    let both = [("CREDENTIALS_DIRECTORY", name), ("HOOKGATE_SECRETS_MASTER_KEY", "/k")];
    assert_eq!(master_key(&both), Path::new("/k"));
}

#[test]
fn the_certificate_comes_from_the_credentials_if_both_halves_are_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [("CREDENTIALS_DIRECTORY", folder.path().to_str().expect("UTF-8"))];
    let [certificate, key] = ["tls.crt", "tls.key"].map(|name| folder.path().join(name));
    let files = |given: &[&str]| load(None, &flags(given), env(&variables)).map(|settings| settings.tls.files);
    assert_eq!(files(&[]), Ok(None));
    std::fs::write(&certificate, "").expect("written");
    let error = files(&[]).expect_err("one half").to_string();
    assert!(
        error.contains("tls.key") && error.contains("LoadCredential="),
        "{error}"
    );
    std::fs::write(&key, "").expect("written");
    let both = TlsFiles {
        certificate: certificate.clone(),
        key,
    };
    assert_eq!(files(&[]), Ok(Some(both)));
    let own = TlsFiles {
        certificate: "/c".into(),
        key: "/k".into(),
    };
    assert_eq!(files(&["--tls-certificate=/c", "--tls-key=/k"]), Ok(Some(own)));
    assert!(
        files(&["--tls-certificate=/c"]).is_err(),
        "half by name, half by chance"
    );
}

#[test]
fn a_master_key_in_the_folder_of_the_credentials_is_one_of_them() {
    let variables = [("CREDENTIALS_DIRECTORY", "/run/credentials/hookgate.service")];
    let credential = |given: &[&str]| {
        load(None, &flags(given), env(&variables))
            .expect("right")
            .secrets
            .credential
    };
    assert!(credential(&[
        "--secrets-master-key=/run/credentials/hookgate.service/key"
    ]));
    assert!(!credential(&["--secrets-master-key=/etc/hookgate/key"]));
    assert!(!credential(&[]));
}
