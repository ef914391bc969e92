//! Exports the current configuration as the JSON of a definition.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{ColumnIndex, Definition, LookupValue, NewColumn, NewObject, defaults, value_id};
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::column::{Column, IndexState};
use crate::domain::object::Object;

/// The definition as JSON, such that [`super::parse`] reads the same. Keys of objects and columns
/// are always written, since leaving one out means to keep the current value; keys of lookup values
/// are left out if they have their default. Only columns in `indexes` that are indexed get the key
/// `indexed`.
#[must_use]
pub fn to_json(definition: &Definition, indexes: &[ColumnIndex]) -> Value {
    let marked: HashSet<(&str, &str)> = indexes
        .iter()
        .filter(|index| index.indexed)
        .map(|index| (index.object.as_str(), index.column.as_str()))
        .collect();
    let mut root = Map::new();
    let mut put = |key: &str, list: Vec<Value>| {
        if !list.is_empty() {
            root.insert(key.to_owned(), list.into());
        }
    };
    put(
        "objects",
        definition
            .objects
            .iter()
            .map(|object| object_json(object, &marked))
            .collect(),
    );
    put("values", definition.values.iter().map(value_json).collect());
    put("entities", definition.entities.iter().map(|code| json!(code)).collect());
    root.into()
}

/// The definition of all objects, or of those with the given codes, and of their entities. Lookup
/// values are added by [`Definition::with_values`].
///
/// # Errors
/// If there is no object with a given code.
pub fn of_catalog(catalog: &Catalog, objects: Option<&[String]>) -> Result<Definition, ApplyError> {
    let mut wanted: Vec<&Object> = match objects {
        None => catalog.objects.values().map(AsRef::as_ref).collect(),
        Some(codes) => codes
            .iter()
            .map(|code| match catalog.object(code) {
                Some(object) => Ok(object.as_ref()),
                None => Err(ApplyError::ObjectUnknown(code.clone())),
            })
            .collect::<Result<_, _>>()?,
    };
    wanted.sort_by_key(|object| object.id);
    wanted.dedup_by_key(|object| object.id);
    let entities = wanted.iter().filter(|object| catalog.entities.contains(&object.id));
    Ok(Definition {
        entities: entities.map(|object| object.code.clone()).collect(),
        objects: wanted.iter().map(|object| new_object(catalog, object)).collect(),
        values: Vec::new(),
    })
}

/// The indexed columns of the objects in a definition that [`of_catalog`] returned, without lookup
/// columns, which are always indexed.
#[must_use]
pub fn indexes_of_catalog(catalog: &Catalog, definition: &Definition) -> Vec<ColumnIndex> {
    let objects = definition
        .objects
        .iter()
        .filter_map(|object| catalog.object(&object.code));
    let columns = objects.flat_map(|object| object.columns.iter().map(move |column| (object, column)));
    columns
        .filter(|(_, column)| column.index != IndexState::None)
        .map(|(object, column)| ColumnIndex {
            object: object.code.clone(),
            column: column.code.clone(),
            indexed: true,
        })
        .collect()
}

/// The complete definition of an object.
pub(super) fn new_object(catalog: &Catalog, object: &Object) -> NewObject {
    NewObject {
        code: object.code.clone(),
        caption: object.caption.clone(),
        lookup: object.lookup,
        display: object.display.clone(),
        strict: object.strict,
        columns: object
            .columns
            .iter()
            .map(|column| new_column(catalog, column))
            .collect(),
    }
}

fn new_column(catalog: &Catalog, column: &Column) -> NewColumn {
    NewColumn {
        code: column.code.clone(),
        caption: column.caption.clone(),
        kind: catalog.new_column_type(column.kind),
        required: column.required,
        default: column.default.clone(),
    }
}

fn object_json(object: &NewObject, marked: &HashSet<(&str, &str)>) -> Value {
    let is_indexed = |column: &NewColumn| marked.contains(&(object.code.as_str(), column.code.as_str()));
    let columns = object.columns.iter();
    json!({
        "code": object.code,
        "caption": object.caption,
        "lookup": object.lookup,
        "display": object.display,
        "strict": object.strict,
        "columns": columns.map(|column| column_json(column, is_indexed(column))).collect::<Vec<_>>(),
    })
}

fn column_json(column: &NewColumn, indexed: bool) -> Value {
    let mut json = Map::new();
    json.insert("code".to_owned(), column.code.clone().into());
    json.insert("caption".to_owned(), column.caption.clone().into());
    json.insert("type".to_owned(), column.kind.to_string().into());
    json.insert("required".to_owned(), column.required.into());
    json.insert("default".to_owned(), defaults::to_json(&column.default));
    if indexed {
        json.insert("indexed".to_owned(), true.into());
    }
    json.into()
}

fn value_json(value: &LookupValue) -> Value {
    let mut json = Map::new();
    json.insert("object".to_owned(), value.object.clone().into());
    if value.id != value_id(&value.object, &value.name) {
        json.insert("id".to_owned(), value.id.to_string().into());
    }
    json.insert("name".to_owned(), value.name.clone().into());
    if !value.description.is_empty() {
        json.insert("description".to_owned(), value.description.clone().into());
    }
    json.into()
}
