//! Records at `/api/v1`.

use serde_json::{Value, json};

use super::harness::{Server, User};

/// Contacts made by webhooks, by name; the server, and an operator.
fn contacts(names: &[&str]) -> (Server, User, Vec<String>) {
    let server = Server::start();
    let ben = server.person("ben", "operator");
    server.user_add("anna", "administrator");
    server.grant("Contact");
    let source = server.source("Shop");
    let ids = names.iter().map(|name| {
        let webhook = server.done_with(&source, json!({"EntityName": "Contact", "Name": name}).to_string());
        webhook["records"][0]["id"].as_str().unwrap().to_owned()
    });
    let ids = ids.collect();
    (server, ben, ids)
}

fn displays(page: &Value) -> Vec<&str> {
    let records = page["records"].as_array().unwrap().iter();
    records.map(|record| record["display"].as_str().unwrap()).collect()
}

fn problems(answer: &super::harness::Answer) -> Vec<String> {
    assert_eq!(answer.problem(400), "values-invalid");
    let answer = answer.json();
    let errors = answer["errors"].as_array().unwrap().iter();
    errors.map(|error| error["key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn records_are_found_by_a_filter_in_an_order() {
    let (server, ben, _) = contacts(&["Carl", "Ann", "Ben O'Neill", "<b>Dora</b>"]);
    let base = "/objects/Contact/records";
    for (query, expected) in [
        ("", vec!["<b>Dora</b>", "Ben O'Neill", "Ann", "Carl"]),
        ("?order=Name", vec!["<b>Dora</b>", "Ann", "Ben O'Neill", "Carl"]),
        ("?order=Name%20desc", vec!["Carl", "Ben O'Neill", "Ann", "<b>Dora</b>"]),
        ("?filter=contains(Name,'nn')", vec!["Ann"]),
        ("?filter=Name%20eq%20'Ben%20O''Neill'", vec!["Ben O'Neill"]),
        ("?filter=Name%20eq%20'nobody'", vec![]),
    ] {
        let page = ben.ask(&server, &format!("{base}{query}"));
        assert_eq!(displays(&page), expected, "{query}");
        assert_eq!(
            (&page["total"], &page["next"]),
            (&json!(expected.len()), &Value::Null),
            "{query}"
        );
    }
    for order in ["", "&order=Name"] {
        let (mut seen, mut before, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = ben.ask(&server, &format!("{base}?limit=3{order}{before}"));
            seen.extend(displays(&page).into_iter().map(str::to_owned));
            pages += 1;
            match page["next"].as_str() {
                Some(next) => before = format!("&before={next}"),
                None => break,
            }
        }
        seen.sort();
        assert_eq!((pages, seen.len()), (2, 4), "{order}: {seen:?}");
    }
    let row = &ben.ask(&server, base)["records"][3];
    assert_eq!(row["created_by"], "WebhookService");
    assert_eq!(row["values"][0]["key"], "Name");
    for wrong in ["?filter=Nmae%20eq%201", "?order=Nothing", "?before=xyz", "?limit=many"] {
        assert_eq!(
            ben.get(&server, &format!("{base}{wrong}")).problem(400),
            "invalid",
            "{wrong}"
        );
    }
    assert_eq!(ben.get(&server, "/objects/Nothing/records").problem(404), "not-found");
}

#[test]
fn a_record_is_changed_by_key_and_all_that_is_wrong_is_said() {
    let (server, ben, ids) = contacts(&["Ann"]);
    let path = format!("/objects/Contact/records/{}", ids[0]);
    let edit = |body: Value| ben.change(&server, "PATCH", &path, &body);
    let read = ben.ask(&server, &path);
    assert!(read["webhook"].is_string());
    let countries = ben.ask(&server, "/objects/Country/options?text=CANAD");
    let (id, name) = (&countries[0]["id"], &countries[0]["name"]);
    assert_eq!(name, "Canada");

    let changed = edit(json!({"values": {"Name": "Ann Best", "CountryId": id}, "mark": read["mark"]}));
    assert_eq!(changed.status, 200, "{changed:?}");
    let changed = changed.json();
    assert_eq!(
        (&changed["display"], &changed["modified_by"]),
        (&json!("Ann Best"), &json!("ben"))
    );
    let values = changed["values"].as_array().unwrap();
    let country = values.iter().find(|value| value["key"] == "CountryId").unwrap();
    assert_eq!((&country["value"], &country["display"]), (id, name));

    let stale = edit(json!({"values": {"Name": "Late"}, "mark": read["mark"]}));
    assert_eq!(stale.problem(409), "record-changed");
    let emptied = edit(json!({"values": {"CountryId": null}})).json();
    assert!(!emptied["values"].to_string().contains("CountryId"));

    let nobody = "11111111-1111-4111-8111-111111111111";
    assert_eq!(
        problems(&edit(
            json!({"values": {"CountryId": "Canada", "CreatedOn": 1, "Nothing": 1}})
        )),
        ["CountryId", "Nothing"]
    );
    assert_eq!(problems(&edit(json!({"values": {"CountryId": nobody}}))), ["CountryId"]);
    assert_eq!(problems(&edit(json!({"values": {"Name": null}}))), ["Name"]);
    assert_eq!(edit(json!({"values": [1]})).problem(400), "invalid");
    assert_eq!(edit(json!({"mark": "x", "values": {}})).problem(400), "invalid");
    assert_eq!(ben.ask(&server, &path)["display"], "Ann Best");

    let vera = server.person("vera", "viewer");
    assert_eq!(
        vera.change(&server, "PATCH", &path, &json!({"values": {}}))
            .problem(403),
        "role"
    );
    for other in [&vera, &ben] {
        let refused = other.change(&server, "DELETE", &path, &Value::Null);
        assert_eq!(refused.problem(403), "role", "deleting is for administrators");
    }
    let carla = server.person("carla", "administrator");
    let used = format!("/objects/Country/records/{}", id.as_str().unwrap());
    edit(json!({"values": {"CountryId": id}}));
    assert_eq!(
        carla.change(&server, "DELETE", &used, &Value::Null).problem(409),
        "record-used"
    );
    assert_eq!(carla.change(&server, "DELETE", &path, &Value::Null).status, 204);
    assert_eq!(ben.get(&server, &path).problem(404), "not-found");
    assert_eq!(
        carla.change(&server, "DELETE", &path, &Value::Null).problem(404),
        "not-found"
    );
    assert_eq!(edit(json!({"values": {"Name": "x"}})).problem(404), "not-found");
}

/// However a spreadsheet splits the file: at commas, as it should, or at what its country uses.
#[test]
fn fault_08_exports_hold_no_formula_and_telephone_numbers_as_they_are() {
    let numbers = ["+49 170 1234567", "-12.50"];
    let formulas = [
        "x;=1+1",
        "\u{ff1d}1+1",
        "\n=1+1",
        "\t@SUM(A1)",
        "x\r+A1",
        "+cmd|' /C calc'!A0",
        "x;\"=cmd|' /C calc'!A0;",
        " =1+1",
    ];
    let names: Vec<&str> = numbers.iter().chain(&formulas).copied().collect();
    let (server, ben, _) = contacts(&names);
    let (_, records) = ben.download(&server, "/objects/Contact/records/export?format=csv");
    let (_, webhooks) = ben.download(&server, "/webhooks/export?format=csv");
    for number in numbers {
        assert!(records.contains(&format!(",{number},")), "{number}: {records}");
    }
    for file in [&records, &webhooks] {
        for separator in [',', ';', '\t'] {
            for cell in file.split([separator, '\r', '\n']) {
                let cell = cell.trim_start_matches([' ', '"']);
                let begins = cell.starts_with(['=', '+', '-', '@', '\u{ff1d}']);
                let computes = cell.contains(|c: char| c.is_alphabetic() || "=@|!\u{ff1d}".contains(c));
                assert!(!begins || !computes, "{cell:?} of {file}");
            }
        }
    }
}

#[test]
fn records_are_exported_without_formulas_and_chosen_by_a_part_of_their_name() {
    let (server, ben, _) = contacts(&["=1+1", "Ann, \"the\" best", "Zoe", "An Other"]);
    let (head, csv) = ben.download(&server, "/objects/contact/records/export?format=csv&order=Name");
    assert_eq!(head.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        head.header("content-disposition")
            .unwrap()
            .contains("hookgate-contact.csv")
    );
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 5, "{csv}");
    assert!(
        lines[0].starts_with("Id,Name,") && lines[0].contains(",CountryId,Country,"),
        "{csv}"
    );
    assert!(
        csv.contains(",'=1+1,") && csv.contains(",\"Ann, \"\"the\"\" best\","),
        "{csv}"
    );
    let (_, some) = ben.download(&server, "/objects/Contact/records/export?filter=Name%20eq%20'Zoe'");
    assert_eq!(some.split_terminator("\r\n").count(), 2);
    let wrong = ben.get(&server, "/objects/Contact/records/export?filter=Nmae%20eq%201");
    assert_eq!(wrong.problem(400), "invalid");

    let options = ben.ask(&server, "/objects/Contact/options?text=an");
    let names: Vec<&str> = options
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["An Other", "Ann, \"the\" best"]);
    assert_eq!(
        ben.ask(&server, "/objects/Contact/options").as_array().unwrap().len(),
        4
    );
    assert!(ben.ask(&server, "/objects/Country/options").as_array().unwrap().len() <= 50);
}
