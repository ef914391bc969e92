//! The master key: 32 random bytes in a file that only Hookgate may read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::catalog::Catalog;
use crate::files::{Exposed, SecretFile, explained};
use crate::ledger::folder::file_write;
use crate::secret::{SecretError, Secrets, random};

/// Why the master key cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error(
        "the master key {} is missing, and encrypted data cannot be read without it. Put the file back, or specify it \
         with HOOKGATE_SECRETS_MASTER_KEY (if systemd passes it to the server, its path is in LoadCredential= of the \
         unit file)",
        path.display()
    )]
    Missing { path: PathBuf },
    #[error("the master key {} cannot be read or created", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the master key {} has {found} bytes; it must have 32. Put the right file back", path.display())]
    Length { path: PathBuf, found: usize },
    #[error("{0}")]
    Exposed(Exposed),
    #[error(
        "the master key {} does not belong to this data: encrypted data cannot be read. Put the right file back",
        path.display()
    )]
    Other { path: PathBuf },
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// That what is sealed in the catalog can be opened; without that, no Webhook URL would be
/// known and no token be signed.
///
/// # Errors
/// [`MasterKeyError::Other`].
pub fn master_key_fits(secrets: &Secrets, catalog: &Catalog, path: &Path) -> Result<(), MasterKeyError> {
    let sources = catalog
        .sources
        .values()
        .map(|source| secrets.source_key_open(&source.key).is_ok());
    let clients = catalog.clients.values().flat_map(|client| &client.secrets);
    let clients = clients
        .filter(|secret| secret.sealed.is_some())
        .map(|secret| secrets.client_secret_open(secret).is_ok());
    let keys = catalog
        .signing_keys
        .iter()
        .map(|key| secrets.signing_key_open(&key.kid, &key.sealed).is_ok());
    let mut opened = sources.chain(clients).chain(keys).peekable();
    if opened.peek().is_some() && !opened.any(|opened| opened) {
        return Err(MasterKeyError::Other { path: path.to_owned() });
    }
    Ok(())
}

/// Reads the master key; makes it when `may_make` and the file is not there. A credential of
/// systemd is never made: its folder is read-only, and gone with the service.
///
/// # Errors
/// [`MasterKeyError`].
pub fn master_key(settings: &crate::config::Secrets, may_make: bool) -> Result<Secrets, MasterKeyError> {
    let path = settings.master_key.as_path();
    let io = |source| MasterKeyError::Io {
        path: path.to_owned(),
        source: explained(path, source),
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !may_make || settings.credential {
                return Err(MasterKeyError::Missing { path: path.to_owned() });
            }
            let key: [u8; 32] = random()?;
            file_write(path, &key).map_err(io)?;
            key.to_vec()
        }
        Err(error) => return Err(io(error)),
    };
    if let Some(exposed) = SecretFile::master_key(path.to_owned(), settings.credential).exposed() {
        return Err(MasterKeyError::Exposed(exposed));
    }
    let key: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| MasterKeyError::Length {
        path: path.to_owned(),
        found: bytes.len(),
    })?;
    Ok(Secrets::new(key)?)
}
