//! Files with a secret in them, and whether others can read them.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::quoted;

/// A file with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    pub what: &'static str,
    pub path: PathBuf,
    /// The rights that no one may have.
    forbidden: u32,
    /// The command that removes these rights.
    chmod: &'static str,
}

/// A secret that others can read or replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    file: SecretFile,
    mode: u32,
}

impl SecretFile {
    /// The master key, which only its user may read. systemd lets a service read a credential by an
    /// access list, which shows as rights of the group.
    #[must_use]
    pub const fn master_key(path: PathBuf, credential: bool) -> Self {
        Self {
            what: "the master key",
            path,
            forbidden: if credential { 0o037 } else { 0o077 },
            chmod: "chmod 600",
        }
    }

    /// The key of the certificate. A group may read it: that is how a service gets the key of a
    /// company's CA.
    #[must_use]
    pub const fn tls_key(path: PathBuf) -> Self {
        Self {
            what: "the TLS key",
            path,
            forbidden: 0o027,
            chmod: "chmod g-w,o=",
        }
    }

    /// Whether others can read or replace it; none also where it cannot be checked.
    #[must_use]
    pub fn exposed(&self) -> Option<Exposed> {
        let mode = fs::metadata(&self.path).ok()?.mode() & 0o777;
        (mode & self.forbidden != 0).then(|| Exposed {
            file: self.clone(),
            mode,
        })
    }
}

impl Exposed {
    /// What it is, without where it is.
    #[must_use]
    pub fn brief(&self) -> String {
        let Self { file, mode } = self;
        let what = file.what.strip_prefix("the ").unwrap_or(file.what);
        format!("The mode of the {what} is {mode:04o}.")
    }
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, mode } = self;
        write!(
            f,
            "{} {} can be read by other users (mode {mode:04o}); run '{} {}'",
            file.what,
            file.path.display(),
            file.chmod,
            quoted(&file.path),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_a_group_may_do_depends_on_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "secret").unwrap();
        let [own, credential] = [false, true].map(|given| SecretFile::master_key(path.clone(), given));
        let tls = SecretFile::tls_key(path.clone());
        for (mode, exposed) in [
            (0o600, [false, false, false]),
            (0o400, [false, false, false]),
            // As systemd leaves credentials, and as a service gets the key of a CA.
            (0o440, [true, false, false]),
            (0o640, [true, false, false]),
            (0o660, [true, true, true]),
            (0o604, [true, true, true]),
            (0o644, [true, true, true]),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let found = [&own, &credential, &tls].map(|file| file.exposed().is_some());
            assert_eq!(found, exposed, "{mode:o}");
        }
        let told = tls.exposed().unwrap().to_string();
        let command = format!("(mode 0644); run 'chmod g-w,o= {}'", path.display());
        assert!(told.starts_with("the TLS key ") && told.ends_with(&command), "{told}");
        fs::remove_file(&path).unwrap();
        assert_eq!(own.exposed(), None);
    }
}
