//! What the values of a webhook become in its record.

use hookgate::clock;
use serde_json::{Value, json};

use super::processing::{errors, forms, is, issues};
use crate::harness::{Server, Source};

const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";

#[test]
fn a_value_that_does_not_fit_leaves_its_column_empty() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    let nobody = "00000000-0000-4000-8000-000000000001";
    let body = json!({
        "EntityName": "Contact", "Name": "John Best", "BirthDate": "yesterday", "Zip": "9".repeat(51),
        "CountryId": nobody, "GenderId": "male", "DoNotUseEmail": "perhaps", "Email": "john@example.com",
    });
    let webhook = server.done_with(&source, body.to_string());
    is(&webhook, "Done", "RecordCreated");
    let values = server.values(&webhook);
    assert_eq!(values.keys().collect::<Vec<_>>(), ["Email", "Name"], "{values:?}");
    let mut found = errors(&webhook);
    found.sort_unstable();
    let columns: Vec<_> = found.iter().map(|(column, _)| *column).collect();
    assert_eq!(
        columns,
        ["BirthDate", "CountryId", "DoNotUseEmail", "GenderId", "Zip"],
        "{webhook:#}"
    );
    assert!(found[1].1.contains("no Country record has this id"), "{webhook:#}");
    assert!(found[4].1.contains("51") && found[4].1.contains("50"), "{webhook:#}");
    let shown = webhook["errors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|error| error["column"] == "BirthDate");
    assert_eq!(shown.unwrap()["value"], "yesterday");
}

#[test]
fn a_strict_object_takes_nothing_that_does_not_fit() {
    let server = Server::start();
    let definition = format!(
        r#"{{"objects": [{{"code": "UsrStrict", "caption": "Strict", "strict": true, "columns": [
            {{"code": "Name", "type": "text(50)"}}, {{"code": "Seats", "type": "integer"}},
            {{"code": "Country", "type": "lookup(Country)"}}]}}], "entities": ["{}"]}}"#,
        "UsrStrict"
    );
    server.cli_reading(&["object", "apply", "-"], &definition).good();
    server.grant("UsrStrict");
    let source = forms(&server);
    let with = |key: &str, value: &str| {
        let body = json!({"EntityName": "UsrStrict", "Name": "A", key: value}).to_string();
        server.done_with(&source, body)
    };
    is(&with("Seats", "4"), "Done", "RecordCreated");
    is(&with("CountryId", CANADA), "Done", "RecordCreated");
    for (key, value) in [("Seats", "four"), ("CountryId", "00000000-0000-4000-8000-000000000001")] {
        let webhook = with(key, value);
        is(&webhook, "Failed", "Failed");
        assert_eq!(errors(&webhook)[0].0, key, "{webhook:#}");
    }
    assert_eq!(server.records("UsrStrict").len(), 2);
}

#[test]
fn a_required_column_without_a_value_fails() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    for body in [r#"{"EntityName":"Contact"}"#, r#"{"EntityName":"Contact","Name":""}"#] {
        let webhook = server.done_with(&source, body);
        is(&webhook, "Failed", "Failed");
        let [("Name", reason)] = errors(&webhook)[..] else {
            panic!("{webhook:#}")
        };
        assert!(reason.contains("required"), "{reason}");
    }
    let webhook = server.done_with(
        &source,
        json!({"EntityName": "Contact", "Name": "x".repeat(251)}).to_string(),
    );
    is(&webhook, "Failed", "Failed");
    assert!(server.records("Contact").is_empty());
}

#[test]
fn an_order_gets_number_date_and_rate_and_keeps_exact_amounts() {
    let mut server = Server::start();
    server.grant("Order");
    let source = forms(&server);
    let order = |server: &Server, source: &Source, amount: &str| {
        let body = format!(r#"{{"EntityName":"Order","Amount":{amount}}}"#);
        let webhook = server.done_with(source, body);
        is(&webhook, "Done", "RecordCreated");
        (server.values(&webhook), webhook)
    };
    let (values, webhook) = order(&server, &source, "0.1");
    assert_eq!(values["Number"], "ORD-1");
    // The day of its processing, which may be another one than that of its arrival.
    let day = |text: &str| text[..10].to_owned();
    let arrived = day(webhook["created_on"].as_str().unwrap());
    let days = arrived..=day(&clock::now().to_string());
    assert!(
        days.contains(&day(values["Date"].as_str().unwrap())),
        "{days:?}: {values:?}"
    );
    let plain = |value: &Value| value.to_string().trim_matches('"').to_owned();
    assert!(
        ["1", "1.0000"].contains(&plain(&values["CurrencyRate"]).as_str()),
        "{values:?}"
    );
    assert!(
        ["0.1", "0.10"].contains(&plain(&values["Amount"]).as_str()),
        "{values:?}"
    );
    let (values, _) = order(&server, &source, "\"12345678901234567.89\"");
    assert_eq!(
        (&values["Number"], plain(&values["Amount"]).as_str()),
        (&json!("ORD-2"), "12345678901234567.89")
    );
    // One that fails uses no number up; a restart forgets none.
    let failed = server.done_with(&source, r#"{"EntityName":"Order","Date":"never"}"#);
    is(&failed, "Failed", "Failed");
    assert_eq!(server.stop(), 0);
    server.restart();
    assert_eq!(order(&server, &source, "3").0["Number"], "ORD-3");
}

#[test]
fn the_names_that_forms_use_are_understood() {
    let server = Server::start();
    server.grant("FormSubmit");
    server.grant("Contact");
    let source = forms(&server);
    let webhook = server.done_with(&source, r#"{"EntityName":"SubmittedForm","FullName":"John Best"}"#);
    is(&webhook, "Done", "RecordCreated");
    assert_eq!(webhook["object"], "FormSubmit");
    assert_eq!(server.values(&webhook)["FullName"], "John Best");

    let form = "application/x-www-form-urlencoded";
    let simple = "EntityName=contact&name=John+Best&email=john%40example.com&form_id=7&form_name=Landing";
    let advanced = "fields%5BEntityName%5D%5Bid%5D=EntityName&fields%5BEntityName%5D%5Bvalue%5D=Contact\
        &fields%5BName%5D%5Bid%5D=Name&fields%5BName%5D%5Bvalue%5D=John+Best\
        &fields%5BEmail%5D%5Bid%5D=Email&fields%5BEmail%5D%5Bvalue%5D=john%40example.com\
        &form%5Bid%5D=7&form%5Bname%5D=Landing";
    for body in [simple, advanced] {
        let webhook = server.processed(&server.post(&source, form, body).id());
        is(&webhook, "Done", "RecordCreated");
        let values = server.values(&webhook);
        assert_eq!(
            (&values["Name"], &values["Email"]),
            (&json!("John Best"), &json!("john@example.com"))
        );
        assert!(errors(&webhook).is_empty(), "{webhook:#}");
    }
}

#[test]
fn keys_without_a_column_are_notes() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    let body = format!(
        r#"{{"EntityName":"Contact","NAME":"first","name":"second","TrackingUserId":"1","Country":"Canada","Id":"{CANADA}"}}"#
    );
    let webhook = server.done_with(&source, body);
    is(&webhook, "Done", "RecordCreated");
    assert!(errors(&webhook).is_empty(), "{webhook:#}");
    let notes = issues(&webhook, "notes");
    let about = |column: &str| {
        notes
            .iter()
            .find(|(key, _)| *key == column)
            .map_or("", |(_, text)| *text)
    };
    assert!(about("TrackingUserId").contains("unknown column"), "{webhook:#}");
    assert!(about("Country").contains("CountryId"), "{webhook:#}");
    assert!(about("name").contains("2 times"), "{webhook:#}");
    assert!(about("Id").contains("itself"), "{webhook:#}");
    let values = server.values(&webhook);
    assert_eq!(values["Name"], "second");
    assert_ne!(webhook["records"][0]["id"], CANADA);
}

#[test]
fn values_arrive_as_forms_and_programs_write_them() {
    let server = Server::start();
    server.grant("Contact");
    server.grant("Lead");
    let source = forms(&server);
    for yes in [json!(true), json!("True"), json!("on"), json!("1"), json!(1)] {
        let body = json!({"EntityName": "Contact", "Name": "A", "DoNotUseCall": yes}).to_string();
        let webhook = server.done_with(&source, body);
        assert_eq!(server.values(&webhook)["DoNotUseCall"], true, "{yes}: {webhook:#}");
    }
    for date in ["1990-11-23", "1990-11-23T10:00:00Z"] {
        let body = json!({"EntityName": "Contact", "Name": "A", "BirthDate": date}).to_string();
        let webhook = server.done_with(&source, body);
        assert_eq!(
            server.values(&webhook)["BirthDate"],
            "1990-11-23",
            "{date}: {webhook:#}"
        );
    }
    let lead = r#"{"EntityName":"Lead","LeadName":{"first":"John"},"MeetingDate":"2026-11-23T10:00:00+02:00"}"#;
    let webhook = server.done_with(&source, lead);
    let values = server.values(&webhook);
    assert_eq!(values["MeetingDate"], "2026-11-23T08:00:00Z", "{webhook:#}");
}

#[test]
fn broken_json_says_where_and_why() {
    let server = Server::start();
    server.grant("Contact");
    let source = forms(&server);
    for (body, place, cause) in [
        ("\"EntityName\": \"Contact\",\n\"Name\": \"John\"", "line 1", "{"),
        ("{\n\"EntityName\": \"Contact\"\n\"Name\": \"John\"}", "line 3", "comma"),
        ("{\"EntityName\": \"Contact\",\n\"Name\": \"John\"", "line 2", "}"),
        ("{'EntityName': 'Contact'}", "line 1", "quot"),
    ] {
        let webhook = server.done_with(&source, body);
        is(&webhook, "Failed", "Failed");
        let [(_, reason)] = errors(&webhook)[..] else {
            panic!("{webhook:#}")
        };
        assert!(reason.contains(place) && reason.contains(cause), "{body}: {reason}");
    }
}
