//! Automatic numbers of records.
//!
//! An object has one counter for all its numbered columns: the last number used, whether Hookgate
//! assigned it or a written record contained it.

use redb::ReadableTable;

use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::schema::counter;
use crate::domain::column::{ColumnDefault, ColumnId, ObjectId};
use crate::domain::object::Object;
use crate::domain::value::Value;

impl Fold<'_, '_> {
    /// Fills the automatically numbered columns for which a new record has no value, with numbers
    /// above all those in the record.
    pub fn numbers_given(&mut self, object: &Object, values: &mut Vec<(ColumnId, Value)>) -> Result<(), StoreError> {
        self.numbers_followed(object, values.iter().map(|(id, value)| (*id, value)))?;
        for column in &object.columns {
            let ColumnDefault::Number(prefix) = &column.default else {
                continue;
            };
            if let Err(place) = values.binary_search_by_key(&column.id, |(id, _)| *id) {
                self.count(counter::number(object.id), 1);
                let number = self.number_last(object.id)?;
                values.insert(place, (column.id, Value::Text(format!("{prefix}{number}"))));
            }
        }
        Ok(())
    }

    /// Moves the counter past numbers in these values that look like automatic ones, so that none
    /// of them is assigned again.
    pub fn numbers_followed<'v>(
        &mut self,
        object: &Object,
        values: impl Iterator<Item = (ColumnId, &'v Value)>,
    ) -> Result<(), StoreError> {
        for (id, value) in values {
            let Some(number) = object.column_by_id(id).and_then(|column| column.number_in(value)) else {
                continue;
            };
            let behind = number.saturating_sub(self.number_last(object.id)?);
            if behind > 0 {
                self.count(counter::number(object.id), i64::try_from(behind).unwrap_or_default());
            }
        }
        Ok(())
    }

    /// The last number used in an object.
    fn number_last(&self, object: ObjectId) -> Result<u64, StoreError> {
        let key = counter::number(object);
        let stored = self.counters.get(key).map_err(redb_error("reading a counter"))?;
        let pending = self.counts.get(&key).copied().unwrap_or_default();
        Ok(stored.map_or(0, |value| value.value()).saturating_add_signed(pending))
    }
}
