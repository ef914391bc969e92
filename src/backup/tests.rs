//! The format of the file, and which files are rejected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::error::BackupError;
use super::file::{file_head, file_read};
use super::header::{FORMAT, Header, Snapshot, header_encode};
use super::{LastBackup, backup_last, backup_note};
use crate::domain::time::Timestamp;
use crate::golden::golden;

const AT: Timestamp = Timestamp(1_700_000_000_123_456);

fn header(content: &[u8]) -> Header {
    let counts = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
        pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    Header {
        format: FORMAT,
        version: "0.1.0".to_owned(),
        snapshot: Snapshot {
            appliance: Uuid::from_u128(0xA),
            applied: 7,
            made_on: AT,
            webhooks: counts(&[("New", 0), ("Processing", 1), ("Failed", 2), ("Done", 3)]),
            records: counts(&[("Contact", 3)]),
        },
        bytes: content.len() as u64,
        sha256: super::header::hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content)),
    }
}

fn backup(header: &Header, content: &[u8]) -> Vec<u8> {
    let mut packer = zstd::stream::write::Encoder::new(header_encode(header).unwrap(), 3).unwrap();
    packer.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut packer, content).unwrap();
    packer.finish().unwrap()
}

struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("one.backup");
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read(&self, bytes: &[u8]) -> Result<(Header, Vec<u8>), BackupError> {
        let path = self.put(bytes);
        let mut into = Vec::new();
        let header = file_read(&path, &mut into, Path::new("memory"), "reading", &mut |_, _, _| ())?;
        Ok((header, into))
    }
}

fn site() -> Site {
    Site {
        folder: tempfile::tempdir().unwrap(),
    }
}

#[test]
fn a_backup_is_written_and_read_as_ever() {
    let content = b"a database".repeat(100);
    let header = header(&content);
    let first = header_encode(&header).unwrap();
    let kept = golden("backup/header.hex", &vec![("header".to_owned(), first)]);
    let site = site();
    assert_eq!(file_head(&site.put(&kept[0].1)).unwrap(), header);
    let (read, unpacked) = site.read(&backup(&header, &content)).unwrap();
    assert_eq!((read, unpacked), (header, content));
}

#[test]
fn no_byte_can_be_changed_or_left_out() {
    let content: Vec<u8> = (0..1000_u32).flat_map(|n| (n * n).to_le_bytes()).collect();
    let whole = backup(&header(&content), &content);
    let head = header_encode(&header(&content)).unwrap().len();
    let site = site();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        // Some bits of a zstd frame have no meaning. Then the unpacked data is correct.
        if let Ok((_, unpacked)) = site.read(&changed) {
            assert!(unpacked == content, "another byte at {at} was not noticed");
            assert!(at >= head, "another byte at {at} was not noticed");
        }
    }
    for len in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        assert!(site.read(&whole[..len]).is_err(), "cut off at {len}");
    }
    for more in [&b"x"[..], &b"more than a frame's head"[..], &whole[..]] {
        assert!(site.read(&[&whole[..], more].concat()).is_err(), "{more:?} behind it");
    }
}

#[test]
fn what_it_says_of_itself_must_be_so() {
    let content = b"a database".repeat(100);
    let site = site();
    for (bytes, what) in [(999, "longer than its header says"), (1001, "1000 of 1001 bytes")] {
        let lying = Header {
            bytes,
            ..header(&content)
        };
        let refused = site.read(&backup(&lying, &content)).unwrap_err().to_string();
        assert!(
            refused.contains(what) && refused.contains("another backup"),
            "{refused}"
        );
    }
    let newer = Header {
        format: FORMAT + 1,
        ..header(&content)
    };
    let refused = site.read(&backup(&newer, &content)).unwrap_err();
    assert!(
        matches!(refused, BackupError::Newer { found: 2, known: 1, .. }),
        "{refused}"
    );
    for foreign in [&b""[..], b"HOOKGATE", b"PK\x03\x04 a zip\n", &[0; 5000]] {
        let refused = site.read(foreign).unwrap_err();
        assert!(matches!(refused, BackupError::Foreign { .. }), "{refused}");
    }
}

#[test]
fn the_last_backup_is_noted_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(backup_last(folder.path()), None);
    let last = LastBackup {
        at: AT,
        file: "/mnt/one.backup".to_owned(),
        bytes: 12,
    };
    backup_note(folder.path(), &last).unwrap();
    let path = folder.path().join("last-backup.json");
    let text = "{\"at\":\"2023-11-14T22:13:20.123456Z\",\"file\":\"/mnt/one.backup\",\"bytes\":12}\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(backup_last(folder.path()), Some(last));
    fs::write(&path, "half").unwrap();
    assert_eq!(backup_last(folder.path()), None);
}
