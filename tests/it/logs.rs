//! The log: what is in it, and that no secret ever is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::harness::{Request, Server, Source, User, change, wait_for, wait_until};
use crate::totp::code;

/// All that must not be in the log, and what each is.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    /// Something that is secret; gives it back.
    fn add(&mut self, what: &'static str, secret: impl Into<String>) -> String {
        let secret = secret.into();
        assert!(secret.len() >= 6, "{what} is too short to be looked for: {secret}");
        self.0.push((what, secret.clone()));
        secret
    }

    fn of(&mut self, what: &'static str, from: &Value) -> String {
        self.add(what, from.as_str().unwrap_or_else(|| panic!("no {what}")))
    }
}

const PASSWORD: &str = "seven quiet herons wade";

#[test]
fn no_secret_is_in_the_text_of_a_whole_life() {
    whole_life("text");
}

#[test]
fn no_secret_is_in_the_json_of_a_whole_life() {
    whole_life("json");
}

fn whole_life(format: &str) {
    let mut server = Server::start_with(&["--log-level", "trace", "--log-format", format]);
    let mut secrets = Secrets::default();
    let anna = people(&server, &mut secrets);
    let source = senders(&server, &mut secrets);
    programs(&server, &mut secrets, &source);
    administration(&server, &mut secrets, &anna);
    files(&server, &mut secrets);
    assert_eq!(server.stop(), 0);
    server.restart();
    assert_eq!(server.stop(), 0);

    let log = server.log();
    // The talkative level was on, and requests were seen.
    for part in [
        "answered",
        "/webhooks/{key}",
        "/connect/token",
        "/api/v1/session",
        "/0/odata",
    ] {
        assert!(log.contains(part), "no {part} in {log}");
    }
    // A code has six digits, as fractions of seconds have, and parts of an id may.
    let log: String = log.lines().map(|line| timeless(line, format) + "\n").collect();
    let words: BTreeSet<&str> = log.split(|c: char| !c.is_alphanumeric()).collect();
    for (what, secret) in &secrets.0 {
        let there = if *what == "code" {
            words.contains(secret.as_str())
        } else {
            log.contains(secret.as_str())
        };
        assert!(!there, "{what} {secret:?} stands in the log:\n{log}");
    }
    assert!(secrets.0.len() > 40, "{}", secrets.0.len());
}

/// A line without its times.
fn timeless(line: &str, format: &str) -> String {
    if format == "json" {
        let mut line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let fields = line.as_object_mut().unwrap();
        fields.remove("timestamp");
        fields.remove("micros");
        return line.to_string();
    }
    let words = line.split(' ').skip(1).filter(|word| !word.starts_with("micros="));
    words.collect::<Vec<_>>().join(" ")
}

/// Set-up link, passwords, second factor, sessions.
fn people(server: &Server, secrets: &mut Secrets) -> User {
    let link = fs::read_to_string(server.data().join("setup-link")).unwrap();
    let token = secrets.add("set-up token", link.trim().rsplit('/').next().unwrap());
    let guessed = secrets.add("guessed set-up token", "guessed-set-up-token");
    let wrong = secrets.add("wrong password", "a wrong password of anna");
    let password = secrets.add("password", PASSWORD);
    let with = |token: &str, password: &str| {
        let body = json!({"token": token, "name": "anna", "password": password});
        server.send(&change("POST", "/setup", &body))
    };
    assert_eq!(with(&guessed, &password).status, 410);
    assert_eq!(with(&token, "shortpw").status, 400);
    secrets.add("refused password", "shortpw");
    let made = with(&token, &password);
    assert_eq!(made.status, 201, "{made:?}");
    let anna = User::of(&made);
    secrets.add("session cookie", anna.cookie.split('=').nth(1).unwrap());

    assert_eq!(server.login("anna", &wrong, None).status, 401);
    // A password in the place of a name.
    assert_eq!(server.login(&password, &wrong, None).status, 401);
    let begun = anna
        .change(server, "POST", "/totp", &json!({"password": password}))
        .json();
    let seed = secrets.of("second factor", &begun["secret"]);
    let first = secrets.add("code", code(&seed, 0));
    let confirmed = anna.change(server, "PUT", "/totp", &json!({"code": first})).json();
    let recovery: Vec<String> = serde_json::from_value(confirmed["recovery"].clone()).unwrap();
    for one in &recovery {
        secrets.add("recovery code", one.as_str());
    }
    assert_eq!(server.login("anna", &password, Some("wrong-code-x")).status, 401);
    secrets.add("wrong code", "wrong-code-x");
    // By a recovery code, so that no code of this half minute is needed twice.
    let again = server.login("anna", &password, Some(&recovery[0]));
    assert_eq!(again.status, 200, "{again:?}");
    let anna = User::of(&again);
    secrets.add("second session cookie", anna.cookie.split('=').nth(1).unwrap());
    let forged = User {
        cookie: format!("__Host-sid={}", secrets.add("forged cookie", "forged-session-cookie")),
    };
    assert_eq!(forged.get(server, "/users").status, 401);

    let other = secrets.add("password of somebody else", "nine loud geese march");
    let added = ["user", "add", "ben", "--role", "viewer", "--password-file", "-"];
    server.cli_reading(&added, &other).good();
    let ben = User::of(&server.login("ben", &other, None));
    secrets.add("cookie of somebody else", ben.cookie.split('=').nth(1).unwrap());
    assert_eq!(
        ben.change(server, "POST", "/users", &json!({"name": "x", "role": "Viewer"}))
            .status,
        403
    );
    let link = server.ask(&["user", "setup-link"])["setup_link"]
        .as_str()
        .unwrap()
        .to_owned();
    secrets.add("another set-up token", link.rsplit('/').next().unwrap());
    anna
}

/// Keys of Webhook URLs, credentials of senders, bodies; refused in every way.
fn senders(server: &Server, secrets: &mut Secrets) -> Source {
    server.grant("Contact");
    let old = server.source("Forms");
    secrets.add("first key", old.key.as_str());
    let source = Source::of(&server.ask(&["source", "rotate-key", "Forms"]));
    secrets.add("second key", source.key.as_str());
    let short = server.source_with("Short", &["--max-body", "1024", "--rate", "1"]);
    secrets.add("third key", short.key.as_str());
    let body = |marker: &str| format!(r#"{{"EntityName":"Contact","Name":"{marker}","CountryId":"{marker}"}}"#);
    let marker = secrets.add("body", "BodyMarkerOfAContact");
    let request = Request::post(&source, "application/json", body(&marker))
        .header(
            "Authorization",
            &format!("Bearer {}", secrets.add("sender's token", "sender-token-marker")),
        )
        .header(
            "X-Hub-Signature-256",
            &format!("sha256={}", secrets.add("signature", "signature-marker")),
        )
        .header(
            "Cookie",
            &format!("a={}", secrets.add("sender's cookie", "sender-cookie-marker")),
        )
        .header("X-Api-Key", &secrets.add("sender's API key", "sender-api-key-marker"))
        .header("User-Agent", &secrets.add("user agent", "user-agent-marker"))
        .header("X-Request-Id", &secrets.add("sender's request id", "request-id-marker"));
    let answer = server.send(&request);
    server.processed(&answer.id());
    assert!(
        answer
            .header("x-request-id")
            .is_some_and(|id| id != "request-id-marker"),
        "{answer:?}"
    );
    let query = secrets.add("query", "query-marker-value");
    let post = |path: &str| {
        let request = Request::new("POST", path).header("Content-Type", "application/json");
        request.body(body(&marker))
    };
    server.processed(&server.send(&post(&format!("{}?token={query}", source.path))).id());
    server.processed(&server.post(&old, "application/json", body(&marker)).id());
    let form = format!("EntityName=Contact&Name={marker}&Email={marker}");
    server.processed(&server.post(&source, "application/x-www-form-urlencoded", form).id());
    let broken = secrets.add("broken body", "{\"broken-body-marker");
    server.processed(&server.post(&source, "application/json", broken).id());

    let guessed = secrets.add("guessed key", "whk_guessed_key_marker");
    for path in [
        format!("/webhooks/{guessed}"),
        format!("/webhooks/{}/more", source.key),
        format!("/webhook/{}", source.key),
        format!("/{}", source.key),
        format!("/admin/{}", source.key),
        format!("/api/v1/{}", source.key),
        format!("/livez?key={}", source.key),
    ] {
        assert!(server.send(&post(&path)).status >= 404, "{path}");
    }
    let method = secrets.add("method", "SECRETMETHODMARKER");
    assert_eq!(server.send(&Request::new(&method, &source.path)).status, 405);
    assert_eq!(server.post(&source, "text/marker-type", &marker).status, 415);
    secrets.add("content type", "text/marker-type");
    assert_eq!(server.post(&short, "application/json", "x".repeat(2000)).status, 413);
    assert_eq!(server.accepted(&short, "{}").len(), 36);
    assert_eq!(server.post(&short, "application/json", "{}").status, 429);
    let mut connection = server.connect();
    connection.write(
        format!(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nbroken header\r\n\r\n",
            source.path
        )
        .as_bytes(),
    );
    assert_eq!(connection.answer().status, 400);
    let huge = post(&source.path).header("X-Long", &"long-header-marker".repeat(3000));
    secrets.add("long header", "long-header-marker");
    let mut connection = server.connect();
    connection.write(&huge.bytes());
    assert_eq!(connection.answer().status, 431);
    server.cli(&["source", "disable", "Short"]).good();
    assert_eq!(server.accepted(&source, "{}").len(), 36);
    server.cli(&["source", "test", "Forms"]).good();
    source
}

/// Secrets of clients, tokens, OData.
fn programs(server: &Server, secrets: &mut Secrets, source: &Source) {
    let caller = server.caller("Reports", &["Contact --create --read --edit --delete"]);
    secrets.add("client secret", caller.secret.as_str());
    let basic = STANDARD.encode(format!("{}:{}", caller.id, caller.secret));
    let basic = secrets.add("basic credentials", basic);
    let token = secrets.add("access token", caller.token.as_str());
    secrets.add("signature of the token", token.rsplit('.').next().unwrap());
    let connect = |path: &str, headers: &[(&str, &str)], form: &str| {
        let request = Request::new("POST", path).header("Content-Type", "application/x-www-form-urlencoded");
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        server.send(&request.body(form)).status
    };
    let grant = "grant_type=client_credentials";
    let header = format!("Basic {basic}");
    assert_eq!(connect("/connect/token", &[("Authorization", &header)], grant), 200);
    let wrong = secrets.add("wrong client secret", "hgs_wrong_secret_marker");
    let with = format!("{grant}&client_id={}&client_secret={wrong}", caller.id);
    assert_eq!(connect("/connect/token", &[], &with), 401);
    let assertion = secrets.add("assertion", "assertion.marker.value");
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let with = format!("{grant}&client_assertion_type={kind}&client_assertion={assertion}");
    assert_eq!(connect("/connect/token", &[], &with), 401);
    let asked = format!("token={token}");
    assert_eq!(
        connect("/connect/introspect", &[("Authorization", &header)], &asked),
        200
    );
    let foreign = secrets.add("foreign token", "foreign-token-marker");
    let asked = format!("token={foreign}");
    assert_eq!(
        connect("/connect/introspect", &[("Authorization", &header)], &asked),
        200
    );

    let name = secrets.add("record's value", "RecordValueMarker");
    let made = server.send(&caller.with("POST", "Contact", &json!({"Name": name})));
    assert_eq!(made.status, 201, "{made:?}");
    let found = caller.get(&format!("Contact?$filter=Name eq '{name}'"));
    assert_eq!(server.send(&found).status, 200);
    let bad = caller.get(&format!("Contact?$filter=Name eq '{name}' and"));
    assert_eq!(server.send(&bad).status, 400);
    assert_eq!(server.send(&caller.get(&format!("Contact('{name}')"))).status, 400);
    let in_query = format!("/0/odata/Contact?access_token={token}");
    assert_eq!(server.send(&Request::new("GET", &in_query)).status, 401);
    let shown = Request::new("GET", "/0/odata/Contact").header("Authorization", &format!("Bearer {foreign}"));
    assert_eq!(server.send(&shown).status, 401);

    server.cli(&["source", "set", "Forms", "--require-token", "on"]).good();
    let webhook = Request::post(source, "application/json", "{}");
    assert_eq!(server.send(&webhook).status, 401);
    let with = webhook.header("Authorization", &format!("Bearer {token}"));
    assert_eq!(server.send(&with).status, 403);
    server.cli(&["source", "set", "Forms", "--require-token", "off"]).good();
    let revoked = format!("token={token}");
    assert_eq!(
        connect("/connect/revocation", &[("Authorization", &header)], &revoked),
        200
    );
    assert_eq!(server.send(&caller.get("Contact")).status, 401);
    let rotated = server.ask(&["client", "rotate-secret", "Reports"]);
    secrets.of("new client secret", &rotated["secret"]);
}

/// Replay, settings, retention, backup, keys, and what is refused at the API.
fn administration(server: &Server, secrets: &mut Secrets, anna: &User) {
    wait_until("the first keys", || server.cli(&["healthcheck", "--oauth"]).code == 0);
    server.cli(&["webhook", "replay", "--status", "failed", "--yes"]).good();
    let reveal = json!({"password": PASSWORD});
    let shown = anna.change(server, "POST", "/settings/IdentityServerClientSecret/reveal", &reveal);
    assert_eq!(shown.status, 200, "{shown:?}");
    secrets.of("system setting", &shown.json()["value"]);
    let marker = secrets.add("refused input", "refused-input-marker");
    for (method, path, body) in [
        ("POST", "/sources", json!({"name": "", "x": marker})),
        ("POST", "/definition", json!({"objects": marker})),
        ("PATCH", "/users/none", json!({"password": marker})),
        ("POST", "/clients", json!({"name": marker, "user": "Nobody"})),
        ("PUT", "/password", json!({"old": marker, "new": marker})),
        ("POST", "/nothing", json!({"secret": marker})),
    ] {
        let refused = anna.change(server, method, path, &body);
        assert!((400..500).contains(&refused.status), "{method} {path}: {refused:?}");
    }
    assert_eq!(anna.get(server, &format!("/webhooks?text={marker}")).status, 200);
    anna.change(server, "POST", "/signing-keys/rotate", &json!({"now": true}));
    server.cli(&["retention", "run"]).good();
    let file = server.folder().join("backup");
    server.cli(&["backup", file.to_str().unwrap()]).good();
    server.cli(&["audit", "verify"]).good();
    server.cli(&["source", "show", "Forms"]).good();
    assert_eq!(server.send(&Request::new("GET", "/metrics")).status, 200);
    server.signal(Signal::HUP);
    assert_eq!(anna.change(server, "DELETE", "/session", &Value::Null).status, 204);
}

/// What lies in the data folder.
fn files(server: &Server, secrets: &mut Secrets) {
    let key = fs::read(server.data().join("master.key")).unwrap();
    secrets.add("master key", STANDARD.encode(&key));
    secrets.add("master key", URL_SAFE_NO_PAD.encode(&key));
    let mut digits = String::new();
    for byte in &key {
        write!(digits, "{byte:02x}").unwrap();
    }
    secrets.add("master key", digits);
    secrets.add("master key", format!("{key:?}"));
    let pem = fs::read_dir(server.data().join("tls")).unwrap();
    for file in pem.map(|file| fs::read_to_string(file.unwrap().path()).unwrap_or_default()) {
        let lines = file
            .lines()
            .filter(|line| line.len() > 20 && !line.starts_with("-----"));
        if file.contains("PRIVATE KEY") {
            for line in lines {
                secrets.add("private key", line);
            }
        }
    }
}

#[test]
fn a_request_has_one_line_and_its_id_is_in_the_answer() {
    let server = Server::start_with(&["--log-level", "debug", "--log-format", "json"]);
    let source = server.source("Forms");
    let mut ids = Vec::new();
    for (request, method, path, status) in [
        (
            Request::post(&source, "application/json", "{}"),
            "POST",
            "/webhooks/{key}",
            200,
        ),
        (Request::new("POST", "/webhooks/none"), "POST", "/webhooks/{key}", 404),
        (Request::new("GET", "/nothing"), "GET", "(unknown)", 404),
        (Request::new("BREW", "/readyz"), "other", "/readyz", 405),
        (Request::new("GET", "/api/v1/users/1/x"), "GET", "/api/v1", 404),
        (
            Request::new("GET", "/api/v1/webhooks/some-id"),
            "GET",
            "/api/v1/webhooks/{id}",
            503,
        ),
        (Request::new("GET", "/admin/"), "GET", "/admin", 200),
        (Request::new("POST", "/connect/token"), "POST", "/connect/token", 400),
        (
            Request::new("GET", "/.well-known/openid-configuration"),
            "GET",
            "/.well-known/openid-configuration",
            200,
        ),
    ] {
        let request = request
            .header("X-Request-Id", "0123456789abcdef")
            .header("Connection", "close");
        let mut connection = server.connect();
        connection.write(&request.bytes());
        let head = String::from_utf8_lossy(&connection.end()).into_owned();
        let id = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("x-request-id").then(|| value.to_owned())
        });
        let id = id.unwrap_or_else(|| panic!("no id in {head}"));
        assert!(id.len() == 16 && id != "0123456789abcdef", "{id}");
        let line = wait_for("the line of a request", || {
            let log = server.log();
            let mut lines = log.lines().filter(|line| line.contains(&id));
            let line = lines.next()?;
            assert_eq!(lines.next(), None, "one line for each");
            serde_json::from_str::<Value>(line).ok()
        });
        assert_eq!(line["message"], "answered", "{line}");
        assert_eq!(line["level"], "DEBUG", "{line}");
        assert_eq!(line["request"], id.as_str(), "{line}");
        assert_eq!(line["method"], method, "{line}");
        assert_eq!(line["path"], path, "{line}");
        assert_eq!(line["status"], status, "{line}");
        assert_eq!(line["remote"], "127.0.0.1", "{line}");
        assert!(line["micros"].is_u64(), "{line}");
        let known = status == 200 && path == "/webhooks/{key}";
        assert_eq!(line["source"] == "Forms", known, "{line}");
        assert_eq!(line["webhook"].is_string(), known, "{line}");
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 9);
}

#[test]
fn what_is_logged_deep_in_a_request_names_it() {
    for format in ["json", "text"] {
        let server = Server::start_with(&["--log-format", format]);
        server.user_add("anna", "administrator");
        // Told by a thread that may wait.
        let refused = server.login("anna", "not the password", None);
        assert_eq!(refused.status, 401, "{refused:?}");
        let id = refused.header("x-request-id").unwrap();
        let line = wait_for("the line of the failure", || {
            let log = server.log();
            let line = log.lines().find(|line| line.contains("login-failed"))?;
            line.contains("127.0.0.1").then(|| line.to_owned())
        });
        if format == "json" {
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(
                (&line["request"], &line["user"]),
                (&json!(id), &json!("anna")),
                "{line}"
            );
        } else {
            assert!(line.ends_with(&format!(" request=\"{id}\"")), "{line}");
        }
        let other = wait_for("a line of no request", || {
            let log = server.log();
            let line = log.lines().find(|line| line.contains("user-added"))?;
            line.contains("anna").then(|| line.to_owned())
        });
        assert!(!other.contains("request"), "of no request: {other}");
    }
}

#[test]
fn requests_have_no_line_unless_it_is_wanted() {
    let server = Server::start();
    let source = server.source("Forms");
    assert_eq!(
        server.send(&Request::post(&source, "application/json", "{}")).status,
        200
    );
    let log = server.log();
    assert!(
        log.contains("webhooks are accepted") && !log.contains("answered"),
        "{log}"
    );
}

#[test]
fn what_people_change_has_a_line_each() {
    let mut server = Server::start_with(&["--log-format", "json"]);
    server.source("Forms");
    let anna = server.administrator();
    let refused = anna.change(&server, "POST", "/sources", &json!({"name": "forms"}));
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_eq!(server.login("anna", "not the password", None).status, 401);
    assert_eq!(server.stop(), 0);
    let before = server.log().lines().count();
    server.restart();
    assert_eq!(server.stop(), 0);
    let log = server.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has = |level: &str, parts: &[(&str, &str)]| {
        let found = lines.iter().filter(|line| line["level"] == level);
        let found = found.filter(|line| parts.iter().all(|(name, value)| line[*name] == *value));
        assert_eq!(found.count(), 1, "{level} {parts:?} in {log}");
    };
    has(
        "INFO",
        &[
            ("message", "source-added"),
            ("by", "command line"),
            ("subject", "Forms"),
        ],
    );
    has("INFO", &[("message", "user-added"), ("subject", "anna")]);
    has(
        "INFO",
        &[("message", "login"), ("by", "anna"), ("address", "127.0.0.1")],
    );
    has(
        "WARN",
        &[("message", "login-failed"), ("user", "anna"), ("address", "127.0.0.1")],
    );
    assert!(
        lines[before..].iter().all(|line| line["by"].is_null()),
        "told once: {log}"
    );
}

#[test]
fn the_systems_journal_gets_priorities_and_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = File::create(&path).unwrap();
    let about = log.metadata().unwrap();
    let mut child = crate::harness::command()
        .args(["serve", "--listen-address", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .env("JOURNAL_STREAM", format!("{}:{}", about.dev(), about.ino()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    wait_until("the server to be ready", || {
        fs::read_to_string(&path).unwrap().contains("webhooks are accepted")
    });
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let ended = wait_for("the server to end", || child.try_wait().unwrap());
    assert!(ended.success(), "{ended:?}");
    let log = fs::read_to_string(&path).unwrap();
    assert!(log.lines().count() > 2, "{log}");
    for line in log.lines() {
        assert!(
            line.starts_with("<6>hookgate") || line.starts_with("<4>hookgate"),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line}");
    }
    assert!(log.contains("<6>hookgate::app::run: stopped\n"), "{log}");
}
