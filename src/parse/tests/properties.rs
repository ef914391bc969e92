//! What holds for every body and every value.

use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::super::json::json_diagnosis;
use super::super::multipart::without_files;
use super::super::value::convert;
use super::{FORM, FieldValue, JSON, LIMITS, expected, pairs, read};
use crate::domain::column::ColumnType as Type;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

const MULTIPART: &str = "multipart/form-data; boundary=\"b 1\"";

fn content_type() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(JSON.to_owned()),
        Just(FORM.to_owned()),
        Just(MULTIPART.to_owned()),
        Just("multipart/form-data; boundary=-".to_owned()),
        "application/json; charset=(utf-8|utf-16|utf-16le|latin1|gbk|iso-2022-jp|x)",
        "application/x-www-form-urlencoded; charset=(utf-16be|koi8-r|euc-kr|replacement)",
        "[a-z/;=\"\\\\ ]{0,40}",
        any::<String>(),
    ]
}

/// Bytes that look like bodies now and then.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[\\[\\]{}:,\"'\\\\ \n\tu0-9a-fA-F.eE+-]{0,12}",
        2 => "(\"[a-z]{1,4}\": ?(1|\"x\"|true|null|\\[\\]|\\{\\}),?)",
        2 => "(\r?\n)?--b 1(--)?(\r?\n)?",
        2 => "(Content-Disposition: form-data; name=\"a\"(; filename=\"b\")?\r\n\r\n)",
        1 => "[a-z]=%[0-9a-f]{0,2}&",
        1 => any::<String>(),
    ];
    prop_oneof![
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<f32>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "[a-z \n\"\\\\]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::vec(("[a-z]{0,5}", inner), 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn well_formed(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

fn flat() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec((any::<String>(), any::<String>()), 0..8)
}

fn column_value() -> impl Strategy<Value = (Type, Value)> {
    let first = -719_162_i64 * 86_400_000_000;
    prop_oneof![
        "\\PC{0,40}[a-z]".prop_map(|text| (Type::Text(60), Value::Text(text))),
        "\\PC{0,40}[a-z]".prop_map(|text| (Type::UnlimitedText, Value::Text(text))),
        "[a-z]{1,9}@[a-z]{1,9}".prop_map(|text| (Type::Email, Value::Text(text))),
        any::<i64>().prop_map(|number| (Type::Integer, Value::Integer(number))),
        (any::<i64>(), 0_u32..=4)
            .prop_map(|(digits, scale)| (Type::Decimal(4), Value::Decimal(Decimal::new(digits, scale)))),
        any::<i64>().prop_map(|cents| (Type::Currency, Value::Decimal(Decimal::new(cents, 2)))),
        any::<bool>().prop_map(|yes| (Type::Boolean, Value::Boolean(yes))),
        (-719_162..=2_932_896).prop_map(|days| (Type::Date, Value::Date(days))),
        (first..253_402_207_200_000_000).prop_map(|micros| (Type::DateTime, Value::DateTime(Timestamp(micros)))),
        (0_u32..86_400).prop_map(|seconds| (Type::Time, Value::Time(seconds))),
        (1_u128..).prop_map(|id| (Type::Guid, Value::Guid(Uuid::from_u128(id)))),
        (1_u128..).prop_map(|id| (Type::Lookup(1), Value::Guid(Uuid::from_u128(id)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_body_gives_the_same_answer_twice(content_type in content_type(), body in body()) {
        prop_assert_eq!(read(&content_type, &body), read(&content_type, &body));
    }

    #[test]
    fn json_is_faulty_exactly_when_it_cannot_be_read(body in body()) {
        let text = String::from_utf8_lossy(&body);
        prop_assert_eq!(json_diagnosis::find(&text).is_none(), well_formed(&text), "{}", text);
    }

    #[test]
    fn json_with_a_slip_is_faulty_exactly_when_it_cannot_be_read(
        value in json(),
        pretty in any::<bool>(),
        place in any::<prop::sample::Index>(),
        slip in prop::option::of("[\\[\\]{}:,\"'\\\\ \n0e.+-]"),
    ) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        prop_assert_eq!(json_diagnosis::find(&text), None, "{}", text);
        let mut characters: Vec<char> = text.chars().collect();
        let place = place.index(characters.len());
        characters.splice(place..=place, slip.iter().flat_map(|slip| slip.chars()));
        let text: String = characters.into_iter().collect();
        prop_assert_eq!(json_diagnosis::find(&text).is_none(), well_formed(&text), "{}", text);
    }

    #[test]
    fn an_object_as_json_gives_back_its_fields(fields in flat()) {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let members: Vec<String> = fields.iter().map(|(name, value)| format!("{} : {}", quoted(name), quoted(value))).collect();
        let body = format!("{{{}}}", members.join(","));
        prop_assert_eq!(pairs(&read(JSON, body.as_bytes()).unwrap()), fields);
    }

    #[test]
    fn a_form_gives_back_its_fields(fields in flat()) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        prop_assert_eq!(pairs(&read(FORM, body.as_bytes()).unwrap()), fields);
    }

    #[test]
    fn a_multipart_form_gives_back_its_fields(
        fields in proptest::collection::vec(("[^\r\n\u{0}-\u{1F}]{0,20}", any::<String>(), any::<bool>()), 0..8),
    ) {
        let part = |(name, value, file): &(String, String, bool)| {
            let name = name.replace('\\', "\\\\").replace('"', "\\\"");
            let file = if *file { "; filename=\"f\"" } else { "" };
            format!("--b 1\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
        };
        let body: String = fields.iter().map(part).chain(["--b 1--".to_owned()]).collect();
        let texts: Vec<_> = fields.iter().filter(|(.., file)| !file).map(|(name, value, _)| (&**name, &**value)).collect();
        prop_assert_eq!(pairs(&read(MULTIPART, body.as_bytes()).unwrap()), expected(&texts));

        let files: Vec<u64> = fields.iter().filter(|(.., file)| *file).map(|(_, value, _)| value.len() as u64).collect();
        match without_files(MULTIPART, body.as_bytes(), LIMITS) {
            None => prop_assert!(files.is_empty()),
            Some((kept, notes)) => {
                prop_assert_eq!(read(MULTIPART, &kept).unwrap(), read(MULTIPART, body.as_bytes()).unwrap());
                prop_assert_eq!(notes.iter().map(|note| note.size).collect::<Vec<_>>(), files);
            }
        }
    }

    #[test]
    fn files_taken_out_never_change_the_fields(body in body()) {
        if let Some((kept, notes)) = without_files(MULTIPART, &body, LIMITS) {
            prop_assert!(!notes.is_empty());
            prop_assert!(kept.len() <= body.len());
            prop_assert_eq!(read(MULTIPART, &kept), read(MULTIPART, &body));
        }
    }

    #[test]
    fn a_shown_value_is_read_as_the_same_value((kind, value) in column_value()) {
        let shown = value.to_string();
        prop_assert_eq!(convert(kind, &FieldValue::Text(shown.into())), Ok(Some(value)));
    }

    #[test]
    fn any_text_is_a_value_or_a_reason(text in prop_oneof!["[0-9TZ:.eE+ -]{0,30}", any::<String>()]) {
        for kind in [
            Type::Text(9), Type::UnlimitedText, Type::Integer, Type::Decimal(28), Type::Decimal(255), Type::Currency,
            Type::Boolean, Type::Date, Type::DateTime, Type::Time, Type::Lookup(1), Type::Guid, Type::Phone, Type::Email, Type::WebLink,
        ] {
            let first = convert(kind, &FieldValue::Text((&*text).into()));
            prop_assert_eq!(&first, &convert(kind, &FieldValue::Text((&*text).into())));
            if let Ok(Some(value)) = first {
                let shown = value.to_string();
                prop_assert_eq!(convert(kind, &FieldValue::Text(shown.into())), Ok(Some(value)), "{:?} from {}", kind, text);
            }
        }
    }
}
