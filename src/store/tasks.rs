//! Tasks: work that a decision leaves behind, done in bounded steps (see [`crate::domain::task`]).
//!
//! Those of indexes are done one after the other in the order of their decisions, so that an index
//! which is dropped and wanted again is first removed, then built from all records. A step of a
//! bulk task names the webhooks that it deals with, since choosing them needs a search.

use redb::{ReadableTable, WriteTransaction};

use super::codec::{json_decode, json_encode};
use super::error::{FoldError, StoreError, redb_error};
use super::fold::{Applied, Fold};
use super::reader::Reader;
use super::schema::TASK;
use crate::domain::catalog::{ApplyError, Catalog};
use crate::domain::change::TaskChange;
use crate::domain::column::{ColumnId, IndexState, ObjectId};
use crate::domain::definition::ColumnIndex;
use crate::domain::entry::Entry;
use crate::domain::task::{Task, TaskId, TaskKind};
use crate::domain::time::Timestamp;

/// An effect on at most this many records is done at once, without a task.
pub const MAX_AT_ONCE: u64 = 1000;

/// So many tasks that have ended are kept to be looked up.
const ENDED_KEPT: usize = 100;

const DOING: &str = "working on a task";

/// That a change of a task can be made. Gives how many things it touches.
pub(super) fn check(fold: &Fold<'_, '_>, change: &TaskChange) -> Result<u64, FoldError> {
    let (id, task) = match change {
        TaskChange::IndexStepped { .. } => return Ok(0),
        TaskChange::BulkBegun { .. } => return Ok(1),
        TaskChange::BulkStepped { task, .. } | TaskChange::BulkEnded { task, .. } | TaskChange::Cancelled { task } => {
            (*task, task_get(fold.transaction, *task)?)
        }
    };
    let open = task.filter(Task::is_open).ok_or(ApplyError::TaskUnknown(id))?;
    match change {
        TaskChange::BulkStepped { .. } if open.cancelled => Err(ApplyError::TaskUnknown(id).into()),
        TaskChange::Cancelled { .. } if open.kind.index().is_some() => Err(ApplyError::TaskOfIndex(id).into()),
        TaskChange::BulkStepped { .. } => Ok(0),
        _ => Ok(1),
    }
}

/// Writes what a change of a task does. The changes in front of it in the entry are written.
pub(super) fn write(
    fold: &mut Fold<'_, '_>,
    seq: u64,
    entry: &Entry,
    change: &TaskChange,
    applied: &mut Applied,
) -> Result<(), StoreError> {
    match change {
        TaskChange::IndexStepped { limit } => {
            let (count, next) = index_step(fold, entry.at, *limit)?;
            applied.count += count;
            applied.resume = next;
            return Ok(());
        }
        TaskChange::BulkBegun { action, filter, total } => {
            let kind = TaskKind::Webhooks {
                action: *action,
                filter: filter.clone(),
            };
            let task = Task {
                total: *total,
                below: seq,
                ..Task::new(kind, entry.at, entry.by)
            };
            applied.resume = Some(add(fold.transaction, &task)?);
        }
        TaskChange::BulkStepped {
            task: id,
            below,
            left_out,
        } => changed(fold, *id, |task| {
            task.done += applied.count;
            task.left_out += left_out;
            task.below = *below;
        })?,
        TaskChange::Cancelled { task: id } => changed(fold, *id, |task| task.cancelled = true)?,
        TaskChange::BulkEnded { task: id, .. } => {
            changed(fold, *id, |task| task.ended_on = Some(entry.at))?;
            forget(fold.transaction)?;
        }
    }
    fold.out.task_waits = Some(tasks(fold.transaction)?.iter().any(|(_, task)| task.is_open()));
    Ok(())
}

fn changed(fold: &Fold<'_, '_>, id: TaskId, change: impl FnOnce(&mut Task)) -> Result<(), StoreError> {
    let Some(mut task) = task_get(fold.transaction, id)? else {
        return Ok(());
    };
    change(&mut task);
    put(fold.transaction, id, &task)
}

/// Begins what follows from the indexes that a definition names, where they differ from what
/// was before.
pub(super) fn indexes_begin(
    fold: &mut Fold<'_, '_>,
    entry: &Entry,
    indexes: &[ColumnIndex],
    before: &Catalog,
) -> Result<(), StoreError> {
    for index in indexes {
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
                index_begin(fold, entry, TaskKind::IndexBuild { object, column })?;
            }
            (IndexState::Building | IndexState::Ready, IndexState::None) => {
                index_begin(fold, entry, TaskKind::IndexDrop { object, column })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Does a task at once if it is small, and nothing else has to be done for the same index first.
fn index_begin(fold: &mut Fold<'_, '_>, entry: &Entry, kind: TaskKind) -> Result<(), StoreError> {
    let Some(index) = kind.index() else { return Ok(()) };
    let total = fold.record_count(index.0)?;
    let mut task = Task {
        total: Some(total),
        ..Task::new(kind, entry.at, entry.by)
    };
    fold.flush()?;
    let waits = |(_, task): &(TaskId, Task)| task.is_open() && task.kind.index() == Some(index);
    if total <= MAX_AT_ONCE && !tasks(fold.transaction)?.iter().any(waits) {
        let limit = usize::try_from(total).unwrap_or_default() + 1;
        step(fold, &mut task, index, limit)?;
        return Ok(());
    }
    fold.out.task_waits = Some(true);
    add(fold.transaction, &task)?;
    Ok(())
}

/// One step of the oldest task of an index. Gives how many records it dealt with, and the task of
/// an index that is to be continued, this or another.
fn index_step(fold: &mut Fold<'_, '_>, at: Timestamp, limit: u32) -> Result<(u64, Option<TaskId>), StoreError> {
    fold.flush()?;
    let mut open = tasks(fold.transaction)?;
    open.retain(|(_, task)| task.is_open());
    let mut of_indexes = open
        .iter()
        .filter_map(|(id, task)| Some((*id, task, task.kind.index()?)));
    let Some((id, task, index)) = of_indexes.next() else {
        fold.out.task_waits = Some(!open.is_empty());
        return Ok((0, None));
    };
    let mut task = task.clone();
    let before = task.done;
    let finished = step(fold, &mut task, index, limit as usize)?;
    if finished {
        task.ended_on = Some(at);
    }
    put(fold.transaction, id, &task)?;
    let next = if finished {
        forget(fold.transaction)?;
        of_indexes.next().map(|(id, ..)| id)
    } else {
        Some(id)
    };
    fold.out.task_waits = Some(open.len() > usize::from(finished));
    Ok((task.done - before, next))
}

/// Continues with an index by up to `limit` records; gives whether it is finished.
fn step(
    fold: &mut Fold<'_, '_>,
    task: &mut Task,
    (object, column): (ObjectId, ColumnId),
    limit: usize,
) -> Result<bool, StoreError> {
    let builds = matches!(task.kind, TaskKind::IndexBuild { .. });
    let count = if builds {
        let (count, last) = fold.index_build(object, column, task.after, limit)?;
        task.after = last;
        count
    } else {
        fold.index_drop(object, column, limit)?
    };
    task.done += count as u64;
    let finished = count < limit;
    if finished && builds {
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

/// All tasks that are kept, in the order of their decisions.
fn tasks(transaction: &WriteTransaction) -> Result<Vec<(TaskId, Task)>, StoreError> {
    all(&transaction.open_table(TASK).map_err(redb_error(DOING))?)
}

fn all(table: &impl ReadableTable<u64, &'static [u8]>) -> Result<Vec<(TaskId, Task)>, StoreError> {
    let rows = table.iter().map_err(redb_error(DOING))?;
    rows.map(|row| {
        let (id, bytes) = row.map_err(redb_error(DOING))?;
        Ok((id.value(), read(id.value(), bytes.value())?))
    })
    .collect()
}

fn task_get(transaction: &WriteTransaction, id: TaskId) -> Result<Option<Task>, StoreError> {
    let table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
    let found = table.get(id).map_err(redb_error(DOING))?;
    found.map(|bytes| read(id, bytes.value())).transpose()
}

/// Adds a task; gives its number. The newest task is always kept, so no number is given twice.
fn add(transaction: &WriteTransaction, task: &Task) -> Result<TaskId, StoreError> {
    let last = {
        let table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
        table.last().map_err(redb_error(DOING))?.map(|(id, _)| id.value())
    };
    let id = last.unwrap_or_default() + 1;
    put(transaction, id, task)?;
    Ok(id)
}

fn put(transaction: &WriteTransaction, id: TaskId, task: &Task) -> Result<(), StoreError> {
    let mut table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
    table
        .insert(id, json_encode(task).as_slice())
        .map_err(redb_error(DOING))?;
    Ok(())
}

/// Removes the oldest of too many tasks that have ended.
fn forget(transaction: &WriteTransaction) -> Result<(), StoreError> {
    let mut ended = tasks(transaction)?;
    ended.retain(|(_, task)| !task.is_open());
    let surplus = ended.len().saturating_sub(ENDED_KEPT);
    let mut table = transaction.open_table(TASK).map_err(redb_error(DOING))?;
    for (id, _) in ended.into_iter().take(surplus) {
        table.remove(id).map_err(redb_error(DOING))?;
    }
    Ok(())
}

fn read(id: TaskId, bytes: &[u8]) -> Result<Task, StoreError> {
    json_decode(bytes, || format!("task {id}"))
}

impl Reader {
    /// The tasks that are open or ended lately, in the order of their decisions.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn task_list(&self) -> Result<Vec<(TaskId, Task)>, StoreError> {
        all(&self.transaction().open_table(TASK).map_err(redb_error(DOING))?)
    }

    /// One task, if it is open or ended lately.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn task_get(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        let table = self.transaction().open_table(TASK).map_err(redb_error(DOING))?;
        let found = table.get(id).map_err(redb_error(DOING))?;
        found.map(|bytes| read(id, bytes.value())).transpose()
    }
}
