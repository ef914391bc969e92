//! What is accepted, and what is a mistake.

use rust_decimal::Decimal;

use super::*;
use crate::domain::value::Value;

#[test]
fn what_is_left_out_gets_its_default() {
    let definition = parse(TICKETS.as_bytes()).unwrap();
    let [ticket, priority] = definition.objects.as_slice() else {
        panic!("two objects")
    };
    assert_eq!(
        (
            ticket.caption.as_str(),
            ticket.display.as_str(),
            ticket.lookup,
            ticket.strict
        ),
        ("Ticket", "Name", false, false)
    );
    assert_eq!(
        (ticket.columns[1].code.as_str(), ticket.columns[1].key()),
        ("Priority", "PriorityId".to_owned())
    );
    assert_eq!(
        (priority.caption.as_str(), priority.display.as_str()),
        ("UsrPriority", "Name")
    );
    assert_eq!(priority.columns, lookup_columns());
    // A derived id must never change: records refer to it.
    assert_eq!(
        definition.values[0].id.to_string(),
        "0706c9dd-2760-5130-bac9-3372f9d5b0e9"
    );
    assert_eq!(
        definition.values[1].id.to_string(),
        "f8af0e88-f36b-1410-fa98-00155d043204"
    );
    assert_eq!(definition.entities, ["UsrTicket"]);
}

#[test]
fn all_mistakes_are_listed_with_their_places() {
    let text = mistakes(
        r#"{"objects": [
              {"code": "1Usr", "colour": "red", "columns": [
                {"code": "A", "type": "varchar"}, {"type": "integer"}, {"code": "Id", "type": "guid"},
                {"code": "B", "type": "integer", "default": "x", "required": "yes"}, 7]},
              {"code": "UsrX", "caption": "", "caption": "y"}, {"code": "usrx"}],
            "values": [{"object": "UsrX", "id": "12"}],
            "entities": ["No-Code", 5, "UsrX", "USRX"], "more": 1}"#,
    );
    let places: Vec<_> = text
        .lines()
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    let wanted = [
        "more",
        "objects[0].colour",
        "objects[0].columns[0].type",
        "objects[0].columns[1].code",
        "objects[0].columns[2].code",
        "objects[0].columns[3].required",
        "objects[0].columns[3].default",
        "objects[0].columns[4]",
        "objects[0].code",
        "objects[1].caption",
        "objects[1].caption",
        "objects[2].code",
        "values[0].name",
        "values[0].id",
        "entities[0]",
        "entities[1]",
        "entities[3]",
    ];
    let (mut places, mut wanted) = (places, Vec::from(wanted));
    places.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(places, wanted, "{text}");
    assert!(
        text.contains(
            "objects[0].colour: unknown key; allowed keys are code, caption, lookup, display, strict, columns"
        )
    );
}

#[test]
fn what_is_no_json_is_named_by_line() {
    assert_eq!(
        mistakes("{\n  \"objects\": [}"),
        "line 2, column 15: this is not valid JSON: expected value. Fix this place; 'hookgate object apply --help' \
         shows an example"
    );
    assert!(mistakes("").starts_with("line 1, column 0: this is not valid JSON: it is empty or cut off"));
    assert!(mistakes("{\"objects\": [").contains("a bracket or quote is not closed"));
    assert!(mistakes("[]").contains("must be an object with the keys objects, values, entities, not an array"));
    assert!(mistakes(&"[".repeat(10_000)).contains("recursion limit"));
    assert_eq!(parse("\u{feff}{}".as_bytes()).unwrap(), Definition::default());
}

#[test]
fn many_mistakes_are_cut() {
    let text = mistakes(&format!(r#"{{"entities": [{}]}}"#, vec!["1"; 150].join(",")));
    assert_eq!(text.lines().count(), 101);
    assert!(text.ends_with("… and 50 more"));
}

#[test]
fn codes_of_columns_are_checked() {
    for code in [
        "Id",
        "createdon",
        "ModifiedById",
        "EntityName",
        "entityname",
        "",
        "Ünder",
        "A_b",
        "1a",
    ] {
        assert!(
            column(&format!(r#"{{"code": "{code}", "type": "integer"}}"#)).is_err(),
            "{code}"
        );
    }
    for code in ["Id", "CreatedById", "CreatedBy", "CountryIdId"] {
        assert!(
            column(&format!(r#"{{"code": "{code}", "type": "lookup(UsrX)"}}"#)).is_err(),
            "{code}"
        );
    }
    let longest = "A".repeat(MAX_CODE_LENGTH);
    assert!(column(&format!(r#"{{"code": "{longest}", "type": "integer"}}"#)).is_ok());
    assert!(column(&format!(r#"{{"code": "{longest}A", "type": "integer"}}"#)).is_err());
    assert_eq!(
        column(r#"{"code": "Paid", "type": "lookup(UsrX)"}"#).unwrap().key(),
        "PaidId"
    );
}

#[test]
fn codes_that_odata_has_already_are_refused() {
    for (code, what) in [
        ("Webhook", "the webhooks themselves"),
        ("webhookSTATUS", "the statuses of webhooks"),
        ("WebhookParsingError", "the parsing errors of webhooks"),
        ("container", "the container of all entity sets"),
    ] {
        let text = mistakes(&format!(r#"{{"objects": [{{"code": "{code}", "lookup": true}}]}}"#));
        let wanted = format!(
            "objects[0].code: {code} is reserved: in OData and permissions it names {what}; choose another code"
        );
        assert_eq!(text, wanted);
    }
    assert!(parse(br#"{"objects": [{"code": "WebhookEntry", "lookup": true}]}"#).is_ok());
}

#[test]
fn an_object_that_has_such_a_code_can_still_be_changed() {
    let mut catalog = Catalog::default();
    let mut old = parse(br#"{"objects": [{"code": "UsrX", "lookup": true}]}"#).unwrap();
    "Webhook".clone_into(&mut old.objects[0].code);
    apply(&mut catalog, &old);
    let json = br#"{"objects": [{"code": "Webhook", "caption": "Hook"}]}"#;
    assert_eq!(parse_for(json, &catalog).unwrap().0.objects[0].caption, "Hook");
}

#[test]
fn no_key_means_two_columns() {
    let pairs = [
        ("Country", "lookup(C)", "CountryId", "text(50)"),
        ("countryid", "text(50)", "Country", "lookup(C)"),
        ("Country", "lookup(C)", "CountryId", "lookup(C)"),
        ("Country", "text(9)", "COUNTRY", "integer"),
        ("Country", "text(9)", "Country", "lookup(C)"),
    ];
    for (code, kind, other, other_kind) in pairs {
        let json = format!(r#"{{"code": "{code}", "type": "{kind}"}}, {{"code": "{other}", "type": "{other_kind}"}}"#);
        let text = column(&json).unwrap_err();
        assert!(text.starts_with("objects[0].columns[1].code: the key "), "{text}");
    }
}

#[test]
fn a_lookup_keeps_its_two_columns() {
    let columns = |json: &str| {
        let json = format!(r#"{{"objects": [{{"code": "UsrX", "lookup": true, "columns": [{json}]}}]}}"#);
        parse(json.as_bytes()).map(|definition| definition.objects[0].columns.clone())
    };
    let with_caption = columns(
        r#"{"code": "Rank", "type": "integer"}, {"code": "Name", "caption": "Title", "type": "text(250)", "required": true}"#,
    );
    let with_caption = with_caption.unwrap();
    let shown: Vec<_> = with_caption
        .iter()
        .map(|column| (column.code.as_str(), column.caption.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("Name", "Title"), ("Description", "Description"), ("Rank", "Rank")]
    );
    let text = columns(r#"{"code": "Name", "type": "text(50)"}"#)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("in a lookup, Name is always text(250), required"),
        "{text}"
    );
}

#[test]
fn defaults_have_the_type_of_their_column() {
    let value = |value| Ok(ColumnDefault::Value(value));
    assert_eq!(default("text(3)", r#""abc""#), value(Value::Text("abc".to_owned())));
    assert_eq!(default("integer", "-7"), value(Value::Integer(-7)));
    assert_eq!(default("decimal(4)", "0.1"), value(Value::Decimal(Decimal::new(1, 1))));
    assert_eq!(
        default("currency", r#""12345678901234567890.12""#),
        value(Value::Decimal("12345678901234567890.12".parse().unwrap()))
    );
    assert_eq!(default("currency", "1.50"), value(Value::Decimal(Decimal::new(15, 1))));
    assert_eq!(default("boolean", "false"), value(Value::Boolean(false)));
    assert_eq!(default("date", r#""1969-12-31""#), value(Value::Date(-1)));
    assert_eq!(
        default("datetime", r#""1970-01-01T01:00:00+01:00""#),
        value(Value::DateTime(Timestamp(0)))
    );
    assert_eq!(default("time", r#""01:01""#), value(Value::Time(3660)));
    assert_eq!(default("date", r#"{"now": true}"#), Ok(ColumnDefault::Now));
    assert_eq!(
        default("text(20)", r#"{"number": "ORD-"}"#),
        Ok(ColumnDefault::Number("ORD-".to_owned()))
    );
}

#[test]
fn defaults_that_do_not_fit_are_refused() {
    let refused = [
        ("text(3)", r#""abcd""#),
        ("text(3)", r#""""#),
        ("text(3)", "1"),
        ("phone", "1"),
        ("integer", "1.5"),
        ("integer", r#""1""#),
        ("integer", "9223372036854775808"),
        ("decimal(2)", "0.123"),
        ("currency", "1e300"),
        ("currency", "12345678901234567.12"),
        ("boolean", r#""yes""#),
        ("boolean", "1"),
        ("date", r#""2026-02-30""#),
        ("date", r#""2026-11-23T10:00""#),
        ("datetime", r#""2026-11-23T10:00:00""#),
        ("time", r#""25:00""#),
        ("time", r#""10:00:00.5""#),
        ("guid", r#""x""#),
        ("lookup(UsrX)", r#""High""#),
        ("time", r#"{"now": true}"#),
        ("date", r#"{"now": false}"#),
        ("date", r#"{"now": true, "number": "x"}"#),
        ("date", "{}"),
        ("date", "[]"),
        ("integer", r#"{"number": "A"}"#),
        ("text(13)", r#"{"number": "ORD-"}"#),
        ("text(50)", r#"{"number": 1}"#),
        ("guid", r#""00000000-0000-0000-0000-000000000000""#),
        ("text(50)", r#"{"later": true}"#),
    ];
    for (kind, json) in refused {
        let text = default(kind, json).expect_err(&format!("{kind} {json}"));
        assert!(text.starts_with("objects[0].columns[0].default: "), "{text}");
    }
}
