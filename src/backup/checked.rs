//! Checks that a file is the expected database.

use std::path::Path;
use std::sync::Arc;

use super::error::CheckError;
use super::header::Snapshot;
use crate::domain::catalog::Catalog;
use crate::store::{store_check, store_open};

/// The size of the cache while reading, in bytes.
const CACHE: usize = 32 << 20;

/// Opens a database that no other process has open, reads all of it, and compares it with the
/// expected content. Returns its configuration.
///
/// The counters are part of the database, so they are first compared with its rows. Only then does
/// it prove something that they match the snapshot.
pub(super) fn database_checked(path: &Path, wanted: &Snapshot) -> Result<Arc<Catalog>, CheckError> {
    let mut store = store_open(path, wanted.appliance, CACHE)?;
    if !store.check_integrity()? {
        return Err(CheckError::Damaged);
    }
    let reader = store.store().reader()?;
    let faults = store_check(&reader)?;
    if !faults.is_empty() {
        return Err(CheckError::Faults(faults.join("; ")));
    }
    let found = Snapshot::of(&reader, wanted.made_on)?;
    if found != *wanted {
        return Err(CheckError::Other {
            wanted: facts(wanted),
            found: facts(&found),
        });
    }
    Ok(store.catalog())
}

fn facts(snapshot: &Snapshot) -> String {
    format!(
        "entries up to {}, {} webhooks and {} records",
        snapshot.applied,
        snapshot.webhooks_total(),
        snapshot.records_total()
    )
}
