//! Backups: the part that the server does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::steps::commit_with_retry;
use super::{Context, Files, ManageError, Progress, ProgressFn};
use crate::backup::{LastBackup, Snapshot, backup_note, copy_make};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Difference;
use crate::domain::change::UpkeepChange;
use crate::domain::entry::Entry;
use crate::domain::time::Timestamp;
use crate::ledger::Ledger;

/// A copy of the database in the data folder, which must be packed into the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupCopied {
    pub snapshot: Snapshot,
    /// The path of the master key, which is not part of the backup.
    pub master_key: String,
    /// Whether systemd passes the key to the service as a credential, so that the file to copy is
    /// another one.
    #[serde(default)]
    pub master_key_credential: bool,
}

/// A completed backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupView {
    pub file: String,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The SHA-256 of the database in the backup, in hexadecimal.
    pub sha256: String,
    pub made_on: Timestamp,
    /// The last entry of the journal in the backup.
    pub applied: u64,
    /// Webhooks in the backup, by status.
    pub webhooks: BTreeMap<String, u64>,
    /// Records in the backup, by object.
    pub records: BTreeMap<String, u64>,
    /// The path of the master key, which is not part of the backup.
    pub master_key: String,
    /// Whether systemd passes the key to the service as a credential, so that the file to copy is
    /// another one.
    #[serde(default)]
    pub master_key_credential: bool,
}

/// A copy that is about to be made.
pub struct BackupCopy {
    ledger: Ledger,
    files: Files,
}

/// Prepares a copy of the database, so that the work can be done in another thread.
///
/// # Errors
/// If there is hardly any disk space left.
pub fn backup_copy_begin(context: &Context) -> Result<BackupCopy, ManageError> {
    if context.ledger.guard().full() {
        return Err(ManageError::DiskFull);
    }
    Ok(BackupCopy {
        ledger: context.ledger.clone(),
        files: context.files.clone(),
    })
}

impl BackupCopy {
    /// Copies the database within the data folder. The caller packs the copy and removes it.
    ///
    /// # Errors
    /// If it cannot be copied, or another backup is running.
    pub fn run(self, watch: ProgressFn<'_>) -> Result<BackupCopied, ManageError> {
        let watch = RefCell::new(watch);
        let go_on = |applied: u64, all: u64| {
            let progress = Progress {
                what: "entries verified:".to_owned(),
                done: applied,
                total: Some(all),
                task: None,
            };
            let mut watch = watch.borrow_mut();
            matches!((**watch)(progress), ControlFlow::Continue(()))
        };
        let snapshot = copy_make(&self.ledger, &self.files.data, clock::now(), &go_on)?;
        Ok(BackupCopied {
            snapshot,
            master_key: self.files.master_key.display().to_string(),
            master_key_credential: self.files.master_key_credential,
        })
    }
}

/// Notes a completed backup in the data folder and in the audit log.
///
/// # Errors
/// If nothing can be written. The backup is valid nevertheless.
pub fn backup_made(context: &Context, by: Actor, view: BackupView) -> Result<BackupView, ManageError> {
    let last = LastBackup {
        at: view.made_on,
        file: view.file.clone(),
        bytes: view.bytes,
    };
    backup_note(&context.files.data, &last).map_err(|source| ManageError::BackupNote {
        file: view.file.clone(),
        source,
    })?;
    let change = Entry::one(
        clock::now(),
        by,
        UpkeepChange::AuditNoted {
            action: "backup-made".to_owned(),
            subject: view.file.clone(),
            address: None,
            facts: vec![Difference::fact(
                "detail",
                format!("{} bytes, entries up to {}", view.bytes, view.applied),
            )],
        },
    );
    commit_with_retry(&context.ledger, &change)?;
    Ok(view)
}
