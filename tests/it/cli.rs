//! The command line: the same answers with and without a server, help, exit codes, output that
//! is safe to look at.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::harness::{Output, Request, Server, hookgate};
use super::shell::{commands, parsed};

const CONTACT: &str = r#"{"EntityName": "Contact", "Name": "John Best", "Age": "old"}"#;
const BROKEN: &str = r#"{"EntityName": "Contact", "Name": }"#;

const BOOKING: &str = r#"{"objects": [{"code": "UsrBooking", "caption": "Booking", "columns": [
    {"code": "Name", "type": "text(250)", "required": true}]}], "entities": ["UsrBooking"]}"#;

/// A data folder and how it is asked: through its server, or without one.
struct Site {
    server: Server,
    config: PathBuf,
    good: String,
    record: String,
}

impl Site {
    /// With one webhook that became a Contact, and one that failed.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let config = folder.join("hookgate.toml");
        fs::write(&config, "[listen]\npublic_url = \"https://hooks.example.com\"\n").unwrap();
        fs::write(folder.join("booking.json"), BOOKING).unwrap();
        fs::write(folder.join("password"), "correct horse battery\n").unwrap();
        fs::write(folder.join("jwks.json"), r#"{"keys": []}"#).unwrap();
        let server = Server::start_with(&["--config", config.to_str().unwrap()]);
        server.keys_made();
        server.ask(&["grant", "Contact", "--create"]);
        let source = server.source("Form");
        let good = server.done_with(&source, CONTACT);
        assert_eq!(good["status"], "Done", "{good}");
        assert_eq!(server.done_with(&source, BROKEN)["status"], "Failed");
        Self {
            server,
            config,
            good: good["id"].as_str().unwrap().to_owned(),
            record: good["records"][0]["id"].as_str().unwrap().to_owned(),
        }
    }

    fn run(&self, line: &str) -> Output {
        let folder = self.config.parent().unwrap();
        let line = line
            .replace("WEBHOOK", &self.good)
            .replace("RECORD", &self.record)
            .replace("DEFINITION", folder.join("booking.json").to_str().unwrap())
            .replace("JWKS", folder.join("jwks.json").to_str().unwrap())
            .replace("PASSWORD", folder.join("password").to_str().unwrap());
        let config = self.config.to_str().unwrap().to_owned();
        let mut words: Vec<&str> = line.split(' ').collect();
        words.extend(["--config", &config]);
        self.server.cli(&words)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.config.parent().unwrap());
    }
}

/// Every command that asks or changes something, in an order in which each finds what it needs.
const EVERYTHING: &[&str] = &[
    "source add Shop --rate 60 --max-body 4096 --origin https://www.example.com",
    "source list",
    "source show Shop",
    "source set Shop --no-rate",
    "source disable Shop",
    "source enable Shop",
    "source rotate-key Shop --overlap 1",
    "entity list",
    "entity add Account",
    "entity remove Account",
    "object list",
    "object show Contact",
    "object export Contact Gender",
    "object apply DEFINITION --dry-run",
    "object apply DEFINITION",
    "object apply DEFINITION",
    "object show UsrBooking",
    "grant UsrBooking --create --read",
    "grant list",
    "grant revoke UsrBooking --read",
    "grant revoke UsrBooking",
    "webhook list",
    "webhook list --status Failed --source Form --limit 1",
    "webhook show WEBHOOK",
    "record list Contact",
    "record show Contact RECORD",
    "retention show",
    "retention set --done 30 --failed 0 --schedule 15",
    "retention preview",
    "retention run",
    "process list",
    "process disable CreateRecords",
    "process enable CreateRecords",
    "webhook replay WEBHOOK",
    "webhook replay --status Failed --yes",
    "webhook delete --status Failed --yes",
    "webhook delete WEBHOOK",
    "webhook show WEBHOOK",
    "record show Contact RECORD",
    "source show Nobody",
    "object show Nothing",
    "source set Shop --require-token on",
    "technical-user add Reports --name Reader",
    "technical-user set Reports --odata on",
    "technical-user disable Reports",
    "technical-user enable Reports",
    "grant Contact --read --user Reports",
    "client add Daily --user Reports --allow 10.0.0.0/8 --url https://reports.example.com",
    "client set Daily --lifetime 600 --no-allow",
    "client disable Daily",
    "client enable Daily",
    "client rotate-secret Daily --overlap 1",
    "client remove-secret Daily 019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11",
    "client set-keys Daily JWKS",
    "client end-tokens Daily",
    "client show Daily",
    "client list",
    "technical-user list",
    "technical-user show Reports",
    "client delete Daily",
    "client delete Daily --yes",
    "client show Daily",
    "setting list",
    "setting show IdentityServerClientSecret",
    "setting show IdentityServerClientSecret --reveal",
    "setting show Nothing",
    "signing-key rotate --now",
    "signing-key rotate --now --yes",
    "signing-key list",
    "user list",
    "user add anna --role administrator --password-file PASSWORD",
    "user add Anna --role viewer --password-file PASSWORD",
    "user add ben --role viewer --password-file JWKS",
    "user set anna --rename Anna",
    "user disable anna",
    "user reset-password anna --password-file PASSWORD",
    "user list",
    "user set nobody --role viewer",
    "session list",
    "session end --user anna",
    "session end 0123456789abcdef",
];

#[test]
fn every_command_answers_the_same_with_and_without_a_server() {
    let with = Site::new();
    let mut without = Site::new();
    assert_eq!(without.server.stop(), 0);
    for line in EVERYTHING {
        let (asked, opened) = (
            with.run(&format!("{line} --json")),
            without.run(&format!("{line} --json")),
        );
        assert_eq!(asked.code, opened.code, "{line}: {asked:?} {opened:?}");
        assert_eq!(masked(&said(&asked)), masked(&said(&opened)), "{line}");
        if asked.code == 0 {
            let (asked, opened) = (with.run_again(line), without.run_again(line));
            assert_eq!(asked.is_some(), opened.is_some());
        }
        settle(&with);
    }
}

impl Site {
    /// For people, where saying it twice changes nothing.
    fn run_again(&self, line: &str) -> Option<String> {
        let asks = ["list", "show", "preview", "export"]
            .iter()
            .any(|word| line.split(' ').any(|part| part == *word));
        asks.then(|| {
            let text = self.run(line).good().stdout;
            assert!(text.len() > 2, "{line} says nothing");
            text
        })
    }
}

/// Processing again goes on behind the answer of a running server.
fn settle(site: &Site) {
    super::harness::wait_until("webhooks to be processed", || {
        let health = site.server.ask(&["healthcheck"]);
        health["waiting"] == 0 && health["journal"] == health["store"]
    });
}

fn said(output: &Output) -> Value {
    let text = if output.code == 0 {
        &output.stdout
    } else {
        &output.stderr
    };
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Without ids, times and keys: what two folders have in common.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(masked_text(text)),
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "headers" | "key_hint" | "api_key_hint" | "kid" | "mark"));
            members.map(|(key, value)| (key.clone(), masked(value))).collect()
        }
        other => other.clone(),
    }
}

fn masked_text(text: &str) -> String {
    if text.parse::<hookgate::domain::time::Timestamp>().is_ok() {
        return "a time".to_owned();
    }
    let words = text.split_inclusive([' ', '/', '\'', ';']).map(|word| {
        let bare = word.trim_end_matches([' ', '/', '\'', ';']);
        let known = bare.parse::<uuid::Uuid>().is_ok()
            || ["whk_", "hgc_", "hgs_"].iter().any(|prefix| bare.starts_with(prefix));
        if known {
            word.replace(bare, "…")
        } else {
            word.to_owned()
        }
    });
    words.collect()
}

#[test]
fn every_command_has_help_with_examples_that_work() {
    let mut leaves = Vec::new();
    walk(&hookgate::cli::command(), &mut Vec::new(), &mut leaves);
    assert!(leaves.len() > 30, "{leaves:?}");
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for path in leaves {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        // Through the program only once in a while: the rest is the same way.
        let help = if path.len() == 1 {
            // As no data folder is needed for it.
            hookgate(folder.path(), &words, "").good().stdout
        } else {
            help(&path)
        };
        let name = format!("hookgate {}", path.join(" "));
        let examples = commands(&help);
        if !examples.iter().any(|example| example.starts_with(&name)) {
            faults.push(format!("{name} --help has no example of it"));
        }
        for example in examples {
            if let Err(fault) = parsed(&example) {
                faults.push(format!("{name} --help: {example}\n{fault}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn walk(command: &clap::Command, path: &mut Vec<String>, leaves: &mut Vec<Vec<String>>) {
    if !command.has_subcommands() {
        leaves.push(path.clone());
    }
    for below in command.get_subcommands() {
        path.push(below.get_name().to_owned());
        walk(below, path, leaves);
        path.pop();
    }
}

fn help(path: &[String]) -> String {
    let words = ["hookgate"]
        .into_iter()
        .chain(path.iter().map(String::as_str))
        .chain(["--help"]);
    hookgate::cli::command()
        .try_get_matches_from(words)
        .unwrap_err()
        .to_string()
}

#[test]
fn exit_codes_say_what_went_wrong() {
    let mut server = Server::start();
    let code = |line: &str| server.cli(&line.split(' ').collect::<Vec<_>>()).code;
    assert_eq!(code("source list"), 0);
    assert_eq!(code("healthcheck"), 0);
    for wrong in [
        "sources",
        "source add",
        "webhook show x",
        "grant Contact",
        "retention set",
        "webhook list --limit 0",
        "client set Daily",
        "client add Daily --algorithm HS256",
        "technical-user set Reports",
    ] {
        assert_eq!(code(wrong), 2, "{wrong}");
    }
    let id = "019aaf2c-5d1e-7c3a-9b1f-0a8b6d3c2e11";
    for missing in [
        "source show Nobody".to_owned(),
        "object show Nothing".to_owned(),
        "grant Nothing --create".to_owned(),
        "process disable Nothing".to_owned(),
        "entity add Nothing".to_owned(),
        "webhook list --source Nobody".to_owned(),
        "record list Nothing".to_owned(),
        "client show Nobody".to_owned(),
        "client add Daily --user Nobody".to_owned(),
        "technical-user show Nobody".to_owned(),
        "setting show Nothing".to_owned(),
        format!("webhook show {id}"),
        format!("webhook replay {id}"),
        format!("webhook delete {id}"),
        format!("record show Contact {id}"),
    ] {
        assert_eq!(code(&missing), 3, "{missing}");
    }
    assert_eq!(code("retention set --schedule never"), 1);
    // Both need the folder for themselves.
    for alone in ["check", "rebuild", "serve"] {
        assert_eq!(code(alone), 4, "{alone}");
    }
    server.stop();
    let refused = server.cli(&["healthcheck"]);
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("hookgate serve"), "{refused:?}");
    assert_eq!(server.cli(&["source", "test", "Form"]).code, 4);
    assert_eq!(server.cli(&["check"]).code, 0);
    let nowhere = server.folder().join("nowhere");
    let refused = hookgate(&nowhere, &["webhook", "list"], "");
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(!nowhere.exists(), "asking made a folder");
}

#[test]
fn errors_are_json_with_json() {
    let server = Server::start();
    let refused = server.cli(&["source", "show", "Nobody", "--json"]);
    assert_eq!(refused.stdout, "");
    let told: Value = serde_json::from_str(&refused.stderr).unwrap();
    assert_eq!(told["error"]["code"], "not-found", "{told}");
    assert!(told["error"]["text"].as_str().unwrap().contains("Nobody"), "{told}");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = hookgate(folder.path(), &["completions", shell], "").good().stdout;
        for word in ["rotate-key", "check-config", "--json"] {
            assert!(
                script.contains(word.trim_start_matches('-')),
                "{shell} does not complete {word}"
            );
        }
    }
    let page = hookgate(folder.path(), &["man"], "").good().stdout;
    assert!(page.contains(".TH") && page.contains("webhook"), "{page}");
    hookgate(folder.path(), &["man", folder.path().to_str().unwrap()], "").good();
    let pages = fs::read_dir(folder.path()).unwrap().count();
    assert!(pages > 30, "{pages} pages");
    assert!(folder.path().join("hookgate-source-add.1").exists());
}

#[test]
fn a_test_webhook_shows_what_becomes_of_it() {
    let server = Server::start();
    server.ask(&["grant", "Contact", "--create"]);
    server.source("Form");
    let plain = server.ask(&["source", "test", "Form"]);
    assert_eq!(
        (&plain["answer_status"], &plain["webhook"]["outcome"]),
        (&json!(200), &json!("StoredOnly")),
        "{plain}"
    );
    let record = server.ask(&["source", "test", "Form", "--body", CONTACT]);
    assert_eq!(record["webhook"]["records"][0]["display"], "John Best", "{record}");
    let form = [
        "source",
        "test",
        "Form",
        "--body",
        "EntityName=Contact&Name=Jane",
        "--content-type",
    ];
    let form = server.ask(&[&form[..], &["application/x-www-form-urlencoded"]].concat());
    assert_eq!(form["webhook"]["records"][0]["display"], "Jane", "{form}");
    let failed = server.cli(&["source", "test", "Form", "--json", "--body", BROKEN]);
    let view = failed.json();
    assert_eq!(
        (failed.code, &view["answer_status"], &view["webhook"]["status"]),
        (1, &json!(200), &json!("Failed")),
        "{failed:?}"
    );
    server.ask(&["source", "disable", "Form"]);
    let disabled = server.cli(&["source", "test", "Form", "--json"]);
    assert_eq!(
        (disabled.code, disabled.json()["answer_status"].as_u64()),
        (1, Some(404)),
        "{disabled:?}"
    );
}

#[test]
fn many_webhooks_are_touched_only_when_that_is_confirmed() {
    let server = Server::start();
    let source = server.source("Form");
    for _ in 0..3 {
        server.done_with(&source, "{}");
    }
    for line in [["webhook", "delete", "--all"], ["webhook", "replay", "--all"]] {
        let refused = server.cli(&line);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused.stderr.contains("3 webhooks") && refused.stderr.contains("--yes"),
            "{refused:?}"
        );
    }
    // Without a filter, all must be said.
    assert_eq!(server.cli(&["webhook", "delete", "--yes"]).code, 2);
    assert_eq!(server.stored(), 3);
    assert_eq!(server.ask(&["webhook", "replay", "--all", "--yes"])["done"], 3);
    assert_eq!(server.ask(&["webhook", "delete", "--all", "--yes"])["done"], 3);
    assert_eq!(server.ask(&["webhook", "delete", "--all"])["done"], 0);
    assert_eq!(server.stored(), 0);
}

#[test]
fn what_senders_write_does_not_command_the_terminal() {
    let server = Server::start();
    server.ask(&["grant", "Contact", "--create"]);
    let source = server.source("Form");
    let evil = r#"{"EntityName": "Contact", "Name": "a\u001b]0;owned\u0007b\u009b31m\u202ec",
        "\u001b[2J": "x", "CountryId": "\u001b[31mred"}"#;
    let raw = "{\"EntityName\": \"Contact\", \"Name\": \"\u{1b}[31m";
    let ids = [server.accepted(&source, evil), server.accepted(&source, raw)];
    for id in &ids {
        server.processed(id);
    }
    let mut texts = vec![
        server.cli(&["webhook", "list"]),
        server.cli(&["record", "list", "Contact"]),
    ];
    texts.extend(ids.iter().map(|id| server.cli(&["webhook", "show", id])));
    let record = &server.records("Contact")[0]["id"];
    texts.push(server.cli(&["record", "show", "Contact", record.as_str().unwrap()]));
    texts.push(server.cli(&["source", "show", "\u{1b}[31mNobody"]));
    for output in texts {
        let bad = |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
        assert!(
            !output.stdout.contains(bad) && !output.stderr.contains(bad),
            "{output:?}"
        );
    }
}

#[test]
fn a_filter_takes_what_the_answers_say() {
    let server = Server::start();
    let source = server.source("Form");
    let shown = server.done_with(&source, "{}");
    for part in ["outcome", "status"] {
        let value = shown[part].as_str().unwrap();
        let list = server.ask(&["webhook", "list", &format!("--{part}"), value]);
        assert_eq!(list["webhooks"][0]["id"], shown["id"], "{part} {value}");
    }
    assert_eq!(
        server.ask(&["webhook", "list", "--outcome", "failed"])["webhooks"],
        json!([])
    );
}

/// The socket opens the folder to whoever may write to it.
#[test]
fn only_its_owner_may_use_the_socket() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&server.data().join("hookgate.sock")), 0o600);
    assert_eq!(mode(&server.data()), 0o700);
    let mut server = server;
    server.stop();
    assert!(!server.data().join("hookgate.sock").exists());
}

/// Whatever a sender writes, and wherever: nothing of it reaches the terminal as a command to it.
#[test]
fn fault_07_nothing_that_a_sender_wrote_steers_a_terminal() {
    let server = Server::start();
    server.grant("Contact");
    let source = server.source("Form");
    let controls = ('\u{1}'..='\u{1f}')
        .chain('\u{7f}'..='\u{9f}')
        .filter(|one| !"\n\t\r".contains(*one));
    let steering: String = controls.chain("\u{202e}\u{2066}\u{feff}".chars()).collect();
    let seen = |one: &char| one.is_control() && *one != '\n' || "\u{202e}\u{2066}\u{feff}".contains(*one);
    let named = json!({"EntityName": "Contact", "Name": format!("N{steering}"), format!("K{steering}"): steering, "Email": steering}).to_string();
    let upper = "\u{80}\u{85}\u{9b}2J\u{9d}0;x\u{9c}\u{202e}";
    let request = Request::new("POST", &format!("{}?q={upper}", source.path))
        .header("Content-Type", &format!("application/json; x=\"{upper}\""))
        .header("X-Odd", &format!("{upper}\tx"))
        .header("Origin", upper)
        .body(named);
    let raw = Request::post(&source, "text/plain", steering.clone());
    let form = Request::post(&source, "application/x-www-form-urlencoded", format!("a={steering}"));
    let mut ids = Vec::new();
    for request in [request, raw, form] {
        let answer = server.send(&request);
        // What is not taken is not shown either.
        ids.extend((answer.status == 200).then(|| answer.id()));
    }
    assert!(!ids.is_empty());
    for id in &ids {
        server.processed(id);
    }
    let record = server.webhook(&ids[0])["records"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut lines: Vec<Vec<String>> = vec![
        vec!["webhook".into(), "list".into()],
        vec!["record".into(), "list".into(), "Contact".into()],
        vec!["audit".into(), "export".into(), "--format".into(), "ndjson".into()],
    ];
    lines.extend(ids.iter().map(|id| vec!["webhook".into(), "show".into(), id.clone()]));
    if !record.is_empty() {
        lines.push(vec!["record".into(), "show".into(), "Contact".into(), record]);
    }
    for line in lines {
        for json in [false, true] {
            let mut words: Vec<&str> = line.iter().map(String::as_str).collect();
            words.extend(json.then_some("--json"));
            let output = server.cli(&words);
            for text in [&output.stdout, &output.stderr] {
                let found: Vec<char> = text.chars().filter(seen).collect();
                assert!(found.is_empty(), "{words:?}: {found:?}\n{text:?}");
            }
        }
    }
}
