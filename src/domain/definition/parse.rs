//! Reads the JSON that an administrator writes into a definition.

use std::collections::HashSet;
use std::hash::Hash;

use uuid::Uuid;

use super::export::new_object;
use super::json::{Fields, Mistakes, Node};
use super::{
    ColumnIndex, Definition, DefinitionError, DefinitionErrors, LookupValue, MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH,
    NewColumnType, NewObject, code_problem, columns, object_code, value_id,
};
use crate::domain::catalog::Catalog;
use crate::domain::object::reserved_for;

/// The maximum number of objects and entities in a definition.
const MAX_OBJECTS: usize = 1000;

/// The maximum number of lookup values in a definition.
const MAX_VALUES: usize = 100_000;

/// Reads a definition without a catalog: what it leaves out gets its default. The columns to index
/// are checked, but not returned; see [`parse_for`].
///
/// # Errors
/// If it is not JSON or has mistakes: all mistakes, each with its place.
pub fn parse(json: &[u8]) -> Result<Definition, DefinitionErrors> {
    let mut mistakes = Mistakes::default();
    let (definition, _) = read(json, &Catalog::default(), &mut mistakes);
    finish(definition, mistakes)
}

/// Reads a definition to apply to `catalog`. Existing objects and columns keep what the definition
/// leaves out, so a file that holds only a new column adds only that column. Only `null` and
/// `false` remove something. The returned definition is complete, so that it means the same later.
/// Codes that exist nowhere are mistakes too.
///
/// Also returns the columns that say whether they are indexed; all others keep their state.
///
/// # Errors
/// See [`parse`].
pub fn parse_for(json: &[u8], catalog: &Catalog) -> Result<(Definition, Vec<ColumnIndex>), DefinitionErrors> {
    let mut mistakes = Mistakes::default();
    let (definition, indexes) = read(json, catalog, &mut mistakes);
    check_references(&definition, catalog, &mut mistakes);
    finish((definition, indexes), mistakes)
}

fn finish<T>(read: T, mistakes: Mistakes) -> Result<T, DefinitionErrors> {
    if mistakes.0.is_empty() {
        Ok(read)
    } else {
        Err(DefinitionErrors(mistakes.0))
    }
}

/// If there are mistakes, the result may be used only to find more of them.
fn read(json: &[u8], catalog: &Catalog, mistakes: &mut Mistakes) -> (Definition, Vec<ColumnIndex>) {
    let mut definition = Definition::default();
    let mut indexes = Vec::new();
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let root = match serde_json::from_slice::<Node>(json) {
        Ok(root) => root,
        Err(error) => {
            mistakes.0.push(not_json(&error));
            return (definition, indexes);
        }
    };
    let Some(root) = Fields::of(&root, "", &["objects", "values", "entities"], mistakes) else {
        return (definition, indexes);
    };

    let mut codes = HashSet::new();
    for (place, node) in root.list("objects", MAX_OBJECTS, mistakes) {
        if let Some((object, indexed)) = object(node, &place, catalog, mistakes) {
            if !codes.insert(object.code.to_ascii_lowercase()) {
                mistakes.add(
                    format!("{place}.code"),
                    format!("the object {} appears twice", object.code),
                );
            }
            indexes.extend(indexed.into_iter().map(|(column, indexed)| ColumnIndex {
                object: object.code.clone(),
                column,
                indexed,
            }));
            definition.objects.push(object);
        }
    }
    let mut ids = HashSet::new();
    for (place, node) in root.list("values", MAX_VALUES, mistakes) {
        if let Some(value) = value(node, &place, mistakes) {
            once(&mut ids, (value.object.to_ascii_lowercase(), value.id), || {
                mistakes.add(
                    &place,
                    format!("{} has two values with the id {}", value.object, value.id),
                );
            });
            definition.values.push(value);
        }
    }
    let mut entities = HashSet::new();
    for (place, node) in root.list("entities", MAX_OBJECTS, mistakes) {
        let Node::Text(code) = node else {
            mistakes.add(place, format!("must be the code of an object, not {}", node.what()));
            continue;
        };
        if let Some(code) = checked_code(code, &place, mistakes) {
            once(&mut entities, code.to_ascii_lowercase(), || {
                mistakes.add(&place, "appears twice; keep one");
            });
            definition.entities.push(code);
        }
    }
    (definition, indexes)
}

fn once<T: Hash + Eq>(seen: &mut HashSet<T>, value: T, repeated: impl FnOnce()) {
    if !seen.insert(value) {
        repeated();
    }
}

fn not_json(error: &serde_json::Error) -> DefinitionError {
    let cause = if error.is_eof() {
        "it is empty or cut off: a bracket or quote is not closed. Specify the complete definition".to_owned()
    } else {
        let text = error.to_string();
        let cause = text.split(" at line ").next().unwrap_or(&text);
        format!("{cause}. Fix this place; 'hookgate object apply --help' shows an example")
    };
    DefinitionError {
        place: format!("line {}, column {}", error.line(), error.column()),
        problem: format!("this is not valid JSON: {cause}"),
    }
}

fn object(
    node: &Node,
    place: &str,
    catalog: &Catalog,
    mistakes: &mut Mistakes,
) -> Option<(NewObject, columns::Indexed)> {
    let taken = ["code", "caption", "lookup", "display", "strict", "columns"];
    let fields = Fields::of(node, place, &taken, mistakes)?;
    let code = fields
        .text_required("code", mistakes)
        .and_then(|code| checked_code(code, &fields.at("code"), mistakes));
    let known = code.as_deref().and_then(|code| catalog.object(code));
    // An existing object was created before its code was reserved, and can still be changed.
    if let (Some(code), None) = (&code, known)
        && let Some(what) = reserved_for(code)
    {
        let problem = format!("{code} is reserved: in OData and permissions it names {what}; choose another code");
        mistakes.add(fields.at("code"), problem);
    }

    let caption = fields
        .line("caption", MAX_NAME_LENGTH.into(), mistakes)
        .map(str::to_owned);
    let display = fields.text("display", mistakes).map(str::to_owned);
    let lookup = fields.boolean("lookup", mistakes);
    let lookup = lookup.unwrap_or_else(|| known.is_some_and(|object| object.lookup));
    let strict = fields.boolean("strict", mistakes);
    let there = known.map(|object| new_object(catalog, object).columns);
    let (columns, indexed) = columns::read(&fields, lookup, &there.unwrap_or_default(), mistakes);
    let code = code?;
    let object = NewObject {
        caption: caption.unwrap_or_else(|| known.map_or_else(|| code.clone(), |object| object.caption.clone())),
        lookup,
        display: display.unwrap_or_else(|| known.map_or_else(|| "Name".to_owned(), |object| object.display.clone())),
        strict: strict.unwrap_or_else(|| known.is_some_and(|object| object.strict)),
        columns,
        code,
    };
    Some((object, indexed))
}

fn value(node: &Node, place: &str, mistakes: &mut Mistakes) -> Option<LookupValue> {
    let fields = Fields::of(node, place, &["object", "id", "name", "description"], mistakes)?;
    let object = fields
        .text_required("object", mistakes)
        .and_then(|code| checked_code(code, &fields.at("object"), mistakes));
    if fields.get("name").is_none() {
        mistakes.add(fields.at("name"), "is missing");
    }
    let name = fields.line("name", MAX_NAME_LENGTH.into(), mistakes);
    let description = fields.text("description", mistakes).unwrap_or_default();
    let length = description.chars().count();
    if length > usize::from(MAX_DESCRIPTION_LENGTH) {
        let problem = format!("has {length} characters; at most {MAX_DESCRIPTION_LENGTH} are allowed");
        mistakes.add(fields.at("description"), problem);
    }
    let given = fields
        .text("id", mistakes)
        .map(|id| Uuid::try_parse(id).ok().filter(|id| !id.is_nil()));
    if given == Some(None) {
        mistakes.add(
            fields.at("id"),
            "must be a GUID such as f8af0e88-f36b-1410-fa98-00155d043204",
        );
    }
    let (object, name) = (object?, name?);
    Some(LookupValue {
        id: given.flatten().unwrap_or_else(|| value_id(&object, name)),
        object,
        name: name.to_owned(),
        description: description.to_owned(),
    })
}

/// The code of an object if it is valid, with the alias `SubmittedForm` replaced.
fn checked_code(code: &str, place: &str, mistakes: &mut Mistakes) -> Option<String> {
    match code_problem(code) {
        None => Some(object_code(code).to_owned()),
        Some(problem) => {
            mistakes.add(place, problem);
            None
        }
    }
}

/// Reports codes that are neither in the definition nor in the catalog. Whether the named thing
/// fits its use is decided when the definition is applied. The mistakes name codes here instead of
/// indexes, which no longer match after invalid elements were left out.
fn check_references(definition: &Definition, catalog: &Catalog, mistakes: &mut Mistakes) {
    let new: HashSet<String> = definition
        .objects
        .iter()
        .map(|object| object.code.to_ascii_lowercase())
        .collect();
    let missing = |code: &str| {
        let found = new.contains(&code.to_ascii_lowercase()) || catalog.object(code).is_some();
        (!found).then(|| format!("there is no object '{code}'; add it to this definition"))
    };
    for object in &definition.objects {
        let display = |code: &str| code.eq_ignore_ascii_case(&object.display);
        let known = catalog
            .object(&object.code)
            .is_some_and(|known| known.column(&object.display).is_some());
        if !known && !object.columns.iter().any(|column| display(&column.code)) {
            let problem = format!("there is no column '{}'; specify an existing column", object.display);
            mistakes.add(format!("object {}, display", object.code), problem);
        }
        for column in &object.columns {
            if let NewColumnType::Lookup(code) = &column.kind
                && let Some(problem) = missing(code)
            {
                mistakes.add(format!("column {}.{}", object.code, column.code), problem);
            }
        }
    }
    for value in &definition.values {
        if let Some(problem) = missing(&value.object) {
            mistakes.add(format!("value '{}'", value.name), problem);
        }
    }
    for code in &definition.entities {
        if let Some(problem) = missing(code) {
            mistakes.add(format!("entity {code}"), problem);
        }
    }
}
