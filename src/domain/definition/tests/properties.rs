//! Properties that hold for every definition.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::value::Value;

/// A text for people, on one line.
fn line() -> impl Strategy<Value = String> {
    "[A-Za-zäß→0-9 .'\"\\\\-]{0,20}".prop_map(|text| format!("x{text}"))
}

fn kind_and_default() -> impl Strategy<Value = (NewColumnType, ColumnDefault)> {
    let plain = |kind, value: Option<Value>| {
        (
            NewColumnType::Plain(kind),
            value.map_or(ColumnDefault::Empty, ColumnDefault::Value),
        )
    };
    let decimal = |digits: u32| (any::<i64>(), 0..=digits).prop_map(|(number, scale)| Decimal::new(number, scale));
    let id = any::<u128>().prop_map(|id| Value::Guid(Uuid::from_u128(id | 1)));
    let maybe = proptest::option::of::<BoxedStrategy<Value>>;
    prop_oneof![
        (50..=MAX_TEXT_LENGTH, maybe(line().prop_map(Value::Text).boxed()))
            .prop_map(move |(n, v)| plain(ColumnType::Text(n), v)),
        (50..=MAX_TEXT_LENGTH, line())
            .prop_map(|(n, prefix)| { (NewColumnType::Plain(ColumnType::Text(n)), ColumnDefault::Number(prefix),) }),
        maybe("\\PC{1,30}".prop_map(Value::Text).boxed()).prop_map(move |v| plain(ColumnType::UnlimitedText, v)),
        maybe(any::<i64>().prop_map(Value::Integer).boxed()).prop_map(move |v| plain(ColumnType::Integer, v)),
        maybe(decimal(8).prop_map(Value::Decimal).boxed()).prop_map(move |v| plain(ColumnType::Decimal(8), v)),
        maybe(decimal(2).prop_map(Value::Decimal).boxed()).prop_map(move |v| plain(ColumnType::Currency, v)),
        maybe(any::<bool>().prop_map(Value::Boolean).boxed()).prop_map(move |v| plain(ColumnType::Boolean, v)),
        maybe((-100_000..1_000_000).prop_map(Value::Date).boxed()).prop_map(move |v| plain(ColumnType::Date, v)),
        maybe(
            (-9_000_000_000_000_000..90_000_000_000_000_000_i64)
                .prop_map(|at| Value::DateTime(Timestamp(at)))
                .boxed()
        )
        .prop_map(move |v| plain(ColumnType::DateTime, v)),
        Just((NewColumnType::Plain(ColumnType::DateTime), ColumnDefault::Now)),
        maybe((0..86_400_u32).prop_map(Value::Time).boxed()).prop_map(move |v| plain(ColumnType::Time, v)),
        maybe(id.clone().boxed()).prop_map(move |v| plain(ColumnType::Guid, v)),
        id.prop_map(|id| (NewColumnType::Lookup("UsrX".to_owned()), ColumnDefault::Value(id))),
    ]
}

fn object(index: usize) -> impl Strategy<Value = NewObject> {
    let column = (line(), any::<bool>(), kind_and_default());
    let columns = proptest::collection::vec(column, 0..6);
    (
        "[A-Za-z][A-Za-z0-9]{0,10}",
        line(),
        any::<bool>(),
        any::<bool>(),
        columns,
        line(),
    )
        .prop_map(move |(code, caption, lookup, strict, columns, title)| {
            let own = columns
                .into_iter()
                .enumerate()
                .map(|(index, (caption, required, (kind, default)))| NewColumn {
                    code: format!("C{index}c"),
                    caption,
                    kind,
                    required,
                    default,
                });
            let [name, description] = lookup_columns();
            let fixed = if lookup {
                vec![NewColumn { caption: title, ..name }, description]
            } else {
                Vec::new()
            };
            NewObject {
                code: format!("Usr{code}{index}"),
                caption,
                lookup,
                display: "Name".to_owned(),
                strict,
                columns: fixed.into_iter().chain(own).collect(),
            }
        })
}

fn definition() -> impl Strategy<Value = Definition> {
    let objects = (object(0), object(1), object(2)).prop_map(|(a, b, c)| vec![a, b, c]);
    let value = (line(), proptest::option::of(any::<u128>()), "\\PC{0,20}");
    let values = proptest::collection::btree_map(line(), value, 0..5);
    (objects, values, any::<bool>()).prop_map(|(objects, values, entity)| {
        let values = values.into_iter().map(|(name, (_, id, description))| LookupValue {
            object: "UsrX".to_owned(),
            id: id.map_or_else(|| value_id("UsrX", &name), |id| Uuid::from_u128(id | 1)),
            name,
            description,
        });
        let entities = objects
            .iter()
            .filter(|_| entity)
            .map(|object| object.code.clone())
            .collect();
        Definition {
            values: values.collect(),
            objects,
            entities,
        }
    })
}

proptest! {
    #[test]
    fn written_and_read_is_the_same(definition in definition()) {
        let json = to_json(&definition, &[]).to_string();
        match parse(json.as_bytes()) {
            Ok(read) => prop_assert_eq!(read, definition),
            Err(mistakes) => prop_assert!(false, "{}\n{}", mistakes, json),
        }
    }

    #[test]
    fn applied_and_exported_is_no_difference(mut definition in definition()) {
        let mut catalog = Catalog::default();
        definition.values.clear();
        let helper = r#"{"objects": [{"code": "UsrX", "lookup": true}]}"#;
        apply(&mut catalog, &parse(helper.as_bytes()).unwrap());
        for object in &mut definition.objects {
            if !object.lookup {
                object.columns.push(lookup_columns()[0].clone());
            }
        }
        apply(&mut catalog, &definition);
        let there = of_catalog(&catalog, None).unwrap();
        prop_assert_eq!(difference(&there, &definition), Vec::new());
        let indexes: Vec<_> = there
            .objects
            .iter()
            .flat_map(|object| object.columns.iter().map(move |column| (object, column)))
            .filter(|(_, column)| matches!(column.kind, NewColumnType::Plain(_)))
            .step_by(2)
            .map(|(object, column)| ColumnIndex {
                object: object.code.clone(),
                column: column.code.clone(),
                indexed: true,
            })
            .collect();
        let exported = to_json(&there, &indexes).to_string();
        prop_assert_eq!(parse_for(exported.as_bytes(), &catalog).unwrap(), (there, indexes));
    }

    #[test]
    fn damaged_files_are_read_or_refused(at in 0..TICKETS.len(), byte in any::<u8>(), keep in any::<bool>()) {
        let mut bytes = TICKETS.as_bytes().to_vec();
        bytes[at] = byte;
        if !keep {
            bytes.truncate(at);
        }
        match parse(&bytes) {
            Ok(definition) => prop_assert!(keep && definition.objects.len() == 2),
            Err(mistakes) => prop_assert!(!mistakes.0.is_empty()),
        }
    }
}
