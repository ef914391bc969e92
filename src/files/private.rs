//! Files that only the user of Hookgate may read, whatever the umask is: they contain bodies of
//! webhooks, personal data, and keys.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::explained;

/// The mode of a file.
pub const PRIVATE_FILE: u32 = 0o600;

/// The mode of a folder.
pub const PRIVATE_FOLDER: u32 = 0o700;

/// The rights of everyone except the owner.
const OTHERS: u32 = 0o077;

/// Opens a file for reading and writing, new or emptied.
///
/// # Errors
/// As the file system reports them.
pub fn private_create(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().create(true).truncate(true))
}

/// The same for a file that must not exist yet.
///
/// # Errors
/// As the file system reports them.
pub fn private_new(path: &Path) -> io::Result<File> {
    opened(path, OpenOptions::new().create_new(true))
}

fn opened(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.read(true).write(true).mode(PRIVATE_FILE).open(path);
    let file = file.map_err(|error| explained(path, error))?;
    // One that was there keeps its mode, and a umask may take rights of the owner. Not every file
    // system has modes.
    if file.metadata()?.mode() & 0o777 != PRIVATE_FILE {
        let _ = file.set_permissions(Permissions::from_mode(PRIVATE_FILE));
    }
    Ok(file)
}

/// Removes the rights of others from an existing file or folder, and returns its previous mode if
/// they had some. Links are left alone.
///
/// # Errors
/// As the file system reports them.
pub fn private_mend(path: &Path) -> io::Result<Option<u32>> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(explained(path, error)),
    };
    let mode = about.mode() & 0o777;
    if mode & OTHERS == 0 || !(about.is_file() || about.is_dir()) {
        return Ok(None);
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS)).map_err(|error| explained(path, error))?;
    Ok(Some(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn one_that_is_there_becomes_private_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        drop(private_create(&path).unwrap());
        assert_eq!((mode(&path), fs::read(&path).unwrap().len()), (0o600, 0));
        assert_eq!(private_new(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn only_the_rights_of_others_are_taken_and_links_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&path, "").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        assert_eq!(private_mend(&link).unwrap(), None);
        assert_eq!(mode(&path), 0o444);
        assert_eq!(private_mend(&path).unwrap(), Some(0o444));
        assert_eq!(mode(&path), 0o400);
        assert_eq!(private_mend(&path).unwrap(), None);
        assert_eq!(private_mend(&folder.path().join("none")).unwrap(), None);
    }
}
