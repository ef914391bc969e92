//! Single entities, their properties, what is selected and expanded, and who may read what.

use uuid::Uuid;

use super::super::metadata::service_document;
use super::super::odata_error::ODataError;
use super::super::read;
use super::{AT, SERVICE, World, json, text};
use crate::domain::record::RecordOperation;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

const ID: Uuid = Uuid::from_u128(0xA);
const PARENT: Uuid = Uuid::from_u128(0xB);
const CANADA: Uuid = Uuid::from_u128(0xf8af_0e88_f36b_1410_fa98_0015_5d04_3204);
const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn world() -> World {
    let world = World::new();
    world.record(
        "UsrThing",
        PARENT,
        AT,
        &[("Name", text("Parent")), ("Country", Value::Guid(CANADA))],
    );
    let values = [
        ("Name", text("A \"thing\"")),
        ("Size", Value::Integer(5)),
        ("Price", Value::Decimal("12.50".parse().unwrap())),
        ("Good", Value::Boolean(true)),
        ("Day", Value::Date(20_000)),
        ("Moment", Value::DateTime(Timestamp(AT.0 + 123_456))),
        ("Parent", Value::Guid(PARENT)),
    ];
    world.record("UsrThing", ID, Timestamp(AT.0 + 999), &values);
    world
}

fn entity(world: &World, query: &str) -> serde_json::Value {
    json(world.with_context(|context| read::entity(context, &world.set("UsrThing"), ID, query, None)))
}

#[test]
fn an_entity_as_clients_read_it() {
    let mut world = world();
    let etag = entity(&world, "")["@odata.etag"].clone();
    let body = |world: &World| {
        let answer = world.with_context(|context| read::entity(context, &world.set("usrthing"), ID, "", None));
        String::from_utf8(answer.unwrap().body).unwrap()
    };
    let expected = format!(
        "{{\"@odata.context\":\"{SERVICE}/$metadata#UsrThing/$entity\",\"@odata.etag\":{etag},\"Id\":\"{ID}\",\
         \"CreatedOn\":\"2026-11-23T14:30:00.000Z\",\"CreatedById\":\"410006e1-ca4e-4502-a9ec-e54d922d2c00\",\
         \"ModifiedOn\":\"2026-11-23T14:30:00.000Z\",\"ModifiedById\":\"410006e1-ca4e-4502-a9ec-e54d922d2c00\",\
         \"Name\":\"A \\\"thing\\\"\",\"Note\":\"\",\"Size\":5,\"Price\":12.50,\"Good\":true,\
         \"Day\":\"2024-10-04\",\"Moment\":\"2026-11-23T14:30:00.123Z\",\"ParentId\":\"{PARENT}\",\
         \"CountryId\":\"{NIL}\"}}"
    );
    assert_eq!(body(&world), expected);
    world.numbers_as_text = true;
    let as_text = expected
        .replace("12.50", "\"12.50\"")
        .replace("\"Size\":5", "\"Size\":\"5\"");
    assert_eq!(body(&world), as_text);
}

#[test]
fn what_is_selected_and_expanded() {
    let world = world();
    let selected = entity(&world, "$select=Name,Size");
    assert_eq!(
        selected["@odata.context"],
        format!("{SERVICE}/$metadata#UsrThing(Name,Size)/$entity")
    );
    assert_eq!(selected.as_object().unwrap().len(), 4);

    let expanded = entity(
        &world,
        "$select=Id&$expand=Parent($select=Name;$expand=Country($select=Name)),Country",
    );
    assert_eq!(expanded["Parent"]["Name"], "Parent");
    assert_eq!(expanded["Parent"]["Country"]["Name"], "Canada");
    assert!(expanded["Parent"].get("Id").is_none());
    assert!(expanded["Country"].is_null());
    assert_eq!(
        expanded["@odata.context"],
        format!("{SERVICE}/$metadata#UsrThing(Id,Parent(Name,Country(Name)),Country())/$entity")
    );
    let list = world.list("UsrThing", "$expand=Country&$orderby=Name");
    assert_eq!(list["@odata.context"], format!("{SERVICE}/$metadata#UsrThing"));
    assert_eq!(list["value"][1]["Country"]["Name"], "Canada");
    assert!(list["value"][0]["Country"].is_null());

    // Who created it; and everything that may be read.
    let all = entity(&world, "$expand=*");
    assert_eq!(
        (&all["Parent"]["Name"], &all["Country"]),
        (&"Parent".into(), &serde_json::Value::Null)
    );
    assert!(all.get("CreatedBy").is_none(), "it was not granted");
    world.grant("Actor", true);
    let all = entity(&world, "$select=Id&$expand=*,Parent($select=Name;$expand=*)");
    assert_eq!(all["CreatedBy"]["Name"], "Hookgate");
    assert_eq!(all["ModifiedBy"]["Id"], all["CreatedBy"]["Id"]);
    assert_eq!(all["Parent"]["Country"]["Name"], "Canada");
    assert!(all["Parent"].get("Email").is_none() && all["Parent"].get("Id").is_none());
    let mine = "$filter=CreatedBy/Name%20eq%20'Hookgate'&$orderby=ModifiedBy/Name&$expand=CreatedBy($select=Name)";
    assert_eq!(
        world.list("UsrThing", mine)["value"][1]["CreatedBy"]["Name"],
        "Hookgate"
    );
    assert_eq!(
        world.values("Actor", "$filter=Name%20eq%20'Reports'", "Name"),
        ["Reports"]
    );
    let actors = world.values("Actor", "", "Id");
    assert!(actors.is_sorted() && actors.len() == 3, "{actors:?}");

    let refused = world.with_context(|context| read::entity(context, &world.set("UsrThing"), ID, "$top=1", None));
    assert!(matches!(refused, Err(ODataError::Wrong(_))));
}

#[test]
fn properties_and_what_is_behind_them() {
    let world = world();
    let set = world.set("UsrThing");
    let member = |path: &str, raw: bool, query: &str| {
        let path: Vec<String> = path.split('/').map(str::to_owned).collect();
        world.with_context(|context| read::member(context, &set, ID, &path, raw, query))
    };
    let property = |path: &str, raw: bool| member(path, raw, "");
    let body = |name: &str, raw: bool| String::from_utf8(property(name, raw).unwrap().body).unwrap();
    assert_eq!(
        body("price", false),
        format!("{{\"@odata.context\":\"{SERVICE}/$metadata#UsrThing({ID})/Price\",\"value\":12.50}}")
    );
    assert_eq!(body("Name", true), "A \"thing\"");
    assert_eq!(body("Note", true), "");
    assert_eq!(body("CountryId", true), NIL);
    assert_eq!(body("Moment", true), "2026-11-23T14:30:00.123Z");
    assert!(matches!(property("Nothing", false), Err(ODataError::NotFound(_))));

    let behind = |path: &str, query: &str| member(path, false, query);
    let parent = json(behind("Parent", "$select=Name"));
    assert_eq!(parent["Name"], "Parent");
    assert_eq!(
        parent["@odata.context"],
        format!("{SERVICE}/$metadata#UsrThing(Name)/$entity")
    );
    assert_eq!(behind("Country", "").unwrap().status, 204);
    assert!(matches!(behind("Name/Country", ""), Err(ODataError::NotFound(_))));

    // Along lookups, to a property or to another entity.
    assert_eq!(body("Parent/Country/Name", true), "Canada");
    assert_eq!(
        body("parent/Name", false),
        format!("{{\"@odata.context\":\"{SERVICE}/$metadata#UsrThing({PARENT})/Name\",\"value\":\"Parent\"}}")
    );
    assert_eq!(json(behind("Parent/Country", "$select=Name"))["Name"], "Canada");
    assert_eq!(property("Country/Name", false).unwrap().status, 204);
    assert_eq!(behind("Parent/Parent", "").unwrap().status, 204);
    // The id behind a lookup is that of the lookup.
    for path in ["ParentId", "Parent/Id"] {
        assert_eq!(body(path, true), PARENT.to_string());
        assert_eq!(
            json(property(path, false))["@odata.context"],
            format!("{SERVICE}/$metadata#UsrThing({ID})/ParentId")
        );
    }
    assert_eq!(body("Parent/CountryId", true), body("Parent/Country/Id", true));
    let error = property("Parent/Nam", false).unwrap_err();
    assert_eq!(
        (error.status(), error.to_string().contains("did you mean 'Name'?")),
        (404, true),
        "{error}"
    );
    assert!(
        property("Parent", true)
            .unwrap_err()
            .to_string()
            .contains("write ParentId for its id")
    );

    let missing = world.with_context(|context| read::entity(context, &set, Uuid::from_u128(1), "", None));
    assert_eq!(missing.unwrap_err().status(), 404);
    let count = |query: &str| {
        let answer = world.with_context(|context| read::count(context, &set, query)).unwrap();
        assert_eq!(answer.content_type.as_deref(), Some("text/plain; charset=utf-8"));
        String::from_utf8(answer.body).unwrap()
    };
    assert_eq!(
        (count(""), count("$filter=Size%20eq%205")),
        ("2".to_owned(), "1".to_owned())
    );
}

#[test]
fn an_etag_is_that_of_the_contents() {
    let world = world();
    let set = world.set("UsrThing");
    let get = |tag: Option<&str>| {
        world
            .with_context(|context| read::entity(context, &set, ID, "", tag))
            .unwrap()
    };
    let first = get(None);
    let [("ETag", tag)] = first.headers.as_slice() else {
        panic!("{:?}", first.headers)
    };
    assert!(tag.starts_with("W/\"") && tag.len() == 20, "{tag}");
    let listed = world.list("UsrThing", &format!("$filter=Id%20eq%20{ID}"));
    assert_eq!(listed["value"][0]["@odata.etag"], tag.as_str());
    for same in [
        tag.clone(),
        tag.replace("W/", ""),
        "*".to_owned(),
        format!("\"x\", {tag}"),
    ] {
        let answer = get(Some(&same));
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{same}");
        assert_eq!(answer.headers, first.headers);
    }
    assert_eq!(get(Some("W/\"0000000000000000\"")).status, 200);

    let object = world.catalog().object("UsrThing").unwrap().id;
    world.write(vec![RecordOperation::Edit {
        object,
        record: ID,
        mark: None,
        values: vec![(2, Some(text("other")))],
    }]);
    assert_eq!(get(Some(tag)).status, 200, "it was changed");
}

#[test]
fn only_what_was_granted_can_be_read() {
    let mut world = world();
    let forbidden = |world: &World, set: &str, query: &str, wanted: &str| {
        let error = world.error(set, query);
        assert_eq!(error.status(), 403, "{set}?{query}");
        assert!(error.to_string().contains(wanted), "{error}");
    };
    let account = "hookgate grant Account --read --user Reports";
    forbidden(&world, "Account", "", account);
    // Neither looking into it nor sorting by it is a way around.
    forbidden(&world, "Contact", "$filter=Account/Name%20eq%20'a'", account);
    forbidden(&world, "Contact", "$orderby=Account/Name", account);
    forbidden(&world, "Contact", "$expand=Account", account);
    world.grant("Webhook", false);
    forbidden(&world, "Webhook", "", "hookgate grant Webhook --read --user Reports");
    forbidden(
        &world,
        "WebhookParsingError",
        "$filter=Webhook/Outcome%20eq%20'a'",
        "grant Webhook --read",
    );
    assert_eq!(world.values("WebhookStatus", "", "Name").len(), 4);

    let set = world.set("Contact");
    for path in [["Account"].as_slice(), &["Account", "Name"]] {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        let denied = world.with_context(|context| read::member(context, &set, ID, &path, false, ""));
        assert_eq!(denied.unwrap_err().status(), 403, "{path:?}");
    }
    forbidden(
        &world,
        "Contact",
        "$expand=CreatedBy",
        "hookgate grant Actor --read --user Reports",
    );

    world.technical_user_set(true, false);
    forbidden(&world, "Contact", "", "hookgate technical-user set Reports --odata on");
    assert_eq!(world.with_context(service_document).unwrap_err().status(), 403);
    world.technical_user_set(false, true);
    forbidden(&world, "Contact", "", "hookgate technical-user enable Reports");
    world.technical_user_set(true, true);
    world.caller.scopes = vec!["webhook:send".to_owned()];
    forbidden(&world, "Contact", "", "scope odata");
}
