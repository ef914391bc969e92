//! A file that only reserves room: removing it frees room when the disk is full. redb needs room
//! even to delete, so without the file a full disk could not be emptied by deleting webhooks.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use crate::files::private_create;

fn path(folder: &Path) -> PathBuf {
    folder.join("ballast")
}

fn unborn(folder: &Path) -> PathBuf {
    folder.join("ballast.unborn")
}

/// The size of the file; 0 if it does not exist.
pub(super) fn held(folder: &Path) -> u64 {
    fs::metadata(path(folder)).map_or(0, |file| file.len())
}

/// Creates the file such that the disk really allocates its bytes.
pub(super) fn make(folder: &Path, bytes: u64) -> io::Result<()> {
    let made = fill(&unborn(folder), bytes).and_then(|()| fs::rename(unborn(folder), path(folder)));
    if made.is_err() {
        // A partial ballast must not keep a full disk full.
        let _ = remove(&unborn(folder));
    }
    made?;
    sync(folder)
}

fn fill(path: &Path, bytes: u64) -> io::Result<()> {
    let file = private_create(path)?;
    match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::NOTSUP | Errno::NOSYS) => write(&file, bytes)?,
        done => done?,
    }
    file.sync_all()
}

/// For file systems that allocate only written data. The content cannot be compressed.
fn write(mut file: &File, bytes: u64) -> io::Result<()> {
    let mut chunk = vec![0; 1 << 20];
    aws_lc_rs::rand::fill(&mut chunk).map_err(|_| io::Error::other("the system's random number generator failed"))?;
    let mut left = bytes;
    while left > 0 {
        let step = usize::try_from(left).unwrap_or(chunk.len()).min(chunk.len());
        file.write_all(chunk.get(..step).unwrap_or(&chunk))?;
        left -= step as u64;
    }
    Ok(())
}

/// Removes the file. Returns whether it existed.
pub(super) fn give_up(folder: &Path) -> io::Result<bool> {
    let unborn = remove(&unborn(folder))?;
    let whole = remove(&path(folder))?;
    if unborn || whole {
        // The room is free only when the removal is on disk.
        sync(folder)?;
    }
    Ok(whole)
}

fn remove(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    const BYTES: u64 = 3 << 20;

    #[test]
    fn the_disk_has_its_bytes_until_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(held(folder.path()), 0);
        make(folder.path(), BYTES).unwrap();
        assert_eq!(held(folder.path()), BYTES);
        let blocks = fs::metadata(path(folder.path())).unwrap().blocks();
        assert!(blocks * 512 >= BYTES, "it is sparse: {blocks} blocks");
        assert!(give_up(folder.path()).unwrap());
        assert!(!give_up(folder.path()).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_written_instead_has_as_many_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(path(folder.path())).unwrap();
        write(&file, BYTES + 7).unwrap();
        assert_eq!(held(folder.path()), BYTES + 7);
    }

    #[test]
    fn what_was_cut_short_is_overwritten_and_cleared() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(unborn(folder.path()), "half").unwrap();
        assert_eq!(held(folder.path()), 0);
        make(folder.path(), BYTES).unwrap();
        fs::write(unborn(folder.path()), "half").unwrap();
        assert!(give_up(folder.path()).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
