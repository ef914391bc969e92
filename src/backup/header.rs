//! The header of a backup, in its first lines: a marker, a line of JSON, and the SHA-256 of that
//! line. `head -n 2 FILE` shows it.

use std::collections::BTreeMap;
use std::io::{BufRead, Read as _};
use std::path::Path;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{BackupError, file_io};
use crate::domain::time::Timestamp;
use crate::domain::webhook::Status;
use crate::store::{Reader, StoreError};

/// The version of the file's format.
pub const FORMAT: u32 = 1;

const MARK: &[u8] = b"HOOKGATE BACKUP\n";

/// The maximum length of the line of JSON, which contains each object's code once.
const MAX_LINE: u64 = 1 << 20;

/// A summary of a database at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Snapshot {
    /// The appliance that the data belongs to.
    pub appliance: Uuid,
    /// The last applied entry.
    pub applied: u64,
    /// When the copy was checked.
    pub made_on: Timestamp,
    /// The number of webhooks, by the name of their status.
    pub webhooks: BTreeMap<String, u64>,
    /// The number of records, by the code of their object. Objects without records are left out.
    pub records: BTreeMap<String, u64>,
}

/// The header of a backup. Fields are only added. A format that older versions would misread gets
/// another number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the file's format.
    pub format: u32,
    /// The version of Hookgate that created the backup.
    pub version: String,
    /// A summary of the database.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// The size of the unpacked database in bytes.
    pub bytes: u64,
    /// The SHA-256 of the unpacked database, in hexadecimal.
    pub sha256: String,
}

/// The only field that is read if the format may be unknown.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Snapshot {
    /// Summarizes the data that a reader sees.
    ///
    /// # Errors
    /// If the database fails.
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

    /// The number of all webhooks.
    #[must_use]
    pub fn webhooks_total(&self) -> u64 {
        self.webhooks.values().sum()
    }

    /// The number of all records.
    #[must_use]
    pub fn records_total(&self) -> u64 {
        self.records.values().sum()
    }
}

/// The first lines of a backup.
pub(super) fn header_encode(header: &Header) -> Result<Vec<u8>, serde_json::Error> {
    let line = serde_json::to_vec(header)?;
    let sum = hex(digest(&SHA256, &line));
    Ok([MARK, &line, b"\n", sum.as_bytes(), b"\n"].concat())
}

/// Reads the header. Afterwards `from` is at the start of the packed database.
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
    let cut = || damaged("its header is cut off or was changed");
    let json = line(MAX_LINE)?.ok_or_else(cut)?;
    let json = json.strip_suffix(b"\n").unwrap_or(&json);
    let sum = line(65)?.ok_or_else(cut)?;
    if sum.strip_suffix(b"\n") != Some(hex(digest(&SHA256, json)).as_bytes()) {
        return Err(cut());
    }
    let unread = |error: serde_json::Error| damaged(&format!("its header cannot be read: {error}"));
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
    HEXLOWER.encode(digest.as_ref())
}
