//! Definitions that are applied to an existing catalog.

use super::*;
use crate::domain::actor::Actor;
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;

#[test]
fn a_file_for_what_exists_keeps_what_it_leaves_out() {
    let mut catalog = Catalog::default();
    let first = r#"{"objects": [{"code": "FormSubmit", "caption": "Submitted form", "display": "Who", "strict": true,
        "columns": [{"code": "Who", "type": "text(50)"}]}]}"#;
    apply(&mut catalog, &parse(first.as_bytes()).unwrap());
    let more = br#"{"objects": [{"code": "SubmittedForm", "columns": [{"code": "UsrAge", "type": "integer"}]}]}"#;
    let (wanted, _) = parse_for(more, &catalog).unwrap();
    let current = of_catalog(&catalog, None).unwrap();
    let lines: Vec<_> = difference(&current, &wanted).iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["+ column FormSubmit.UsrAge integer"]);
    apply(&mut catalog, &wanted);
    let object = catalog.object("FormSubmit").unwrap();
    assert_eq!(
        (object.caption.as_str(), object.strict, object.columns.len()),
        ("Submitted form", true, 2)
    );
}

#[test]
fn codes_that_exist_nowhere_are_mistakes() {
    let json = br#"{"objects": [{"code": "UsrX", "columns": [{"code": "A", "type": "lookup(Nowhere)"}]}],
        "values": [{"object": "Nothing", "name": "x"}], "entities": ["UsrX", "Nobody"]}"#;
    let text = parse_for(json, &Catalog::default()).unwrap_err().to_string();
    for part in [
        "display: there is no column 'Name'",
        "UsrX.A: there is no object 'Nowhere'",
        "'Nothing'",
        "'Nobody'",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn differences_are_lines_and_gone_after_applying() {
    let wanted = parse(TICKETS.as_bytes()).unwrap();
    let lines = |current: &Definition, wanted: &Definition| -> Vec<String> {
        difference(current, wanted).iter().map(ToString::to_string).collect()
    };
    let all = lines(&Definition::default(), &wanted);
    for line in [
        "+ object UsrTicket (Ticket)",
        "+ column UsrTicket.Priority lookup(UsrPriority)",
        "+ entity UsrTicket",
        "+ value UsrPriority Low f8af0e88-f36b-1410-fa98-00155d043204",
    ] {
        assert!(all.iter().any(|there| there == line), "{line} in {all:?}");
    }
    let mut catalog = Catalog::default();
    apply(&mut catalog, &wanted);
    let current = of_catalog(&catalog, None).unwrap().with_values(wanted.values.clone());
    assert_eq!(lines(&current, &wanted), Vec::<String>::new());
    assert_eq!(lines(&current, &Definition::default()), Vec::<String>::new());

    let mut changed = wanted;
    changed.objects[0].code = "usrticket".to_owned();
    changed.objects[0].strict = true;
    changed.objects[0].columns[0].required = false;
    changed.objects[0].columns[0].kind = "unlimited text".parse().unwrap();
    changed.objects[0].columns[0].default = ColumnDefault::Number("T-".to_owned());
    changed.values[1].name = "Lowest".to_owned();
    let wanted_lines = [
        "~ object UsrTicket strict no → yes",
        "~ column UsrTicket.Name type text(250) → unlimited text",
        "~ column UsrTicket.Name required yes → no",
        "~ column UsrTicket.Name default nothing → number T-1…",
        "~ value UsrPriority Low name \"Low\" → \"Lowest\"",
    ];
    assert_eq!(lines(&current, &changed), wanted_lines);
}

#[test]
fn a_value_named_again_is_the_same_value() {
    let low = |object: &str, id: Uuid| LookupValue {
        object: object.to_owned(),
        id,
        name: "Low".to_owned(),
        description: String::new(),
    };
    let there = Uuid::from_u128(7);
    let current = Definition {
        values: vec![low("UsrPriority", there)],
        ..Definition::default()
    };
    let adopted = |value: LookupValue, current: &Definition| {
        let mut wanted = Definition {
            values: vec![value],
            ..Definition::default()
        };
        adopt_ids(&mut wanted, current);
        wanted.values[0].id
    };
    let derived = value_id("UsrPriority", "Low");
    assert_eq!(adopted(low("usrpriority", derived), &current), there);
    let given = Uuid::from_u128(9);
    assert_eq!(adopted(low("UsrPriority", given), &current), given);
    let twice = Definition {
        values: vec![low("UsrPriority", there), low("UsrPriority", given)],
        ..Definition::default()
    };
    assert_eq!(adopted(low("UsrPriority", derived), &twice), derived);
}

#[test]
fn an_export_has_what_was_asked_for() {
    let mut catalog = Catalog::default();
    let wanted = parse(TICKETS.as_bytes()).unwrap();
    apply(&mut catalog, &wanted);
    let codes = ["usrpriority".to_owned(), "UsrPriority".to_owned()];
    let some = of_catalog(&catalog, Some(&codes))
        .unwrap()
        .with_values(wanted.values.clone());
    assert_eq!((some.objects.len(), some.values.len(), some.entities.len()), (1, 2, 0));
    let ticket = of_catalog(&catalog, Some(&["UsrTicket".to_owned()]))
        .unwrap()
        .with_values(wanted.values);
    assert_eq!(
        (ticket.objects.len(), ticket.values.len(), ticket.entities.len()),
        (1, 0, 1)
    );
    assert!(of_catalog(&catalog, Some(&["Nowhere".to_owned()])).is_err());
}

#[test]
fn indexes_are_named_shown_and_exported() {
    let mut catalog = Catalog::default();
    let named = br#"{"objects": [{"code": "UsrTicket", "columns": [
        {"code": "Name", "type": "text(250)", "indexed": true},
        {"code": "Age", "type": "integer", "indexed": false},
        {"code": "Note", "type": "unlimited text"},
        {"code": "Priority", "type": "lookup(UsrPriority)", "indexed": true}]},
        {"code": "UsrPriority", "lookup": true, "columns": [
            {"code": "Name", "type": "text(250)", "required": true, "indexed": true}]}]}"#;
    let (definition, indexes) = parse_for(named, &catalog).unwrap();
    let shown = |catalog: &Catalog, indexes: &[ColumnIndex]| -> Vec<String> {
        let found = index_difference(catalog, indexes);
        found.iter().map(ToString::to_string).collect()
    };
    let lines = [
        "~ column UsrTicket.Name indexed no → yes",
        "~ column UsrPriority.Name indexed no → yes",
    ];
    assert_eq!(shown(&catalog, &indexes), lines, "{indexes:?}");
    let change = |definition: &Definition, indexes: &[ColumnIndex]| {
        Entry::one(
            Timestamp(0),
            Actor::CommandLine,
            ConfigChange::DefinitionApplied {
                definition: definition.clone(),
                indexes: indexes.to_vec(),
            },
        )
    };
    catalog.apply(&change(&definition, &indexes)).unwrap();
    assert_eq!(shown(&catalog, &indexes), Vec::<String>::new());

    let there = of_catalog(&catalog, None).unwrap();
    let held = indexes_of_catalog(&catalog, &there);
    let json = to_json(&there, &held).to_string();
    assert_eq!(json.matches("indexed").count(), 2, "{json}");
    assert_eq!(parse_for(json.as_bytes(), &catalog).unwrap(), (there, held));

    // What is left out stays; codes are compared without regard to case; null removes the index.
    let null = br#"{"objects": [{"code": "UsrTicket", "columns": [
        {"code": "Name", "indexed": null}, {"code": "Priority", "indexed": null}]}]}"#;
    let (_, indexes) = parse_for(null, &catalog).unwrap();
    assert_eq!(shown(&catalog, &indexes), ["~ column UsrTicket.Name indexed yes → no"]);
    let off = br#"{"objects": [{"code": "usrticket", "columns": [
        {"code": "name", "type": "text(250)", "indexed": false}, {"code": "Age", "type": "integer"}]}]}"#;
    let (definition, indexes) = parse_for(off, &catalog).unwrap();
    assert_eq!(shown(&catalog, &indexes), ["~ column UsrTicket.Name indexed yes → no"]);
    catalog.apply(&change(&definition, &indexes)).unwrap();
    let kept = |code: &str| {
        let object = catalog.object(code).unwrap();
        object.column("Name").unwrap().is_index_kept()
    };
    assert_eq!((kept("UsrTicket"), kept("UsrPriority")), (false, true));
}

#[test]
fn lookup_columns_are_always_indexed() {
    let json = r#"{"objects": [{"code": "UsrX", "lookup": true}, {"code": "UsrY", "columns": [
        {"code": "X", "type": "lookup(UsrX)", "indexed": false}, {"code": "A", "type": "integer", "indexed": 1}]}]}"#;
    let text = mistakes(json);
    assert!(
        text.contains("objects[1].columns[0].indexed: a lookup column is always indexed"),
        "{text}"
    );
    assert!(
        text.contains("objects[1].columns[1].indexed: must be true or false"),
        "{text}"
    );
}

/// Applies a definition to a catalog that has an order with two such columns. Returns each column
/// as caption, required and default, and the lines of the difference.
fn applied_to_order(columns: &str) -> (Vec<String>, Vec<String>) {
    let mut catalog = Catalog::default();
    let first = r#"{"objects": [{"code": "UsrKind", "lookup": true, "columns": [
            {"code": "Name", "caption": "Title", "type": "text(250)", "required": true}]},
        {"code": "UsrOrder", "display": "Number", "columns": [
        {"code": "Number", "caption": "Order number", "type": "text(50)", "default": {"number": "ORD-"}},
        {"code": "Kind", "caption": "Kind of order", "type": "lookup(UsrKind)", "required": true}]}]}"#;
    apply(&mut catalog, &parse(first.as_bytes()).unwrap());
    let more = format!(r#"{{"objects": [{{"code": "usrkind"}}, {{"code": "UsrOrder", "columns": [{columns}]}}]}}"#);
    let (wanted, _) = parse_for(more.as_bytes(), &catalog).unwrap();
    let current = of_catalog(&catalog, None).unwrap();
    let lines = difference(&current, &wanted).iter().map(ToString::to_string).collect();
    apply(&mut catalog, &wanted);
    let shown = |column: &crate::domain::column::Column| {
        format!("{}, {}, {:?}", column.caption, column.required, column.default)
    };
    let order = catalog.object("UsrOrder").unwrap();
    let title = catalog.object("UsrKind").unwrap().column("Name").unwrap();
    assert_eq!(title.caption, "Title", "a lookup's column that was not named");
    (order.columns.iter().map(shown).collect(), lines)
}

#[test]
fn a_column_keeps_what_its_definition_leaves_out() {
    let before = [
        r#"Order number, false, Number("ORD-")"#.to_owned(),
        "Kind of order, true, Empty".to_owned(),
    ];
    for named in [
        "",
        r#"{"code": "Number", "indexed": true}, {"code": "Kind"}"#,
        r#"{"code": "NUMBER", "type": "text(50)"}, {"code": "KindId", "type": null}"#,
        r#"{"code": "KindId", "type": "lookup(usrkind)"}, {"code": "number", "type": "text(50)", "required": false}"#,
    ] {
        let (columns, lines) = applied_to_order(named);
        assert_eq!((columns.as_slice(), lines), (before.as_slice(), Vec::new()), "{named}");
    }
    let (columns, lines) = applied_to_order(r#"{"code": "Number", "type": "text(80)", "required": true}"#);
    assert_eq!(columns[0], r#"Order number, true, Number("ORD-")"#);
    let wanted = [
        "~ column UsrOrder.Number type text(50) → text(80)",
        "~ column UsrOrder.Number required no → yes",
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn null_and_false_take_away_what_a_column_has() {
    let (columns, lines) = applied_to_order(
        r#"{"code": "Number", "caption": null, "default": null}, {"code": "Kind", "required": false}"#,
    );
    assert_eq!(columns, ["Number, false, Empty", "Kind of order, false, Empty"]);
    let wanted = [
        r#"~ column UsrOrder.Number caption "Order number" → "Number""#,
        "~ column UsrOrder.Number default number ORD-1… → nothing",
        "~ column UsrOrder.Kind required yes → no",
    ];
    assert_eq!(lines, wanted);
    assert_eq!(
        applied_to_order(r#"{"code": "Kind", "required": null}"#).0[1],
        "Kind of order, false, Empty"
    );
}

#[test]
fn a_new_column_needs_a_type_and_gets_the_presets() {
    let (columns, _) = applied_to_order(r#"{"code": "Note", "type": "unlimited text"}"#);
    assert_eq!(columns[2], "Note, false, Empty");
    let json = br#"{"objects": [{"code": "UsrX", "columns": [{"code": "Name"}]}]}"#;
    let text = parse_for(json, &Catalog::default()).unwrap_err().to_string();
    assert!(text.contains("objects[0].columns[0].type: is missing"), "{text}");
}

#[test]
fn an_export_makes_the_same_of_what_another_has() {
    let parts = |caption: &str, required: bool, default: &str| {
        let json = format!(
            r#"{{"objects": [{{"code": "UsrX", "lookup": true, "columns": [
                {{"code": "Name", "caption": "{caption}", "type": "text(250)", "required": true}},
                {{"code": "Rank", "caption": "{caption}", "type": "integer", "required": {required}, "default": {default}}}]}}]}}"#
        );
        let mut catalog = Catalog::default();
        apply(&mut catalog, &parse(json.as_bytes()).unwrap());
        catalog
    };
    let (plain, mut other) = (parts("Name", false, "null"), parts("Title", true, "7"));
    let there = of_catalog(&plain, None).unwrap();
    let exported = to_json(&there, &[]).to_string();
    let (wanted, _) = parse_for(exported.as_bytes(), &other).unwrap();
    apply(&mut other, &wanted);
    assert_eq!(of_catalog(&other, None).unwrap(), there);
}
