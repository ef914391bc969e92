//! Any file is read as a segment of the journal or refused, the same way twice; sequences have no
//! gap, and a torn tail that was wiped is gone.
#![no_main]

use std::io;
use std::sync::{Arc, Mutex};

use hookgate::domain::entry::Entry;
use hookgate::journal::disk::{Disk, DiskFile};
use hookgate::journal::frame::{FrameBuilder, SegmentHeader};
use hookgate::journal::{JournalError, SegmentReader, read_from, segment_name};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

const FIRST: u64 = 7;

const HEADER: SegmentHeader = SegmentHeader {
    first: FIRST,
    salt: 0,
    appliance: Uuid::nil(),
};

/// One segment, in memory.
#[derive(Clone)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Disk for Memory {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(vec![segment_name(FIRST)])
    }

    fn create(&self, _: &str) -> io::Result<Box<dyn DiskFile>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        assert_eq!(name, segment_name(FIRST));
        Ok(Box::new(self.clone()))
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
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.0.lock().unwrap();
        let rest = &bytes[bytes.len().min(usize::try_from(offset).unwrap())..];
        let read = rest.len().min(into.len());
        into[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.0.lock().unwrap()[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// How many entries there are, and the reader behind them.
fn read(disk: &Memory) -> Result<(u64, SegmentReader), JournalError> {
    let mut next = FIRST;
    let tail = read_from(disk, Uuid::nil(), FIRST, |frame| {
        for (seq, entry) in frame.entries() {
            assert_eq!(seq, next);
            next += 1;
            let _ = Entry::decode(entry);
        }
        Ok::<(), JournalError>(())
    })?;
    Ok((next - FIRST, tail))
}

fn segment(bytes: Vec<u8>) {
    let disk = Memory(Arc::new(Mutex::new(bytes)));
    let (first, second) = (read(&disk), read(&disk));
    let (Ok((count, mut tail)), Ok((again, _))) = (first, second) else {
        return;
    };
    assert_eq!(count, again);
    if let Ok(true) = tail.check_tail() {
        tail.wipe_tail().unwrap();
        let (left, mut tail) = read(&disk).unwrap();
        assert_eq!(left, count);
        assert!(!tail.check_tail().unwrap());
    }
}

fuzz_target!(|data: &[u8]| {
    segment(data.to_vec());
    let header = HEADER.encode();
    segment([&header[..], data].concat());
    // The checksum of a frame fits by no chance: a good one, and what comes behind it.
    let mut good = FrameBuilder::default();
    good.clear();
    good.push(data);
    segment([&header[..], good.finish(HEADER.salt, FIRST), data].concat());
});
