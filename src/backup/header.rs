//! The header of a backup, in its first lines: a mark, a line of JSON, and the SHA-256 of that
//! line. `head -n 2 FILE` shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, Read as _};
use std::path::Path;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{BackupError, file_io};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::store::{Reader, StoreError};

/// The version of the file's format.
pub const FORMAT: u32 = 1;

const MARK: &[u8] = b"HOOKGATE BACKUP\n";

/// The longest line of JSON: it names each object once.
const MAX_LINE: u64 = 1 << 20;

/// What the database holds at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The appliance whose data it is.
    pub appliance: Uuid,
    /// The last entry that is applied.
    pub applied: u64,
    /// When the copy was checked.
    pub made_on: Timestamp,
    /// Webhooks by the name of their status.
    pub webhooks: BTreeMap<String, u64>,
    /// Records by the code of their object; objects without any are left out.
    pub records: BTreeMap<String, u64>,
}

/// The header of a backup. Fields are only added; a format that an older version would misread gets
/// another number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the file's format.
    pub format: u32,
    /// The version of Hookgate that made it.
    pub version: String,
    /// What is in it.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// Bytes of the database, before packing.
    pub bytes: u64,
    /// SHA-256 of the database, in hexadecimal.
    pub sha256: String,
}

/// Only this is read of a format that may be another one.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Snapshot {
    /// What a reader's snapshot holds.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of(reader: &Reader, made_on: Timestamp) -> Result<Self, StoreError> {
        let counts = reader.webhook_counts()?;
        let mut records = BTreeMap::new();
        for object in reader.catalog()?.objects.values() {
            let count = reader.record_count(object.id)?;
            if count > 0 {
                records.insert(object.code.clone(), count);
            }
        }
        Ok(Self {
            appliance: reader.appliance()?,
            applied: reader.applied()?,
            made_on,
            webhooks: Status::ALL
                .iter()
                .map(|status| (status.name().to_owned(), counts.of(*status)))
                .collect(),
            records,
        })
    }

    /// All webhooks.
    #[must_use]
    pub fn webhooks_total(&self) -> u64 {
        self.webhooks.values().sum()
    }

    /// All records.
    #[must_use]
    pub fn records_total(&self) -> u64 {
        self.records.values().sum()
    }
}

/// The lines at the beginning of a backup.
pub(super) fn header_encode(header: &Header) -> Result<Vec<u8>, serde_json::Error> {
    let line = serde_json::to_vec(header)?;
    let sum = hex(digest(&SHA256, &line));
    Ok([MARK, &line, b"\n", sum.as_bytes(), b"\n"].concat())
}

/// Reads the header; `from` is then at the packed database.
pub(super) fn header_read(path: &Path, from: &mut impl BufRead) -> Result<Header, BackupError> {
    let mut line = |longest: u64| -> Result<Option<Vec<u8>>, BackupError> {
        let mut line = Vec::new();
        from.by_ref()
            .take(longest)
            .read_until(b'\n', &mut line)
            .map_err(file_io(path, "reading it"))?;
        Ok((line.last() == Some(&b'\n')).then_some(line))
    };
    if line(MARK.len() as u64)?.is_none_or(|mark| mark != MARK) {
        return Err(BackupError::Foreign { path: path.to_owned() });
    }
    let damaged = |what: &str| BackupError::Damaged {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    let cut = || damaged("its first lines are cut off or changed");
    let json = line(MAX_LINE)?.ok_or_else(cut)?;
    let json = json.strip_suffix(b"\n").unwrap_or(&json);
    let sum = line(65)?.ok_or_else(cut)?;
    if sum.strip_suffix(b"\n") != Some(hex(digest(&SHA256, json)).as_bytes()) {
        return Err(cut());
    }
    let unread = |error: serde_json::Error| damaged(&format!("its first lines cannot be read: {error}"));
    let Format { format: found } = serde_json::from_slice(json).map_err(unread)?;
    if found > FORMAT {
        return Err(BackupError::Newer {
            path: path.to_owned(),
            found,
            known: FORMAT,
        });
    }
    serde_json::from_slice(json).map_err(unread)
}

pub(super) fn hex(digest: Digest) -> String {
    digest
        .as_ref()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
