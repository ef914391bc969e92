//! Whatever is sent, the answer is one of those that are meant.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Pieces of bodies, right and wrong.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{\"a\":{}}".to_owned()),
        Just("\"\"".to_owned()),
        Just(format!("\"{CANADA}\"")),
        Just(format!("\"Country({CANADA})\"")),
        "-?[0-9]{1,40}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,5})?",
        "\"[0-9TZ:. +-]{0,30}\"",
        "\"\\PC{0,20}\"",
        "\\PC{0,6}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    let names = [
        "Id",
        "Name",
        "Note",
        "Size",
        "Rate",
        "Price",
        "Good",
        "Day",
        "Moment",
        "Hour",
        "Mark",
        "Mail",
        "ParentId",
        "CountryId",
        "Country",
        "Country@odata.bind",
        "Parent@bind",
        "@odata.type",
        "CreatedOn",
        "Kind",
    ];
    prop_oneof![
        proptest::sample::select(names.to_vec()).prop_map(str::to_owned),
        "[A-Za-z@.]{0,8}"
    ]
}

fn body() -> impl Strategy<Value = String> {
    let object = proptest::collection::vec((key(), value()), 0..6).prop_map(|fields| {
        let fields: Vec<_> = fields.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    prop_oneof![4 => object, 1 => "\\PC{0,60}"]
}

#[test]
fn no_body_is_more_than_the_server_bears() {
    let world = World::new();
    let thing = world.thing("one");
    let mut runner = TestRunner::new(Config::with_cases(1000));
    let mut fitted = std::cell::Cell::new(0);
    runner
        .run(&(body(), any::<bool>()), |(body, creates)| {
            let answer = if creates {
                world.ask(request(Method::Post, "UsrThing", body.as_bytes()))
            } else {
                world.ask(request(Method::Patch, &thing, body.as_bytes()))
            };
            let status = answer.status();
            prop_assert!(matches!(status, 201 | 204 | 400 | 409), "{status}: {body}");
            if status < 300 {
                fitted.set(fitted.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    assert!(*fitted.get_mut() > 20, "hardly anything fitted");
}

#[test]
fn no_batch_is_more_than_the_server_bears() {
    let world = World::new();
    let methods = vec!["GET", "POST", "PATCH", "DELETE", "PUT", ""];
    let url = prop_oneof![
        Just("UsrThing".to_owned()),
        Just(format!("Country({CANADA})")),
        Just("$batch".to_owned()),
        "[/$a-zC()?=&0-9%-]{0,20}",
    ];
    let part = (proptest::sample::select(methods), url, body(), any::<bool>());
    let mut runner = TestRunner::new(Config::with_cases(300));
    runner
        .run(&proptest::collection::vec(part, 0..4), |parts| {
            let parts: Vec<_> = parts
                .iter()
                .enumerate()
                .map(|(id, (method, url, body, grouped))| {
                    let group = if *grouped { ",\"atomicityGroup\":\"g\"" } else { "" };
                    let url = json!(url);
                    format!("{{\"id\":\"{id}\",\"method\":\"{method}\",\"url\":{url},\"body\":{body}{group}}}")
                })
                .collect();
            let body = format!("{{\"requests\":[{}]}}", parts.join(","));
            let answer = world.ask(request(Method::Post, "$batch", body.as_bytes()));
            prop_assert!(matches!(answer.status(), 200 | 400), "{}: {body}", answer.status());
            for response in answer.json()["responses"].as_array().into_iter().flatten() {
                prop_assert!(response["status"].as_u64().unwrap() < 500, "{body}: {response}");
            }
            Ok(())
        })
        .unwrap();
}
