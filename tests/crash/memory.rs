//! Memory under a database.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

/// Outlives the database on it. Where a test says so, it panics as redb does at damaged pages.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    pub bytes: Arc<InMemoryBackend>,
    pub reads: Arc<AtomicU64>,
    /// Which read panics; 0 for none.
    pub panic_at: u64,
    pub panic_at_end: bool,
}

impl StorageBackend for Memory {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let read = self.reads.fetch_add(1, Ordering::SeqCst) + 1;
        assert_ne!(read, self.panic_at, "the page is damaged");
        self.bytes.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.bytes.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.bytes.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        assert!(!self.panic_at_end, "the end is damaged too");
        Ok(())
    }
}
