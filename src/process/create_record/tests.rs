use std::sync::Arc;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::change::{ConfigChange, Processed, Verdict};
use crate::domain::column::{ColumnDefault, ColumnType};
use crate::domain::definition::{Definition, NewColumn, NewColumnType, NewObject};
use crate::domain::entry::Entry;
use crate::domain::rights::Rights;
use crate::domain::webhook::FileNote;

const CANADA: &str = "f8af0e88-f36b-1410-fa98-00155d043204";
const NOW: Timestamp = Timestamp(1_795_444_200_000_000);
const ID: Uuid = Uuid::from_u128(7);

fn new_object(code: &str, columns: Vec<NewColumn>) -> NewObject {
    NewObject {
        code: code.to_owned(),
        caption: code.to_owned(),
        lookup: code == "Country",
        display: "Name".to_owned(),
        strict: code == "Strict",
        columns,
    }
}

fn column(code: &str, kind: ColumnType) -> NewColumn {
    NewColumn {
        code: code.to_owned(),
        caption: String::new(),
        kind: NewColumnType::Plain(kind),
        required: false,
        default: ColumnDefault::Empty,
    }
}

fn required(column: NewColumn, default: ColumnDefault) -> NewColumn {
    NewColumn {
        required: true,
        default,
        ..column
    }
}

/// Objects: 1 Country, 2 Contact, 3 Order, 4 Strict, 5 Hidden (not registered, no permissions).
fn catalog() -> Catalog {
    let name = || required(column("Name", ColumnType::Text(10)), ColumnDefault::Empty);
    let country = NewColumn {
        kind: NewColumnType::Lookup("Country".to_owned()),
        ..column("Country", ColumnType::UnlimitedText)
    };
    let objects = vec![
        new_object("Country", vec![name()]),
        new_object(
            "Contact",
            vec![
                name(),
                column("Email", ColumnType::Email),
                country,
                column("BirthDate", ColumnType::Date),
                column("Notes", ColumnType::UnlimitedText),
            ],
        ),
        new_object(
            "Order",
            vec![
                required(
                    column("Name", ColumnType::Text(50)),
                    ColumnDefault::Number("ORD-".to_owned()),
                ),
                required(column("Date", ColumnType::DateTime), ColumnDefault::Now),
                required(column("Day", ColumnType::Date), ColumnDefault::Now),
                NewColumn {
                    default: ColumnDefault::Value(Value::Decimal(Decimal::ONE)),
                    ..column("Rate", ColumnType::Decimal(4))
                },
            ],
        ),
        new_object(
            "Strict",
            vec![
                column("Name", ColumnType::Text(10)),
                column("Size", ColumnType::Integer),
            ],
        ),
        new_object("Hidden", vec![name()]),
    ];
    let entities = ["Contact", "Order", "Strict"];
    let definition = Definition {
        objects,
        values: Vec::new(),
        entities: entities.map(str::to_owned).to_vec(),
    };
    let mut catalog = Catalog {
        version: 9,
        rules: 9,
        ..Catalog::default()
    };
    let (at, by) = (NOW, Actor::System);
    catalog
        .apply(&Entry::one(
            at,
            by,
            ConfigChange::DefinitionApplied {
                definition,
                indexes: Vec::new(),
            },
        ))
        .unwrap();
    for object in entities {
        let rights = Rights {
            create: true,
            ..Rights::default()
        };
        let (user, object) = (WEBHOOK_SERVICE.to_owned(), object.to_owned());
        catalog
            .apply(&Entry::one(at, by, ConfigChange::GrantSet { user, object, rights }))
            .unwrap();
    }
    catalog
}

fn webhook(content_type: &str, body: &[u8]) -> Webhook {
    Webhook {
        id: ID,
        created_on: NOW,
        source: 1,
        api_key_hint: String::new(),
        content_type: content_type.to_owned(),
        query: String::new(),
        headers: Vec::new(),
        source_url: String::new(),
        remote: None,
        files: Vec::new(),
        body: body.to_vec(),
    }
}

fn run(catalog: &Catalog, webhook: &Webhook) -> Processed {
    let limits = Limits {
        depth: 128,
        fields: 1000,
    };
    create_record(catalog, limits, 3, 2, webhook, NOW, ID)
}

fn json(body: &str) -> Processed {
    run(&catalog(), &webhook("application/json", body.as_bytes()))
}

/// The values by column, as they are shown.
fn made(processed: &Processed) -> Vec<(ColumnId, String)> {
    match &processed.verdict {
        Verdict::Records(records) => {
            assert_eq!((records.len(), records[0].record), (1, ID));
            records[0]
                .values
                .iter()
                .map(|(id, value)| (*id, value.to_string()))
                .collect()
        }
        other => panic!("no record but {other:?}: {:?}", told(processed)),
    }
}

/// The issues as `error Reason column=value` or `note Reason column=value`.
fn told(processed: &Processed) -> Vec<String> {
    let tell = |issue: &crate::domain::parse_issue::ParseIssue| {
        let kind = if issue.is_error() { "error" } else { "note" };
        let reason = format!("{:?}", issue.reason);
        let reason = reason.split([' ', '{']).next().unwrap_or_default().to_owned();
        format!("{kind} {reason} {}={}", issue.column, issue.value)
    };
    processed.issues.iter().map(tell).collect()
}

fn failed(object: Option<u32>) -> Verdict {
    Verdict::Failed { object }
}

#[test]
fn the_seeds_example_becomes_a_contact() {
    let processed = json(&format!(
        r#"{{"Name":"John Best","Email":"j.best@ourcompany.com","CountryId":"{CANADA}","EntityName":"Contact"}}"#
    ));
    assert_eq!((processed.webhook, processed.run, processed.rules), (3, 2, 9));
    let Verdict::Records(ref records) = processed.verdict else {
        panic!("{processed:?}");
    };
    assert_eq!(records[0].object, 2);
    assert_eq!(
        records[0].values,
        [
            (1, Value::Text("John Best".to_owned())),
            (2, Value::Text("j.best@ourcompany.com".to_owned())),
            (3, Value::Guid(Uuid::parse_str(CANADA).unwrap())),
        ]
    );
    assert_eq!(processed.issues, []);
}

#[test]
fn keys_and_entity_are_matched_in_any_case_and_values_sorted_by_column() {
    let processed = json(&format!(
        r#"{{"COUNTRYID":"{CANADA}","email":"a@b","nAME":"J","entityname":" CONTACT "}}"#
    ));
    let wanted = [(1, "J"), (2, "a@b"), (3, CANADA)].map(|(id, value)| (id, value.to_owned()));
    assert_eq!(made(&processed), wanted);
    assert_eq!(told(&processed), [""; 0]);
}

#[test]
fn forms_make_the_same_record_as_json() {
    let catalog = catalog();
    let form = webhook(
        "application/x-www-form-urlencoded",
        b"EntityName=Contact&Name=John+Best",
    );
    let multipart = webhook(
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=\"Name\"\r\n\r\nJohn Best\r\n--x\r\nContent-Disposition: form-data; name=\"EntityName\"\r\n\r\nContact\r\n--x--",
    );
    let json = webhook("application/json", br#"{"EntityName":"Contact","Name":"John Best"}"#);
    assert_eq!(run(&catalog, &form), run(&catalog, &json));
    assert_eq!(run(&catalog, &multipart), run(&catalog, &json));
}

#[test]
fn without_entity_or_process_the_webhook_is_only_stored() {
    for body in [
        "{}",
        r#"{"Name":"J"}"#,
        r#"{"EntityName":null}"#,
        r#"{"EntityName":" "}"#,
    ] {
        let processed = json(body);
        assert_eq!(processed.verdict, Verdict::StoredOnly, "{body}");
        assert_eq!(told(&processed), ["note NoEntityName ="], "{body}");
    }
    // As curl sends it with -d alone.
    let form = |body: &str| {
        run(
            &catalog(),
            &webhook("application/x-www-form-urlencoded", body.as_bytes()),
        )
    };
    let as_form = form("\n {\"EntityName\": \"Contact\", \"Name\": \"a&b=c\"}");
    assert_eq!(as_form.verdict, Verdict::StoredOnly);
    assert_eq!(told(&as_form), ["note JsonSentAsForm =", "note NoEntityName ="]);
    for body in ["{\"Name\": \"J\"}", "Name=J", ""] {
        assert_eq!(told(&form(body)), ["note NoEntityName ="], "{body}");
    }
    let mut off = catalog();
    Arc::make_mut(&mut off.processes_off).insert(CREATE_RECORDS.to_owned());
    let mut broken = webhook("application/json", b"{");
    broken.files.push(FileNote {
        field: "cv".to_owned(),
        name: "cv.pdf".to_owned(),
        size: 5,
    });
    let processed = run(&off, &broken);
    assert_eq!(processed.verdict, Verdict::StoredOnly);
    assert_eq!(told(&processed), ["note FileNotStored cv=", "note ProcessOff ="]);
}

#[test]
fn what_makes_no_record_says_why() {
    let cases: &[(&str, Option<u32>, &[&str])] = &[
        ("{\"a\": 1", None, &["error BodyBroken ="]),
        ("[]", None, &["error BodyNotObject ="]),
        (
            r#"{"EntityName":"Nobody"}"#,
            None,
            &["error EntityUnknown EntityName=Nobody"],
        ),
        (r#"{"EntityName":5}"#, None, &["error EntityNotText EntityName=5"]),
        (
            r#"{"EntityName":["Contact"]}"#,
            None,
            &[r#"error EntityNotText EntityName=["Contact"]"#],
        ),
        (r#"{"EntityName":"\ud800"}"#, None, &[r"error Unfit EntityName=\ud800"]),
        (
            r#"{"EntityName":"Contact","Name":"J","entityName":"Order"}"#,
            None,
            &["error EntityRepeated EntityName=Order"],
        ),
        (
            r#"{"EntityName":"Hidden","Name":"J"}"#,
            Some(5),
            &[
                "error NotRegistered EntityName=Hidden",
                "error NoPermission EntityName=Hidden",
            ],
        ),
        (
            r#"{"EntityName":"Contact","Name":" "}"#,
            Some(2),
            &["error RequiredMissing Name="],
        ),
        (
            r#"{"EntityName":"Contact","Name":"far too long","BirthDate":"x"}"#,
            Some(2),
            &["error TooLong Name=far too long", "error Unfit BirthDate=x"],
        ),
        (
            r#"{"EntityName":"Strict","Size":"big"}"#,
            Some(4),
            &["error Unfit Size=big"],
        ),
    ];
    for (body, object, issues) in cases {
        let processed = json(body);
        assert_eq!(processed.verdict, failed(*object), "{body}");
        assert_eq!(told(&processed), *issues, "{body}");
    }
    let other = run(&catalog(), &webhook("text/plain", b"{}"));
    assert_eq!(
        (other.verdict.clone(), told(&other)),
        (failed(None), vec!["error ContentType =".to_owned()])
    );
}

#[test]
fn each_missing_right_is_named_alone() {
    let mut ungranted = catalog();
    ungranted.grants = Arc::default();
    let contact = webhook("application/json", br#"{"EntityName":"Contact","Name":"J"}"#);
    assert_eq!(
        told(&run(&ungranted, &contact)),
        ["error NoPermission EntityName=Contact"]
    );
    let mut off = catalog();
    let service = Arc::make_mut(&mut off.technical_users).get_mut(&WEBHOOK_SERVICE_ID);
    Arc::make_mut(service.unwrap()).active = false;
    assert_eq!(
        told(&run(&off, &contact)),
        ["error TechnicalUserOff EntityName=Contact"]
    );
    let mut unregistered = catalog();
    unregistered.entities = Arc::default();
    assert_eq!(
        told(&run(&unregistered, &contact)),
        ["error NotRegistered EntityName=Contact"]
    );
}

#[test]
fn a_value_that_does_not_fit_leaves_its_column_empty() {
    let processed =
        json(r#"{"EntityName":"Contact","Name":"J","Email":"none","CountryId":"Canada","BirthDate":"1980-02-30"}"#);
    assert_eq!(made(&processed), [(1, "J".to_owned())]);
    assert_eq!(
        told(&processed),
        [
            "error Unfit Email=none",
            "error Unfit CountryId=Canada",
            "error Unfit BirthDate=1980-02-30"
        ]
    );
}

#[test]
fn keys_that_fill_no_column_are_noted() {
    let processed = json(
        r#"{"EntityName":"Contact","EntityName":"contact","Name":"A","name":"B","Country":"Canada","Id":"1","createdOn":"x","PageUrl":"p"}"#,
    );
    assert_eq!(made(&processed), [(1, "B".to_owned())]);
    assert_eq!(
        told(&processed),
        [
            "note Repeated EntityName=Contact",
            "note LookupWithoutId Country=Canada",
            "note SystemColumn Id=1",
            "note SystemColumn createdOn=x",
            "note UnknownColumn PageUrl=p",
            "note Repeated name=B",
        ]
    );
}

#[test]
fn keys_that_are_nearly_columns_get_a_hint() {
    let processed = json(r#"{"EntityName":"Contact","Name":"A","Emial":"a@b","CountyId":"x"}"#);
    assert_eq!(
        told(&processed),
        ["note UnknownColumnNear Emial=a@b", "note UnknownColumnNear CountyId=x"]
    );
    let shown = processed.issues[0].reason.to_string();
    assert_eq!(shown, "unknown column; did you mean Email? The value was ignored");
}

#[test]
fn absent_values_become_their_defaults_and_numbers_are_left_to_the_store() {
    let wanted = [(2, "2026-11-23T14:30:00Z"), (3, "2026-11-23"), (4, "1")].map(|(id, value)| (id, value.to_owned()));
    assert_eq!(made(&json(r#"{"EntityName":"Order"}"#)), wanted);
    assert_eq!(
        made(&json(r#"{"EntityName":"Order","Date":"","Name":null,"Rate":" "}"#)),
        wanted
    );
    let sent = json(r#"{"EntityName":"Order","Name":"A-1","Date":"2026-01-01","Rate":"1.25","Day":"2026-01-02"}"#);
    let wanted = [(1, "A-1"), (2, "2026-01-01T00:00:00Z"), (3, "2026-01-02"), (4, "1.25")];
    assert_eq!(made(&sent), wanted.map(|(id, value)| (id, value.to_owned())));
}

#[test]
fn remarks_are_bounded_and_no_error_is_lost_among_notes() {
    let many: String = (0..900).fold(String::new(), |all, number| {
        format!("{all}&key{number}={}", "x".repeat(300))
    });
    let long = "k".repeat(5000);
    let body = format!("EntityName=Contact&BirthDate=x&{long}=1{many}");
    let processed = run(
        &catalog(),
        &webhook("application/x-www-form-urlencoded", body.as_bytes()),
    );
    assert_eq!(processed.verdict, failed(Some(2)));
    assert_eq!(processed.issues.len(), 101);
    assert_eq!(
        told(&processed)[..2],
        ["error RequiredMissing Name=", "error Unfit BirthDate=x"]
    );
    assert_eq!(processed.issues[100].reason, Reason::MoreIssues { left_out: 803 });
    assert!(
        processed
            .issues
            .iter()
            .all(|issue| issue.column.chars().count() <= 129 && issue.value.chars().count() <= 201)
    );
}

#[test]
fn torture_is_decided_quickly() {
    let catalog = catalog();
    let fields = "a=1&".repeat(100_000);
    let number = format!(
        "{{\"EntityName\":\"Strict\",\"Name\":\"x\",\"Size\":{}}}",
        "9".repeat(1 << 20)
    );
    for (content_type, body, wanted) in [
        ("application/x-www-form-urlencoded", fields, failed(None)),
        ("application/json", number, failed(Some(4))),
    ] {
        let start = Instant::now();
        assert_eq!(run(&catalog, &webhook(content_type, body.as_bytes())).verdict, wanted);
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_webhook_gives_the_same_end_twice(
        pairs in proptest::collection::vec(
            (
                "(EntityName|Name|Email|Country|CountryId|BirthDate|Notes|Date|Day|Rate|Size|Id|[a-z]{1,5})",
                prop_oneof![
                    Just("\"Contact\"".to_owned()), Just("\"Order\"".to_owned()), Just("\"Strict\"".to_owned()),
                    "\"[ -!#-\\[\\]-~]{0,12}\"", "-?[1-9][0-9]{0,6}(\\.[0-9]{1,3})?", "(true|null|\\[\\]|\\{\\})",
                ],
            ),
            0..12,
        ),
    ) {
        let members: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let body = format!("{{{}}}", members.join(","));
        let (catalog, webhook) = (catalog(), webhook("application/json", body.as_bytes()));
        let processed = run(&catalog, &webhook);
        prop_assert_eq!(&processed, &run(&catalog, &webhook));
        if let Verdict::Records(records) = &processed.verdict {
            let (object, values) = (&catalog.objects[&records[0].object], &records[0].values);
            prop_assert!(values.is_sorted_by(|(one, _), (other, _)| one < other), "{:?}", values);
            for column in object.columns.iter().filter(|column| column.required) {
                let numbered = matches!(column.default, ColumnDefault::Number(_));
                prop_assert!(numbered || values.iter().any(|(id, _)| *id == column.id), "{}", column.code);
            }
        }
        let any_error = processed.issues.iter().any(crate::domain::parse_issue::ParseIssue::is_error);
        let failed = matches!(processed.verdict, Verdict::Failed { .. });
        prop_assert!(any_error || !failed);
    }
}
