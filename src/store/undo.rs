//! Undoes what a rejected entry has collected, and keeps what was collected before it.

use std::sync::Arc;

use super::fold::{Fold, Slot};
use super::fold_records::RecordSlot;
use crate::domain::catalog::Catalog;
use crate::domain::column::ObjectId;

/// The contents of the fold's overlays before an entry that may be rejected changed them. While it
/// exists, nothing is written to tables.
pub(super) struct Undo {
    catalog: Arc<Catalog>,
    arrived: usize,
    reprocess: usize,
    touched: Vec<(u64, Option<Slot>)>,
    written: Vec<((ObjectId, u128), Option<RecordSlot>)>,
    counts: Vec<(u64, Option<i64>)>,
}

impl Fold<'_, '_> {
    /// Records everything from here on, so that it can be undone.
    pub(super) fn undo_begin(&mut self) {
        self.undo = Some(Undo {
            catalog: Arc::clone(&self.catalog),
            arrived: self.arrived.len(),
            reprocess: self.out.reprocess.len(),
            touched: Vec::new(),
            written: Vec::new(),
            counts: Vec::new(),
        });
    }

    /// The entry passed every check and is kept.
    pub(super) fn undo_end(&mut self) {
        self.undo = None;
    }

    /// Undoes everything since [`Fold::undo_begin`].
    pub(super) fn undo(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        self.catalog = undo.catalog;
        self.kept.clear();
        self.arrived.truncate(undo.arrived);
        self.out.reprocess.truncate(undo.reprocess);
        for (key, before) in undo.touched.into_iter().rev() {
            match before {
                Some(slot) => drop(self.touched.insert(key, slot)),
                None => drop(self.touched.remove(&key)),
            }
        }
        for (key, before) in undo.written.into_iter().rev() {
            match before {
                Some(slot) => drop(self.written.insert(key, slot)),
                None => drop(self.written.remove(&key)),
            }
        }
        for (key, before) in undo.counts.into_iter().rev() {
            match before {
                Some(count) => drop(self.counts.insert(key, count)),
                None => drop(self.counts.remove(&key)),
            }
        }
    }

    /// Must be called before a webhook's slot changes.
    pub(super) fn undo_note_webhook(&mut self, seq: u64) {
        if let Some(undo) = &mut self.undo {
            undo.touched.push((seq, self.touched.get(&seq).cloned()));
        }
    }

    /// Must be called before a record's slot changes.
    pub(super) fn undo_note_record(&mut self, key: (ObjectId, u128)) {
        if let Some(undo) = &mut self.undo {
            undo.written.push((key, self.written.get(&key).cloned()));
        }
    }

    /// Must be called before a counter changes.
    pub(super) fn undo_note_count(&mut self, key: u64) {
        if let Some(undo) = &mut self.undo {
            undo.counts.push((key, self.counts.get(&key).copied()));
        }
    }
}
