//! Writes that are carried out together, or not at all.

use super::*;

const OTHER: &str = "00000000-0000-4000-8000-000000000001";

/// Status, error code and message of each answer to one group.
fn group(world: &World, parts: &[Json]) -> Vec<(u64, String, String)> {
    let parts: Vec<Json> = parts
        .iter()
        .enumerate()
        .map(|(place, part)| {
            let mut part = part.clone();
            part["id"] = json!(place.to_string());
            part["atomicityGroup"] = json!("g");
            part
        })
        .collect();
    let answer = world.post("$batch", &json!({"requests": parts}));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let json = answer.json();
    let all = json["responses"].as_array().unwrap();
    assert_eq!(all.len(), parts.len(), "each is answered");
    all.iter()
        .map(|answer| {
            assert_eq!(answer["atomicityGroup"], "g");
            let error = |name: &str| answer["body"]["error"][name].as_str().unwrap_or_default().to_owned();
            (answer["status"].as_u64().unwrap(), error("code"), error("message"))
        })
        .collect()
}

fn statuses(answers: &[(u64, String, String)]) -> Vec<u64> {
    answers.iter().map(|(status, _, _)| *status).collect()
}

fn create(body: &Json) -> Json {
    json!({"method": "POST", "url": "UsrThing", "body": body})
}

fn edit(id: &str, body: &Json) -> Json {
    json!({"method": "PATCH", "url": format!("UsrThing({id})"), "body": body})
}

fn delete(id: &str) -> Json {
    json!({"method": "DELETE", "url": format!("UsrThing({id})")})
}

#[test]
fn all_are_one_entry_and_see_each_other() {
    let world = World::new();
    let before = world.odata.ledger.position().durable;
    let answers = group(
        &world,
        &[
            create(&json!({"Id": NOBODY, "Name": "parent"})),
            create(&json!({"Id": OTHER, "Name": "child", "ParentId": NOBODY})),
            edit(NOBODY, &json!({"Size": 5})),
            create(&json!({"Name": "third"})),
        ],
    );
    assert_eq!(statuses(&answers), [201, 201, 204, 201]);
    assert_eq!(world.odata.ledger.position().durable, before + 1);
    assert_eq!(world.count("UsrThing"), 3);
    assert_eq!(world.get(&format!("UsrThing({OTHER})/Parent")).json()["Size"], 5);
    let answers = group(
        &world,
        &[edit(OTHER, &json!({"ParentId": null})), delete(NOBODY), delete(OTHER)],
    );
    assert_eq!(statuses(&answers), [204, 204, 204]);
    assert_eq!(world.count("UsrThing"), 1);
}

#[test]
fn one_that_fails_stops_all_and_the_others_say_so() {
    let world = World::new();
    world.post("UsrThing", &json!({"Id": NOBODY, "Name": "used"}));
    world.post("UsrThing", &json!({"Id": OTHER, "Name": "user", "ParentId": NOBODY}));
    let good = || create(&json!({"Name": "x"}));
    let mut stale = edit(OTHER, &json!({"Size": 1}));
    stale["headers"] = json!({"If-Match": "W/\"0000000000000000\""});
    for (bad, status, code) in [
        (create(&json!({})), 400, "ValueInvalid"),
        (create(&json!({"Name": "x", "Noet": 1})), 400, "ValueInvalid"),
        (create(&json!({"Name": "x", "CountryId": OTHER})), 400, "ValueInvalid"),
        (edit(OTHER, &json!({"ParentId": CANADA})), 400, "ValueInvalid"),
        (create(&json!({"Id": OTHER, "Name": "x"})), 409, "Conflict"),
        (edit(CANADA, &json!({"Size": 1})), 404, "NotFound"),
        (delete(CANADA), 404, "NotFound"),
        (delete(NOBODY), 409, "Conflict"),
        (stale, 412, "RecordChanged"),
        (
            json!({"method": "POST", "url": "Lead", "body": {"LeadName": "x"}}),
            403,
            "Forbidden",
        ),
        (
            json!({"method": "POST", "url": "Webhook", "body": {}}),
            405,
            "MethodNotAllowed",
        ),
        (json!({"method": "POST", "url": "Nothing", "body": {}}), 404, "NotFound"),
        (json!({"method": "DELETE", "url": "UsrThing"}), 405, "MethodNotAllowed"),
        (
            json!({"method": "POST", "url": "$batch", "body": {}}),
            400,
            "RequestInvalid",
        ),
        (json!({"method": "DELETE", "url": "UsrThing(x)"}), 400, "RequestInvalid"),
    ] {
        let answers = group(&world, &[good(), bad.clone(), good()]);
        assert_eq!(statuses(&answers), [424, status, 424], "{bad}: {answers:?}");
        assert_eq!(answers[1].1, code, "{bad}");
        let other = "not carried out: the request '1' of its atomicityGroup failed";
        assert_eq!(
            (answers[0].1.as_str(), answers[2].2.as_str()),
            ("DependencyFailed", other)
        );
        assert_eq!(world.count("UsrThing"), 2, "{bad}");
    }
}

#[test]
fn where_it_cannot_be_told_which_failed_each_says_why() {
    let world = World::new();
    let bad = || create(&json!({"Name": "x", "CountryId": OTHER}));
    let answers = group(&world, &[bad(), bad()]);
    assert_eq!(statuses(&answers), [400, 400]);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(
        answers[0].2,
        format!("CountryId: no record of Country has the id {OTHER}")
    );
}

#[test]
fn a_group_can_read_the_right_to_nothing_else() {
    let world = World::new();
    world.grant("UsrThing", [true, false, false, false]);
    let answers = group(&world, &[create(&json!({"Name": "x"})), delete(NOBODY)]);
    assert_eq!(statuses(&answers), [424, 403]);
    assert_eq!(world.count("UsrThing"), 0);
}
