//! The files with secrets that the settings name.

use std::path::Path;

use crate::config::Settings;
use crate::files::SecretFile;

/// The master key. Others must not be able to read it.
#[must_use]
pub fn master_key_file(settings: &Settings) -> SecretFile {
    let secrets = &settings.secrets;
    SecretFile::master_key(secrets.master_key.clone(), secrets.credential)
}

/// All of them, with the key of the certificate in use.
pub(super) fn secret_files(settings: &Settings, tls_key: &Path) -> Vec<SecretFile> {
    vec![master_key_file(settings), SecretFile::tls_key(tls_key.to_owned())]
}
