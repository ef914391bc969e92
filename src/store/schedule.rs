//! When each scheduled task last ran.

use super::error::{StoreError, redb_error};
use super::fold::Fold;
use super::reader::Reader;
use super::schema::{META, META_SCHEDULE_RAN};
use crate::domain::time::Timestamp;

impl Fold<'_, '_> {
    pub fn schedule_ran(&mut self, task: &str, at: Timestamp) -> Result<u64, StoreError> {
        let doing = "recording the run of a task";
        let mut meta = self.transaction.open_table(META).map_err(redb_error(doing))?;
        meta.insert(name(task).as_str(), value(at).as_slice())
            .map_err(redb_error(doing))?;
        Ok(1)
    }
}

impl Reader {
    /// When a task last ran; none if it never did.
    ///
    /// # Errors
    /// See [`Reader::applied`].
    pub fn schedule_ran(&self, task: &str) -> Result<Option<Timestamp>, StoreError> {
        let doing = "reading the run of a task";
        let meta = self.transaction().open_table(META).map_err(redb_error(doing))?;
        let Some(at) = meta.get(name(task).as_str()).map_err(redb_error(doing))? else {
            return Ok(None);
        };
        match at.value().first_chunk() {
            Some(micros) => Ok(Some(Timestamp(i64::from_le_bytes(*micros)))),
            None => Err(StoreError::Value {
                what: format!("the run of the task {task}"),
            }),
        }
    }
}

pub(super) fn name(task: &str) -> String {
    format!("{META_SCHEDULE_RAN}{task}")
}

pub(super) const fn value(at: Timestamp) -> [u8; 8] {
    at.0.to_le_bytes()
}
