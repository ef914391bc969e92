mod definitions;
mod people;
mod settings;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::change::ConfigChange;
use crate::domain::definition::{Definition, parse};
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;

const AT: Timestamp = Timestamp(1_000_000);
const BY: Actor = Actor::CommandLine;

fn definition(json: &str) -> Definition {
    parse(json.as_bytes()).unwrap()
}

fn define(json: &str) -> Entry {
    let definition = definition(json);
    Entry::one(
        AT,
        BY,
        ConfigChange::DefinitionApplied {
            definition,
            indexes: Vec::new(),
        },
    )
}

fn catalog(json: &str) -> Catalog {
    let mut catalog = Catalog::default();
    catalog.apply(&define(json)).unwrap();
    catalog
}

/// A definition of an object whose columns are the given JSON list.
fn ticket(columns: &str) -> String {
    format!(r#"{{"objects": [{{"code": "UsrTicket", "columns": [{columns}]}}]}}"#)
}

const NAME: &str = r#"{"code": "Name", "type": "text(50)"}"#;

/// Applies a change that must be rejected, and asserts that nothing changed.
#[track_caller]
fn refused(catalog: &mut Catalog, change: &Entry) -> ApplyError {
    let before = catalog.clone();
    let refusal = catalog.apply(change).unwrap_err();
    assert_eq!(*catalog, before, "a refused change left a trace");
    refusal
}
