//! Who may open a data folder without a server: not root, where it is another user's.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// A command was run as root on the data folder of somebody else.
#[derive(Debug, thiserror::Error)]
#[error(
    "the data folder {} belongs to another user, whose server could not open the files that root makes in it. \
     Run the command as that user: sudo -u '#{owner}' hookgate …",
    path.display()
)]
pub struct OwnerError {
    path: PathBuf,
    owner: u32,
}

/// That what a command makes in the data folder can be opened by the server. Whoever is not root
/// cannot write to the folder of another user in the first place.
///
/// # Errors
/// [`OwnerError`].
pub fn owner_fits(data: &Path) -> Result<(), OwnerError> {
    let owner = fs::metadata(data).map_or(0, |about| about.uid());
    if owner != 0 && geteuid().is_root() {
        return Err(OwnerError {
            path: data.to_owned(),
            owner,
        });
    }
    Ok(())
}
