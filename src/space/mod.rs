//! The free space on the disk of the data folder, when work that needs room is rejected, and a file
//! that reserves room for work that frees space.

mod ballast;
mod guard;
mod marks;

use std::error::Error;
use std::io;
use std::path::Path;

use crate::files::too_many_open;

pub use guard::{Guard, Level, Space};
pub use marks::SpaceOptions;

/// The space on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The number of bytes that this process may still use.
    pub free: u64,
    /// The size of the file system in bytes.
    pub total: u64,
}

/// Measures the disk of a folder.
///
/// # Errors
/// Errors of the file system.
pub fn room(folder: &Path) -> io::Result<Room> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(Room {
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
        total: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// Whether an error says that the disk or the quota is full.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// A resource that is short. The operation can be tried again when there is more of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// Free space on the disk.
    Disk,
    /// The number of files that may be open.
    OpenFiles,
}

/// The shortage that an error reports, if it reports one.
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

/// Whether an error was caused by a full disk.
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
