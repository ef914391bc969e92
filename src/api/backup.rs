//! Backups: the part of the process that owns the database.

use super::answer::{Json, Lines};
use super::{Call, Reply};
use crate::manage::backup::{BackupCopied, BackupView, backup_copy_begin, backup_made};

/// Copies the database within the data folder.
pub fn copy(call: &Call<'_>) -> Reply<Lines<BackupCopied>> {
    let copy = backup_copy_begin(call.context)?;
    Ok(Lines::of(move |watch| copy.run(watch)))
}

/// Notes a backup.
pub fn made(call: &Call<'_>, view: BackupView) -> Reply<Json<BackupView>> {
    Ok(Json(backup_made(call.context, call.by(), view)?))
}
