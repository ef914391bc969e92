//! When the last backup was made, noted in the data folder.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::ledger::folder::file_write;

const NAME: &str = "last-backup.json";

/// The last backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// The moment whose state the backup holds.
    pub at: Timestamp,
    /// Its file, as the caller named it; it may have been moved since.
    pub file: String,
    /// Bytes of its file.
    pub bytes: u64,
}

/// The last backup of a data folder; none if there is none, or that cannot be read.
#[must_use]
pub fn backup_last(data: &Path) -> Option<LastBackup> {
    let text = std::fs::read(data.join(NAME)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Records a completed backup.
///
/// # Errors
/// As the file system reports them.
pub fn backup_note(data: &Path, last: &LastBackup) -> io::Result<()> {
    let text = serde_json::to_string(last)?;
    file_write(&data.join(NAME), format!("{text}\n").as_bytes())
}
