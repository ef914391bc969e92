//! `$batch`

use super::*;

/// The answers of a batch by id.
fn responses(answer: &TestResponse) -> Vec<(String, u16, Json)> {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let json = answer.json();
    let all = json["responses"].as_array().unwrap().iter();
    all.map(|part| {
        assert_eq!(part["headers"]["OData-Version"], "4.0");
        let status = u16::try_from(part["status"].as_u64().unwrap()).unwrap();
        (part["id"].as_str().unwrap().to_owned(), status, part["body"].clone())
    })
    .collect()
}

fn statuses(answer: &TestResponse) -> Vec<(String, u16)> {
    responses(answer)
        .into_iter()
        .map(|(id, status, _)| (id, status))
        .collect()
}

fn expected(all: &[(&str, u16)]) -> Vec<(String, u16)> {
    all.iter().map(|(id, status)| ((*id).to_owned(), *status)).collect()
}

fn going_on(world: &World, body: &Json) -> TestResponse {
    world.ask(Request {
        prefer: Some("odata.continue-on-error"),
        ..request(Method::Post, "$batch", body.to_string().as_bytes())
    })
}

#[test]
fn requests_are_answered_in_order() {
    let world = World::new();
    let answer = world.post(
        "$batch",
        &json!({"requests": [
            {"id": "a", "method": "POST", "url": "UsrThing", "body": {"Id": NOBODY, "Name": "x"},
             "headers": {"content-type": "application/json"}},
            {"id": "b", "method": "get", "url": format!("/0/odata/UsrThing({NOBODY})?$select=Name")},
            {"id": "c", "method": "PATCH", "url": format!("{SERVICE}/UsrThing({NOBODY})"), "body": {"Size": 3}},
            {"id": "d", "method": "GET", "url": "/odata/UsrThing/$count"},
            {"id": "e", "method": "GET", "url": format!("https://127.0.0.1:8443/0/odata/UsrThing({NOBODY})/Name/$value")},
            {"id": "f", "method": "DELETE", "url": format!("UsrThing({NOBODY})"), "body": null},
            {"id": "g", "method": "GET", "url": ""},
            {"id": "h", "method": "GET", "url": "$metadata"},
        ]}),
    );
    let all = responses(&answer);
    let statuses: Vec<u16> = all.iter().map(|(_, status, _)| *status).collect();
    assert_eq!(statuses, [201, 200, 204, 200, 200, 204, 200, 200], "{}", answer.text());
    assert_eq!(all[0].2["Name"], "x");
    assert_eq!(all[1].2["Name"], "x");
    assert!(all[2].2.is_null() && all[5].2.is_null());
    assert_eq!(all[3].2, "1");
    assert_eq!(all[4].2, "x");
    assert!(all[7].2.as_str().unwrap().contains("edmx"));
    let first = &answer.json()["responses"][0];
    assert_eq!(first["headers"]["Location"], format!("{SERVICE}/UsrThing({NOBODY})"));
    assert!(first["headers"]["ETag"].is_string());
    assert!(first.get("atomicityGroup").is_none());
}

#[test]
fn numbers_in_a_batch_stay_exact() {
    let world = World::new();
    let body = r#"{"requests": [{"id": "1", "method": "POST", "url": "UsrThing",
        "body": {"Name": "x", "Price": 12345678901234567890.12}}]}"#;
    let answer = world.ask(request(Method::Post, "$batch", body.as_bytes()));
    assert!(answer.text().contains(":12345678901234567890.12"), "{}", answer.text());
}

#[test]
fn a_batch_stops_at_the_first_error_unless_asked_to_go_on() {
    let world = World::new();
    let body = json!({"requests": [
        {"id": "1", "method": "POST", "url": "UsrThing", "body": {"Name": "x"}},
        {"id": "2", "method": "GET", "url": "Nothing"},
        {"id": "3", "method": "POST", "url": "UsrThing", "body": {"Name": "y"}},
    ]});
    let answer = world.post("$batch", &body);
    assert_eq!(statuses(&answer), expected(&[("1", 201), ("2", 404)]));
    assert_eq!(responses(&answer)[1].2["error"]["code"], "NotFound");
    assert_eq!(world.count("UsrThing"), 1);
    let answer = going_on(&world, &body);
    assert_eq!(statuses(&answer), expected(&[("1", 201), ("2", 404), ("3", 201)]));
    assert_eq!(answer.header("Preference-Applied"), Some("odata.continue-on-error"));
}

#[test]
fn what_depends_on_a_failed_request_is_not_carried_out() {
    let world = World::new();
    let answer = going_on(
        &world,
        &json!({"requests": [
            {"id": "1", "method": "POST", "url": "UsrThing", "body": {}},
            {"id": "2", "method": "POST", "url": "UsrThing", "body": {"Name": "x"}, "dependsOn": ["1"]},
            {"id": "3", "method": "GET", "url": "UsrThing/$count", "dependsOn": ["2"]},
            {"id": "4", "method": "GET", "url": "UsrThing/$count"},
            {"id": "5", "method": "GET", "url": "UsrThing/$count", "dependsOn": ["4"]},
            {"id": "6", "atomicityGroup": "g", "method": "POST", "url": "UsrThing", "body": {}},
            {"id": "7", "method": "GET", "url": "UsrThing/$count", "dependsOn": ["g"]},
            {"id": "8", "atomicityGroup": "h", "method": "POST", "url": "UsrThing", "body": {"Name": "x"}, "dependsOn": ["7"]},
        ]}),
    );
    let wanted = expected(&[
        ("1", 400),
        ("2", 424),
        ("3", 424),
        ("4", 200),
        ("5", 200),
        ("6", 400),
        ("7", 424),
        ("8", 424),
    ]);
    assert_eq!(statuses(&answer), wanted);
    let all = responses(&answer);
    assert_eq!(all[1].2["error"]["code"], "DependencyFailed");
    assert_eq!(
        all[1].2["error"]["message"],
        "not carried out: the request '1', on which it depends, failed"
    );
    assert_eq!(world.count("UsrThing"), 0);
}

#[test]
fn a_batch_that_is_wrong_as_a_whole_does_nothing() {
    let world = World::new();
    let good = json!({"id": "1", "method": "POST", "url": "UsrThing", "body": {"Name": "x"}});
    let with = |more: Json| {
        let mut all = vec![good.clone()];
        all.extend(more.as_array().unwrap().iter().cloned());
        json!({"requests": all}).to_string()
    };
    let many: Vec<Json> = (2..=101)
        .map(|id| json!({"id": id.to_string(), "method": "GET", "url": "Contact"}))
        .collect();
    for (body, text) in [
        (
            String::new(),
            "the batch cannot be read at line 1, column 0: it is empty, or ends before its closing brackets",
        ),
        (
            "{}".to_owned(),
            "the batch cannot be read at line 1, column 2: the list \"requests\" is missing",
        ),
        ("[]".to_owned(), "it must be an object with a list \"requests\""),
        (
            with(json!([{"id": "2", "method": "GET"}])),
            "a request has no \"url\"; send it like {",
        ),
        (
            with(json!([{"id": 2, "method": "GET", "url": ""}])),
            "whose requests have texts as id, method and url; send it like {",
        ),
        (
            with(Json::Array(many)),
            "a batch can have at most 100 requests, but this one has 101; send several batches",
        ),
        (
            with(json!([{"id": "1", "method": "GET", "url": "Contact"}])),
            "two requests or groups of the batch are named '1'; give each its own id",
        ),
        (
            with(json!([{"id": "", "method": "GET", "url": "Contact"}])),
            "each request of a batch needs an id of its own",
        ),
        (
            with(json!([{"id": "2", "method": "GET", "url": "Contact", "dependsOn": ["3"]}])),
            "request '2' depends on '3', which does not come before it",
        ),
        (
            with(json!([{"id": "2", "method": "GET", "url": "Contact", "dependsOn": ["2"]}])),
            "request '2' depends on '2', which does not come before it",
        ),
        (
            with(json!([{"id": "2", "method": "GET", "url": "Contact", "atomicityGroup": "g"}])),
            "request '2' does not write; only POST, PATCH and DELETE can be part of an atomicityGroup",
        ),
        (
            with(json!([
                {"id": "2", "method": "DELETE", "url": "x", "atomicityGroup": "g"},
                {"id": "3", "method": "GET", "url": "Contact"},
                {"id": "4", "method": "DELETE", "url": "x", "atomicityGroup": "g"},
            ])),
            "the requests of atomicityGroup 'g' must be consecutive",
        ),
        (
            with(json!([{"id": "2", "method": "DELETE", "url": "x", "atomicityGroup": "1"}])),
            "the requests of atomicityGroup '1' must be consecutive, and its name must differ from every id",
        ),
    ] {
        let (_, message) = world.ask(request(Method::Post, "$batch", body.as_bytes())).error(400);
        assert!(message.contains(text), "{body:.200}: {message}");
    }
    assert_eq!(world.count("UsrThing"), 0);
    let large = vec![b' '; (4 << 20) + 1];
    assert_eq!(
        world.ask(request(Method::Post, "$batch", &large)).error(413).0,
        "BodyTooLarge"
    );
}

#[test]
fn a_part_that_is_wrong_fails_alone() {
    let world = World::new();
    let large = "x".repeat((1 << 20) + 1);
    for (part, status, text) in [
        (
            json!({"method": "POST", "url": "$batch", "body": {"requests": []}}),
            400,
            "a batch cannot contain another batch",
        ),
        (
            json!({"method": "GET", "url": "/other/Contact"}),
            400,
            "the url '/other/Contact' is not of this service",
        ),
        (
            json!({"method": "GET", "url": "/0/odatax"}),
            400,
            "the url '/0/odatax' is not of this service",
        ),
        (
            json!({"method": "GET", "url": "https://elsewhere.example"}),
            400,
            "the url 'https://elsewhere.example' is not",
        ),
        (
            json!({"method": "PATCH", "url": "$1/Name", "body": {}}),
            400,
            "a record of the same batch cannot be named",
        ),
        (
            json!({"method": "PUT", "url": format!("Country({CANADA})"), "body": {}}),
            405,
            "a record of Country accepts only",
        ),
        (
            json!({"method": "POST", "url": "UsrThing", "body": {"Note": large}}),
            413,
            "the body has more than 1048576",
        ),
        (
            json!({"method": "POST", "url": "UsrThing", "body": "text"}),
            400,
            "the body is a string, not an object",
        ),
        (json!({"method": "POST", "url": "UsrThing"}), 400, "the body is empty"),
        (
            json!({"method": "POST", "url": "UsrThing", "body": {}, "headers": {"Content-Type": "text/plain"}}),
            415,
            "the body is sent as 'text/plain'",
        ),
    ] {
        let mut part = part;
        part["id"] = json!("1");
        let answer = world.post("$batch", &json!({"requests": [part]}));
        let (_, found, body) = responses(&answer).remove(0);
        let message = body["error"]["message"].as_str().unwrap();
        assert_eq!(found, status, "{message}");
        assert!(message.starts_with(text), "{message}");
    }
}

#[test]
fn headers_of_a_part_count_for_it() {
    let world = World::new();
    let thing = world.thing("one");
    let answer = going_on(
        &world,
        &json!({"requests": [
            {"id": "1", "method": "PATCH", "url": thing, "body": {"Size": 1}, "headers": {"if-match": "W/\"0000000000000000\""}},
            {"id": "2", "method": "PATCH", "url": thing, "body": {"Size": 1}, "headers": {"Prefer": "return=representation"}},
            {"id": "3", "method": "GET", "url": thing, "headers": {"IF-NONE-MATCH": "*"}},
        ]}),
    );
    assert_eq!(statuses(&answer), expected(&[("1", 412), ("2", 200), ("3", 304)]));
}

#[test]
fn all_requests_together_cost_what_one_may() {
    let mut world = World::new();
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "Country"});
    let one = world.post("$batch", &json!({"requests": [get("1")]})).0.body.len();
    world.odata.limits.response_bytes = one + one / 2;
    let answer = going_on(&world, &json!({"requests": [get("1"), get("2"), get("3")]}));
    let all = responses(&answer);
    assert_eq!(all[0].1, 200);
    // The second gets a shorter page, or is refused; the whole stays near the limit.
    assert!(answer.0.body.len() < 2 * one, "{} of {one}", answer.0.body.len());
}

#[test]
fn what_may_not_be_read_is_not_read_within_a_batch_either() {
    let world = World::new();
    let thing = world.thing("x");
    let contact = world.post("Contact", &json!({"Name": "x"})).json();
    let contact = contact["Id"].as_str().unwrap();
    let get = |id: &str, url: &str| json!({"id": id, "method": "GET", "url": url});
    let answer = going_on(
        &world,
        &json!({"requests": [
            get("1", "Account"),
            get("2", "Contact?$expand=Account"),
            get("3", "Contact?$filter=Account/Name%20eq%20'a'"),
            get("4", "Contact?$orderby=Account/Name"),
            get("5", &format!("Contact({contact})?$expand=Account($select=Name)")),
            get("6", &format!("Contact({contact})/Account")),
            get("7", "Contact/$count?$filter=Account/Name%20eq%20'a'"),
            get("8", "WebhookParsingError?$expand=Webhook"),
            get("9", &thing),
        ]}),
    );
    for (id, status, body) in responses(&answer) {
        if id == "9" {
            assert_eq!(status, 200);
            continue;
        }
        assert_eq!((status, &body["error"]["code"]), (403, &json!("Forbidden")), "{id}");
        let said = body["error"]["message"].as_str().unwrap();
        assert!(said.contains("--read --user Program"), "{said}");
    }
}
