//! Making a data folder of a backup, and whether the master key in place fits it.

use std::path::Path;

use crate::backup::{BackupError, ProgressFn, Restored, backup_restore};
use crate::config::Settings;
use crate::domain::catalog::Catalog;
use crate::secret::{SecretError, Secrets};

use super::MasterKeyError;
use super::master_key::master_key;

/// The master key in place, seen from what was sealed with the one of the backup.
#[derive(Debug)]
pub enum KeyInPlace {
    /// It is that one.
    Fits,
    /// It is another one.
    Other,
    /// There is none, or it cannot be used.
    Unusable(MasterKeyError),
}

/// Restores a backup into the data folder of the settings, which must be without data.
///
/// # Errors
/// When the backup is not whole, or the folder has data.
pub fn restore(
    settings: &Settings,
    file: &Path,
    progress: ProgressFn<'_>,
) -> Result<(Restored, KeyInPlace), BackupError> {
    let restored = backup_restore(file, &settings.data, settings.journal.segment, progress)?;
    let key = match master_key(&settings.secrets, false) {
        Ok(secrets) if opens(&secrets, &restored.catalog) => KeyInPlace::Fits,
        Ok(_) => KeyInPlace::Other,
        Err(error) => KeyInPlace::Unusable(error),
    };
    Ok((restored, key))
}

/// Whether a sealed value can be opened; one represents all. There is one from the first start on:
/// the secret of Hookgate's own client.
fn opens(secrets: &Secrets, catalog: &Catalog) -> bool {
    let clients = catalog.clients.values().flat_map(|client| &client.secrets);
    let mut clients = clients.map(|secret| secrets.client_secret_open(secret).map(drop));
    let kept = clients.find(|opened| *opened != Err(SecretError::NotKept));
    let mut sources = catalog.sources.values();
    let source = || {
        sources
            .next()
            .map(|source| secrets.source_key_open(&source.key).map(drop))
    };
    let mut keys = catalog.signing_keys.iter();
    let key = || {
        keys.next()
            .map(|key| secrets.signing_key_open(&key.kid, &key.sealed).map(drop))
    };
    kept.or_else(source).or_else(key).is_none_or(|opened| opened.is_ok())
}
