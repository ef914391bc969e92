//! Objects that an administrator defines take webhooks like those that ship.

use std::fs;

use serde_json::{Value, json};

use super::harness::Server;

const BOOKING: &str = r#"{
  "objects": [
    {"code": "UsrRoom", "caption": "Room", "lookup": true},
    {"code": "UsrBooking", "caption": "Booking", "columns": [
      {"code": "Name", "type": "text(250)", "required": true},
      {"code": "Nights", "type": "integer"},
      {"code": "Price", "type": "decimal(2)"},
      {"code": "Room", "type": "lookup(UsrRoom)"}]}],
  "values": [{"object": "UsrRoom", "name": "Attic", "id": "6f9f2c4e-0000-4000-8000-000000000001"},
             {"object": "UsrRoom", "name": "Cellar"}],
  "entities": ["UsrBooking"]
}"#;

#[track_caller]
fn apply(server: &Server, definition: &str, further: &[&str]) -> Value {
    let arguments = [&["object", "apply", "-", "--json"], further].concat();
    server.cli_reading(&arguments, definition).good().json()
}

#[test]
fn a_definition_is_shown_applied_once_and_takes_webhooks() {
    let server = Server::start();
    let before = server.ask(&["object", "export"]);
    let dry = apply(&server, BOOKING, &["--dry-run"]);
    assert_eq!(dry["applied"], false);
    let lines = dry["differences"].as_array().unwrap();
    for word in ["UsrRoom", "UsrBooking", "Nights", "Attic", "Cellar"] {
        assert!(
            lines.iter().any(|line| line.as_str().unwrap().contains(word)),
            "{word} is not shown: {dry}"
        );
    }
    assert_eq!(server.ask(&["object", "export"]), before, "a dry run changes nothing");

    let applied = apply(&server, BOOKING, &[]);
    assert_eq!(
        (&applied["applied"], &applied["differences"]),
        (&json!(true), &dry["differences"])
    );
    let again = apply(&server, BOOKING, &[]);
    assert_eq!(again, json!({"applied": false, "differences": []}));

    server.ask(&["grant", "UsrBooking", "--create"]);
    let source = server.source("Form");
    let body = r#"{"EntityName": "UsrBooking", "Name": "John Best", "Nights": 3, "Price": "99.90",
        "RoomId": "6f9f2c4e-0000-4000-8000-000000000001"}"#;
    let webhook = server.done_with(&source, body);
    assert_eq!(
        (&webhook["outcome"], &webhook["errors"]),
        (&json!("RecordCreated"), &json!([])),
        "{webhook}"
    );
    let id = webhook["records"][0]["id"].as_str().unwrap();
    let record = server.ask(&["record", "show", "UsrBooking", id]);
    let value = |key: &str| {
        record["values"]
            .as_array()
            .unwrap()
            .iter()
            .find(|value| value["key"] == key)
            .unwrap()
    };
    assert_eq!(value("RoomId")["display"], "Attic");
    assert_eq!(value("Nights")["value"], 3);
    assert!(value("Price")["value"].to_string().contains("99.9"), "{record}");
    let fails = server.done_with(&source, r#"{"EntityName": "UsrBooking", "Nights": 3}"#);
    assert_eq!(fails["status"], "Failed", "a required column: {fails}");
}

#[test]
fn what_is_exported_makes_the_same_elsewhere() {
    let (one, other) = (Server::start(), Server::start());
    apply(&one, BOOKING, &[]);
    let exported = one.cli(&["object", "export"]).good().stdout;
    apply(&other, &exported, &[]);
    let there = other.cli(&["object", "export"]).good().stdout;
    assert_eq!(
        serde_json::from_str::<Value>(&there).unwrap(),
        serde_json::from_str::<Value>(&exported).unwrap()
    );
    assert_eq!(apply(&one, &there, &[]), json!({"applied": false, "differences": []}));
    assert_eq!(
        one.ask(&["object", "show", "UsrBooking"]),
        other.ask(&["object", "show", "UsrBooking"])
    );
    let part = one.ask(&["object", "export", "UsrBooking"]);
    assert_eq!(part["objects"].as_array().unwrap().len(), 1, "{part}");
}

#[test]
fn a_file_that_names_one_thing_changes_one_thing() {
    let server = Server::start();
    let contact = server.ask(&["object", "show", "Contact"]);
    let more = r#"{"objects": [{"code": "Contact", "columns": [{"code": "Name", "type": "text(250)", "indexed": true}]},
        {"code": "Order", "columns": [{"code": "Number", "type": "text(250)"}]}]}"#;
    let dry = apply(&server, more, &["--dry-run"]);
    let applied = apply(&server, more, &[]);
    let wanted = json!(["~ column Contact.Name indexed no → yes"]);
    assert_eq!((&dry["differences"], &applied["differences"]), (&wanted, &wanted));
    let mut indexed = contact;
    let columns = indexed["columns"].as_array_mut().unwrap();
    let name = columns.iter_mut().find(|column| column["key"] == "Name").unwrap();
    name["indexed"] = json!(true);
    assert_eq!(server.ask(&["object", "show", "Contact"]), indexed);
    let exported = server.cli(&["object", "export"]).good().stdout;
    assert_eq!(
        apply(&server, &exported, &[]),
        json!({"applied": false, "differences": []})
    );
}

#[test]
fn objects_that_ship_are_there_with_countries() {
    let server = Server::start();
    let list = server.ask(&["object", "list"]);
    let codes: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["code"].as_str().unwrap())
        .collect();
    for code in ["Contact", "Lead", "Order", "FormSubmit", "Account", "Country"] {
        assert!(codes.contains(&code), "{code} is missing");
    }
    let entities = server.ask(&["entity", "list"]);
    let text = entities.to_string();
    for code in ["Contact", "Lead", "Order", "FormSubmit"] {
        assert!(text.contains(code), "{code} takes no webhooks: {text}");
    }
    assert!(!text.contains("Account"), "{text}");
    let countries = server.ask(&["record", "list", "Country", "--limit", "1000"]);
    assert!(countries["total"].as_u64().unwrap() >= 249, "ISO 3166 has 249");
    let canada = server.ask(&["record", "show", "Country", "f8af0e88-f36b-1410-fa98-00155d043204"]);
    assert_eq!(canada["display"], "Canada");
}

#[test]
fn mistakes_name_their_place_and_change_nothing() {
    let server = Server::start();
    let before = server.ask(&["object", "export"]);
    for (definition, words) in [
        (
            r#"{"objects": [{"code": "UsrA", "columns": [{"code": "X", "type": "texd"}]}]}"#,
            vec!["objects[0].columns[0].type", "texd"],
        ),
        (
            r#"{"objects": [{"code": "UsrA", "columns": [{"code": "Y", "type": "lookup(Nothing)"}]}]}"#,
            vec!["Y", "Nothing"],
        ),
        (r#"{"entities": ["Nothing"]}"#, vec!["Nothing"]),
        (r#"{"values": [{"object": "Contact", "name": "x"}]}"#, vec!["Contact"]),
        (r#"{"objets": []}"#, vec!["objets"]),
        ("{\n  \"objects\": [\n", vec!["line 3"]),
    ] {
        for dry in [&[][..], &["--dry-run"]] {
            let refused = server.cli_reading(&[&["object", "apply", "-"], dry].concat(), definition);
            assert_eq!(refused.code, 1, "{definition}: {refused:?}");
            for word in &words {
                assert!(
                    refused.stderr.contains(word),
                    "{definition}: {word} is not named in {}",
                    refused.stderr
                );
            }
        }
    }
    let file = server.folder().join("nothing.json");
    let refused = server.cli(&["object", "apply", file.to_str().unwrap()]);
    assert!(
        refused.code == 1 && refused.stderr.contains("nothing.json"),
        "{refused:?}"
    );
    assert_eq!(server.ask(&["object", "export"]), before);
}

#[test]
fn a_definition_can_be_a_file() {
    let server = Server::start();
    let file = server.folder().join("booking.json");
    fs::write(&file, BOOKING).unwrap();
    let text = server
        .cli(&["object", "apply", file.to_str().unwrap(), "--dry-run"])
        .good()
        .stdout;
    assert!(text.contains('+') && text.contains("UsrBooking"), "{text}");
}
