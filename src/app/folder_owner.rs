//! Who may open a data folder without a server: not root, where it is another user's.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::files::{user_for_sudo, user_name, user_own};

/// A command ran as root on the data folder of another user.
#[derive(Debug, thiserror::Error)]
#[error(
    "the data folder {} belongs to {}; the server of this user could not open files that root creates in it. Run the \
     command as this user: sudo -u {} hookgate …",
    path.display(),
    user_name(*owner),
    user_for_sudo(*owner)
)]
pub struct OwnerError {
    path: PathBuf,
    owner: u32,
}

/// Checks that the server can open what a command creates in the data folder. A user who is not
/// root cannot write to the folder of another user anyway.
///
/// # Errors
/// [`OwnerError`].
pub fn owner_fits(data: &Path) -> Result<(), OwnerError> {
    if user_own() != 0 {
        return Ok(());
    }
    // The folder may have been made by root for the user whose data is in it.
    let owners = [data.to_owned(), data.join("data")].map(|path| fs::metadata(path).map_or(0, |about| about.uid()));
    match owners.into_iter().find(|owner| *owner != 0) {
        Some(owner) => Err(OwnerError {
            path: data.to_owned(),
            owner,
        }),
        None => Ok(()),
    }
}
