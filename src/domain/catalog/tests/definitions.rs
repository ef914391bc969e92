//! What definitions change, and which changes are rejected.

use super::*;
use crate::domain::change::ConfigChange;
use crate::domain::column::ColumnType;
use crate::domain::definition::{Definition, NewColumnType};
use crate::domain::entry::Entry;

#[test]
fn lookups_refer_to_each_other_in_any_order() {
    let catalog = catalog(
        r#"{"objects": [
            {"code": "UsrA", "columns": [{"code": "Name", "type": "text(50)"}, {"code": "B", "type": "lookup(usrb)"}]},
            {"code": "UsrB", "columns": [{"code": "Name", "type": "text(50)"}, {"code": "A", "type": "lookup(UsrA)"}]},
            {"code": "UsrSelf", "columns": [{"code": "Name", "type": "text(50)"}, {"code": "Parent", "type": "lookup(UsrSelf)"}]}
        ]}"#,
    );
    let kind = |object: &str, column: &str| catalog.object(object).unwrap().column(column).unwrap().kind;
    assert_eq!(catalog.column_type_name(kind("UsrA", "B")), "lookup(UsrB)");
    assert_eq!(catalog.column_type_name(kind("UsrB", "A")), "lookup(UsrA)");
    assert_eq!(catalog.column_type_name(kind("UsrSelf", "Parent")), "lookup(UsrSelf)");
}

#[test]
fn numbers_are_given_in_order_and_kept() {
    let mut catalog = catalog(&ticket(NAME));
    catalog
        .apply(&define(&ticket(
            r#"{"code": "Name", "type": "text(50)"}, {"code": "Age", "type": "integer"}"#,
        )))
        .unwrap();
    catalog
        .apply(&define(&ticket(
            r#"{"code": "name", "type": "text(50)", "caption": "Title"}"#,
        )))
        .unwrap();
    let ticket = catalog.object("usrticket").unwrap();
    assert_eq!(ticket.id, 1);
    let columns: Vec<_> = ticket
        .columns
        .iter()
        .map(|column| (column.id, column.code.as_str(), column.caption.as_str()))
        .collect();
    assert_eq!(columns, [(1, "Name", "Title"), (2, "Age", "Age")]);
    assert_eq!(ticket.next_column, 3);
}

#[test]
fn a_refused_definition_leaves_no_trace() {
    let mut catalog = catalog(&ticket(NAME));
    // Each starts with a valid object, which would remain if the definition were applied in part.
    let good = r#"{"code": "UsrGood", "columns": [{"code": "Name", "type": "text(50)"}]}"#;
    let bad = |rest: &str| define(&format!(r#"{{"objects": [{good}{rest}"#));
    let unknown_lookup = bad(r#", {"code": "UsrTicket", "columns": [{"code": "X", "type": "lookup(Nowhere)"}]}]}"#);
    assert_eq!(
        refused(&mut catalog, &unknown_lookup),
        ApplyError::ObjectUnknown("Nowhere".to_owned())
    );
    let lookup = bad(r#", {"code": "UsrTicket", "lookup": true}]}"#);
    assert_eq!(
        refused(&mut catalog, &lookup),
        ApplyError::LookupFixed("UsrTicket".to_owned())
    );
    let entity = bad(r#"], "entities": ["UsrGood", "Nowhere"]}"#);
    assert_eq!(
        refused(&mut catalog, &entity),
        ApplyError::ObjectUnknown("Nowhere".to_owned())
    );
    let value = bad(r#"], "values": [{"object": "Nowhere", "name": "x"}]}"#);
    assert_eq!(
        refused(&mut catalog, &value),
        ApplyError::ObjectUnknown("Nowhere".to_owned())
    );
    let value = bad(r#"], "values": [{"object": "UsrGood", "name": "x"}]}"#);
    assert_eq!(
        refused(&mut catalog, &value).to_string(),
        "value 'x': UsrGood is not a lookup"
    );
    let display = bad(r#", {"code": "UsrTicket", "display": "Title"}]}"#);
    let text = refused(&mut catalog, &display).to_string();
    assert_eq!(text, "object UsrTicket: the display column 'Title' does not exist");
}

#[test]
fn text_grows_and_every_other_type_is_fixed() {
    let column = |kind: &str| define(&ticket(&format!(r#"{{"code": "Name", "type": "{kind}"}}"#)));
    let mut grown = catalog(&ticket(NAME));
    for kind in ["text(50)", "text(250)", "unlimited text"] {
        grown.apply(&column(kind)).unwrap();
        let there = grown.object("UsrTicket").unwrap().column("Name").unwrap().kind;
        assert_eq!(grown.column_type_name(there), kind);
    }
    let refusal = refused(&mut grown, &column("text(4000)")).to_string();
    assert_eq!(
        refusal,
        "column UsrTicket.Name cannot change from unlimited text to text(4000); add a new column instead"
    );
    let fixed = [
        ("text(250)", "text(249)"),
        ("text(50)", "phone"),
        ("phone", "text(250)"),
        ("integer", "decimal(2)"),
        ("decimal(2)", "decimal(4)"),
        ("date", "datetime"),
        ("guid", "lookup(UsrTicket)"),
        ("lookup(UsrTicket)", "guid"),
    ];
    for (from, to) in fixed {
        let mut catalog = Catalog::default();
        catalog.apply(&column(from)).unwrap();
        let refusal = refused(&mut catalog, &column(to));
        assert!(
            matches!(refusal, ApplyError::ColumnTypeFixed { .. }),
            "{from} to {to}: {refusal}"
        );
    }
}

#[test]
fn no_key_means_two_columns() {
    let text = r#"{"code": "Name", "type": "text(50)"}, {"code": "CountryId", "type": "text(50)"}"#;
    let lookup = r#"{"code": "Name", "type": "text(50)"}, {"code": "Country", "type": "lookup(UsrTicket)"}"#;
    for (first, second) in [(text, lookup), (lookup, text)] {
        let mut catalog = catalog(&ticket(first));
        let refusal = refused(&mut catalog, &define(&ticket(second)));
        assert!(matches!(refusal, ApplyError::ColumnKeyTaken { .. }), "{refusal}");
    }
}

#[test]
fn system_columns_are_no_columns_of_a_definition() {
    let mut definition = definition(&ticket(NAME));
    let good = definition.clone();
    let put = |definition: &mut Definition, code: &str, kind: &str| {
        let column = &mut definition.objects[0].columns[0];
        column.code = code.to_owned();
        column.kind = kind.parse().unwrap();
    };
    for (code, kind) in [
        ("createdon", "date"),
        ("ModifiedById", "guid"),
        ("CreatedBy", "lookup(UsrTicket)"),
    ] {
        put(&mut definition, code, kind);
        let change = Entry::one(
            AT,
            BY,
            ConfigChange::DefinitionApplied {
                definition: definition.clone(),
                indexes: Vec::new(),
            },
        );
        let text = refused(&mut Catalog::default(), &change).to_string();
        assert!(text.contains("every object already has the column"), "{text}");
    }
    let change = Entry::one(
        AT,
        BY,
        ConfigChange::DefinitionApplied {
            definition: good,
            indexes: Vec::new(),
        },
    );
    assert_eq!(Catalog::default().apply(&change), Ok(()));
}

#[test]
fn an_object_has_at_most_so_many_columns() {
    let columns = |from: usize, to: usize| {
        let columns: Vec<_> = (from..to)
            .map(|n| format!(r#"{{"code": "C{n}", "type": "integer"}}"#))
            .collect();
        define(&ticket(&columns.join(",")))
    };
    let mut catalog = catalog(&ticket(NAME));
    catalog.apply(&columns(1, MAX_COLUMNS)).unwrap();
    let refusal = refused(&mut catalog, &columns(MAX_COLUMNS, MAX_COLUMNS + 1));
    assert_eq!(refusal, ApplyError::ColumnsTooMany("UsrTicket".to_owned()));
    catalog.apply(&columns(1, 3)).unwrap();
}

#[test]
fn a_lookup_by_number_needs_its_object() {
    let mut definition = definition(&ticket(NAME));
    definition.objects[0].columns[0].kind = NewColumnType::Plain(ColumnType::Lookup(9));
    let change = Entry::one(
        AT,
        BY,
        ConfigChange::DefinitionApplied {
            definition,
            indexes: Vec::new(),
        },
    );
    let refusal = refused(&mut Catalog::default(), &change);
    assert_eq!(refusal, ApplyError::ObjectUnknown("9".to_owned()));
}
