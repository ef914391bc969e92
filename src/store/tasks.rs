//! Tasks: work that a decision leaves behind, done in bounded steps (see [`crate::domain::task`]).
//!
//! They are done one after the other in the order of their decisions, so that an index which is
//! dropped and wanted again is first removed, then built from all records.

use redb::{ReadableTable, WriteTransaction};

use super::codec::{json_decode, json_encode};
use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::reader::Reader;
use super::schema::TASK;
use crate::domain::column::{ColumnId, IndexState, ObjectId};
use crate::domain::definition::ColumnIndex;
use crate::domain::task::{Task, TaskId, TaskKind};

/// An effect on at most this many records is done at once, without a task.
pub const MAX_AT_ONCE: u64 = 1000;

const DOING: &str = "working on a task";

/// Begins what follows from the indexes that a definition names, where they differ from what
/// was before.
pub(super) fn indexes_begin(
    fold: &mut Fold<'_, '_>,
    seq: u64,
    indexes: &[ColumnIndex],
    before: &crate::domain::catalog::Catalog,
) -> Result<(), StoreError> {
    for (place, index) in (0..).zip(indexes) {
        let Some(object) = fold.catalog.object(&index.object) else {
            continue;
        };
        let Some(column) = object.column(&index.column) else {
            continue;
        };
        let (object, column, now) = (object.id, column.id, column.index);
        let was = before
            .objects
            .get(&object)
            .and_then(|object| object.column_by_id(column));
        match (was.map_or(IndexState::None, |column| column.index), now) {
            (IndexState::None, IndexState::Building) => {
                begin(fold, task_id(seq, place), TaskKind::IndexBuild { object, column })?;
            }
            (IndexState::Building | IndexState::Ready, IndexState::None) => {
                begin(fold, task_id(seq, place), TaskKind::IndexDrop { object, column })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Tasks of one entry follow each other.
const fn task_id(seq: u64, place: u64) -> TaskId {
    (seq << 20) | place
}

/// Does a task at once if it is small, and nothing else has to be done for the same index first.
fn begin(fold: &mut Fold<'_, '_>, id: TaskId, kind: TaskKind) -> Result<(), StoreError> {
    let total = fold.record_count(kind.index().0)?;
    let mut task = Task {
        kind,
        after: None,
        done: 0,
        total,
    };
    fold.flush()?;
    if total <= MAX_AT_ONCE && !index_waits(fold.transaction, kind.index())? {
        let limit = usize::try_from(total).unwrap_or_default() + 1;
        step(fold, &mut task, limit)?;
        return Ok(());
    }
    fold.out.task_waits = Some(true);
    put(fold.transaction, id, Some(&task))
}

fn index_waits(transaction: &WriteTransaction, index: (ObjectId, ColumnId)) -> Result<bool, StoreError> {
    let table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
    for row in table.iter().map_err(redb_error(DOING))? {
        let (id, bytes) = row.map_err(redb_error(DOING))?;
        if read(id.value(), bytes.value())?.kind.index() == index {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One step of the oldest task. Gives how many records it dealt with, and whether there is more
/// to do, for this task or another.
pub(super) fn task_step(fold: &mut Fold<'_, '_>, limit: u32) -> Result<(u64, Option<TaskId>), StoreError> {
    fold.flush()?;
    let Some((id, mut task)) = task_first(fold.transaction)? else {
        fold.out.task_waits = Some(false);
        return Ok((0, None));
    };
    let before = task.done;
    let finished = step(fold, &mut task, limit as usize)?;
    put(fold.transaction, id, (!finished).then_some(&task))?;
    let next = task_first(fold.transaction)?.map(|(id, _)| id);
    fold.out.task_waits = Some(next.is_some());
    Ok((task.done - before, next))
}

/// Goes on with a task by up to `limit` records; gives whether it is finished.
fn step(fold: &mut Fold<'_, '_>, task: &mut Task, limit: usize) -> Result<bool, StoreError> {
    let (object, column) = task.kind.index();
    let count = match task.kind {
        TaskKind::IndexBuild { .. } => {
            let (count, last) = fold.index_build(object, column, task.after, limit)?;
            task.after = last;
            count
        }
        TaskKind::IndexDrop { .. } => fold.index_drop(object, column, limit)?,
    };
    task.done += count as u64;
    let finished = count < limit;
    if finished && matches!(task.kind, TaskKind::IndexBuild { .. }) {
        // It may have been dropped while it was built.
        let known = fold
            .catalog
            .objects
            .get(&object)
            .and_then(|object| object.column_by_id(column));
        if known.is_some_and(|column| column.index == IndexState::Building) {
            fold.catalog_mut().index_set(object, column, IndexState::Ready);
        }
    }
    Ok(finished)
}

/// The task whose turn it is.
pub(super) fn task_first(transaction: &WriteTransaction) -> Result<Option<(TaskId, Task)>, StoreError> {
    let table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
    let first = table.first().map_err(redb_error(DOING))?;
    first
        .map(|(id, bytes)| Ok((id.value(), read(id.value(), bytes.value())?)))
        .transpose()
}

fn put(transaction: &WriteTransaction, id: TaskId, task: Option<&Task>) -> Result<(), StoreError> {
    let mut table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
    match task {
        Some(task) => drop(
            table
                .insert(id, json_encode(task).as_slice())
                .map_err(redb_error(DOING))?,
        ),
        None => drop(table.remove(id).map_err(redb_error(DOING))?),
    }
    Ok(())
}

fn read(id: TaskId, bytes: &[u8]) -> Result<Task, StoreError> {
    json_decode(bytes, || format!("task {id}"))
}

impl Reader {
    /// The tasks that are not finished, in the order in which they are done.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn task_list(&self) -> Result<Vec<(TaskId, Task)>, StoreError> {
        let doing = "reading tasks";
        let table = self.transaction().open_table(TASK).map_err(redb_error(doing))?;
        let mut tasks = Vec::new();
        for row in table.iter().map_err(redb_error(doing))? {
            let (id, bytes) = row.map_err(redb_error(doing))?;
            tasks.push((id.value(), read(id.value(), bytes.value())?));
        }
        Ok(tasks)
    }
}
