//! Reads a backup: the header, then the packed database, up to the last byte.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use super::ProgressFn;
use super::error::{BackupError, file_io};
use super::header::{Header, header_read, hex};

/// The number of bytes that are read at once.
pub(super) const STEP: usize = 1 << 20;

/// Reads the header of a backup.
pub(super) fn file_head(path: &Path) -> Result<Header, BackupError> {
    header_read(path, &mut open(path)?)
}

/// Unpacks the database of a backup into `into` and verifies its checksum. Until this returns, the
/// written data must not be used. `into_path` is for error messages.
pub(super) fn file_read(
    path: &Path,
    into: &mut dyn Write,
    into_path: &Path,
    doing: &str,
    progress: ProgressFn<'_>,
) -> Result<Header, BackupError> {
    let mut from = open(path)?;
    let header = header_read(path, &mut from)?;
    let damaged = |what: String| BackupError::Damaged {
        path: path.to_owned(),
        what,
    };
    let reading = |error: std::io::Error| match error.raw_os_error() {
        Some(_) => file_io(path, "reading it")(error),
        // Errors without a system error number come from the unpacker: the bytes cannot be
        // unpacked.
        None => damaged(format!("it is cut off or cannot be decompressed ({error})")),
    };
    let mut packed = unpacker(from).map_err(reading)?;
    let (mut sum, mut read) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; STEP];
    loop {
        let count = packed.read(&mut buffer).map_err(reading)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        read += bytes.len() as u64;
        if read > header.bytes {
            return Err(damaged("it is longer than its header says".to_owned()));
        }
        sum.update(bytes);
        into.write_all(bytes).map_err(file_io(into_path, "writing it"))?;
        progress(doing, read, header.bytes);
    }
    into.flush().map_err(file_io(into_path, "writing it"))?;
    if read != header.bytes {
        return Err(damaged(format!("it contains only {read} of {} bytes", header.bytes)));
    }
    if hex(sum.finish()) != header.sha256 {
        return Err(damaged("its SHA-256 does not match its header".to_owned()));
    }
    Ok(header)
}

fn open(path: &Path) -> Result<BufReader<File>, BackupError> {
    let file = File::open(path).map_err(file_io(path, "opening it"))?;
    Ok(BufReader::with_capacity(STEP, file))
}

fn unpacker(from: impl BufRead) -> std::io::Result<impl Read> {
    zstd::stream::read::Decoder::with_buffer(from)
}
