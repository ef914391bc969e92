//! Permissions of the files in a data folder: this user can use them, and no other user can read
//! them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::OpenError;
use crate::files::{denied_facts, private_mend, quoted, user_for_sudo, user_name, user_own};

/// Files next to `data`.
const BESIDE: [&str; 4] = ["lock", "ballast", "setup-link", "last-backup.json"];

/// Folders that contain only files of Hookgate.
const FOLDERS: [&str; 3] = ["data", "data/journal", "backup.unborn"];

/// Checks that this user can use everything in the data folder. A single command run as root can
/// leave files that the server cannot open; the remedy fixes all of them at once.
///
/// # Errors
/// [`OpenError::Denied`].
pub(super) fn usable(folder: &Path) -> Result<(), OpenError> {
    let all = Access::READ_OK | Access::WRITE_OK;
    let denied = |path: &PathBuf| {
        let wanted = if path.is_dir() { all | Access::EXEC_OK } else { all };
        matches!(access(path, wanted), Err(Errno::ACCESS | Errno::PERM))
    };
    let mut denied = std::iter::once(folder.to_owned())
        .chain(own_files(folder))
        .filter(denied);
    let Some(first) = denied.next() else {
        return Ok(());
    };
    let others = denied.count();
    let more = match others {
        0 => String::new(),
        1 => ", and one more file is affected".to_owned(),
        others => format!(", and {others} more files are affected"),
    };
    let me = user_own();
    let owner = fs::metadata(folder).map_or(0, |about| about.uid());
    let remedy = if owner == me || owner == 0 {
        // Never change the owner of a whole folder that may contain other files too.
        let ours = ["lock", "data"].iter().any(|name| folder.join(name).exists());
        let all = if ours { "-R " } else { "" };
        format!("run: sudo chown {all}{}: {}", user_name(me), quoted(folder))
    } else {
        format!(
            "run the command as the user of that folder: sudo -u {} hookgate …",
            user_for_sudo(owner)
        )
    };
    Err(OpenError::Denied {
        path: folder.to_owned(),
        facts: denied_facts(&first),
        more,
        remedy,
    })
}

/// Removes permissions of other users from the files in the data folder. The certificate may be
/// read by all; whether a master key that others could read is still secret, the administrator must
/// decide.
pub(super) fn private(folder: &Path) {
    let tls = ["tls", "tls/key.pem"].map(|name| folder.join(name));
    for path in own_files(folder).chain(tls) {
        let shown = path.display();
        match private_mend(&path) {
            Ok(None) => {}
            Ok(Some(mode)) => {
                tracing::warn!(path = %shown, mode = %format_args!("{mode:04o}"), "other users had access to this file; the access was removed");
            }
            Err(error) => {
                tracing::warn!(path = %shown, %error, "other users have access to this file, and the access cannot be removed");
            }
        }
    }
}

/// The files that Hookgate created in the folder, unless they cannot be listed.
fn own_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let beside = BESIDE.map(|name| folder.join(name)).into_iter();
    let folders = FOLDERS.map(|name| folder.join(name));
    let within = folders
        .clone()
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    beside.chain(folders).chain(within.map(|entry| entry.path()))
}
