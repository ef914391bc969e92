//! How much room a disk has left.

use std::io;
use std::path::Path;

/// Bytes that this program may still write where the path is.
///
/// # Errors
/// As the file system gives them.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
