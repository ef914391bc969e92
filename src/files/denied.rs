//! Why a file may not be used: its owner, the current user, and the command that fixes it.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::open_files::advice;
use super::users::{user_for_sudo, user_name, user_of_group, user_own};

/// An error of the system with what to do about it. It is inside an [`io::Error`] of the same kind.
#[derive(Debug)]
pub(super) struct Explained {
    /// The system's number of the error.
    pub code: i32,
    text: String,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Explained {}

/// Adds the file's owner, the current user, and the command that fixes it to an error; or how to
/// raise the limit of open files. Other errors are returned unchanged.
#[must_use]
pub fn explained(path: &Path, error: io::Error) -> io::Error {
    with(error, || {
        let blocker = Blocker::of(path)?;
        Some(format!("{blocker}. {}", blocker.remedy(user_own())))
    })
}

/// The same without a command, for a file that is not Hookgate's own.
#[must_use]
pub fn described(path: &Path, error: io::Error) -> io::Error {
    with(error, || Blocker::of(path).map(|blocker| blocker.to_string()))
}

/// Whose a file is, or the folder that keeps it from being seen, and who asks.
#[must_use]
pub fn denied_facts(path: &Path) -> String {
    Blocker::of(path).map_or_else(|| path.display().to_string(), |blocker| blocker.to_string())
}

/// A path, quoted for a shell.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn with(error: io::Error, denied: impl FnOnce() -> Option<String>) -> io::Error {
    let Some(code) = error.raw_os_error() else {
        return error;
    };
    let (why, more) = match Errno::from_raw_os_error(code) {
        Errno::ACCESS => ("permission denied", denied()),
        Errno::PERM => ("operation not permitted", denied()),
        code @ Errno::MFILE => ("Too many open files", advice(code)),
        code @ Errno::NFILE => ("Too many open files on this machine", advice(code)),
        _ => return error,
    };
    match more {
        Some(more) => io::Error::new(
            error.kind(),
            Explained {
                code,
                text: format!("{why}: {more}"),
            },
        ),
        None => error,
    }
}

/// The part of a path that denies access.
struct Blocker {
    path: PathBuf,
    owner: u32,
    group: u32,
    mode: u32,
    folder: bool,
}

impl Blocker {
    /// The path itself; a folder above it where that cannot be seen, is not there, or may be read
    /// and written.
    fn of(path: &Path) -> Option<Self> {
        let above = |path: &Path| {
            path.ancestors().find_map(|at| {
                let at = if at.as_os_str().is_empty() { Path::new(".") } else { at };
                Some((at.to_owned(), fs::metadata(at).ok()?))
            })
        };
        let (mut found, mut about) = above(path)?;
        if found == path
            && !about.is_dir()
            && access(path, Access::READ_OK | Access::WRITE_OK).is_ok()
            && let Some(parent) = path.parent()
        {
            (found, about) = above(parent)?;
        }
        Some(Self {
            path: found,
            owner: about.uid(),
            group: about.gid(),
            mode: about.mode() & 0o7777,
            folder: about.is_dir(),
        })
    }

    /// What to do, for this user.
    fn remedy(&self, me: u32) -> String {
        let (path, own) = (quoted(&self.path), user_name(me));
        if self.owner == me {
            let needed = if self.folder { 0o700 } else { 0o600 };
            if self.mode & needed == needed {
                return "The file mode allows access, so something else denies it: SELinux, AppArmor, file attributes \
                        (lsattr), or the sandbox of a service"
                    .to_owned();
            }
            let rights = if self.folder { "u+rwx" } else { "u+rw" };
            return format!("Run: chmod {rights} {path}");
        }
        let what = if self.folder { "folder" } else { "file" };
        match self.rightful().filter(|user| *user != me) {
            Some(user) => format!(
                "Run the command as {}: sudo -u {} hookgate …; or make {own} the owner of the {what}: sudo chown {own}: {path}",
                user_name(user),
                user_for_sudo(user),
            ),
            None => format!("Run: sudo chown {own}: {path}"),
        }
    }

    /// The user that it is meant for; none where that is only root, since Hookgate is not to run
    /// as root.
    fn rightful(&self) -> Option<u32> {
        if self.owner != 0 {
            return Some(self.owner);
        }
        let by_group = self.mode & 0o040 != 0 && self.group != 0;
        by_group.then(|| user_of_group(self.group)).flatten()
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} belongs to {} (mode {:04o}), and Hookgate runs as {}",
            self.path.display(),
            user_name(self.owner),
            self.mode,
            user_name(user_own()),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn file(owner: u32, mode: u32) -> Blocker {
        Blocker {
            path: "/srv/hook gate/key".into(),
            owner,
            group: 0,
            mode,
            folder: false,
        }
    }

    #[test]
    fn each_remedy_names_the_command() {
        let stranger = 3_999_999_999;
        for (blocker, me, command) in [
            (
                file(0, 0o600),
                stranger,
                "Run: sudo chown 3999999999: '/srv/hook gate/key'",
            ),
            (file(7, 0o400), 7, "Run: chmod u+rw '/srv/hook gate/key'"),
            (file(7, 0o600), 7, "something else denies it"),
            (file(stranger, 0o600), 7, "sudo -u '#3999999999' hookgate …"),
        ] {
            let remedy = blocker.remedy(me);
            assert!(remedy.contains(command), "{remedy}");
        }
    }

    #[test]
    fn what_stands_in_the_way_is_the_nearest_that_can_be_seen() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o750)).unwrap();
        let blocker = Blocker::of(&inner.join("missing/file")).unwrap();
        assert_eq!((blocker.path.as_path(), blocker.mode), (inner.as_path(), 0o750));
        let told = explained(&inner.join("missing"), io::Error::from_raw_os_error(13));
        assert_eq!(told.kind(), io::ErrorKind::PermissionDenied);
        let owner = user_name(user_own());
        let facts = format!(
            "{} belongs to {owner} (mode 0750), and Hookgate runs as {owner}",
            inner.display()
        );
        assert!(told.to_string().contains(&facts), "{told}");
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        let missing = explained(Path::new("/nowhere"), io::Error::from_raw_os_error(2));
        assert_eq!(missing.raw_os_error(), Some(2));
    }

    #[test]
    fn a_path_is_quoted_where_a_shell_would_read_it_otherwise() {
        assert_eq!(quoted(Path::new("/var/lib/hookgate")), "/var/lib/hookgate");
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
        assert_eq!(quoted(Path::new("/$(id)")), "'/$(id)'");
    }
}
