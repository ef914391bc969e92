//! OAuth clients, technical users and system settings at the command line, with a server and
//! without one.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::harness::{Server, wait_until};

const SHIPPED: &str = "Webhook Account Service Identity";

/// The public key of RFC 7515 appendix A.3.
const KEY: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

fn secret(view: &Value) -> String {
    let secret = view["secret"].as_str().unwrap();
    assert!(secret.starts_with("hgs_") && secret.len() == 47, "{view}");
    secret.to_owned()
}

fn hints(view: &Value) -> Vec<String> {
    let secrets = view["secrets"].as_array().unwrap().iter();
    secrets.map(|one| one["hint"].as_str().unwrap().to_owned()).collect()
}

fn fits(hints: &[String], secrets: &[&str]) -> bool {
    hints.len() == secrets.len() && hints.iter().zip(secrets).all(|(hint, secret)| secret.starts_with(hint))
}

/// Whether any file below a folder has these bytes.
fn on_disk(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return on_disk(&path, text);
        }
        // A socket cannot be read.
        fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    })
}

/// The same steps with and without a server.
fn life_of_a_client(server: &Server) {
    server.ask(&["technical-user", "add", "Reports"]);
    let missing = server.cli(&["client", "add", "Daily"]);
    assert!(
        missing.code == 1 && missing.stderr.contains("technical-user list"),
        "{missing:?}"
    );
    let made = server.ask(&["client", "add", "Daily", "--user", "reports", "--allow", "10.1.2.3/8"]);
    let first = secret(&made);
    let id = made["client_id"].as_str().unwrap();
    assert!(id.starts_with("hgc_"), "{made}");
    let shown = server.ask(&["client", "show", "daily"]);
    assert_eq!(shown, server.ask(&["client", "show", id]));
    assert!(
        shown.get("secret").is_none() && fits(&hints(&shown), &[&first]),
        "{shown}"
    );
    for (part, wanted) in [
        ("user", json!("Reports")),
        ("scopes", json!(["odata"])),
        ("allowed_addresses", json!(["10.0.0.0/8"])),
        ("algorithm", json!("ES256")),
        ("token_lifetime", json!(3600)),
        ("enabled", json!(true)),
        ("last_used", Value::Null),
    ] {
        assert_eq!(shown[part], wanted, "{part}");
    }
    let listed = server.ask(&["client", "list"]);
    let names: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|client| &client["name"])
        .collect();
    assert_eq!(names, ["Daily", SHIPPED]);
    assert_eq!(server.cli(&["client", "add", "DAILY", "--user", "Reports"]).code, 1);

    let second = secret(&server.ask(&["client", "rotate-secret", "Daily"]));
    let shown = server.ask(&["client", "show", "Daily"]);
    assert!(fits(&hints(&shown), &[&second, &first]), "{shown}");
    assert!(shown["secrets"][0]["expires_on"].is_null() && shown["secrets"][1]["expires_on"].is_string());
    // What was promised for the first is kept, unless somebody says otherwise.
    let refused = server.cli(&["client", "rotate-secret", "Daily", "--overlap", "1"]);
    assert!(refused.code == 1 && refused.stderr.contains("--force"), "{refused:?}");
    let promised = shown["secrets"][1]["expires_on"].as_str().unwrap();
    assert!(refused.stderr.contains(promised), "{refused:?}");
    assert_eq!(server.ask(&["client", "show", "Daily"])["secrets"], shown["secrets"]);
    let third = secret(&server.ask(&["client", "rotate-secret", "Daily", "--overlap", "1", "--force"]));
    assert!(fits(
        &hints(&server.ask(&["client", "show", "Daily"])),
        &[&third, &second]
    ));
    let last = secret(&server.ask(&["client", "rotate-secret", "Daily", "--overlap", "0"]));
    let shown = server.ask(&["client", "show", "Daily"]);
    assert!(fits(&hints(&shown), &[&last]), "{shown}");
    let removed = shown["secrets"][0]["id"].as_str().unwrap();
    let none = server.ask(&["client", "remove-secret", "Daily", removed]);
    assert_eq!(none["secrets"], json!([]));
    assert_eq!(server.cli(&["client", "remove-secret", "Daily", removed]).code, 3);

    let keys = server.data().join("keys.json");
    fs::write(&keys, KEY).unwrap();
    let keys = server.ask(&["client", "set-keys", "Daily", keys.to_str().unwrap()]);
    assert_eq!(
        keys["keys"],
        json!([{"kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", "algorithm": "ES256"}])
    );
    let private = KEY.replace("\"crv\"", "\"d\": \"AQAB\", \"crv\"");
    let private = server.cli_reading(&["client", "set-keys", "Daily", "-"], &private);
    assert!(
        private.code == 1 && private.stderr.contains("only the public part"),
        "{private:?}"
    );

    let off = server.ask(&["client", "disable", "Daily"]);
    assert_eq!((&off["enabled"], &off["keys"]), (&json!(false), &keys["keys"]));
    let user = server.ask(&["technical-user", "show", "Reports"]);
    assert_eq!(
        (&user["clients"], &user["odata"], &user["grants"]),
        (&json!(["Daily"]), &json!(false), &json!([]))
    );
    let set = server.ask(&["technical-user", "set", "Reports", "--odata", "on"]);
    assert_eq!((&set["odata"], &set["enabled"]), (&json!(true), &json!(true)));
    server.ask(&["client", "delete", "Daily", "--yes"]);
    assert_eq!(server.cli(&["client", "show", "Daily"]).code, 3);
    for secret in [first, second, third, last] {
        assert!(!on_disk(&server.data(), &secret), "a secret stands on the disk");
    }
}

#[test]
fn a_client_lives_with_a_server() {
    let server = Server::start();
    life_of_a_client(&server);
    let log = server.log();
    assert!(!log.contains("hgs_"), "{log}");
}

#[test]
fn a_client_lives_without_a_server() {
    let mut server = Server::start();
    assert_eq!(server.stop(), 0);
    life_of_a_client(&server);
}

#[test]
fn the_client_that_ships_fills_the_settings() {
    let mut server = Server::start();
    let shown = server.ask(&["client", "show", SHIPPED]);
    assert_eq!(
        (&shown["user"], &shown["scopes"]),
        (&json!("WebhookService"), &json!(["webhook:send"]))
    );
    let setting = |server: &Server, arguments: &[&str]| {
        let view = server.ask(&[&["setting", "show"], arguments].concat());
        view["value"].as_str().unwrap().to_owned()
    };
    let code = "IdentityServerClientSecret";
    assert_eq!(setting(&server, &["IdentityServerClientId"]), shown["client_id"]);
    let port = server.address().port();
    assert_eq!(
        setting(&server, &["identityserverurl"]),
        format!("https://localhost:{port}")
    );
    let source = server.source("Form");
    assert!(source.url.starts_with(&setting(&server, &["SocialAccountServiceUrl"])));
    assert_eq!(setting(&server, &[code]), "********");
    let first = setting(&server, &[code, "--reveal"]);
    assert!(fits(&hints(&shown), &[&first]), "{shown}");
    let list = server.cli(&["setting", "list"]).good().stdout;
    assert!(list.contains("IdentityServerUrl") && !list.contains("hgs_"), "{list}");

    let second = secret(&server.ask(&["client", "rotate-secret", SHIPPED, "--overlap", "0"]));
    assert_eq!(setting(&server, &[code, "--reveal"]), second);
    for secret in [&first, &second] {
        assert!(!on_disk(&server.data(), secret), "a secret stands on the disk");
    }
    assert_eq!(server.cli(&["client", "delete", SHIPPED, "--yes"]).code, 1);
    // It is made once, not at every start.
    server.stop();
    server.restart();
    assert_eq!(setting(&server, &[code, "--reveal"]), second);
    assert_eq!(server.ask(&["client", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn the_check_of_tokens_names_what_is_in_its_way() {
    let mut server = Server::start();
    let last = |server: &Server| {
        let ran = server.cli(&["healthcheck", "--oauth", "--json"]);
        let view = ran.json();
        assert_eq!((ran.code, &view["healthy"]), (1, &json!(false)), "{view}");
        view["steps"].as_array().unwrap().last().unwrap().clone()
    };
    server.ask(&["technical-user", "disable", "WebhookService"]);
    let step = last(&server);
    assert_eq!((&step["name"], &step["ok"]), (&json!("client"), &json!(false)));
    assert_eq!(step["next"], "run: hookgate technical-user enable WebhookService");
    server.ask(&["technical-user", "enable", "WebhookService"]);
    server.ask(&["client", "disable", SHIPPED]);
    let step = last(&server);
    assert_eq!(step["next"], format!("run: hookgate client enable '{SHIPPED}'"));
    server.ask(&["client", "enable", SHIPPED]);
    server.ask(&["client", "set", SHIPPED, "--allow", "10.9.8.7"]);
    let step = last(&server);
    assert_eq!((&step["name"], &step["ok"]), (&json!("token"), &json!(false)), "{step}");
    server.ask(&["client", "set", SHIPPED, "--no-allow"]);
    // The first keys are made behind the start.
    wait_until("the first keys", || server.cli(&["healthcheck", "--oauth"]).code == 0);
    for algorithm in ["ES256", "RS256"] {
        server.ask(&["client", "set", SHIPPED, "--algorithm", algorithm]);
        server.ask(&["client", "rotate-secret", SHIPPED, "--force"]);
        let view = server.ask(&["healthcheck", "--oauth"]);
        assert_eq!(
            (&view["healthy"], view["steps"].as_array().unwrap().len()),
            (&json!(true), 7),
            "{view}"
        );
    }
    let keys = server.ask(&["signing-key", "list"]);
    let active = keys.as_array().unwrap().iter().filter(|key| key["state"] == "Active");
    assert_eq!(active.count(), 2, "{keys}");
    server.stop();
    assert_eq!(server.cli(&["healthcheck", "--oauth"]).code, 4);
}

#[test]
fn why_a_program_is_refused_is_for_the_administrator_alone() {
    let server = Server::start();
    let mut program = server.caller("Shop", &[]);
    let last = || server.ask(&["client", "show", "Shop"])["last_failure"].clone();
    assert_eq!(last(), Value::Null);
    let people = server.cli(&["client", "show", "Shop"]).good().stdout;
    assert!(people.contains("none since the server started"), "{people}");

    program.secret = "hgs_of-somebody-else".to_owned();
    let wrong = server.send(&program.token_request(""));
    let known = program.id.clone();
    program.id = "hgc_of-nobody".to_owned();
    let unknown = server.send(&program.token_request(""));
    assert_eq!((wrong.status, &wrong.body), (401, &unknown.body));
    let failure = last();
    assert_eq!(
        (&failure["reason"], &failure["from"]),
        (&json!("the secret is wrong"), &json!("127.0.0.1")),
        "{failure}"
    );
    let people = server.cli(&["client", "show", "Shop"]).good().stdout;
    assert!(people.contains("from 127.0.0.1: the secret is wrong"), "{people}");

    let log = server.log();
    let line = |part: &str| {
        let found: Vec<_> = log.lines().filter(|line| line.contains(part)).collect();
        assert_eq!(found.len(), 1, "{part}: {log}");
        found[0].to_owned()
    };
    let secret = line("the secret is wrong");
    for part in ["WARN", &known, "127.0.0.1", "a token request was rejected"] {
        assert!(secret.contains(part), "{part}: {secret}");
    }
    assert!(line("there is no client with this client ID").contains("unknown client"));
    assert!(!log.contains("of-nobody") && !log.contains("of-somebody-else"), "{log}");
}

#[test]
fn a_source_can_demand_a_token() {
    let server = Server::start();
    server.ask(&["source", "add", "Form", "--require-token", "on"]);
    let required = |arguments: &[&str]| server.ask(&[&["source"], arguments].concat())["requires_token"].clone();
    assert_eq!(required(&["show", "Form"]), json!(true));
    // The test of a source has a token of the client that ships, or says how it gets one.
    wait_until("the first keys", || server.cli(&["healthcheck", "--oauth"]).code == 0);
    let tested = server.ask(&["source", "test", "Form"]);
    assert_eq!(tested["answer_status"], json!(200), "{tested}");
    server.ask(&["client", "disable", SHIPPED]);
    let refused = server.cli(&["source", "test", "Form"]);
    assert!(
        refused.code == 1 && refused.stderr.contains(&format!("hookgate client enable '{SHIPPED}'")),
        "{refused:?}"
    );
    server.ask(&["client", "enable", SHIPPED]);
    server.ask(&["client", "set", SHIPPED, "--allow", "10.9.8.7"]);
    let refused = server.cli(&["source", "test", "Form"]);
    assert!(
        refused.code == 1 && refused.stderr.contains("allowed addresses"),
        "{refused:?}"
    );
    server.ask(&["source", "disable", "Form"]);
    let disabled = server.cli(&["source", "test", "Form", "--json"]);
    assert_eq!((disabled.code, &disabled.json()["answer_status"]), (1, &json!(404)));
    server.ask(&["source", "enable", "Form"]);
    assert_eq!(required(&["set", "Form", "--rate", "60"]), json!(true));
    assert_eq!(required(&["set", "Form", "--require-token", "off"]), json!(false));
    assert_eq!(required(&["show", "Form"]), json!(false));
    let list = server.ask(&["source", "list"]);
    assert_eq!(
        (&list[0]["requires_token"], &list[0]["rate_per_minute"]),
        (&json!(false), &json!(60))
    );
    assert_eq!(
        server
            .cli(&["source", "set", "Form", "--require-token", "perhaps"])
            .code,
        2
    );
}

#[test]
fn columns_are_indexed_by_definition() {
    let server = Server::start();
    let apply = |indexed: &str| {
        let json = format!(
            r#"{{"objects": [{{"code": "Contact", "columns": [{{"code": "UsrRank", "type": "integer"{indexed}}}]}}]}}"#
        );
        let output = server.cli_reading(&["object", "apply", "-", "--json"], &json).good();
        output.json()["differences"].clone()
    };
    assert_eq!(
        apply(r#", "indexed": true"#),
        json!([
            "+ column Contact.UsrRank integer",
            "~ column Contact.UsrRank indexed no → yes"
        ])
    );
    assert_eq!(apply(""), json!([]));
    let column = |key: &str| {
        let view = server.ask(&["object", "show", "Contact"]);
        let found = view["columns"]
            .as_array()
            .unwrap()
            .iter()
            .find(|column| column["key"] == key);
        found.unwrap()["indexed"].clone()
    };
    assert_eq!(
        (column("UsrRank"), column("CountryId"), column("Name")),
        (json!(true), json!(true), json!(false))
    );
    let export = server.cli(&["object", "export", "Contact"]).good().stdout;
    assert_eq!(export.matches("\"indexed\": true").count(), 1, "{export}");
    assert_eq!(
        apply(r#", "indexed": false"#),
        json!(["~ column Contact.UsrRank indexed yes → no"])
    );
    assert_eq!(column("UsrRank"), json!(false));
}

/// The first request for records is a 403 unless its technical user may: that is said when the client is made.
#[test]
fn fault_13_the_command_line_says_what_a_new_client_lacks_for_odata() {
    let server = Server::start();
    let missing = |name: &str| {
        let shown = server.ask(&["client", "show", name]);
        let codes = shown["missing"].as_array().unwrap().iter();
        let codes = codes.map(|one| one["code"].as_str().unwrap().to_owned());
        let text = server.cli(&["client", "show", name]).good().stdout;
        let commands: Vec<_> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("next step")?.trim().strip_prefix("hookgate "))
            .map(str::to_owned)
            .collect();
        let both: Vec<_> = codes.zip(commands.clone()).collect();
        assert_eq!(both.len(), commands.len(), "{text}");
        both
    };
    let made = server
        .cli(&["client", "add", "Reports", "--user", "WebhookService"])
        .good()
        .stdout;
    for said in [
        "the technical user WebhookService is not allowed to use OData",
        "hookgate technical-user set WebhookService --odata on",
        "the technical user WebhookService has no permission on any object",
        "hookgate grant Contact --read --user WebhookService",
    ] {
        assert!(made.contains(said), "{said} is missing in\n{made}");
    }
    // Each command gives what it says it gives, until nothing is missing.
    server.ask(&["technical-user", "disable", "WebhookService"]);
    server.ask(&["grant", "Contact", "--create"]);
    let codes: Vec<_> = missing("Reports").into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["technical-user-off", "odata-off", "no-read"]);
    for left in (0..3).rev() {
        let (code, command) = missing("Reports").remove(0);
        let words: Vec<&str> = command.split(' ').collect();
        server.ask(&words);
        assert_eq!(missing("Reports").len(), left, "{code}");
    }
    assert!(
        !server
            .cli(&["client", "show", "Reports"])
            .good()
            .stdout
            .contains("Missing")
    );
    // A client that is not for OData lacks nothing.
    server.ask(&["technical-user", "add", "Sender"]);
    server.ask(&["client", "add", "Sends", "--user", "Sender", "--scope", "webhook:send"]);
    assert_eq!(missing("Sends"), []);
    server.ask(&["client", "set", "Sends", "--scope", "odata"]);
    assert_eq!(missing("Sends").len(), 2);
}
