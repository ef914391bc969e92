//! The time of the last backup, stored in the data folder.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::ledger::folder::file_write;

const NAME: &str = "last-backup.json";

/// The last completed backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// The moment whose state the backup holds.
    pub at: Timestamp,
    /// The file as the caller named it. It may have been moved since.
    pub file: String,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// The last backup of a data folder; none if there is none, or it cannot be read.
#[must_use]
pub fn backup_last(data: &Path) -> Option<LastBackup> {
    let text = std::fs::read(data.join(NAME)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Records a completed backup.
///
/// # Errors
/// Errors of the file system.
pub fn backup_note(data: &Path, last: &LastBackup) -> io::Result<()> {
    let text = serde_json::to_string(last)?;
    file_write(&data.join(NAME), format!("{text}\n").as_bytes())
}
