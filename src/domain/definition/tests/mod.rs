mod applying;
mod properties;
mod reading;

use super::*;
use crate::domain::actor::Actor;
use crate::domain::catalog::Catalog;
use crate::domain::change::ConfigChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;

/// All mistakes of a definition, one per line.
fn mistakes(json: &str) -> String {
    parse(json.as_bytes()).unwrap_err().to_string()
}

fn column(json: &str) -> Result<NewColumn, String> {
    let definition = format!(r#"{{"objects": [{{"code": "UsrX", "columns": [{json}]}}]}}"#);
    let definition = parse(definition.as_bytes()).map_err(|mistakes| mistakes.to_string())?;
    Ok(definition.objects[0].columns[0].clone())
}

fn default(kind: &str, default: &str) -> Result<ColumnDefault, String> {
    column(&format!(r#"{{"code": "C", "type": "{kind}", "default": {default}}}"#)).map(|column| column.default)
}

fn apply(catalog: &mut Catalog, definition: &Definition) {
    let definition = definition.clone();
    catalog
        .apply(&Entry::one(
            Timestamp(0),
            Actor::CommandLine,
            ConfigChange::DefinitionApplied {
                definition,
                indexes: Vec::new(),
            },
        ))
        .unwrap();
}

const TICKETS: &str = r#"{
  "objects": [
    {"code": "UsrTicket", "caption": "Ticket", "columns": [
      {"code": "Name", "caption": "Title", "type": "text(250)", "required": true, "default": null},
      {"code": "PriorityId", "type": "lookup(UsrPriority)"}]},
    {"code": "UsrPriority", "lookup": true}],
  "values": [
    {"object": "UsrPriority", "name": "High"},
    {"object": "UsrPriority", "id": "f8af0e88-f36b-1410-fa98-00155d043204", "name": "Low", "description": "later"}],
  "entities": ["UsrTicket"]
}"#;
