//! A disk on which a test can block syncs of the journal.

use std::io;
use std::sync::{Arc, Condvar, Mutex};

use crate::journal::disk::{Disk, DiskFile, Folder};

#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    shut: bool,
    held: bool,
}

impl Gate {
    pub fn shut(&self) {
        self.state.lock().unwrap().shut = true;
    }

    pub fn open(&self) {
        self.state.lock().unwrap().shut = false;
        self.moved.notify_all();
    }

    /// Waits until a sync is blocked.
    pub fn wait_held(&self) {
        let state = self.state.lock().unwrap();
        drop(self.moved.wait_while(state, |state| !state.held).unwrap());
    }

    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.held = state.shut;
        self.moved.notify_all();
        let mut state = self.moved.wait_while(state, |state| state.shut).unwrap();
        state.held = false;
    }
}

/// A folder in which a gate blocks the file that is open at the start: the last file of the
/// journal.
pub struct Held {
    pub folder: Folder,
    pub gate: Arc<Gate>,
}

impl Disk for Held {
    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.folder.create(name)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = self.folder.open(name)?;
        let gate = Arc::clone(&self.gate);
        Ok(Box::new(HeldFile { file, gate }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.folder.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.folder.sync_folder()
    }
}

struct HeldFile {
    file: Box<dyn DiskFile>,
    gate: Arc<Gate>,
}

impl DiskFile for HeldFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(into, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.gate.pass();
        self.file.sync()
    }
}
