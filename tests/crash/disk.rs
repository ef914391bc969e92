//! A simulated machine: files in memory of which only what was synced is sure to survive.
//!
//! Under the journal it is a [`Disk`], under the database a [`StorageBackend`]. A power cut
//! keeps of each unsynced write all, some chunks, or nothing, each independently of the others;
//! a file's growth may be lost. Survivors land in the order in which they were written: a
//! kernel may write a newer page before an older one, but never an old version over a new one.
//! Of the unsynced changes of names a prefix survives, as file systems with a log keep it.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hookgate::journal::disk::{Disk, DiskFile};
use redb::StorageBackend;

use crate::rng::Rng;

/// What goes wrong in one life of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// With this operation that changes something, half done, the power goes.
    PowerCut(u64),
    /// This operation fails with this error number; later ones work.
    FailOnce(u64, i32),
    /// The disk is full from this operation on, up to that one.
    Full {
        from: u64,
        to: u64,
        whom: Whom,
        /// Whether also what is written over other bytes needs room, as on some file systems.
        over: bool,
    },
}

/// Who finds a full disk full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    Journal,
    Everybody,
}

/// What an operation needs of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// More room.
    Room,
    /// Room only where files are not written in place.
    Over,
    Nothing,
}

/// Linux's number for an error of the disk.
pub const EIO: i32 = 5;

/// Linux's number for a full disk.
pub const ENOSPC: i32 = 28;

/// Whose syncs do nothing, though they say that they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liar {
    Nobody,
    Journal,
    Database,
}

/// The name of the database; every other file is the journal's.
pub const DATABASE: &str = "hookgate.redb";

/// The machine, as one life of the process sees it; cheap to clone. Once it was restarted, a
/// handle of an earlier life reaches nothing any more, as no thread outlives its process.
#[derive(Debug, Clone)]
pub struct Machine {
    state: Arc<Mutex<State>>,
    life: u64,
}

#[derive(Debug, Clone)]
struct State {
    rng: Rng,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    unsynced_names: Vec<NameChange>,
    life: u64,
    without_power: bool,
    liar: Liar,
    fault: Option<Fault>,
    changes: u64,
    hit: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Inode {
    /// The name that it was made under, for messages.
    born: String,
    durable: Vec<u8>,
    /// What the process sees.
    cached: Vec<u8>,
    unsynced: Vec<Change>,
    /// How many handles there are.
    open: usize,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    SetLen(usize),
}

#[derive(Debug, Clone)]
enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

/// What a change comes to.
enum Verdict {
    Whole,
    /// Do half of it, then fail.
    Half(io::Error),
}

impl Machine {
    pub fn new(rng: Rng, liar: Liar) -> Self {
        let state = State {
            rng,
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
            life: 0,
            without_power: false,
            liar,
            fault: None,
            changes: 0,
            hit: None,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            life: 0,
        }
    }

    /// Cuts the power and switches it on again: what was not synced is at the mercy of chance.
    pub fn crash(&self) -> Self {
        let mut state = self.lock();
        state.lose();
        Self::next_life(&self.state, &mut state)
    }

    /// Kills the process and starts it again: what was written is still in the page cache.
    pub fn kill(&self) -> Self {
        let mut state = self.lock();
        if state.without_power {
            state.lose();
        }
        Self::next_life(&self.state, &mut state)
    }

    fn next_life(shared: &Arc<Mutex<State>>, state: &mut State) -> Self {
        state.life += 1;
        state.without_power = false;
        state.fault = None;
        state.changes = 0;
        state.hit = None;
        Self {
            state: Arc::clone(shared),
            life: state.life,
        }
    }

    /// Another machine with the same files. Nothing may have them open.
    pub fn copy(&self, rng: Rng) -> Self {
        let mut state = self.lock().clone();
        assert!(state.inodes.iter().all(|inode| inode.open == 0), "a file is open");
        state.rng = rng;
        let life = state.life;
        Self {
            state: Arc::new(Mutex::new(state)),
            life,
        }
    }

    /// Counts from here what changes something, and lets this go wrong.
    pub fn plan(&self, fault: Fault) {
        let mut state = self.lock();
        state.changes = 0;
        state.fault = Some(fault);
    }

    /// How many operations changed something since the plan was made.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// What the fault hit, such as `write spare`; none while it has not come.
    pub fn hit(&self) -> Option<String> {
        self.lock().hit.clone()
    }

    /// Changes a file behind everybody's back, as failing hardware does.
    pub fn tamper(&self, name: &str, with: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.lock();
        let inode = state.names[name];
        let inode = &mut state.inodes[inode];
        with(&mut inode.cached);
        inode.unsynced.clear();
        inode.durable.clone_from(&inode.cached);
    }

    /// The bytes of a file, as the process sees them.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.lock();
        state.inodes[state.names[name]].cached.clone()
    }

    /// The database's file, made if it is not there.
    pub fn database(&self) -> io::Result<Storage> {
        let mut state = self.enter()?;
        let inode = match state.names.get(DATABASE) {
            Some(inode) => *inode,
            None => state.create(DATABASE)?,
        };
        drop(state);
        Ok(Storage(self.handle(inode)))
    }

    /// How often a file is open.
    pub fn handles(&self, name: &str) -> usize {
        let state = self.lock();
        state.inodes[state.names[name]].open
    }

    fn handle(&self, inode: usize) -> Handle {
        self.lock().inodes[inode].open += 1;
        Handle {
            machine: self.clone(),
            inode,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.lock();
        if state.life != self.life || state.without_power {
            return Err(io::Error::other("the power is gone"));
        }
        Ok(state)
    }
}

impl State {
    /// Counts a change, and tells whether it comes through.
    fn change(&mut self, need: Need, what: impl FnOnce() -> String) -> Verdict {
        self.changes += 1;
        match self.fault {
            Some(Fault::Full { from, to, whom, over }) if (from..to).contains(&self.changes) => {
                let what = what();
                let needs = need == Need::Room || (over && need == Need::Over);
                if !needs || (whom == Whom::Journal && what.ends_with(DATABASE)) {
                    return Verdict::Whole;
                }
                self.hit.get_or_insert(what);
                Verdict::Half(io::Error::from_raw_os_error(ENOSPC))
            }
            Some(Fault::PowerCut(at)) if at == self.changes => {
                self.hit = Some(what());
                self.without_power = true;
                Verdict::Half(io::Error::other("the power went"))
            }
            Some(Fault::FailOnce(at, number)) if at == self.changes => {
                self.hit = Some(what());
                Verdict::Half(io::Error::from_raw_os_error(number))
            }
            _ => Verdict::Whole,
        }
    }

    fn create(&mut self, name: &str) -> io::Result<usize> {
        if let Some(inode) = self.names.get(name).copied() {
            self.write(inode, Change::SetLen(0))?;
            return Ok(inode);
        }
        let inode = self.inodes.len();
        self.inodes.push(Inode {
            born: name.to_owned(),
            ..Inode::default()
        });
        self.name(NameChange::Create(name.to_owned(), inode))?;
        Ok(inode)
    }

    /// Half of a change of names is all or nothing.
    fn name(&mut self, change: NameChange) -> io::Result<()> {
        let need = match change {
            NameChange::Create(..) => Need::Room,
            NameChange::Rename(..) | NameChange::Remove(_) => Need::Nothing,
        };
        match self.change(need, || format!("{change:?}")) {
            Verdict::Half(error) => {
                if self.without_power && self.rng.coin() {
                    self.unsynced_names.push(change);
                }
                Err(error)
            }
            Verdict::Whole => {
                change.apply(&mut self.names);
                self.unsynced_names.push(change);
                Ok(())
            }
        }
    }

    fn write(&mut self, inode: usize, change: Change) -> io::Result<()> {
        let born = self.inodes[inode].born.clone();
        let len = self.inodes[inode].cached.len();
        let need = match &change {
            Change::Write { at, bytes } if at + bytes.len() > len => Need::Room,
            Change::SetLen(longer) if *longer > len => Need::Room,
            Change::Write { .. } => Need::Over,
            Change::SetLen(_) => Need::Nothing,
        };
        let verdict = self.change(need, || match &change {
            Change::Write { .. } => format!("write {born}"),
            Change::SetLen(_) => format!("set_len {born}"),
        });
        let (change, answer) = match (verdict, change) {
            (Verdict::Whole, change) => (change, Ok(())),
            (Verdict::Half(error), Change::Write { at, mut bytes }) => {
                bytes.truncate(bytes.len() / 2);
                (Change::Write { at, bytes }, Err(error))
            }
            (Verdict::Half(error), Change::SetLen(_)) => return Err(error),
        };
        let inode = &mut self.inodes[inode];
        change.apply(&mut inode.cached);
        inode.unsynced.push(change);
        answer
    }

    fn sync(&mut self, inode: usize) -> io::Result<()> {
        let born = self.inodes[inode].born.clone();
        match self.change(Need::Nothing, || format!("sync {born}")) {
            Verdict::Whole => {
                let database = born == DATABASE;
                if self.liar != (if database { Liar::Database } else { Liar::Journal }) {
                    let inode = &mut self.inodes[inode];
                    for change in inode.unsynced.drain(..) {
                        change.apply(&mut inode.durable);
                    }
                }
                Ok(())
            }
            // The power cut does the rest.
            Verdict::Half(error) if self.without_power => Err(error),
            // As Linux does it: some pages reach the disk, all are thought clean from now on,
            // and what the process reads is still what it wrote. The length is no page.
            Verdict::Half(error) => {
                self.inodes[inode].lose(&mut self.rng, false);
                Err(error)
            }
        }
    }

    fn sync_names(&mut self) -> io::Result<()> {
        match self.change(Need::Nothing, || "sync_folder".to_owned()) {
            Verdict::Whole => {
                if self.liar != Liar::Journal {
                    for change in self.unsynced_names.drain(..) {
                        change.apply(&mut self.durable_names);
                    }
                }
                Ok(())
            }
            Verdict::Half(error) => Err(error),
        }
    }

    fn lose(&mut self) {
        let kept = self.rng.index(self.unsynced_names.len() + 1);
        for change in self.unsynced_names.drain(..).take(kept) {
            change.apply(&mut self.durable_names);
        }
        self.names.clone_from(&self.durable_names);
        for inode in &mut self.inodes {
            inode.lose(&mut self.rng, true);
            inode.cached.clone_from(&inode.durable);
        }
        self.without_power = false;
    }
}

impl Inode {
    /// Chance decides what of the unsynced changes becomes durable.
    fn lose(&mut self, rng: &mut Rng, growth_too: bool) {
        // Some power cuts come before anything was written back, some after almost all was.
        let survive = *rng.pick(&[0, 10, 50, 90, 100]);
        let chunk = *rng.pick(&[4096, 512, 64, 8, 1]);
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::SetLen(len) => {
                    if !growth_too || rng.coin() {
                        self.durable.resize(len, 0);
                    }
                }
                Change::Write { at, mut bytes } => {
                    let end = at + bytes.len();
                    if end > self.durable.len() {
                        if !growth_too || rng.coin() {
                            self.durable.resize(end, 0);
                        } else {
                            bytes.truncate(self.durable.len().saturating_sub(at));
                        }
                    }
                    match rng.below(4) {
                        0 => {}
                        1 => {
                            if let Some(into) = self.durable.get_mut(at..at + bytes.len()) {
                                into.copy_from_slice(&bytes);
                            }
                        }
                        _ => self.keep_chunks(at, &bytes, chunk, survive, rng),
                    }
                }
            }
        }
    }

    fn keep_chunks(&mut self, at: usize, bytes: &[u8], chunk: usize, survive: u64, rng: &mut Rng) {
        let mut done = 0;
        while done < bytes.len() {
            // Chunks lie at multiples of their size in the file.
            let len = (chunk - (at + done) % chunk).min(bytes.len() - done);
            if rng.below(100) < survive {
                self.durable[at + done..at + done + len].copy_from_slice(&bytes[done..done + len]);
            }
            done += len;
        }
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::SetLen(len) => to.resize(*len, 0),
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if end > to.len() {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Create(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Rename(from, to) => {
                if let Some(inode) = names.remove(from) {
                    names.insert(to.clone(), inode);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

impl Disk for Machine {
    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.enter()?;
        Ok(state.names.keys().filter(|name| *name != DATABASE).cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.enter()?.create(name)?;
        Ok(Box::new(self.handle(inode)))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let inode = self.enter()?.names.get(name).copied();
        let inode = inode.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(self.handle(inode)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.enter()?.name(NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.enter()?.name(NameChange::Remove(name.to_owned()))
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.enter()?.sync_names()
    }
}

/// An open file.
#[derive(Debug)]
struct Handle {
    machine: Machine,
    inode: usize,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.machine.lock().inodes[self.inode].open -= 1;
    }
}

impl Handle {
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let change = Change::Write {
            at: usize::try_from(at).unwrap(),
            bytes: bytes.to_vec(),
        };
        self.machine.enter()?.write(self.inode, change)
    }
}

impl DiskFile for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.machine.enter()?.inodes[self.inode].cached.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.machine.enter()?;
        let offset = usize::try_from(offset).unwrap();
        let from = state.inodes[self.inode].cached.get(offset..).unwrap_or_default();
        let len = from.len().min(into.len());
        into[..len].copy_from_slice(&from[..len]);
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write(offset, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.machine.enter()?.sync(self.inode)
    }
}

/// The database's file.
#[derive(Debug)]
pub struct Storage(Handle);

impl StorageBackend for Storage {
    fn len(&self) -> io::Result<u64> {
        DiskFile::len(&self.0)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let read = self.0.read_at(out, offset)?;
        if read < out.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let change = Change::SetLen(usize::try_from(len).unwrap());
        self.0.machine.enter()?.write(self.0.inode, change)
    }

    fn sync_data(&self) -> io::Result<()> {
        DiskFile::sync(&self.0)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
