//! The data folder: locked by one process, created atomically, never mistaken for an empty one.
//!
//! It contains `lock`, `data/appliance.json`, `data/hookgate.redb` and `data/journal/`. `data` is
//! created as `data.unborn` and renamed when its content is on disk, so a crash during creation
//! leaves nothing that disturbs the next start.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{OpenError, rights};
use crate::domain::time::Timestamp;
use crate::files::{PRIVATE_FILE, PRIVATE_FOLDER, explained, private_create};
use crate::journal::disk::Folder;
use crate::journal::journal_create;
use crate::store::store_create;

/// The data folder, locked by this process.
#[derive(Debug)]
pub struct DataFolder {
    pub path: PathBuf,
    /// The id of the appliance that the data belongs to.
    pub appliance: Uuid,
    /// Whether it was created by this start.
    pub is_new: bool,
    /// When a server last ran on it; none if the folder is new.
    pub last_alive: Option<Timestamp>,
    lock: Arc<File>,
}

/// Notes in the data folder that a server is running, as the modification time of its lock.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<File>);

impl Pulse {
    /// Notes that the server is running at this moment.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn beat(&self, now: Timestamp) -> io::Result<()> {
        let since = Duration::from_micros(u64::try_from(now.0).unwrap_or_default());
        self.0.set_modified(UNIX_EPOCH + since)
    }
}

/// The content of `data/appliance.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    product: String,
    format: u32,
    appliance: Uuid,
}

const FORMAT: u32 = 1;
const PRODUCT: &str = "hookgate";
const IDENTITY: &str = "appliance.json";

impl DataFolder {
    /// Locks the folder, and creates its data if it is empty. New data gets the id `appliance` and
    /// a journal with files of `segment` bytes.
    ///
    /// # Errors
    /// If another process holds the folder, or its data is damaged or foreign.
    pub fn open(path: &Path, appliance: Uuid, segment: u64) -> Result<Self, OpenError> {
        Self::open_if(path, Some((appliance, segment)))
    }

    /// Locks a folder whose data must exist.
    ///
    /// # Errors
    /// See [`DataFolder::open`]; also if there is no data.
    pub fn open_existing(path: &Path) -> Result<Self, OpenError> {
        Self::open_if(path, None)
    }

    fn open_if(path: &Path, birth: Option<(Uuid, u64)>) -> Result<Self, OpenError> {
        let io = |doing| folder_error(path, doing);
        let data = path.join("data");
        if birth.is_some() {
            folder_make(path).map_err(io("creating it"))?;
        }
        // A folder that cannot be read is not an empty one.
        rights::usable(path)?;
        if birth.is_none() && !data.try_exists().map_err(io("listing its files"))? {
            return Err(OpenError::Nothing { path: path.to_owned() });
        }
        let lock = lock(path)?;
        rights::private(path);
        let mut is_new = false;
        if let Some((appliance, segment)) = birth.filter(|_| !data.exists()) {
            let unborn = path.join("data.unborn");
            if unborn.exists() {
                fs::remove_dir_all(&unborn).map_err(io("removing the files of an interrupted start"))?;
            }
            fill(&unborn, appliance, segment)?;
            fs::rename(&unborn, &data).map_err(io("rerenaming its data"))?;
            is_new = true;
        }
        // Also if the data exists: an earlier start may have been killed right after renaming it.
        sync_folder(path).map_err(io("syncing it"))?;
        let appliance = identity(&data)?;
        Ok(Self {
            path: path.to_owned(),
            appliance,
            is_new,
            last_alive: last_alive(&lock).filter(|_| !is_new),
            lock: Arc::new(lock),
        })
    }

    /// The handle that notes that a server is running.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        Pulse(Arc::clone(&self.lock))
    }

    /// The path of the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("data/hookgate.redb")
    }

    /// The path of the base, a copy of the database on which the kept part of the journal builds.
    /// It does not exist while the journal is kept from its beginning.
    #[must_use]
    pub fn base(&self) -> PathBuf {
        self.path.join("data/base.redb")
    }

    /// The path of the journal's folder.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join("data/journal")
    }
}

/// Converts an error at a path, and adds what to do if access was denied.
pub(super) fn folder_error(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> OpenError + use<> {
    let path = path.to_owned();
    move |source| {
        let source = explained(&path, source);
        OpenError::Folder { path, doing, source }
    }
}

fn last_alive(lock: &File) -> Option<Timestamp> {
    let changed = lock.metadata().ok()?.modified().ok()?;
    let since = changed.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp)
}

/// Creates a folder and its parents durably: acknowledged data inside must not be lost with the
/// folder's name.
pub(super) fn folder_make(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path
        .ancestors()
        .filter(|folder| !folder.as_os_str().is_empty())
        .take_while(|folder| !folder.exists())
        .collect();
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path)?;
    for folder in missing {
        match folder.parent() {
            Some(above) if above.as_os_str().is_empty() => sync_folder(Path::new("."))?,
            Some(above) => sync_folder(above)?,
            None => {}
        }
    }
    Ok(())
}

pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let name = path.join("lock");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .open(&name)
        .map_err(folder_error(&name, "opening it"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(folder_error(&name, "locking it")(source)),
    }
}

fn fill(unborn: &Path, appliance: Uuid, segment: u64) -> Result<(), OpenError> {
    let journal = unborn.join("journal");
    fill_identity(unborn, appliance)?;
    journal_create(&Folder::new(&journal), appliance, segment)?;
    let database = unborn.join("hookgate.redb");
    store_create(&database, appliance)?;
    File::open(&database)
        .and_then(|file| file.sync_all())
        .and_then(|()| sync_folder(&journal))
        .and_then(|()| sync_folder(unborn))
        .map_err(folder_error(unborn, "syncing it"))
}

/// Creates the folders in `unborn` and the file with the appliance's id.
pub(super) fn fill_identity(unborn: &Path, appliance: Uuid) -> Result<(), OpenError> {
    let io = |doing| folder_error(unborn, doing);
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(unborn.join("journal"))
        .map_err(io("creating it"))?;
    let identity = Identity {
        product: PRODUCT.to_owned(),
        format: FORMAT,
        appliance,
    };
    let text = serde_json::to_string_pretty(&identity).map_err(|error| io("renaming it")(error.into()))?;
    file_write(&unborn.join(IDENTITY), format!("{text}\n").as_bytes()).map_err(io("renaming it"))
}

fn identity(data: &Path) -> Result<Uuid, OpenError> {
    let path = data.join(IDENTITY);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OpenError::Foreign { path: data.to_owned() });
        }
        Err(source) => return Err(folder_error(&path, "reading it")(source)),
    };
    let identity: Identity = serde_json::from_str(&text).map_err(|_| OpenError::Foreign { path: path.clone() })?;
    if identity.product != PRODUCT {
        return Err(OpenError::Foreign { path });
    }
    if identity.format > FORMAT {
        return Err(OpenError::Newer {
            path,
            found: identity.format,
        });
    }
    Ok(identity.appliance)
}

/// Writes a file that only this user may read: under another name, then synced and renamed.
///
/// # Errors
/// Errors of the file system.
pub fn file_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut unborn = path.as_os_str().to_owned();
    unborn.push(".unborn");
    let unborn = PathBuf::from(unborn);
    let mut file = private_create(&unborn)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unborn, path).map_err(|error| explained(path, error))?;
    match path.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// Makes the names in a folder durable.
///
/// # Errors
/// Errors of the file system.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
