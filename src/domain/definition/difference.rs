//! The differences that applying a definition would make.

use std::collections::{HashMap, HashSet};
use std::fmt;

use uuid::Uuid;

use super::{ColumnIndex, Definition, LookupValue, NewColumn, NewColumnType, NewObject, object_code, value_id};
use crate::domain::catalog::Catalog;
use crate::domain::column::ColumnDefault;
use crate::domain::column::IndexState;

/// One thing that applying a definition would add or change; its `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    ObjectAdded {
        code: String,
        caption: String,
    },
    ColumnAdded {
        /// Object and column, as in `Contact.Name`.
        column: String,
        kind: String,
    },
    /// A new value of a lookup.
    ValueAdded {
        object: String,
        name: String,
        id: Uuid,
    },
    /// An object that is added to the Webhook entities lookup.
    EntityAdded {
        code: String,
    },
    /// A part of an object, column or value changes.
    Changed {
        /// The thing that the part belongs to, as in `column Contact.Name`.
        of: String,
        /// The part, as in `required`.
        part: &'static str,
        from: String,
        to: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ObjectAdded { code, caption } => write!(f, "+ object {code} ({caption})"),
            Self::ColumnAdded { column, kind } => write!(f, "+ column {column} {kind}"),
            Self::ValueAdded { object, name, id } => write!(f, "+ value {object} {name} {id}"),
            Self::EntityAdded { code } => write!(f, "+ entity {code}"),
            Self::Changed { of, part, from, to } => write!(f, "~ {of} {part} {from} → {to}"),
        }
    }
}

/// What applying `wanted` would change in `current`; empty if nothing.
///
/// Things that exist only in `current` are not a difference: applying never removes anything. Codes
/// are compared without regard to case, and existing codes keep their case.
#[must_use]
pub fn difference(current: &Definition, wanted: &Definition) -> Vec<Difference> {
    let mut found = Vec::new();
    let objects: HashMap<String, &NewObject> = current
        .objects
        .iter()
        .map(|object| (lower(&object.code), object))
        .collect();
    for new in &wanted.objects {
        object_difference(objects.get(&lower(&new.code)).copied(), new, &mut found);
    }
    let values: HashMap<(String, Uuid), &LookupValue> = current
        .values
        .iter()
        .map(|value| ((lower(&value.object), value.id), value))
        .collect();
    for new in &wanted.values {
        let Some(old) = values.get(&(lower(&new.object), new.id)) else {
            let LookupValue { object, id, name, .. } = new.clone();
            found.push(Difference::ValueAdded { object, name, id });
            continue;
        };
        let of = format!("value {} {}", old.object, old.name);
        changed(&of, "name", &quoted(&old.name), &quoted(&new.name), &mut found);
        changed(
            &of,
            "description",
            &quoted(&old.description),
            &quoted(&new.description),
            &mut found,
        );
    }
    let entities: HashSet<String> = current.entities.iter().map(|code| lower(code)).collect();
    let added = wanted.entities.iter().filter(|code| !entities.contains(&lower(code)));
    found.extend(added.map(|code| Difference::EntityAdded { code: code.clone() }));
    found
}

/// What `indexes` would change in the catalog. A column that the definition itself adds counts too,
/// if it is to be indexed.
#[must_use]
pub fn index_difference(catalog: &Catalog, indexes: &[ColumnIndex]) -> Vec<Difference> {
    let mut found = Vec::new();
    for index in indexes {
        let known = catalog
            .object(&index.object)
            .and_then(|object| Some((object, object.column(&index.column)?)));
        let (of, is) = match known {
            Some((object, column)) => (
                format!("column {}.{}", object.code, column.code),
                column.index != IndexState::None,
            ),
            None => (format!("column {}.{}", index.object, index.column), false),
        };
        changed(&of, "indexed", yes_no(is), yes_no(index.indexed), &mut found);
    }
    found
}

/// Gives each value that was written without an id the id of the existing value of the same lookup
/// and name, so that writing a value again does not add a second one.
pub fn adopt_ids(wanted: &mut Definition, current: &Definition) {
    let mut ids: HashMap<(String, &str), Option<Uuid>> = HashMap::new();
    for value in &current.values {
        ids.entry((lower(&value.object), value.name.as_str()))
            // Two values with the same name: the name is ambiguous.
            .and_modify(|id| *id = None)
            .or_insert(Some(value.id));
    }
    let taken: HashSet<(String, Uuid)> = wanted
        .values
        .iter()
        .map(|value| (lower(&value.object), value.id))
        .collect();
    for value in &mut wanted.values {
        if value.id != value_id(&value.object, &value.name) {
            continue;
        }
        let object = lower(&value.object);
        if let Some(Some(id)) = ids.get(&(object.clone(), value.name.as_str()))
            && !taken.contains(&(object, *id))
        {
            value.id = *id;
        }
    }
}

fn object_difference(old: Option<&NewObject>, new: &NewObject, found: &mut Vec<Difference>) {
    let code = old.map_or(&new.code, |old| &old.code);
    match old {
        None => found.push(Difference::ObjectAdded {
            code: code.clone(),
            caption: new.caption.clone(),
        }),
        Some(old) => {
            let of = format!("object {code}");
            changed(&of, "caption", &quoted(&old.caption), &quoted(&new.caption), found);
            changed(&of, "lookup", yes_no(old.lookup), yes_no(new.lookup), found);
            if !old.display.eq_ignore_ascii_case(&new.display) {
                changed(&of, "display", &old.display, &new.display, found);
            }
            changed(&of, "strict", yes_no(old.strict), yes_no(new.strict), found);
        }
    }
    for column in &new.columns {
        let same = |old: &&NewColumn| old.code.eq_ignore_ascii_case(&column.code);
        match old.and_then(|old| old.columns.iter().find(same)) {
            None => found.push(Difference::ColumnAdded {
                column: format!("{code}.{}", column.code),
                kind: column.kind.to_string(),
            }),
            Some(old) => {
                column_difference(&format!("column {code}.{}", old.code), old, column, found);
            }
        }
    }
}

fn column_difference(of: &str, old: &NewColumn, new: &NewColumn, found: &mut Vec<Difference>) {
    let same_kind = match (&old.kind, &new.kind) {
        (NewColumnType::Lookup(old), NewColumnType::Lookup(new)) => lower(old) == lower(new),
        (old, new) => old == new,
    };
    changed(of, "caption", &quoted(&old.caption), &quoted(&new.caption), found);
    if !same_kind {
        changed(of, "type", &old.kind.to_string(), &new.kind.to_string(), found);
    }
    changed(of, "required", yes_no(old.required), yes_no(new.required), found);
    if old.default != new.default {
        changed(
            of,
            "default",
            &default_shown(&old.default),
            &default_shown(&new.default),
            found,
        );
    }
}

fn changed(of: &str, part: &'static str, from: &str, to: &str, found: &mut Vec<Difference>) {
    if from != to {
        let (of, from, to) = (of.to_owned(), from.to_owned(), to.to_owned());
        found.push(Difference::Changed { of, part, from, to });
    }
}

fn default_shown(default: &ColumnDefault) -> String {
    match default {
        ColumnDefault::Empty => "nothing".to_owned(),
        ColumnDefault::Value(value) => quoted(&value.to_string()),
        ColumnDefault::Now => "now".to_owned(),
        ColumnDefault::Number(prefix) => format!("number {prefix}1…"),
    }
}

/// Quotes text for one line: line breaks in it are escaped.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

const fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn lower(code: &str) -> String {
    object_code(code).to_ascii_lowercase()
}
