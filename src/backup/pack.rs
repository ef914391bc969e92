//! Packs the copy into a backup: verified, packed, read back, and only then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};

use super::ProgressFn;
use super::checked::database_checked;
use super::copy::copy_path;
use super::error::{BackupError, file_io, folder_io};
use super::file::{STEP, file_read};
use super::header::{FORMAT, Header, Snapshot, header_encode, hex};
use crate::files::private_new;
use crate::ledger::folder::sync_folder;

/// The compression level. Higher levels take much longer and gain little.
const LEVEL: i32 = 3;

/// A completed backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The header of the backup.
    pub header: Header,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// Checks that a backup may be written to this path. Called before any other work.
///
/// # Errors
/// [`BackupError::Exists`] if not.
pub fn file_free(file: &Path, force: bool) -> Result<(), BackupError> {
    match fs::symlink_metadata(file) {
        Ok(found) if found.is_dir() || !force => Err(BackupError::Exists { path: file.to_owned() }),
        _ => Ok(()),
    }
}

/// Verifies the copy in the data folder against `snapshot` and packs it into `file`, which only
/// this user may read. `force` replaces an existing file.
///
/// # Errors
/// If the copy differs from the snapshot, the file exists, or the disk fails. Then no file is left.
pub fn file_make(
    data: &Path,
    snapshot: &Snapshot,
    file: &Path,
    force: bool,
    progress: ProgressFn<'_>,
) -> Result<Made, BackupError> {
    file_free(file, force)?;
    let copy = copy_path(data);
    database_checked(&copy, snapshot).map_err(BackupError::Copy)?;
    let (bytes, sha256) = summed(&copy, progress).map_err(folder_io(&copy, "reading it"))?;
    let header = Header {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        snapshot: snapshot.clone(),
        bytes,
        sha256,
    };
    let mut unborn = file.as_os_str().to_owned();
    unborn.push(".unborn");
    let unborn = PathBuf::from(unborn);
    let made = written(&copy, &header, &unborn, progress)
        .and_then(|()| verified(&unborn, &header, progress))
        .and_then(|bytes| named(&unborn, file, force).map(|()| bytes));
    match made {
        Ok(bytes) => Ok(Made { header, bytes }),
        Err(error) => {
            // A partial backup must not look like a complete one, nor keep a full disk full.
            let _ = fs::remove_file(&unborn);
            Err(error)
        }
    }
}

/// The length and SHA-256 of a file.
fn summed(path: &Path, progress: ProgressFn<'_>) -> io::Result<(u64, String)> {
    let mut from = File::open(path)?;
    let all = from.metadata()?.len();
    let (mut sum, mut read) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; STEP];
    loop {
        let count = from.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Ok((read, hex(sum.finish())));
        };
        sum.update(bytes);
        read += bytes.len() as u64;
        progress("verifying", read, all);
    }
}

/// Writes the complete file under its temporary name and syncs it.
fn written(copy: &Path, header: &Header, unborn: &Path, progress: ProgressFn<'_>) -> Result<(), BackupError> {
    let writing = "writing it";
    match fs::remove_file(unborn) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(file_io(unborn, "removing the file of an earlier attempt")(error));
        }
        _ => {}
    }
    let lines = header_encode(header).map_err(|error| file_io(unborn, writing)(error.into()))?;
    let file = private_new(unborn).map_err(file_io(unborn, "creating it"))?;
    let mut out = BufWriter::with_capacity(STEP, file);
    out.write_all(&lines).map_err(file_io(unborn, writing))?;
    let mut packer = zstd::stream::write::Encoder::new(out, LEVEL).map_err(file_io(unborn, writing))?;
    packer.include_checksum(true).map_err(file_io(unborn, writing))?;
    let mut from = File::open(copy).map_err(folder_io(copy, "reading it"))?;
    let (mut buffer, mut read) = (vec![0; STEP], 0);
    loop {
        let count = from.read(&mut buffer).map_err(folder_io(copy, "reading it"))?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        packer.write_all(bytes).map_err(file_io(unborn, writing))?;
        read += bytes.len() as u64;
        progress("packing", read, header.bytes);
    }
    let out = packer.finish().map_err(file_io(unborn, writing))?;
    let file = out
        .into_inner()
        .map_err(|error| file_io(unborn, writing)(error.into_error()))?;
    file.sync_all().map_err(file_io(unborn, "syncing it"))
}

/// Reads the written file back, and returns its length.
fn verified(unborn: &Path, header: &Header, progress: ProgressFn<'_>) -> Result<u64, BackupError> {
    let unreadable = |error| BackupError::Unreadable {
        path: unborn.to_owned(),
        source: Box::new(error),
    };
    let read = file_read(unborn, &mut io::sink(), unborn, "reading it back", progress).map_err(unreadable)?;
    if read != *header {
        return Err(unreadable(BackupError::Damaged {
            path: unborn.to_owned(),
            what: "its header differs".to_owned(),
        }));
    }
    let file = fs::metadata(unborn).map_err(file_io(unborn, "reading its size"))?;
    Ok(file.len())
}

fn named(unborn: &Path, file: &Path, force: bool) -> Result<(), BackupError> {
    // Checked again: another backup may have been created in the meantime.
    file_free(file, force)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::rename(unborn, file)
        .and_then(|()| sync_folder(folder.unwrap_or(Path::new("."))))
        .map_err(file_io(file, "renaming it"))
}
