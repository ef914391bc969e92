//! Restores a backup into a data folder.

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

/// The result of a restore.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The header of the backup.
    pub header: Header,
    /// The configuration in the backup.
    pub catalog: Arc<Catalog>,
}

/// Creates the data of an empty folder from a backup. The whole backup is read and verified before
/// the folder is changed. `segment` is the size of the journal's files in bytes.
///
/// # Errors
/// If the backup is not intact, or the folder contains data. Then nothing was changed.
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
    let mut into = private_new(database).map_err(folder_io(database, "creating it"))?;
    let read = file_read(file, &mut into, database, "unpacking", progress)?;
    if read != *header {
        return Err(BackupError::Damaged {
            path: file.to_owned(),
            what: "it was changed while it was being read".to_owned(),
        });
    }
    Ok(())
}
