//! Records over OData, as a program on site reads and writes them.

use std::collections::BTreeSet;

use hookgate::clock;
use hookgate::domain::actor::Actor;
use hookgate::domain::change::RecordsWritten;
use hookgate::domain::entry::Entry;
use hookgate::domain::record::RecordOperation;
use hookgate::domain::value::Value as Stored;
use serde_json::{Value, json};
use uuid::Uuid;

use super::filled::filled;
use super::harness::{Answer, Caller, Connection, Server, wait_until};

const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";
const ALL: &str = "Contact --create --read --edit --delete";

/// The rows of a page.
#[track_caller]
fn rows(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["value"].as_array().unwrap().clone()
}

/// Makes a Contact; gives its address.
#[track_caller]
fn contact(connection: &mut Connection, program: &Caller, name: &str) -> String {
    let made = connection.is(201, &program.with("POST", "Contact", &json!({"Name": name})));
    format!("Contact({})", made.json()["Id"].as_str().unwrap())
}

#[test]
fn a_program_reads_and_writes_records() {
    let server = Server::start();
    let program = server.caller("Shop", &[ALL, "Country --read"]);
    let mut connection = server.connect();

    let service = connection.is(200, &program.get(""));
    assert_eq!(service.header("odata-version"), Some("4.0"));
    let sets = service.json()["value"].as_array().unwrap().clone();
    assert!(sets.iter().any(|set| set["url"] == "Contact"), "{sets:?}");
    let metadata = connection.is(200, &program.get("$metadata"));
    assert_eq!(metadata.header("content-type"), Some("application/xml; charset=utf-8"));
    assert!(metadata.body.contains(r#"<EntityType Name="Contact">"#));

    let body = json!({"Name": "Ada Best", "Country@odata.bind": format!("Country({CANADA})")});
    let made = connection.is(201, &program.with("POST", "Contact", &body));
    let record = made.json();
    let path = format!("Contact({})", record["Id"].as_str().unwrap());
    let location = made.header("location").unwrap();
    assert!(location.ends_with(&format!("/0/odata/{path}")), "{location}");
    assert_eq!((&record["CountryId"], &record["Email"]), (&json!(CANADA), &json!("")));

    // Read again, as long as it is the same.
    let read = connection.is(200, &program.get(&path));
    let tag = read.header("etag").unwrap().to_owned();
    assert_eq!(made.header("etag"), Some(tag.as_str()));
    let unchanged = connection.is(304, &program.get(&path).header("If-None-Match", &tag));
    assert_eq!(unchanged.body, "");
    let property = connection.is(200, &program.get(&format!("{path}/Name/$value")));
    assert_eq!(property.body, "Ada Best");

    // Changed by one, then by another who does not know it.
    let change = |tag: &str, title: &str| {
        let body = json!({"JobTitle": title}).to_string();
        let request = program.request("PATCH", &path).header("If-Match", tag);
        request.header("Content-Type", "application/json").body(body)
    };
    let changed = connection.is(204, &change(&tag, "Engineer"));
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
    let late = connection.is(412, &change(&tag, "Manager"));
    assert_eq!(late.json()["error"]["code"], "RecordChanged");
    let values = json!({"BirthDate": "yesterday"});
    let refused = connection.is(400, &program.with("PATCH", &path, &values));
    assert_eq!(refused.json()["error"]["target"], "BirthDate");
    let title = connection.is(200, &program.get(&format!("{path}?$select=JobTitle")));
    assert_eq!(title.json()["JobTitle"], "Engineer");

    // Found through its lookup, and counted; the command line sees the same.
    contact(&mut connection, &program, "Bo");
    let found = connection.is(
        200,
        &program.get("Contact?$filter=Country/Name eq 'Canada'&$expand=Country&$count=true"),
    );
    assert_eq!(found.json()["@odata.count"], 1);
    let found = rows(&found);
    assert_eq!(
        (&found[0]["Name"], &found[0]["Country"]["Name"]),
        (&json!("Ada Best"), &json!("Canada"))
    );
    assert_eq!(connection.is(200, &program.get("Contact/$count")).body, "2");
    assert_eq!(server.records("Contact").len(), 2);

    let stale = program.request("DELETE", &path).header("If-Match", &tag);
    connection.is(412, &stale);
    connection.is(204, &program.request("DELETE", &path));
    connection.is(404, &program.get(&path));
    connection.is(404, &program.request("DELETE", &path));
    assert_eq!(server.records("Contact").len(), 1);
}

#[test]
fn pages_show_each_record_once_while_records_come_and_go() {
    let server = Server::start();
    let program = server.caller("Shop", &[ALL]);
    let mut connection = server.connect();
    let first: Vec<_> = (0..30)
        .map(|number| contact(&mut connection, &program, &format!("Old {number:02}")))
        .collect();
    for query in [
        "",
        "?$orderby=Name desc",
        "?$filter=startswith(Name,'Old')&$orderby=CreatedOn",
    ] {
        let mut seen = BTreeSet::new();
        let mut next = format!("Contact{query}");
        let mut pages = 0;
        loop {
            let request = program.get(&next).header("Prefer", "odata.maxpagesize=7");
            let page = connection.is(200, &request);
            assert_eq!(page.header("preference-applied"), Some("odata.maxpagesize=7"));
            for row in rows(&page) {
                assert!(seen.insert(row["Id"].as_str().unwrap().to_owned()), "twice: {row}");
            }
            pages += 1;
            // In front of the page, behind it, and one that was shown already goes.
            contact(&mut connection, &program, &format!("A {pages}"));
            let gone = contact(&mut connection, &program, &format!("Z {pages}"));
            connection.is(204, &program.request("DELETE", &gone));
            let Some(link) = page.json()["@odata.nextLink"].as_str().map(str::to_owned) else {
                break;
            };
            link.split_once("/0/odata/").unwrap().1.clone_into(&mut next);
            assert!(pages < 50, "the pages do not end");
        }
        assert!(pages >= 5, "{query}: {pages}");
        for path in &first {
            let id = path.trim_start_matches("Contact(").trim_end_matches(')');
            assert!(seen.contains(id), "{query}: {path} is missing");
        }
    }
}

#[test]
fn a_batch_is_done_in_groups() {
    let server = Server::start();
    let program = server.caller("Shop", &[ALL]);
    let mut connection = server.connect();
    let post = |id: &str, group: &str, name: &Value| {
        json!({"id": id, "atomicityGroup": group, "method": "POST", "url": "Contact",
            "headers": {"content-type": "application/json"}, "body": {"Name": name}})
    };
    let body = json!({"requests": [
        post("1", "g", &json!("Ada")),
        post("2", "g", &json!("Bo")),
        post("3", "h", &json!("Cy")),
        post("4", "h", &json!({"not": "a text"})),
        {"id": "5", "method": "GET", "url": "Contact/$count"},
    ]});
    let batch = program.with("POST", "$batch", &body);
    let statuses = |answer: &Answer| -> Vec<u64> {
        let responses = answer.json()["responses"].as_array().unwrap().clone();
        responses.iter().map(|one| one["status"].as_u64().unwrap()).collect()
    };
    let count = |connection: &mut Connection| connection.is(200, &program.get("Contact/$count")).body;
    let answered = connection.is(200, &batch);
    assert_eq!(statuses(&answered), [201, 201, 424, 400], "it ends with what fails");
    assert_eq!(count(&mut connection), "2", "of a group that fails nothing is kept");
    let request = program
        .request("POST", "$batch")
        .header("Content-Type", "application/json")
        .header("Prefer", "odata.continue-on-error")
        .body(body.to_string());
    let answered = connection.is(200, &request);
    assert_eq!(statuses(&answered), [201, 201, 424, 400, 200]);
    assert_eq!(answered.json()["responses"][4]["body"], "4");
}

#[test]
fn what_programs_for_creatio_send_is_taken() {
    let server = Server::start();
    let program = server.caller("Shop", &[ALL]);
    let mut connection = server.connect();
    let bearer = format!("Bearer {}", program.token);
    for root in ["/0/odata", "/odata"] {
        let request = |method: &str, path: &str| {
            super::harness::Request::new(method, &format!("{root}/{path}"))
                .header("Authorization", &bearer)
                .header("Accept", "application/json; odata=verbose")
                .header("ForceUseSession", "true")
                .header("BPMCSRF", "x")
                .header(
                    "Content-Type",
                    "application/json; charset=utf-8; IEEE754Compatible=true",
                )
        };
        let made = connection.is(201, &request("POST", "Contact").body(r#"{"Name": "Ada"}"#));
        let path = format!("Contact({})", made.json()["Id"].as_str().unwrap());
        connection.is(204, &request("PATCH", &path).body(r#"{"Name": "Bo"}"#));
        let found = connection.is(200, &request("GET", "Contact?$filter=Name%20eq%20'Bo'&$top=5"));
        assert_eq!(rows(&found).len(), 1);
        let context = found.json()["@odata.context"].as_str().unwrap().to_owned();
        assert!(context.contains(&format!("{root}/$metadata#Contact")), "{context}");
        connection.is(204, &request("DELETE", &path));
    }
}

#[test]
fn webhooks_and_their_parsing_errors_are_read() {
    let server = Server::start();
    let program = server.caller("Support", &["Webhook --read", "WebhookParsingError --read"]);
    server.grant("Contact");
    let source = server.source("Forms");
    let body = json!({"EntityName": "Contact", "Name": "Ada", "BirthDate": "soon"}).to_string();
    let done = server.done_with(&source, &body);
    let id = done["id"].as_str().unwrap();
    let mut connection = server.connect();
    let webhook = connection.is(200, &program.get(&format!("Webhook({id})?$expand=Status")));
    let webhook = webhook.json();
    assert_eq!(
        (
            &webhook["RequestBody"],
            &webhook["WebhookSource"],
            &webhook["Status"]["Name"]
        ),
        (&json!(body), &json!("Forms"), &json!("Done"))
    );
    assert!(
        !webhook["SourceUrl"].as_str().unwrap().contains(&source.key),
        "{webhook}"
    );
    let errors = connection.is(
        200,
        &program.get(&format!("WebhookParsingError?$filter=WebhookId eq {id}")),
    );
    let errors = rows(&errors);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        (&errors[0]["Column"], &errors[0]["Value"]),
        (&json!("BirthDate"), &json!("soon"))
    );
    let failed = connection.is(200, &program.get("Webhook/$count?$filter=Status/Name eq 'Failed'"));
    assert_eq!(failed.body, "0");
    for method in ["POST", "DELETE"] {
        let path = if method == "POST" {
            "Webhook".to_owned()
        } else {
            format!("Webhook({id})")
        };
        let refused = connection.is(405, &program.with(method, &path, &json!({})));
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    }
}

/// More records than a filter may look at one by one.
const MANY: u64 = 200_100;

#[test]
fn an_index_that_a_definition_adds_is_used() {
    let mut server = Server::start();
    let definition = |indexed: bool| {
        json!({"objects": [{"code": "UsrPart", "columns": [
            {"code": "Name", "type": "text(50)"}, {"code": "Rank", "type": "integer", "indexed": indexed}]}]})
        .to_string()
    };
    server.cli_reading(&["object", "apply", "-"], &definition(false)).good();
    assert_eq!(server.stop(), 0);
    filled(&server.data(), 64 << 20, |ledger| {
        let catalog = ledger.catalog();
        let object = catalog.object("UsrPart").unwrap();
        let column = object.columns.iter().find(|column| column.code == "Rank").unwrap().id;
        for from in (0..MANY).step_by(1000) {
            let operations = (from..MANY.min(from + 1000))
                .map(|rank| RecordOperation::Create {
                    object: object.id,
                    record: Uuid::from_u128(u128::from(rank) + 1),
                    values: vec![(column, Stored::Integer(i64::try_from(rank).unwrap()))],
                })
                .collect();
            ledger
                .commit(Entry::one(
                    clock::now(),
                    Actor::CommandLine,
                    RecordsWritten {
                        rules: catalog.rules,
                        operations,
                    },
                ))
                .unwrap();
        }
    });
    server.restart();
    let program = server.caller("Shop", &["UsrPart --read"]);
    let mut connection = server.connect();
    let last = MANY - 1;
    let query = format!("UsrPart?$filter=Rank eq {last}");
    // A scan looks at so many rows and says where to go on; counting cannot.
    let page = connection.is(200, &program.get(&query)).json();
    assert_eq!(page["value"], json!([]), "{page}");
    assert!(page["@odata.nextLink"].is_string(), "{page}");
    let count = format!("UsrPart/$count?$filter=Rank eq {last}");
    let refused = connection.is(400, &program.get(&count));
    assert_eq!(refused.json()["error"]["code"], "TooCostly", "{refused:?}");
    server.cli_reading(&["object", "apply", "-"], &definition(true)).good();
    // It is built in steps behind the answer.
    wait_until("the index is built", || {
        let shown = server.ask(&["object", "show", "UsrPart"]);
        let columns = shown["columns"].as_array().unwrap();
        columns
            .iter()
            .any(|column| column["key"] == "Rank" && column["indexed"] == true)
    });
    let found = rows(&connection.is(200, &program.get(&query)));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["Rank"], last);
    let last_three = rows(&connection.is(
        200,
        &program.get("UsrPart?$filter=Rank ge 0&$orderby=Rank desc&$top=3&$select=Rank"),
    ));
    let ranks: Vec<_> = last_three.iter().map(|row| row["Rank"].as_u64().unwrap()).collect();
    assert_eq!(ranks, [last, last - 1, last - 2]);
}
