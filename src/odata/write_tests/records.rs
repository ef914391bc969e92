//! Making, changing and deleting one record.

use super::*;

#[test]
fn a_made_record_is_shown_and_there_for_the_next_read() {
    let world = World::new();
    let answer = world.post(
        "Contact",
        &json!({"Name": "Andrew Best", "CountryId": CANADA, "Email": "a@b.ca"}),
    );
    assert_eq!(answer.status(), 201);
    let made = answer.json();
    let id = made["Id"].as_str().unwrap();
    assert_eq!(made["@odata.context"], format!("{SERVICE}/$metadata#Contact/$entity"));
    assert_eq!(made["Name"], "Andrew Best");
    assert_eq!(made["CountryId"], CANADA);
    assert_eq!(made["Phone"], "");
    assert_eq!(made["CreatedById"], USER.to_string());
    assert_eq!(
        answer.header("Location"),
        Some(format!("{SERVICE}/Contact({id})").as_str())
    );
    assert_eq!(answer.header("ETag"), made["@odata.etag"].as_str());
    assert_eq!(answer.header("OData-EntityId"), None);
    assert_eq!(answer.header("Preference-Applied"), None);

    let read = world.get(&format!("Contact({id})"));
    assert_eq!(read.status(), 200);
    assert_eq!(read.json(), made);
    // The id tells when it was made.
    let id: Uuid = id.parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
}

#[test]
fn the_root_that_was_used_stands_in_links() {
    let world = World::new();
    let body = json!({"Name": "x"}).to_string();
    let answer = world.ask(Request {
        root: "/odata",
        ..request(Method::Post, "contact/", body.as_bytes())
    });
    let location = answer.header("Location").unwrap();
    assert!(
        location.starts_with("https://hookgate.example.org/odata/Contact("),
        "{location}"
    );
}

#[test]
fn minimal_answers_have_no_body() {
    let world = World::new();
    let body = json!({"Name": "x"}).to_string();
    let answer = world.ask(Request {
        prefer: Some("return=minimal"),
        ..request(Method::Post, "UsrThing", body.as_bytes())
    });
    assert_eq!((answer.status(), answer.0.content_type.as_deref()), (204, None));
    assert!(answer.0.body.is_empty());
    assert_eq!(answer.header("OData-EntityId"), answer.header("Location"));
    assert_eq!(answer.header("Preference-Applied"), Some("return=minimal"));
    assert!(answer.header("ETag").is_some());
}

#[test]
fn a_change_touches_what_it_names() {
    let world = World::new();
    let thing = world.thing("one");
    world.patch(&thing, &json!({"Note": "kept", "Size": 5}));
    let before = world.get(&thing).json();
    let answer = world.patch(&thing, &json!({"Size": 6, "countryid": CANADA}));
    assert_eq!(answer.status(), 204);
    assert!(answer.0.body.is_empty());
    let after = world.get(&thing);
    assert_eq!(answer.header("ETag"), after.header("ETag"));
    let after = after.json();
    assert_eq!(
        (&after["Name"], &after["Note"], &after["Size"], &after["CountryId"]),
        (&json!("one"), &json!("kept"), &json!(6), &json!(CANADA))
    );
    assert_eq!(after["CreatedOn"], before["CreatedOn"]);
    assert!(after["ModifiedOn"].as_str() >= before["ModifiedOn"].as_str());
    assert_ne!(after["@odata.etag"], before["@odata.etag"]);
    assert_eq!(after["ModifiedById"], USER.to_string());
}

#[test]
fn a_change_can_show_the_record() {
    let world = World::new();
    let thing = world.thing("one");
    let shown = || {
        world.ask(Request {
            prefer: Some("return=representation"),
            ..request(Method::Patch, &thing, br#"{"Size": 6}"#)
        })
    };
    let answer = shown();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json()["Size"], 6);
    assert_eq!(answer.header("Preference-Applied"), Some("return=representation"));
    assert_eq!(answer.header("ETag"), answer.json()["@odata.etag"].as_str());
    assert_eq!(answer.header("Location"), None);

    world.grant("UsrThing", [false, false, true, false]);
    let answer = shown();
    assert_eq!(answer.status(), 204, "what may not be read is not shown");
    assert_eq!(answer.header("Preference-Applied"), None);
}

#[test]
fn a_deleted_record_is_gone() {
    let world = World::new();
    let thing = world.thing("one");
    let answer = world.delete(&thing);
    assert_eq!((answer.status(), answer.0.headers.len()), (204, 0));
    assert_eq!(world.get(&thing).status(), 404);
    let (code, message) = world.delete(&thing).error(404);
    assert_eq!(code, "NotFound");
    assert!(message.starts_with("UsrThing has no record "), "{message}");
}

#[test]
fn an_id_of_ones_own_is_taken_once() {
    let world = World::new();
    let body = json!({"Id": NOBODY, "Name": "x"});
    let answer = world.post("UsrThing", &body);
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.json()["Id"], NOBODY);
    let (code, message) = world.post("UsrThing", &body).error(409);
    assert_eq!(code, "Conflict");
    assert_eq!(
        message,
        format!("UsrThing already has a record {NOBODY}; leave Id out to create a record with a new id")
    );
    for none in [json!(null), json!(""), json!("00000000-0000-0000-0000-000000000000")] {
        let answer = world.post("UsrThing", &json!({"Id": none, "Name": "x"}));
        assert_eq!(answer.status(), 201, "{none}");
        assert!(!answer.json()["Id"].as_str().unwrap().starts_with("00000000-0000-0000"));
    }
    let path = format!("UsrThing({NOBODY})");
    assert_eq!(world.patch(&path, &json!({"Id": NOBODY, "Name": "y"})).status(), 204);
    assert_eq!(world.patch(&path, &json!({"Id": CANADA, "Note": "same"})).status(), 204);
    let record = world.get(&path).json();
    assert_eq!((&record["Id"], &record["Note"]), (&json!(NOBODY), &json!("same")));
    assert!(world.stored("UsrThing", CANADA).is_none());
}

#[test]
fn numbers_stay_exact() {
    let world = World::new();
    let body = r#"{"Name": "x", "Rate": 12345678901234567890.123456, "Price": "12345678901234567890.12", "Size": 9007199254740993}"#;
    let answer = world.ask(request(Method::Post, "UsrThing", body.as_bytes()));
    assert_eq!(answer.status(), 201, "{}", answer.text());
    for exact in [
        "12345678901234567890.123456",
        "12345678901234567890.12",
        "9007199254740993",
    ] {
        assert!(answer.text().contains(&format!(":{exact}")), "{}", answer.text());
    }
    let id = answer.json()["Id"].as_str().unwrap().to_owned();
    let as_text = world.ask(Request {
        accept: Some("application/json;odata=verbose; IEEE754Compatible=true"),
        ..request(Method::Get, &format!("UsrThing({id})"), b"")
    });
    assert!(
        as_text.text().contains("\"12345678901234567890.12\""),
        "{}",
        as_text.text()
    );
}

#[test]
fn values_of_all_types() {
    let world = World::new();
    let body = json!({
        "Name": "ten chars.", "Note": "line\nline", "Size": -5, "Rate": 1.5, "Price": 0, "Good": true,
        "Day": "2026-11-23", "Moment": "2026-11-23T16:30:00.25+02:00", "Hour": "14:30:00",
        "Mark": NOBODY, "Mail": "a@b.ca", "CountryId": CANADA,
    });
    let answer = world.post("UsrThing", &body);
    assert_eq!(answer.status(), 201, "{}", answer.text());
    let made = answer.json();
    for name in [
        "Name",
        "Note",
        "Size",
        "Rate",
        "Good",
        "Day",
        "Mark",
        "Mail",
        "CountryId",
    ] {
        assert_eq!(made[name], body[name], "{name}");
    }
    assert_eq!(made["Moment"], "2026-11-23T14:30:00.250Z");
    assert_eq!(made["Kind"], "plain", "by default");

    // What was answered can be sent back.
    let path = format!("UsrThing({})", made["Id"].as_str().unwrap());
    let record = || world.stored("UsrThing", made["Id"].as_str().unwrap()).unwrap().values;
    let values = record();
    assert_eq!(world.patch(&path, &made).status(), 204);
    assert_eq!(record(), values, "empty columns stay empty");
}

#[test]
fn empty_values_that_are_sent_back_look_the_same() {
    let world = World::new();
    let path = world.thing("one");
    let shown = || {
        let mut record = world.get(&path).json();
        for changed in ["@odata.etag", "ModifiedOn"] {
            record.as_object_mut().unwrap().remove(changed);
        }
        record
    };
    let before = shown();
    assert_eq!((&before["Day"], &before["Good"]), (&json!("0001-01-01"), &json!(false)));
    assert_eq!(world.patch(&path, &before).status(), 204);
    assert_eq!(shown(), before);
    // Dates, texts and lookups are still empty; 0, false and midnight are values.
    let stored = world.stored("UsrThing", before["Id"].as_str().unwrap()).unwrap();
    let catalog = world.odata.ledger.catalog();
    let object = catalog.object("UsrThing").unwrap();
    for (code, is_empty) in [
        ("Day", true),
        ("Moment", true),
        ("Note", true),
        ("Country", true),
        ("Good", false),
        ("Size", false),
        ("Hour", false),
    ] {
        let column = object.column(code).unwrap().id;
        assert_eq!(stored.value(column).is_none(), is_empty, "{code}");
    }
}

#[test]
fn what_hookgate_fills_itself_is_not_taken() {
    let world = World::new();
    let own = json!({
        "Name": "one", "CreatedOn": "2001-01-01T00:00:00Z", "CreatedById": NOBODY, "ModifiedOn": null, "modifiedbyid": 7,
    });
    let made = world.post("UsrThing", &own).json();
    let id = made["Id"].as_str().unwrap();
    assert_eq!(world.patch(&format!("UsrThing({id})"), &own).status(), 204);
    let shown = world.get(&format!("UsrThing({id})")).json();
    for answer in [made, shown] {
        for by in ["CreatedById", "ModifiedById"] {
            assert_eq!(answer[by], USER.to_string(), "{answer}");
        }
        for on in ["CreatedOn", "ModifiedOn"] {
            assert!(answer[on].as_str() > Some("2026"), "{answer}");
        }
    }
}

#[test]
fn columns_are_emptied() {
    let world = World::new();
    let thing = world.thing("one");
    let full = json!({
        "Note": "x", "Size": 1, "CountryId": CANADA, "Mark": NOBODY, "Day": "2026-11-23", "Moment": "2026-11-23T10:00:00Z",
    });
    let zero = "00000000-0000-0000-0000-000000000000";
    let id = thing.trim_start_matches("UsrThing(").trim_end_matches(')');
    for empty in [
        json!({"Note": null, "Size": null, "CountryId": null, "Mark": null, "Day": null, "Moment": null}),
        json!({"Note": "", "Size": "", "CountryId": "", "Mark": "", "Day": "", "Moment": ""}),
        json!({"Note": "", "Size": null, "CountryId": zero, "Mark": zero, "Day": "0001-01-01",
               "Moment": "0001-01-01T00:00:00Z"}),
        json!({"Note": null, "Size": null, "Country@odata.bind": null, "Mark": null, "Day": "0001-01-01T00:00:00Z",
               "Moment": "0001-01-01"}),
    ] {
        assert_eq!(world.patch(&thing, &full).status(), 204);
        assert_eq!(world.stored("UsrThing", id).unwrap().values.len(), 8);
        assert_eq!(world.patch(&thing, &empty).status(), 204, "{empty}");
        assert_eq!(world.stored("UsrThing", id).unwrap().values.len(), 2, "{empty}");
    }
}

#[test]
fn lookups_are_filled_by_address() {
    let world = World::new();
    for bound in [
        format!("Country({CANADA})"),
        format!("/Country({CANADA})"),
        format!("country('{CANADA}')"),
        format!("/0/odata/Country({CANADA})"),
        format!("{SERVICE}/Country({CANADA})"),
    ] {
        let answer = world.post("UsrThing", &json!({"Name": "x", "Country@odata.bind": bound}));
        assert_eq!(answer.status(), 201, "{bound}: {}", answer.text());
        assert_eq!(answer.json()["CountryId"], CANADA, "{bound}");
    }
}

#[test]
fn annotations_are_let_through() {
    let world = World::new();
    let body = json!({
        "@odata.type": "#Hookgate.UsrThing", "@odata.context": "x", "@odata.etag": "W/\"1\"", "Name": "x",
        "Name@odata.type": "#String", "Parent@odata.navigationLink": "y",
    });
    assert_eq!(world.post("UsrThing", &body).status(), 201);
}

#[test]
fn numbers_and_dates_are_given() {
    let world = World::new();
    let first = world.post("Order", &json!({})).json();
    let second = world.post("Order", &json!({"Number": "", "CurrencyRate": 2})).json();
    assert_eq!(
        (&first["Number"], &second["Number"]),
        (&json!("ORD-1"), &json!("ORD-2"))
    );
    assert_eq!(first["Date"], first["CreatedOn"]);
    assert_eq!(
        (&first["CurrencyRate"], &second["CurrencyRate"]),
        (&json!(1), &json!(2))
    );
}

#[test]
fn only_what_was_not_changed_is_written() {
    let world = World::new();
    let thing = world.thing("one");
    let tag = world.get(&thing).header("ETag").unwrap().to_owned();
    let patch = |tag: &str| {
        world.ask(Request {
            if_match: Some(tag),
            ..request(Method::Patch, &thing, br#"{"Size": 6}"#)
        })
    };
    for wrong in ["W/\"0000000000000000\"", "\"other\"", "\"a\", \"0000000000000001\"", ""] {
        let (code, message) = patch(wrong).error(412);
        assert_eq!(code, "RecordChanged", "{wrong}");
        assert_eq!(
            message,
            "the record was changed in the meantime; read it again, then repeat the change"
        );
    }
    assert_eq!(
        world.get(&thing).header("ETag"),
        Some(tag.as_str()),
        "nothing was written"
    );
    let several = format!("\"0000000000000000\", {tag}");
    assert_eq!(patch(&several).status(), 204);
    assert_eq!(patch(&tag).status(), 412, "it was changed by the one before");
    assert_eq!(patch("*").status(), 204);
    assert!(
        patch("nothing")
            .error(400)
            .1
            .starts_with("If-Match: the ETag of an answer is needed")
    );

    let delete = |tag: &str| {
        world.ask(Request {
            if_match: Some(tag),
            ..request(Method::Delete, &thing, b"")
        })
    };
    assert_eq!(delete(&tag).status(), 412);
    let tag = world.get(&thing).header("ETag").unwrap().to_owned();
    assert_eq!(delete(&tag.replace("W/", "")).status(), 204);
    assert_eq!(delete("*").status(), 404);
    assert_eq!(patch(&format!("{tag}, \"x\"")).status(), 404);
}

#[test]
fn a_record_in_use_stays() {
    let world = World::new();
    let parent = world.thing("parent");
    let id = parent.trim_start_matches("UsrThing(").trim_end_matches(')');
    assert_eq!(
        world
            .post("UsrThing", &json!({"Name": "child", "ParentId": id}))
            .status(),
        201
    );
    let (code, message) = world.delete(&parent).error(409);
    assert_eq!(code, "Conflict");
    assert_eq!(
        message,
        "the record is referenced in ParentId by 1 of UsrThing; change those records first"
    );
}

#[test]
fn a_catalog_that_changes_meanwhile_is_looked_at_again() {
    let world = World::new();
    let done = std::sync::atomic::AtomicBool::new(false);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0.. {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                world.grant("Lead", [turn % 2 == 0; 4]);
            }
        });
        let statuses = (0..50)
            .map(|_| world.post("UsrThing", &json!({"Name": "x"})).status())
            .collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        statuses
    });
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 503)),
        "{statuses:?}"
    );
    let made = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(world.count("UsrThing"), made as u64);
    assert!(made > 0);
}
