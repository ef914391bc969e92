//! The file operations that the journal needs, as a trait, so that tests can simulate the disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::files::{explained, private_create};
use crate::space::Guard;

/// A folder of files. Names are flat.
///
/// Only this is guaranteed: after `File::sync` the written bytes and the length are on disk; after
/// [`Disk::sync_folder`] the names are.
pub trait Disk: Send + Sync + 'static {
    /// The names of all files, in any order.
    ///
    /// # Errors
    /// Errors of the file system. The same holds for all methods.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Creates an empty file. An existing file of this name is truncated.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for reading and writing.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Renames a file atomically.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes names durable.
    ///
    /// # Errors
    /// See [`Disk::list`].
    fn sync_folder(&self) -> io::Result<()>;
    /// The guard that watches the free space of the disk.
    fn guard(&self) -> Guard {
        Guard::default()
    }
}

/// An open file.
pub trait DiskFile: Send {
    /// The length in bytes.
    ///
    /// # Errors
    /// Errors of the file system. The same holds for all methods.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file is empty.
    ///
    /// # Errors
    /// See [`DiskFile::len`].
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }
    /// Reads up to `into.len()` bytes; fewer only at the end of the file.
    ///
    /// # Errors
    /// See [`DiskFile::len`].
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all bytes.
    ///
    /// # Errors
    /// See [`DiskFile::len`].
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes all written bytes and the length durable.
    ///
    /// # Errors
    /// See [`DiskFile::len`]. After an error, the state of what was written since the last sync is
    /// unknown, and the sync must not be retried.
    fn sync(&self) -> io::Result<()>;
}

/// A real folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    guard: Guard,
    /// Kept open after the first sync: a segment that has its name must not fail because no more
    /// files can be opened.
    opened: Arc<OnceLock<File>>,
}

impl Folder {
    /// The folder at `path`, which must exist.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            guard: Guard::default(),
            opened: Arc::default(),
        }
    }

    /// The same folder, on a disk that `guard` watches.
    #[must_use]
    pub fn watched(self, guard: Guard) -> Self {
        Self { guard, ..self }
    }

    fn at<T>(&self, name: &str, run: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let path = self.path.join(name);
        run(&path).map_err(|error| explained(&path, error))
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(|error| explained(&self.path, error))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(private_create(&self.path.join(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = self.at(name, |path| OpenOptions::new().read(true).write(true).open(path))?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.at(from, |path| fs::rename(path, self.path.join(to)))?;
        // A new file was completed: much was written since the last check.
        self.guard.look();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.at(name, |path| fs::remove_file(path))
    }

    fn sync_folder(&self) -> io::Result<()> {
        if let Some(folder) = self.opened.get() {
            return folder.sync_all();
        }
        let folder = File::open(&self.path).map_err(|error| explained(&self.path, error))?;
        self.opened.get_or_init(|| folder).sync_all()
    }

    fn guard(&self) -> Guard {
        self.guard.clone()
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        self.metadata().map(|metadata| metadata.len())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match FileExt::read_at(self, rest, offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
