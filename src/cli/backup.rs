//! `hookgate backup` and `hookgate restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::ask::post;
use super::session::Session;
use super::{CliError, EXIT_FAILED, EXIT_OK, Terminal, render};
use crate::api::ProblemView;
use crate::backup::{BackupError, copy_clear, copying_lock, file_free, file_make};
use crate::config::Settings;
use crate::domain::time::Timestamp;
use crate::ledger::OpenError;
use crate::manage::backup::{BackupCopied, BackupView};
use crate::manage::error::with_causes;
use crate::manage::{ManageError, Progress};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  hookgate backup /mnt/backup/hookgate.backup\n  \
    hookgate backup /mnt/backup/hookgate.backup --force\n\n\
    The master key is not part of the backup: keep a copy of it in a separate place.")]
pub(super) struct BackupCommand {
    /// The backup file to create
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  hookgate restore /mnt/backup/hookgate.backup --data /var/lib/hookgate\n\n\
    Run it as the user of the server. Put the master key back before you start the server."
)]
pub(super) struct RestoreCommand {
    /// A backup file created by 'hookgate backup'
    pub file: PathBuf,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreView {
    pub data: PathBuf,
    /// As of when the data is.
    pub made_on: Timestamp,
    /// The last entry of the journal that it holds.
    pub applied: u64,
    /// How many webhooks it holds.
    pub webhooks: u64,
    /// How many records it holds.
    pub records: u64,
    /// Where the master key must be.
    pub master_key: PathBuf,
    /// Whether the existing master key fits.
    pub master_key_fits: bool,
    /// What is wrong with it; empty if it fits.
    pub master_key_problem: String,
}

/// Lets the process that owns the database copy it, packs the copy, and records the backup.
pub(super) fn backup(session: &mut Session<'_, '_>, command: &BackupCommand) -> Result<u8, CliError> {
    let data = &session.settings.data;
    let file = std::path::absolute(&command.file).unwrap_or_else(|_| command.file.clone());
    file_free(&file, command.force).map_err(refused)?;
    // One that may not be looked for is not missing: the lock says more.
    if data.try_exists().is_ok_and(|there| !there) {
        return Err(CliError::unreachable(&OpenError::Nothing { path: data.clone() }));
    }
    // Held until the end: the copy belongs to one backup at a time.
    let lock = copying_lock(data).map_err(refused)?;
    let copied = session.ask(&post(&["backup", "copy"]).request)?;
    let copied = serde_json::from_value(copied).map_err(|error| CliError::unexpected(&error.to_string()))?;
    let made = packed(session, copied, &file, command.force);
    let cleared = copy_clear(data);
    drop(lock);
    let view = made?;
    cleared.map_err(refused)?;
    let note = post(&["backup", "made"]).body(&view)?.shown(render::backup::made);
    let answer = session.ask(&note.request)?;
    session.show(&note, &answer)
}

fn packed(
    session: &mut Session<'_, '_>,
    copied: BackupCopied,
    file: &Path,
    force: bool,
) -> Result<BackupView, CliError> {
    let (data, json) = (&session.settings.data, session.json);
    let terminal = &mut *session.terminal;
    let made = file_make(data, &copied.snapshot, file, force, &mut |what, done, all| {
        step(terminal, json, what, done, all);
    });
    terminal.progress_end();
    let made = made.map_err(refused)?;
    let BackupCopied {
        snapshot,
        master_key,
        master_key_credential,
    } = copied;
    Ok(BackupView {
        file: file.display().to_string(),
        bytes: made.bytes,
        sha256: made.header.sha256,
        made_on: snapshot.made_on,
        applied: snapshot.applied,
        webhooks: snapshot.webhooks,
        records: snapshot.records,
        master_key,
        master_key_credential,
    })
}

/// Makes a data folder of a backup.
pub(super) fn restore(
    command: &RestoreCommand,
    settings: &Settings,
    restore: Restore,
    json: bool,
    terminal: &mut Terminal<'_>,
) -> Result<u8, CliError> {
    let restored = restore(settings, &command.file, &mut |what, done, all| {
        step(terminal, json, what, done, all);
    });
    terminal.progress_end();
    let view = restored.map_err(|error| CliError::new(EXIT_FAILED, "backup", with_causes(&*error)))?;
    if json {
        let json = serde_json::to_value(&view).map_err(|error| CliError::output(&error.into()))?;
        terminal.print_json(&json)?;
    } else {
        terminal.print(&render::restored(&view, terminal.colour))?;
    }
    Ok(EXIT_OK)
}

/// Restores a file into the data folder of the settings.
pub type Restore = fn(&Settings, &Path, crate::backup::ProgressFn<'_>) -> Result<RestoreView, super::BoxError>;

/// Shown now and then: each mebibyte is too often for a terminal.
fn step(terminal: &mut Terminal<'_>, json: bool, what: &str, done: u64, all: u64) {
    const MIB: u64 = 1 << 20;
    if done == all || (done / MIB).is_multiple_of(16) {
        let progress = Progress {
            what: format!("{what}, MiB"),
            done: done / MIB,
            total: Some(all / MIB),
            task: None,
        };
        terminal.progress(&progress, json);
    }
}

fn refused(error: BackupError) -> CliError {
    ProblemView::from(&ManageError::from(error)).into()
}
