//! Backups: one file with the state of the database at one moment, and restoring from such a file.
//!
//! The process that owns the database copies it within the data folder ([`copy_make`]). The process
//! that requested the backup verifies the copy and packs it into its own file ([`file_make`]). So
//! the server needs no permission to write elsewhere, and spends no time on packing. The journal is
//! not part of the backup, since nothing newer than the copy is needed. Neither is the master key.

mod checked;
mod copy;
mod error;
mod file;
mod header;
mod last;
mod pack;
mod restore;
#[cfg(test)]
mod tests;

pub use copy::{copy_clear, copy_clear_stale, copy_make, copying_lock};
pub use error::{BackupError, CheckError};
pub use header::{Header, Snapshot};
pub use last::{LastBackup, backup_last, backup_note};
pub use pack::{Made, file_free, file_make};
pub use restore::{Restored, backup_restore};

/// Called with the progress: what is being done, the bytes done, and the total of bytes.
pub type ProgressFn<'a> = &'a mut dyn FnMut(&str, u64, u64);
