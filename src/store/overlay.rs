//! A database file that is only read: what redb writes stays in memory.
//!
//! redb repairs a file when it opens and verifies it. A check must not change the file: it may be
//! the only good copy, or evidence.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

const PAGE: usize = 4096;

/// The file, covered by pages written in memory.
#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    len: u64,
    /// The length of the start of the file that was never truncated and is still visible.
    below: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
}

impl Overlay {
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self {
            file,
            state: Mutex::new(State {
                len,
                below: len,
                pages: BTreeMap::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the file from `offset`; zeros after its end.
    fn read_below(&self, below: u64, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let there = usize::try_from(below.saturating_sub(offset)).unwrap_or(usize::MAX);
        let (there, behind) = out.split_at_mut(there.min(out.len()));
        behind.fill(0);
        self.file.read_exact_at(there, offset)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let end = offset.saturating_add(out.len() as u64);
        if end > state.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_below(state.below, offset, out)?;
        for (number, page) in state.pages.range(offset / PAGE as u64..end.div_ceil(PAGE as u64)) {
            let start = number * PAGE as u64;
            let skipped = usize::try_from(offset.saturating_sub(start)).unwrap_or(PAGE);
            let into = usize::try_from(start.saturating_sub(offset)).unwrap_or(out.len());
            let from = page.iter().skip(skipped);
            for (into, from) in out.iter_mut().skip(into).zip(from) {
                *into = *from;
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.len = len;
        state.below = state.below.min(len);
        let kept = len.div_ceil(PAGE as u64);
        state.pages.retain(|number, _| *number < kept);
        // A truncated part reads as zeros if the file grows again.
        let used = usize::try_from(len % PAGE as u64).unwrap_or(0);
        if used > 0
            && let Some(page) = state.pages.get_mut(&(len / PAGE as u64))
        {
            page.iter_mut().skip(used).for_each(|byte| *byte = 0);
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let (mut at, mut rest) = (offset, data);
        while !rest.is_empty() {
            let number = at / PAGE as u64;
            let within = usize::try_from(at % PAGE as u64).unwrap_or(0);
            let (part, more) = rest.split_at(rest.len().min(PAGE - within));
            if !state.pages.contains_key(&number) {
                let mut page = Box::new([0; PAGE]);
                self.read_below(state.below, number * PAGE as u64, page.as_mut_slice())?;
                state.pages.insert(number, page);
            }
            if let Some(page) = state.pages.get_mut(&number) {
                for (into, from) in page.iter_mut().skip(within).zip(part) {
                    *into = *from;
                }
            }
            at += part.len() as u64;
            rest = more;
        }
        state.len = state.len.max(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_reads_as_a_file_would_and_leaves_the_file_alone(
            start in prop::collection::vec(any::<u8>(), 0..3 * PAGE),
            steps in prop::collection::vec((0..4 * PAGE as u64, prop::collection::vec(any::<u8>(), 0..2 * PAGE), any::<bool>()), 0..12),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            std::fs::write(&path, &start).unwrap();
            let overlay = Overlay::open(&path).unwrap();
            let mut model = start.clone();
            for (at, bytes, cuts) in steps {
                let offset = usize::try_from(at).unwrap();
                if cuts {
                    overlay.set_len(at).unwrap();
                    model.resize(offset, 0);
                } else if offset + bytes.len() <= model.len() {
                    overlay.write(at, &bytes).unwrap();
                    model[offset..offset + bytes.len()].copy_from_slice(&bytes);
                }
                prop_assert_eq!(overlay.len().unwrap(), model.len() as u64);
                let from = offset.min(model.len());
                for (from, to) in [(0, model.len()), (from, model.len()), (from / 2, from)] {
                    let mut read = vec![1; to - from];
                    overlay.read(from as u64, &mut read).unwrap();
                    prop_assert_eq!(&read[..], &model[from..to]);
                }
            }
            prop_assert!(overlay.read(model.len() as u64, &mut [0]).is_err());
            prop_assert_eq!(std::fs::read(&path).unwrap(), start);
        }
    }
}
