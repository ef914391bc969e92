//! What is refused, with its text.

use super::*;
use crate::domain::actor::Actor;
use crate::domain::change::AccessChange;
use crate::domain::entry::Entry;
use crate::domain::rights::TechnicalUser;

#[test]
fn what_does_not_fit_says_so_by_its_column() {
    let world = World::new();
    let thing = world.thing("one");
    let fits = |body: &str| body.replace('~', "\"Name\": \"x\", ");
    for (body, target, problem) in [
        ("{}", "Name", "a value is required, but none was sent"),
        (r#"{"Name": null}"#, "Name", "a value is required, but none was sent"),
        (r#"{"Name": "  "}"#, "Name", "a value is required, but none was sent"),
        (
            r#"{"Name": "eleven char"}"#,
            "Name",
            "the text has 11 characters; the column accepts at most 10",
        ),
        (
            r#"{"Name": ["x"]}"#,
            "Name",
            "a single value is needed, not an object or a list",
        ),
        (
            r#"{~"Note": {}}"#,
            "Note",
            "a single value is needed, not an object or a list",
        ),
        (
            r#"{~"Size": 1.5}"#,
            "Size",
            "the value is not valid: expected a whole number from -9223372036854775808 to 9223372036854775807, such as 42",
        ),
        (
            r#"{~"Size": "many"}"#,
            "Size",
            "the value is not valid: expected a whole number",
        ),
        (
            r#"{~"Rate": 0.1234567}"#,
            "Rate",
            "the value is not valid: expected a number with at most 6 decimal places",
        ),
        (
            r#"{~"Price": 1.234}"#,
            "Price",
            "the value is not valid: expected an amount with at most 2 decimal places",
        ),
        (
            r#"{~"Price": 123456789012345678901234567890}"#,
            "Price",
            "the value is not valid: expected an amount",
        ),
        (
            r#"{~"Good": "maybe"}"#,
            "Good",
            "the value is not valid: expected true or false",
        ),
        (
            r#"{~"Day": "23.11.2026"}"#,
            "Day",
            "the value is not valid: expected a date, such as 2026-11-23",
        ),
        (
            r#"{~"Moment": "today"}"#,
            "Moment",
            "the value is not valid: expected a date and time",
        ),
        (
            r#"{~"Hour": "25:00"}"#,
            "Hour",
            "the value is not valid: expected a time of day",
        ),
        (r#"{~"Mark": 5}"#, "Mark", "the value is not valid: expected a GUID"),
        (
            r#"{~"Mail": "nobody"}"#,
            "Mail",
            "the value is not valid: expected an email address",
        ),
        (
            r#"{~"CountryId": "Canada"}"#,
            "CountryId",
            "the value is not valid: expected the id of a record",
        ),
        (
            r#"{~"CountryId": "00000000-0000-4000-8000-000000000000"}"#,
            "CountryId",
            "no record of Country has the id 00000000-0000-4000-8000-000000000000",
        ),
        (
            r#"{~"Country": "f8af0e88-f36b-1410-fa98-00155d043204"}"#,
            "Country",
            "this is a lookup: send the id of a record as CountryId, or its address as \"Country@odata.bind\"",
        ),
        (
            r#"{~"Country@odata.bind": "Canada"}"#,
            "Country@odata.bind",
            "the address of a record of Country is needed, such as \"Country(f8af0e88-f36b-1410-fa98-00155d043204)\", or null",
        ),
        (
            r#"{~"Country@odata.bind": "Contact(f8af0e88-f36b-1410-fa98-00155d043204)"}"#,
            "Country@odata.bind",
            "the address of a record of Country is needed",
        ),
        (
            r#"{~"Country@odata.bind": ["x"]}"#,
            "Country@odata.bind",
            "the address of a record of Country",
        ),
        (
            r#"{~"Parent@odata.bind": "$1"}"#,
            "Parent@odata.bind",
            "a record of the same batch cannot be named by the request that makes it; give it an Id of your own and use that",
        ),
        (
            r#"{~"Contry@odata.bind": null}"#,
            "Contry",
            "there is no lookup 'Contry' on UsrThing; did you mean 'Country'?",
        ),
        (
            r#"{~"Noet": 1}"#,
            "Noet",
            "there is no such property on UsrThing; did you mean 'Note'?",
        ),
        (
            r#"{~"Zzzzzzzz": 1}"#,
            "Zzzzzzzz",
            "there is no such property on UsrThing",
        ),
        (r#"{~"Id": "x"}"#, "Id", "the value is not valid: expected a GUID"),
        (
            r#"{~"Note": 1, "note": 2}"#,
            "Note",
            "it appears in the body more than once; send it once",
        ),
        (
            r#"{~"Id": null, "Id": null, "Name": "y"}"#,
            "Name",
            "it appears in the body more than once; send it once",
        ),
        (
            r#"{~"CountryId": null, "Country@odata.bind": null}"#,
            "CountryId",
            "it appears in the body more than once; send it once",
        ),
        (
            r#"{~"Note": "\ud800"}"#,
            "Note",
            "the value is not valid: the string contains half of a character",
        ),
    ] {
        let answer = world.ask(request(Method::Post, "UsrThing", fits(body).as_bytes()));
        let (code, message) = answer.error(400);
        assert_eq!(code, "ValueInvalid", "{body}");
        assert_eq!(answer.target().as_deref(), Some(target), "{body}: {message}");
        assert!(
            message.starts_with(&format!("{target}: {problem}")),
            "{body}: {message}"
        );
    }
    for (body, target, problem) in [
        (r#"{"Name": ""}"#, "Name", "a value is required; it cannot be removed"),
        (r#"{"Kind": null}"#, "Kind", "a value is required; it cannot be removed"),
        (r#"{"Size": "x"}"#, "Size", "the value is not valid"),
        (
            r#"{"Noet": 1}"#,
            "Noet",
            "there is no such property on UsrThing; did you mean 'Note'?",
        ),
        (
            r#"{"CountryId": "00000000-0000-4000-8000-000000000000"}"#,
            "CountryId",
            "no record of Country has the id",
        ),
    ] {
        let answer = world.ask(request(Method::Patch, &thing, body.as_bytes()));
        let (_, message) = answer.error(400);
        assert_eq!(answer.target().as_deref(), Some(target), "{body}");
        assert!(
            message.starts_with(&format!("{target}: {problem}")),
            "{body}: {message}"
        );
    }
    assert_eq!(world.count("UsrThing"), 1, "nothing was written");
}

#[test]
fn a_body_that_cannot_be_read_says_where() {
    let world = World::new();
    let deep = format!("{{\"Note\": {}{}}}", "[".repeat(40), "]".repeat(40));
    for (body, expected) in [
        (
            "",
            "the body is empty; send an object of properties such as {\"Name\": \"Andrew Best\"}",
        ),
        (" \n", "the body is empty"),
        (
            "[]",
            "the body is an array, not an object of properties such as {\"Name\": \"Andrew Best\"}",
        ),
        ("5", "the body is a number, not an object of properties"),
        ("null", "the body is null, not an object of properties"),
        ("{\"Name\": \"x\"\n \"Note\": 1}", "the body cannot be parsed at line "),
        ("{\"Name\": \"x\"", "the body cannot be parsed at line 1, column"),
        (&deep, "the body is nested deeper than 16 levels"),
    ] {
        let (code, message) = world.ask(request(Method::Post, "UsrThing", body.as_bytes())).error(400);
        assert_eq!(code, "RequestInvalid", "{body}");
        assert!(message.starts_with(expected), "{body}: {message}");
    }
    let (_, message) = world
        .ask(request(Method::Post, "UsrThing", b"{\"Name\": \"\xff\"}"))
        .error(400);
    assert!(message.contains("0xFF is not valid UTF-8"), "{message}");
    let large = format!("{{\"Note\": \"{}\"}}", "x".repeat(1 << 20));
    let (code, message) = world
        .ask(request(Method::Post, "UsrThing", large.as_bytes()))
        .error(413);
    assert_eq!(code, "BodyTooLarge");
    assert_eq!(message, "the body has more than 1048576 bytes; send less at once");
}

#[test]
fn other_kinds_of_body_are_refused() {
    let world = World::new();
    let ask = |content_type| {
        world.ask(Request {
            content_type,
            ..request(Method::Post, "UsrThing", br#"{"Name": "x"}"#)
        })
    };
    for taken in [
        None,
        Some(""),
        Some("application/json"),
        Some("Application/JSON;odata=verbose"),
    ] {
        assert_eq!(ask(taken).status(), 201, "{taken:?}");
    }
    for other in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "x",
    ] {
        let (code, message) = ask(Some(other)).error(415);
        assert_eq!(code, "ContentType");
        assert!(
            message.starts_with("the body is sent as '") && message.contains("send JSON"),
            "{message}"
        );
    }
}

#[test]
fn each_permission_is_its_own() {
    let world = World::new();
    let thing = world.thing("one");
    let tries = || {
        [
            world.post("UsrThing", &json!({"Name": "x"})).status(),
            world.get(&thing).status(),
            world.patch(&thing, &json!({"Size": 1})).status(),
            world.delete(&thing).status(),
        ]
    };
    world.grant("UsrThing", [true, false, false, false]);
    assert_eq!(tries(), [201, 403, 403, 403]);
    world.grant("UsrThing", [false, true, false, false]);
    assert_eq!(tries(), [403, 200, 403, 403]);
    world.grant("UsrThing", [false, false, true, false]);
    assert_eq!(tries(), [403, 403, 204, 403]);
    world.grant("UsrThing", [false, false, false, true]);
    assert_eq!(tries(), [403, 403, 403, 204]);

    let (code, message) = world.post("Lead", &json!({"LeadName": "x"})).error(403);
    assert_eq!(code, "Forbidden");
    assert!(message.contains("may not create Lead"), "{message}");
    // Permission comes before the body: who may not write learns nothing from trying.
    assert_eq!(world.post("Lead", &json!({"Nothing": 1})).status(), 403);
}

#[test]
fn without_the_right_to_use_odata_nothing_is_answered() {
    let mut world = World::new();
    let set = |odata| {
        world.change(Entry::one(
            AT,
            Actor::System,
            AccessChange::TechnicalUserSet(TechnicalUser {
                id: USER,
                code: "Program".to_owned(),
                name: String::new(),
                active: true,
                odata,
            }),
        ));
    };
    set(false);
    for path in [
        "",
        "$metadata",
        "Contact",
        "Contact/$count",
        "Nothing",
        &format!("Country({CANADA})"),
    ] {
        assert_eq!(world.get(path).status(), 403, "{path}");
    }
    assert_eq!(world.post("$batch", &json!({"requests": []})).status(), 403);
    assert_eq!(world.post("UsrThing", &json!({"Name": "x"})).status(), 403);
    set(true);
    world.caller.scopes.clear();
    assert_eq!(world.post("UsrThing", &json!({"Name": "x"})).status(), 403);
}
