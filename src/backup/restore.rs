//! A data folder made of a backup.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::ProgressFn;
use super::checked::database_checked;
use super::error::{BackupError, folder_io};
use super::file::{file_head, file_read};
use super::header::Header;
use crate::domain::catalog::Catalog;
use crate::files::private_new;
use crate::ledger::restore::{Origin, folder_restore, folder_vacant};

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The header of the backup.
    pub header: Header,
    /// The configuration in it.
    pub catalog: Arc<Catalog>,
}

/// Makes the data of a folder that has none of a backup. Everything in the backup is read and
/// verified before the folder is touched; `segment` is the size of the journal's files.
///
/// # Errors
/// When the backup is not whole, or the folder has data; nothing was changed then.
pub fn backup_restore(
    file: &Path,
    data: &Path,
    segment: u64,
    progress: ProgressFn<'_>,
) -> Result<Restored, BackupError> {
    let header = file_head(file)?;
    folder_vacant(data)?;
    file_read(file, &mut io::sink(), file, "verifying", progress)?;
    let origin = Origin {
        appliance: header.snapshot.appliance,
        bytes: header.bytes,
        applied: header.snapshot.applied,
        segment,
    };
    let mut catalog = Arc::default();
    folder_restore(data, origin, |database| {
        unpacked(file, &header, database, progress)?;
        catalog = database_checked(database, &header.snapshot).map_err(|source| BackupError::Database {
            path: file.to_owned(),
            source,
        })?;
        Ok::<(), BackupError>(())
    })?;
    Ok(Restored { header, catalog })
}

fn unpacked(file: &Path, header: &Header, database: &Path, progress: ProgressFn<'_>) -> Result<(), BackupError> {
    let mut into = private_new(database).map_err(folder_io(database, "making it"))?;
    let read = file_read(file, &mut into, database, "unpacking", progress)?;
    if read != *header {
        return Err(BackupError::Damaged {
            path: file.to_owned(),
            what: "it changed while it was read".to_owned(),
        });
    }
    Ok(())
}
