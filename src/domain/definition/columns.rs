//! The columns of an object in a definition.

use std::collections::HashMap;

use super::json::{Fields, Mistakes, Node};
use super::{MAX_COLUMNS, MAX_NAME_LENGTH, NewColumn, NewColumnType, code_problem, defaults, lookup_columns};
use crate::domain::column::ColumnDefault;
use crate::domain::object::SYSTEM_COLUMNS;

/// The key in a webhook that names the object. It can therefore not name a column.
const ENTITY_NAME: &str = "EntityName";

/// Codes of columns, and whether they are to be indexed.
pub(super) type Indexed = Vec<(String, bool)>;

/// Reads the `columns` of an object. What they leave out keeps its state in `there`, the columns
/// that the object has now. `Name` and `Description` of a lookup come first, even if they are not
/// written. Also returns the codes of the columns that say whether they are to be indexed.
pub(super) fn read(
    object: &Fields<'_>,
    lookup: bool,
    there: &[NewColumn],
    mistakes: &mut Mistakes,
) -> (Vec<NewColumn>, Indexed) {
    let mut names = HashMap::new();
    let mut columns = Vec::new();
    let mut indexed = Vec::new();
    for (place, node) in object.list("columns", MAX_COLUMNS, mistakes) {
        if let Some((column, index)) = column(node, &place, there, mistakes) {
            check_names(&column, &place, &mut names, mistakes);
            indexed.extend(index.map(|index| (column.code.clone(), index)));
            columns.push((place, column));
        }
    }
    if lookup {
        let mut all = Vec::from(lookup_columns().map(|fixed| {
            let caption = known(there, &fixed.code).map_or_else(|| fixed.caption.clone(), |old| old.caption.clone());
            fixed_column(NewColumn { caption, ..fixed }, &mut columns, mistakes)
        }));
        all.extend(columns.into_iter().map(|(_, column)| column));
        return (all, indexed);
    }
    (columns.into_iter().map(|(_, column)| column).collect(), indexed)
}

fn column(node: &Node, place: &str, there: &[NewColumn], mistakes: &mut Mistakes) -> Option<(NewColumn, Option<bool>)> {
    let fields = Fields::of(
        node,
        place,
        &["code", "caption", "type", "required", "default", "indexed"],
        mistakes,
    )?;
    let indexed = fields.boolean("indexed", mistakes);
    let caption = fields
        .line("caption", MAX_NAME_LENGTH.into(), mistakes)
        .map(str::to_owned);
    let required = fields.boolean("required", mistakes);
    let code = fields.text_required("code", mistakes);
    let old = code.and_then(|code| known(there, code));
    let kind = match (fields.get("type"), old) {
        (None, Some(old)) => Some(old.kind.clone()),
        _ => fields.text_required("type", mistakes).and_then(|text| {
            text.parse::<NewColumnType>()
                .map_err(|problem| mistakes.add(fields.at("type"), problem))
                .ok()
        }),
    };
    let code = code.and_then(|code| {
        let code = if let Some(NewColumnType::Lookup(_)) = kind {
            lookup_code(code)
        } else {
            Ok(code)
        };
        match code.and_then(|code| code_problem(code).map_or(Ok(code), Err)) {
            Ok(code) => Some(code.to_owned()),
            Err(problem) => {
                mistakes.add(fields.at("code"), problem);
                None
            }
        }
    });
    let kind = kind?;
    let indexed = match (&kind, indexed) {
        (NewColumnType::Lookup(_), Some(false)) => {
            mistakes.add(
                fields.at("indexed"),
                "a lookup column is always indexed; remove this key",
            );
            None
        }
        (NewColumnType::Lookup(_), _) => None,
        (NewColumnType::Plain(_), None) if fields.is_null("indexed") => Some(false),
        (NewColumnType::Plain(_), indexed) => indexed,
    };
    let kept = |key: &str| old.filter(|_| !fields.is_null(key));
    let default = match fields.get("default") {
        None => kept("default").map_or(ColumnDefault::Empty, |old| old.default.clone()),
        Some(node) => defaults::read(node, &kind).unwrap_or_else(|problem| {
            mistakes.add(fields.at("default"), problem);
            ColumnDefault::Empty
        }),
    };
    let code = code?;
    let column = NewColumn {
        caption: caption.unwrap_or_else(|| kept("caption").map_or_else(|| code.clone(), |old| old.caption.clone())),
        code,
        kind,
        required: required.unwrap_or_else(|| kept("required").is_some_and(|old| old.required)),
        default,
    };
    Some((column, indexed))
}

/// The existing column with this code. The code of a lookup may be written with the `Id` of its
/// key.
fn known<'c>(there: &'c [NewColumn], code: &str) -> Option<&'c NewColumn> {
    there.iter().find(|column| {
        let lookup = matches!(column.kind, NewColumnType::Lookup(_));
        let code = code.strip_suffix("Id").filter(|_| lookup).unwrap_or(code);
        column.code.eq_ignore_ascii_case(code)
    })
}

/// Removes the `Id` of the key, which may be written with the code of a lookup column.
fn lookup_code(written: &str) -> Result<&str, String> {
    let code = written.strip_suffix("Id").unwrap_or(written);
    if code.is_empty() {
        return Err("every object already has the column Id".to_owned());
    }
    if code.ends_with("Id") {
        return Err("must not end with Id: senders add Id to the code of a lookup".to_owned());
    }
    Ok(code)
}

/// Reports a column whose code or key could also mean another column.
fn check_names(column: &NewColumn, place: &str, names: &mut HashMap<String, String>, mistakes: &mut Mistakes) {
    let place = format!("{place}.code");
    let key = column.key();
    if let Some(system) = SYSTEM_COLUMNS
        .iter()
        .find(|code| code.eq_ignore_ascii_case(&key) || code.eq_ignore_ascii_case(&column.code))
    {
        mistakes.add(place, format!("every object already has the column {system}"));
        return;
    }
    if column.code.eq_ignore_ascii_case(ENTITY_NAME) {
        mistakes.add(
            place,
            format!("{ENTITY_NAME} is reserved for the object of a webhook; choose another code"),
        );
        return;
    }
    let mut mine = vec![column.code.to_ascii_lowercase(), key.to_ascii_lowercase()];
    mine.dedup();
    for name in mine {
        if let Some(other) = names.insert(name, column.code.clone()) {
            let problem = format!("the key {key} is already used by {other}; choose another code");
            mistakes.add(place, problem);
            return;
        }
    }
}

/// A column that every lookup has. A definition may change only its caption.
fn fixed_column(fixed: NewColumn, written: &mut Vec<(String, NewColumn)>, mistakes: &mut Mistakes) -> NewColumn {
    let Some(index) = written
        .iter()
        .position(|(_, column)| column.code.eq_ignore_ascii_case(&fixed.code))
    else {
        return fixed;
    };
    let (place, column) = written.remove(index);
    let with_caption = NewColumn {
        caption: column.caption.clone(),
        ..fixed
    };
    if (NewColumn {
        code: with_caption.code.clone(),
        ..column
    }) != with_caption
    {
        let required = if with_caption.required { ", required" } else { "" };
        let problem = format!(
            "in a lookup, {} is always {}{required}",
            with_caption.code, with_caption.kind
        );
        mistakes.add(
            place,
            format!("{problem} and has no default; only its caption can be changed"),
        );
    }
    with_caption
}
