//! Addresses and methods.

use super::*;

#[test]
fn what_a_method_cannot_do_is_told_with_what_can_be_done() {
    let world = World::new();
    let record = format!("Country({CANADA})");
    let webhook = format!("Webhook({CANADA})");
    let property = format!("Country({CANADA})/Name");
    for (method, path, allow, text) in [
        (
            Method::Post,
            "",
            "GET, HEAD",
            "the service document accepts only GET, HEAD",
        ),
        (
            Method::Delete,
            "$metadata",
            "GET, HEAD",
            "$metadata accepts only GET, HEAD",
        ),
        (Method::Get, "$batch", "POST", "$batch accepts only POST"),
        (
            Method::Patch,
            "country",
            "GET, HEAD, POST",
            "Country accepts only GET, HEAD, POST",
        ),
        (
            Method::Other,
            "Contact",
            "GET, HEAD, POST",
            "Contact accepts only GET, HEAD, POST",
        ),
        (
            Method::Post,
            "Contact/$count",
            "GET, HEAD",
            "Contact/$count accepts only GET, HEAD",
        ),
        (
            Method::Post,
            &record,
            "GET, HEAD, PATCH, DELETE",
            "a record of Country accepts only",
        ),
        (
            Method::Other,
            &record,
            "GET, HEAD, PATCH, DELETE",
            "a record of Country accepts only",
        ),
        (Method::Post, "Webhook", "GET, HEAD", "Webhook can only be read"),
        (Method::Patch, &webhook, "GET, HEAD", "Webhook can only be read"),
        (Method::Delete, &webhook, "GET, HEAD", "Webhook can only be read"),
        (Method::Other, &webhook, "GET, HEAD", "Webhook can only be read"),
        (
            Method::Post,
            "WebhookStatus",
            "GET, HEAD",
            "WebhookStatus can only be read",
        ),
        (
            Method::Post,
            "WebhookParsingError",
            "GET, HEAD",
            "WebhookParsingError can only be read",
        ),
        (
            Method::Patch,
            &property,
            "GET, HEAD",
            "a property can only be read on its own; change it with PATCH on the record of Country",
        ),
    ] {
        let answer = world.sent(method, path, b"{}");
        let (code, message) = answer.error(405);
        assert_eq!(code, "MethodNotAllowed", "{path}");
        assert_eq!(answer.header("Allow"), Some(allow), "{path}");
        assert!(message.starts_with(text), "{path}: {message}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let world = World::new();
    for (method, path, text) in [
        (
            Method::Get,
            "Contct",
            "there is no set 'Contct'; did you mean 'Contact'?",
        ),
        (
            Method::Post,
            "Contct",
            "there is no set 'Contct'; did you mean 'Contact'?",
        ),
        (
            Method::Get,
            "Zzzzzzzzzzzz/$count",
            "there is no set 'Zzzzzzzzzzzz'; the service document lists the sets",
        ),
        (Method::Other, "Zzzzzzzzzzzz", "there is no set"),
        (Method::Get, "$all", "there is nothing at '$all'"),
        (
            Method::Get,
            &format!("Country({NOBODY})"),
            "there is no Country with the id",
        ),
        (Method::Patch, &format!("Country({NOBODY})"), "Country has no record"),
        (Method::Delete, &format!("Country({NOBODY})"), "Country has no record"),
    ] {
        let (code, message) = world.sent(method, path, b"{}").error(404);
        assert_eq!(code, "NotFound", "{path}");
        assert!(message.starts_with(text), "{path}: {message}");
    }
}

#[test]
fn every_kind_of_address_is_answered() {
    let world = World::new();
    for path in [
        "",
        "$metadata",
        "Country",
        "Country/$count",
        &format!("Country({CANADA})"),
        &format!("Country(Id='{CANADA}')/Name"),
        &format!("Country({CANADA})/Name/$value"),
        "WebhookStatus",
    ] {
        assert_eq!(world.get(path).status(), 200, "{path}");
    }
    let answer = world.post("UsrThing", &json!({"Name": "x", "CountryId": CANADA}));
    let path = format!("UsrThing({})/Country", answer.json()["Id"].as_str().unwrap());
    assert_eq!(world.get(&path).json()["Name"], "Canada");
}

#[test]
fn conditions_for_reading_are_refused_for_writing() {
    let world = World::new();
    let thing = world.thing("one");
    for method in [Method::Patch, Method::Delete] {
        let answer = world.ask(Request {
            if_none_match: Some("*"),
            ..request(method, &thing, b"{}")
        });
        assert!(answer.error(400).1.starts_with("If-None-Match is for reading"));
    }
}

#[test]
fn a_ledger_that_stopped_is_no_fault_of_the_program() {
    let world = World::new();
    world.odata.ledger.close();
    let answer = world.post("UsrThing", &json!({"Name": "x"}));
    let (code, _) = answer.error(503);
    assert_eq!(code, "Unavailable");
    assert!(answer.header("Retry-After").is_some());
}

#[test]
fn only_a_record_by_its_id_is_quick() {
    let world = World::new();
    let record = format!("Country({CANADA})");
    let quick = |method, path: &str, query: &str| {
        super::super::respond::is_quick(
            &world.odata,
            &Request {
                query,
                ..request(method, path, b"")
            },
        )
    };
    assert!(quick(Method::Get, &record, ""));
    assert!(quick(Method::Get, &record, "$select=Name"));
    assert!(!quick(Method::Get, &record, "$expand=x"));
    assert!(!quick(Method::Delete, &record, ""));
    for path in ["Country", "Country/$count", "$metadata", "$batch"] {
        assert!(!quick(Method::Get, path, ""), "{path}");
    }
}
