//! Whatever the bytes behind a segment's header are, the recovery scan reads good frames or
//! refuses; it gives the same twice.
#![no_main]

use std::io;

use hookgate::journal::disk::{Disk, DiskFile};
use hookgate::journal::frame::{FrameBuilder, SegmentHeader};
use hookgate::journal::{Frame, JournalError, read_from, segment_name};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

const HEADER: SegmentHeader = SegmentHeader { first: 1, salt: 7, appliance: Uuid::nil() };

/// One segment in memory that nobody writes to.
struct Memory(Vec<u8>);

impl Disk for Memory {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(vec![segment_name(1)])
    }
    fn create(&self, _: &str) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn open(&self, _: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(Memory(self.0.clone())))
    }
    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn sync_folder(&self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = self.0.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }
    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Entries read, and what the scan behind them said.
fn scan(disk: &Memory) -> (Vec<(u64, Vec<u8>)>, String) {
    let mut entries = Vec::new();
    let each = |frame: &Frame<'_>| {
        entries.extend(frame.entries().map(|(seq, entry)| (seq, entry.to_vec())));
        Ok::<(), JournalError>(())
    };
    let end = read_from(disk, HEADER.appliance, 1, each).and_then(|mut tail| tail.check_tail());
    (entries, format!("{end:?}"))
}

fuzz_target!(|data: &[u8]| {
    // The first byte says how many good frames stand in front of what was made up.
    let (good, rest) = data.split_first().map_or((0, data), |(first, rest)| (first % 4, rest));
    let mut bytes = HEADER.encode().to_vec();
    let mut frame = FrameBuilder::default();
    for seq in 1..=u64::from(good) {
        frame.clear();
        frame.push(b"entry");
        bytes.extend_from_slice(frame.finish(HEADER.salt, seq));
    }
    bytes.extend_from_slice(rest);
    let disk = Memory(bytes);
    let (entries, end) = scan(&disk);
    assert_eq!((entries.clone(), end.clone()), scan(&disk));
    assert!(entries.len() >= usize::from(good), "{end}");
    assert!(entries.iter().map(|(seq, _)| *seq).eq(1..=entries.len() as u64));
});
