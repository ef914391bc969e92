//! How many files a process may have open at once. Connections count as files.

use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::denied::Explained;

/// How many files this process may have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFilesLimit {
    /// The soft limit, which counts.
    pub now: u64,
    /// The hard limit, up to which the process may raise the soft one.
    pub maximum: u64,
}

/// The limit of this process.
#[must_use]
pub fn open_files_limit() -> OpenFilesLimit {
    let limit = getrlimit(Resource::Nofile);
    OpenFilesLimit {
        now: limit.current.unwrap_or(u64::MAX),
        maximum: limit.maximum.unwrap_or(u64::MAX),
    }
}

/// Raises the soft limit to the hard one. Shells start programs with a
/// soft limit of 1,024 for the sake of `select`, which Hookgate does not use.
pub fn open_files_raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // Where a filter of system calls forbids it, the lower limit counts.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: limit.maximum,
                maximum: limit.maximum,
            },
        );
    }
}

/// Whether an error says that this process, or the machine, has too many files open. It may be
/// tried again: nothing was done.
#[must_use]
pub fn too_many_open(error: &io::Error) -> bool {
    let explained = || {
        let inner = error.get_ref()?.downcast_ref::<Explained>()?;
        Some(inner.code)
    };
    matches!(
        error.raw_os_error().or_else(explained).map(Errno::from_raw_os_error),
        Some(Errno::MFILE | Errno::NFILE)
    )
}

/// What is wrong, and what to do.
pub(super) fn advice(code: Errno) -> Option<String> {
    match code {
        Errno::MFILE => Some(format!(
            "this process is limited to {} open files and connections. Raise LimitNOFILE= in the unit file of the \
             service (or 'ulimit -n' in the shell that starts it), or lower limits.connections",
            open_files_limit().now
        )),
        Errno::NFILE => Some(
            "all programs on this machine together have reached the kernel's limit of open files. Stop the program \
             that holds them open ('lsof' shows it), or raise fs.file-max with sysctl"
                .to_owned(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::explained;
    use super::*;

    #[test]
    fn too_many_open_files_are_known_before_and_after_they_are_explained() {
        for (code, too_many) in [(24, true), (23, true), (28, false), (13, false)] {
            let error = || io::Error::from_raw_os_error(code);
            assert_eq!(too_many_open(&error()), too_many, "{code}");
            let told = explained(Path::new("/nowhere"), error());
            assert_eq!(too_many_open(&told), too_many, "{code}");
        }
        let told = explained(Path::new("/nowhere"), io::Error::from_raw_os_error(24)).to_string();
        for part in ["Too many open files", "LimitNOFILE=", "ulimit -n", "limits.connections"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!told.contains("disk"), "{told}");
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let before = open_files_limit();
        open_files_raise();
        let raised = open_files_limit();
        assert_eq!((raised.now, raised.maximum), (before.maximum, before.maximum));
    }
}
