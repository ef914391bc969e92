//! The socket that listens.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::files::{PRIVATE_FILE, PRIVATE_FOLDER};

/// Created in a folder that only this user can enter, then moved to its place: at no moment can
/// another user connect. A socket that a killed server left is replaced: the caller holds the lock
/// of the data folder, so no process listens there.
pub(super) fn bind_private(socket: &Path) -> io::Result<UnixListener> {
    let folder = socket.with_extension("new");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => DirBuilder::new().mode(PRIVATE_FOLDER).create(&folder)?,
    }
    let born = folder.join("s");
    let listener = UnixListener::bind(&born)?;
    fs::set_permissions(&born, fs::Permissions::from_mode(PRIVATE_FILE))?;
    fs::rename(&born, socket)?;
    fs::remove_dir(&folder)?;
    Ok(listener)
}
