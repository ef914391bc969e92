//! The free room on the disk of the data folder, when work that needs room is rejected, and a file
//! that reserves room for the work that frees some.

mod ballast;
mod guard;
mod marks;

use std::error::Error;
use std::io;
use std::path::Path;

use crate::files::too_many_open;

pub use guard::{Guard, Level, Space};
pub use marks::SpaceOptions;

/// What a disk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that this process may still use.
    pub free: u64,
    /// The size of the file system in bytes.
    pub total: u64,
}

/// The room on the disk of a folder.
///
/// # Errors
/// As the file system reports them.
pub fn room(folder: &Path) -> io::Result<Room> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(Room {
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
        total: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// Whether an error says that the disk, or what may be used of it, is full.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What there may be too little of. It can be tried again once there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// Room on the disk.
    Disk,
    /// Files that may be open.
    OpenFiles,
}

/// What there is too little of, if an error says so.
#[must_use]
pub fn shortage(error: &io::Error) -> Option<Shortage> {
    if is_full(error) {
        Some(Shortage::Disk)
    } else if too_many_open(error) {
        Some(Shortage::OpenFiles)
    } else {
        None
    }
}

/// Whether an error comes of a full disk, by what caused it.
#[must_use]
pub fn comes_of_full_disk(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(is_full) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_known_by_what_caused_an_error() {
        #[derive(Debug, thiserror::Error)]
        #[error("it failed")]
        struct Failed(#[source] io::Error);
        let failed = |number| Failed(io::Error::from_raw_os_error(number));
        for (number, full) in [(28, true), (122, true), (5, false)] {
            assert_eq!(comes_of_full_disk(&failed(number)), full, "{number}");
        }
    }

    #[test]
    fn a_disk_has_room() {
        let room = room(&std::env::temp_dir()).unwrap();
        assert!(room.total > 0 && room.free <= room.total, "{room:?}");
    }
}
