//! Folding records: created, changed and deleted records of a transaction, and their indexes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use redb::{ReadableTable, Table};
use uuid::Uuid;

use super::codec::{decode, encode_into};
use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::record_index::{IndexedColumn, kept_columns, key_id, record_keys, value_put};
use super::schema::{counter, record_index, record_index_name, record_table, record_table_name};
use crate::domain::column::{ColumnId, ColumnType, ObjectId};
use crate::domain::record::Record;
use crate::domain::value::Value;

type Bytes = &'static [u8];

/// References are counted up to this number: one more than messages show.
const MAX_COUNTED: usize = 1001;

/// A record in memory, and the stored record with the same id.
#[derive(Debug, Clone)]
pub struct RecordSlot {
    /// The new state; none if it is deleted.
    pub now: Option<Record>,
    /// The state in the database; none if it is new.
    pub stored: Option<Record>,
}

impl<'t> Fold<'t, '_> {
    pub fn record_exists(&mut self, object: ObjectId, id: Uuid) -> Result<bool, StoreError> {
        let id = id.as_u128();
        if let Some(slot) = self.written.get(&(object, id)) {
            return Ok(slot.now.is_some());
        }
        let table = self.record_table(object)?;
        Ok(table.get(id).map_err(redb_error("reading a record"))?.is_some())
    }

    /// A record, including changes that are not written yet.
    pub fn record_get(&mut self, object: ObjectId, id: Uuid) -> Result<Option<Record>, StoreError> {
        if let Some(slot) = self.written.get(&(object, id.as_u128())) {
            return Ok(slot.now.clone());
        }
        self.record_stored(object, id)
    }

    fn record_stored(&mut self, object: ObjectId, id: Uuid) -> Result<Option<Record>, StoreError> {
        let table = self.record_table(object)?;
        let stored = table.get(id.as_u128()).map_err(redb_error("reading a record"))?;
        stored
            .map(|bytes| decode(bytes.value(), || format!("record {id}")))
            .transpose()
    }

    /// Adds a record under an id that is not in use.
    pub fn record_add(&mut self, object: ObjectId, id: Uuid, record: Record) {
        self.undo_note_record((object, id.as_u128()));
        let slot = self.written.entry((object, id.as_u128())).or_insert(RecordSlot {
            now: None,
            stored: None,
        });
        slot.now = Some(record);
        self.count(counter::records(object), 1);
    }

    /// Replaces a record, or removes it.
    pub fn record_replace(&mut self, object: ObjectId, id: Uuid, now: Option<Record>) -> Result<(), StoreError> {
        if now.is_none() {
            self.count(counter::records(object), -1);
        }
        self.undo_note_record((object, id.as_u128()));
        if let Some(slot) = self.written.get_mut(&(object, id.as_u128())) {
            slot.now = now;
            return Ok(());
        }
        let stored = self.record_stored(object, id)?;
        self.written.insert((object, id.as_u128()), RecordSlot { now, stored });
        Ok(())
    }

    /// The number of records that refer to this one by a lookup column, and the object and column
    /// of the first reference.
    pub fn record_references(
        &mut self,
        object: ObjectId,
        id: Uuid,
    ) -> Result<Option<(ObjectId, ColumnId, u64)>, StoreError> {
        let catalog = Arc::clone(&self.catalog);
        for other in catalog.objects.values() {
            for column in &other.columns {
                if column.kind != ColumnType::Lookup(object) {
                    continue;
                }
                let count = self.references_by(other.id, column.id, id, other.id == object)?;
                if count > 0 {
                    return Ok(Some((other.id, column.id, count)));
                }
            }
        }
        Ok(None)
    }

    fn references_by(
        &mut self,
        object: ObjectId,
        column: ColumnId,
        target: Uuid,
        own: bool,
    ) -> Result<u64, StoreError> {
        let refers = |record: &Option<Record>| {
            let value = record.as_ref().and_then(|record| record.value(column));
            value == Some(&Value::Guid(target))
        };
        let mut ids: BTreeSet<u128> = BTreeSet::new();
        let mut from = column.to_be_bytes().to_vec();
        value_put(&Value::Guid(target), &mut from);
        let mut to = from.clone();
        to.extend([0xFF; 17]);
        let index = self.index_table(object)?;
        for row in index
            .range(from.as_slice()..to.as_slice())
            .map_err(redb_error("reading an index"))?
            .take(MAX_COUNTED)
        {
            let (key, ()) = row.map(|(key, _)| (key, ())).map_err(redb_error("reading an index"))?;
            ids.extend(key_id(key.value()).map(|id| id.as_u128()));
        }
        for ((_, id), slot) in self.written.range((object, 0)..=(object, u128::MAX)) {
            if refers(&slot.now) {
                ids.insert(*id);
            } else {
                ids.remove(id);
            }
        }
        // A record that refers only to itself may be deleted.
        if own {
            ids.remove(&target.as_u128());
        }
        Ok(ids.len() as u64)
    }

    /// Writes the collected records and their indexes.
    pub fn records_flush(&mut self, buffer: &mut Vec<u8>) -> Result<(), StoreError> {
        let mut keys = Keys::default();
        let mut key = Vec::with_capacity(64);
        for ((object, id), slot) in std::mem::take(&mut self.written) {
            let columns = self.kept_columns(object);
            let public = Uuid::from_u128(id);
            if let Some(stored) = &slot.stored {
                record_keys(&columns, public, stored, &mut key, |key| keys.push(object, key, false));
            }
            if let Some(record) = &slot.now {
                record_keys(&columns, public, record, &mut key, |key| keys.push(object, key, true));
                encode_into(record, buffer);
                let table = self.record_table(object)?;
                table
                    .insert(id, buffer.as_slice())
                    .map_err(redb_error("writing a record"))?;
            } else if slot.stored.is_some() {
                let table = self.record_table(object)?;
                table.remove(id).map_err(redb_error("deleting a record"))?;
            }
        }
        for (object, key, there) in keys.sorted() {
            let table = self.index_table(object)?;
            let failed = redb_error("writing an index");
            if there {
                table.insert(key, ()).map_err(failed)?;
            } else {
                table.remove(key).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// The number of records of an object.
    pub fn record_count(&self, object: ObjectId) -> Result<u64, StoreError> {
        let key = counter::records(object);
        let stored = self.counters.get(key).map_err(redb_error("reading a counter"))?;
        let pending = self.counts.get(&key).copied().unwrap_or_default();
        Ok(stored.map_or(0, |count| count.value()).saturating_add_signed(pending))
    }

    /// Adds up to `limit` records after `after` to the index of a column. Returns how many there
    /// were, and the last of them.
    pub fn index_build(
        &mut self,
        object: ObjectId,
        column: ColumnId,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<(usize, Option<Uuid>), StoreError> {
        use std::ops::Bound::{Excluded, Unbounded};
        let doing = "building an index";
        let name = record_table_name(object);
        let from = after.map_or(Unbounded, |after| Excluded(after.as_u128()));
        let definition = self.catalog.objects.get(&object);
        let indexed = definition
            .and_then(|object| object.column_by_id(column))
            .map(IndexedColumn::of);
        let mut keys = Keys::default();
        let (mut count, mut last) = (0, after);
        let table = self.record_table(object)?;
        let rows = table.range::<u128>((from, Unbounded)).map_err(redb_error(doing))?;
        for row in rows.take(limit) {
            let (id, bytes) = row.map_err(redb_error(doing))?;
            let id = Uuid::from_u128(id.value());
            let record: Record = decode(bytes.value(), || format!("{name} {id}"))?;
            if let Some(value) = indexed.as_ref().and_then(|column| column.value(&record)) {
                let mut key = column.to_be_bytes().to_vec();
                value_put(value, &mut key);
                key.extend_from_slice(id.as_bytes());
                keys.push(object, &key, true);
            }
            (count, last) = (count + 1, Some(id));
        }
        let index = self.index_table(object)?;
        for (_, key, _) in keys.sorted() {
            index.insert(key, ()).map_err(redb_error(doing))?;
        }
        Ok((count, last))
    }

    /// Removes up to `limit` rows of the index of a column. Returns how many there were.
    pub fn index_drop(&mut self, object: ObjectId, column: ColumnId, limit: usize) -> Result<usize, StoreError> {
        let doing = "dropping an index";
        let (from, to) = (column.to_be_bytes(), (column + 1).to_be_bytes());
        let index = self.index_table(object)?;
        let mut keys: Vec<Vec<u8>> = Vec::new();
        let rows = index.range(from.as_slice()..to.as_slice()).map_err(redb_error(doing))?;
        for row in rows.take(limit) {
            keys.push(row.map_err(redb_error(doing))?.0.value().to_vec());
        }
        for key in &keys {
            index.remove(key.as_slice()).map_err(redb_error(doing))?;
        }
        Ok(keys.len())
    }

    fn kept_columns(&mut self, object: ObjectId) -> Arc<[IndexedColumn]> {
        let catalog = &self.catalog;
        let columns = self
            .kept
            .entry(object)
            .or_insert_with(|| kept_columns(catalog, object).into());
        Arc::clone(columns)
    }

    fn record_table(&mut self, object: ObjectId) -> Result<&mut Table<'t, u128, Bytes>, StoreError> {
        opened(&mut self.records, object, || {
            self.transaction.open_table(record_table(&record_table_name(object)))
        })
    }

    fn index_table(&mut self, object: ObjectId) -> Result<&mut Table<'t, Bytes, ()>, StoreError> {
        opened(&mut self.indexes, object, || {
            self.transaction.open_table(record_index(&record_index_name(object)))
        })
    }
}

fn opened<T>(
    tables: &mut HashMap<ObjectId, T>,
    object: ObjectId,
    open: impl FnOnce() -> Result<T, redb::TableError>,
) -> Result<&mut T, StoreError> {
    use std::collections::hash_map::Entry;
    match tables.entry(object) {
        Entry::Occupied(table) => Ok(table.into_mut()),
        Entry::Vacant(place) => Ok(place.insert(open().map_err(redb_error("opening an object's tables"))?)),
    }
}

/// Keys to write, in one piece of memory. They are sorted before they are written, so that B-trees
/// are filled from left to right.
#[derive(Default)]
struct Keys {
    bytes: Vec<u8>,
    /// Object, start and end of the key, and whether to insert or remove it.
    rows: Vec<(ObjectId, usize, usize, bool)>,
}

impl Keys {
    fn push(&mut self, object: ObjectId, key: &[u8], there: bool) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.rows.push((object, start, self.bytes.len(), there));
    }

    /// Sorted by object and key. If a key is removed and inserted, the insertion comes last.
    fn sorted(&mut self) -> impl Iterator<Item = (ObjectId, &[u8], bool)> {
        let bytes = &self.bytes;
        let key = |start: usize, end: usize| bytes.get(start..end).unwrap_or_default();
        self.rows
            .sort_by(|a, b| (a.0, key(a.1, a.2), a.3).cmp(&(b.0, key(b.1, b.2), b.3)));
        self.rows
            .iter()
            .map(move |(object, start, end, there)| (*object, key(*start, *end), *there))
    }
}
