//! Applies a definition to the catalog.

use std::sync::Arc;

use super::{ApplyError, Catalog};
use crate::domain::column::{Column, ColumnType, IndexState};
use crate::domain::definition::{Definition, MAX_COLUMNS, NewColumn, NewColumnType, NewObject};
use crate::domain::object::{Object, SYSTEM_COLUMNS};

impl Catalog {
    /// All objects get their numbers before any of them gets columns, so that lookups may refer to
    /// each other in any order.
    pub(super) fn apply_definition(&mut self, definition: &Definition) -> Result<(), ApplyError> {
        for new in &definition.objects {
            self.object_numbered(new)?;
        }
        for new in &definition.objects {
            self.object_filled(new)?;
        }
        for value in &definition.values {
            let object = self
                .object(&value.object)
                .ok_or_else(|| ApplyError::ObjectUnknown(value.object.clone()))?;
            if !object.lookup {
                return Err(ApplyError::Definition {
                    place: format!("value '{}'", value.name),
                    problem: format!("{} is not a lookup", object.code),
                });
            }
        }
        for code in &definition.entities {
            let id = self.object_id(code)?;
            Arc::make_mut(&mut self.entities).insert(id);
        }
        Ok(())
    }

    fn object_numbered(&mut self, new: &NewObject) -> Result<(), ApplyError> {
        if let Some(old) = self.object(&new.code) {
            if old.lookup != new.lookup {
                return Err(ApplyError::LookupFixed(old.code.clone()));
            }
            return Ok(());
        }
        let id = self.objects.keys().next_back().map_or(1, |last| last + 1);
        let object = Object {
            id,
            code: new.code.clone(),
            caption: String::new(),
            lookup: new.lookup,
            display: String::new(),
            strict: false,
            columns: Vec::new(),
            next_column: 1,
        };
        Arc::make_mut(&mut self.objects).insert(id, Arc::new(object));
        Ok(())
    }

    fn object_filled(&mut self, new: &NewObject) -> Result<(), ApplyError> {
        let id = self.object_id(&new.code)?;
        let Some(mut object) = self.objects.get(&id).map(|object| Object::clone(object)) else {
            return Err(ApplyError::ObjectUnknown(new.code.clone()));
        };
        object.caption.clone_from(&new.caption);
        object.display.clone_from(&new.display);
        object.strict = new.strict;
        for column in &new.columns {
            self.column_put(&mut object, column)?;
        }
        if object.display_column().is_none() {
            return Err(ApplyError::Definition {
                place: format!("object {}", object.code),
                problem: format!("the display column '{}' does not exist", object.display),
            });
        }
        Arc::make_mut(&mut self.objects).insert(id, Arc::new(object));
        Ok(())
    }

    fn column_put(&self, object: &mut Object, new: &NewColumn) -> Result<(), ApplyError> {
        let kind = self.column_type(&new.kind)?;
        let old = object
            .columns
            .iter_mut()
            .find(|column| column.code.eq_ignore_ascii_case(&new.code));
        let Some(old) = old else {
            return column_add(object, new, kind);
        };
        if !keeps_values(old.kind, kind) {
            return Err(ApplyError::ColumnTypeFixed {
                object: object.code.clone(),
                column: old.code.clone(),
                from: self.column_type_name(old.kind),
                to: self.column_type_name(kind),
            });
        }
        old.caption.clone_from(&new.caption);
        old.kind = kind;
        old.required = new.required;
        old.default = new.default.clone();
        Ok(())
    }

    fn column_type(&self, kind: &NewColumnType) -> Result<ColumnType, ApplyError> {
        Ok(match kind {
            NewColumnType::Plain(ColumnType::Lookup(id)) if !self.objects.contains_key(id) => {
                return Err(ApplyError::ObjectUnknown(id.to_string()));
            }
            NewColumnType::Plain(kind) => *kind,
            NewColumnType::Lookup(code) => ColumnType::Lookup(self.object_id(code)?),
        })
    }

    /// A column type in the form of a definition: a lookup names the code of its object.
    #[must_use]
    pub fn new_column_type(&self, kind: ColumnType) -> NewColumnType {
        let ColumnType::Lookup(id) = kind else {
            return NewColumnType::Plain(kind);
        };
        // Every lookup refers to an object of the same catalog.
        let object = self.objects.get(&id);
        NewColumnType::Lookup(object.map_or_else(String::new, |object| object.code.clone()))
    }

    /// A column type as definitions write it, such as `text(250)` or `lookup(Country)`.
    #[must_use]
    pub fn column_type_name(&self, kind: ColumnType) -> String {
        self.new_column_type(kind).to_string()
    }
}

fn column_add(object: &mut Object, new: &NewColumn, kind: ColumnType) -> Result<(), ApplyError> {
    if object.columns.len() >= MAX_COLUMNS {
        return Err(ApplyError::ColumnsTooMany(object.code.clone()));
    }
    let column = Column {
        id: object.next_column,
        code: new.code.clone(),
        caption: new.caption.clone(),
        kind,
        required: new.required,
        default: new.default.clone(),
        index: IndexState::None,
    };
    // Senders and programs name a column by its key; programs also follow a lookup by its code.
    // Neither name may refer to two columns.
    let key = column.key();
    let means = |other: &str| other.eq_ignore_ascii_case(&key) || other.eq_ignore_ascii_case(&column.code);
    if let Some(system) = SYSTEM_COLUMNS.iter().find(|system| means(system)) {
        return Err(ApplyError::Definition {
            place: format!("column {}.{}", object.code, column.code),
            problem: format!("every object already has the column {system}"),
        });
    }
    if let Some(other) = object
        .columns
        .iter()
        .find(|other| means(&other.code) || means(&other.key()))
    {
        return Err(ApplyError::ColumnKeyTaken {
            object: object.code.clone(),
            column: column.code,
            other: other.code.clone(),
        });
    }
    object.next_column += 1;
    object.columns.push(column);
    Ok(())
}

/// Whether a column may change its type. All existing values must fit, so text can only grow.
fn keeps_values(from: ColumnType, to: ColumnType) -> bool {
    match (from, to) {
        (ColumnType::Text(from), ColumnType::Text(to)) => from <= to,
        (ColumnType::Text(_), ColumnType::UnlimitedText) => true,
        _ => from == to,
    }
}
