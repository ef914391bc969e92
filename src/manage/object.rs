//! Objects that webhooks can become, their columns and the values of lookups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, ManageError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::ConfigChange;
use crate::domain::column::{Column, ColumnDefault};
use crate::domain::definition::{self, Definition, LookupValue};
use crate::domain::entry::Entry;
use crate::domain::object::Object;
use crate::domain::task::TaskKind;
use crate::domain::value::Value;
use crate::store::Reader;

/// The maximum number of lookup values that are exported or compared at once.
const MAX_VALUES: usize = 100_000;

/// The number of lookup values that are read at once.
const VALUES_STEP: usize = 1000;

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectSummary {
    pub code: String,
    pub caption: String,
    /// The object is a lookup: its records are the values of a list.
    pub lookup: bool,
    /// The object is in the Webhook entities lookup.
    pub entity: bool,
    /// The number of columns without system columns.
    pub columns: u64,
    pub records: u64,
}

/// An object with its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectView {
    pub code: String,
    pub caption: String,
    /// The object is a lookup: its records are the values of a list.
    pub lookup: bool,
    /// The object is in the Webhook entities lookup.
    pub entity: bool,
    /// A value that does not fit its column fails the webhook.
    pub strict: bool,
    /// The code of the display column, which identifies a record to people.
    pub display: String,
    pub records: u64,
    pub columns: Vec<ColumnView>,
}

/// A column of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnView {
    /// The key that senders use: the code, or `<Code>Id` for lookups.
    pub key: String,
    pub caption: String,
    /// The type, as definitions write it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether every record must have a value in this column.
    pub required: bool,
    /// Whether programs can filter by it, regardless of the number of records.
    pub indexed: bool,
    /// The progress of building its index, while that is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indexing: Option<Indexing>,
    /// The default value; empty if there is none.
    pub default: String,
}

/// The progress of building an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Indexing {
    /// The number of records that the index contains.
    pub done: u64,
    /// The number of records when building started.
    pub total: u64,
}

/// What applying a definition changed, or would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectsApplied {
    /// Whether it was applied; not for a dry run, and not if there are no differences.
    pub applied: bool,
    /// The differences, one per line: `+` is new, `~` is changed.
    pub differences: Vec<String>,
}

/// All objects, sorted by code.
///
/// # Errors
/// If the store fails.
pub fn object_list(context: &Context) -> Result<Vec<ObjectSummary>, ManageError> {
    let catalog = context.ledger.catalog();
    let reader = context.ledger.read()?;
    let mut objects = Vec::new();
    for object in catalog.objects.values() {
        objects.push(ObjectSummary {
            code: object.code.clone(),
            caption: object.caption.clone(),
            lookup: object.lookup,
            entity: catalog.entities.contains(&object.id),
            columns: object.columns.len() as u64,
            records: reader.record_count(object.id)?,
        });
    }
    objects.sort_by(|a, b| (a.lookup, &a.code).cmp(&(b.lookup, &b.code)));
    Ok(objects)
}

/// One object with its columns.
///
/// # Errors
/// If there is none with this code.
pub fn object_show(context: &Context, code: &str) -> Result<ObjectView, ManageError> {
    let catalog = context.ledger.catalog();
    let object = object_named(&catalog, code)?;
    let reader = context.ledger.read()?;
    let tasks = reader.task_list()?;
    let indexing = |column: &Column| {
        let builds = TaskKind::IndexBuild {
            object: object.id,
            column: column.id,
        };
        let (_, task) = tasks.iter().find(|(_, task)| task.is_open() && task.kind == builds)?;
        Some(Indexing {
            done: task.done,
            total: task.total.unwrap_or(task.done),
        })
    };
    Ok(ObjectView {
        code: object.code.clone(),
        caption: object.caption.clone(),
        lookup: object.lookup,
        entity: catalog.entities.contains(&object.id),
        strict: object.strict,
        display: object.display.clone(),
        records: reader.record_count(object.id)?,
        columns: object
            .columns
            .iter()
            .map(|column| ColumnView {
                indexing: indexing(column),
                ..column_view(&catalog, column)
            })
            .collect(),
    })
}

/// Applies a definition in JSON, or only returns what that would change.
///
/// # Errors
/// If it has mistakes or does not fit the current state. Then nothing is applied.
pub fn object_apply(context: &Context, by: Actor, json: &[u8], dry_run: bool) -> Result<ObjectsApplied, ManageError> {
    let _editing = context.edit();
    let catalog = context.ledger.catalog();
    let (mut wanted, indexes) =
        definition::parse_for(json, &catalog).map_err(|mistakes| ManageError::Definition(mistakes.to_string()))?;
    let current = current(context, &catalog, &wanted)?;
    definition::adopt_ids(&mut wanted, &current);
    let mut differences = definition::difference(&current, &wanted);
    differences.extend(definition::index_difference(&catalog, &indexes));
    let at = clock::now();
    let change = ConfigChange::DefinitionApplied {
        definition: wanted,
        indexes,
    };
    let applied = !dry_run && !differences.is_empty();
    if applied {
        context.ledger.commit(Entry::one(at, by, change))?;
    } else {
        // A dry run rejects what applying would reject.
        Catalog::clone(&catalog)
            .config_apply(at, &change)
            .map_err(ManageError::Refused)?;
    }
    Ok(ObjectsApplied {
        applied,
        differences: differences.iter().map(ToString::to_string).collect(),
    })
}

/// The definition of all objects, or of those with the given codes, with the values of lookups.
///
/// # Errors
/// If there is no object with a given code, or there are too many values.
pub fn object_export(context: &Context, codes: Option<&[String]>) -> Result<serde_json::Value, ManageError> {
    let catalog = context.ledger.catalog();
    let definition = definition::of_catalog(&catalog, codes).map_err(ManageError::Refused)?;
    let lookups: Vec<&str> = definition
        .objects
        .iter()
        .filter(|object| object.lookup)
        .map(|object| object.code.as_str())
        .collect();
    let values = values(context, &catalog, &lookups)?;
    let indexes = definition::indexes_of_catalog(&catalog, &definition);
    Ok(definition::to_json(&definition.with_values(values), &indexes))
}

pub(super) fn object_named<'a>(catalog: &'a Catalog, code: &str) -> Result<&'a Object, ManageError> {
    let object = catalog.object(code).map(AsRef::as_ref);
    object.ok_or_else(|| ManageError::Refused(ApplyError::ObjectUnknown(code.to_owned())))
}

fn column_view(catalog: &Catalog, column: &Column) -> ColumnView {
    ColumnView {
        key: column.key(),
        caption: column.caption.clone(),
        kind: catalog.column_type_name(column.kind),
        required: column.required,
        indexed: column.is_indexed(),
        indexing: None,
        default: match &column.default {
            ColumnDefault::Empty => String::new(),
            ColumnDefault::Value(value) => value.to_string(),
            ColumnDefault::Now => "now".to_owned(),
            ColumnDefault::Number(prefix) => format!("{prefix}1…"),
        },
    }
}

/// The current state of everything that a definition may change.
fn current(context: &Context, catalog: &Catalog, wanted: &Definition) -> Result<Definition, ManageError> {
    let mut lookups: Vec<&str> = wanted.values.iter().map(|value| value.object.as_str()).collect();
    lookups.sort_unstable();
    lookups.dedup();
    let values = values(context, catalog, &lookups)?;
    let all = definition::of_catalog(catalog, None).map_err(ManageError::Refused)?;
    Ok(all.with_values(values))
}

/// The values of those lookups that exist.
fn values(context: &Context, catalog: &Catalog, lookups: &[&str]) -> Result<Vec<LookupValue>, ManageError> {
    let reader = context.ledger.read()?;
    let mut values = Vec::new();
    for code in lookups {
        if let Some(object) = catalog.object(code).filter(|object| object.lookup) {
            values_of(&reader, object, &mut values)?;
        }
    }
    Ok(values)
}

fn values_of(reader: &Reader, object: &Object, values: &mut Vec<LookupValue>) -> Result<(), ManageError> {
    let mut before = None;
    loop {
        let records = reader.record_list(object.id, before, VALUES_STEP)?;
        let Some((last, _)) = records.last() else { return Ok(()) };
        before = Some(*last);
        if values.len() + records.len() > MAX_VALUES {
            let problem = format!("it would have more than {MAX_VALUES} lookup values; export fewer objects at once");
            return Err(ManageError::Invalid {
                what: "definition",
                problem,
            });
        }
        for (id, record) in records {
            let text = |code: &str| {
                let value = object.column(code).and_then(|column| record.value(column.id));
                value.map(Value::to_string).unwrap_or_default()
            };
            values.push(LookupValue {
                object: object.code.clone(),
                id,
                name: text("Name"),
                description: text("Description"),
            });
        }
    }
}
