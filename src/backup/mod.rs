//! Backups: the database at one moment in one file, and a data folder made from such a file.
//!
//! The process that owns the database copies it within the data folder ([`copy_make`]). The process
//! that requested the backup verifies that copy and packs it where it may write ([`file_make`]):
//! the server needs no right to write anywhere else, and does not spend time on packing. The
//! journal is not part of the backup, since nothing newer than the copy is needed; nor is the
//! master key.

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

/// Told how far something is: what is done, how many bytes of how many.
pub type ProgressFn<'a> = &'a mut dyn FnMut(&str, u64, u64);
