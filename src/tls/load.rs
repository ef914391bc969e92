//! Reading a certificate and its key, and checking that they can serve.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{Error as RustlsError, InconsistentKeys};

use super::{CertificateFiles, TlsError, provider, validity};
use crate::clock;
use crate::domain::time::Timestamp;
use crate::files::explained;

/// A certificate chain with its key, checked to belong together.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// What connections are answered with.
    pub key: Arc<CertifiedKey>,
    /// SHA-256 of the server's own certificate, as `AA:BB:…`.
    pub fingerprint: String,
    /// When it stops being valid.
    pub expires: Timestamp,
}

/// Reads a certificate and its key.
///
/// A certificate that is not valid yet is taken: at the start of a machine without a clock of
/// its own, the time is wrong rather than the certificate.
///
/// # Errors
/// When a file cannot be read or used, the two do not belong together, or the certificate
/// expired. The text says which file and what to do.
pub fn load(files: &CertificateFiles) -> Result<Certificate, TlsError> {
    let chain = chain_load(&files.certificate)?;
    let key = key_load(&files.key)?;
    paired(files, chain, key)
}

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The certificate.
    Certificate,
    /// Its key.
    Key,
}

/// Everything for which [`load`] would refuse the files: each is looked at, whatever the other is
/// like.
#[must_use]
pub fn files_check(files: &CertificateFiles) -> Vec<(Half, TlsError)> {
    let chain = chain_load(&files.certificate).map_err(|error| (Half::Certificate, error));
    let key = key_load(&files.key).map_err(|error| (Half::Key, error));
    match (chain, key) {
        (Ok(chain), Ok(key)) => {
            let refused = paired(files, chain, key).err();
            let half = |error: &TlsError| match error {
                TlsError::Mismatch { .. } => Half::Key,
                _ => Half::Certificate,
            };
            refused.into_iter().map(|error| (half(&error), error)).collect()
        }
        (Ok(chain), Err(key)) => {
            let expired = not_expired(&files.certificate, chain.expires).err();
            let expired = expired.map(|error| (Half::Certificate, error));
            expired.into_iter().chain([key]).collect()
        }
        (chain, key) => chain.err().into_iter().chain(key.err()).collect(),
    }
}

/// A chain, and what its first certificate says.
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    fingerprint: String,
    expires: Timestamp,
}

fn chain_load(path: &Path) -> Result<Chain, TlsError> {
    let damaged = || TlsError::CertificateDamaged { path: path.to_owned() };
    let certificates = chain_read(path)?;
    let own = certificates.first().ok_or_else(damaged)?;
    Ok(Chain {
        expires: validity::expires(own).ok_or_else(damaged)?,
        fingerprint: fingerprint(own),
        certificates,
    })
}

fn key_load(path: &Path) -> Result<Arc<dyn SigningKey>, TlsError> {
    provider()
        .key_provider
        .load_private_key(key_read(path)?)
        .map_err(|source| TlsError::Key {
            path: path.to_owned(),
            source: Some(source),
        })
}

fn paired(files: &CertificateFiles, chain: Chain, key: Arc<dyn SigningKey>) -> Result<Certificate, TlsError> {
    let Chain {
        certificates,
        fingerprint,
        expires,
    } = chain;
    let key = CertifiedKey::new(certificates, key);
    match key.keys_match() {
        // A key that cannot tell its public half cannot be compared.
        Ok(()) | Err(RustlsError::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(RustlsError::InconsistentKeys(_)) => {
            return Err(TlsError::Mismatch {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
            });
        }
        Err(_) => {
            return Err(TlsError::CertificateDamaged {
                path: files.certificate.clone(),
            });
        }
    }
    not_expired(&files.certificate, expires)?;
    Ok(Certificate {
        key: Arc::new(key),
        fingerprint,
        expires,
    })
}

fn not_expired(path: &Path, expires: Timestamp) -> Result<(), TlsError> {
    if expires <= clock::now() {
        return Err(TlsError::Expired {
            path: path.to_owned(),
            expired: expires,
        });
    }
    Ok(())
}

fn chain_read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| TlsError::Pem {
            path: path.to_owned(),
            source,
        })?;
    if chain.is_empty() {
        return Err(TlsError::CertificateMissing { path: path.to_owned() });
    }
    Ok(chain)
}

fn key_read(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|source| match source {
        PemError::NoItemsFound => TlsError::Key {
            path: path.to_owned(),
            source: None,
        },
        source => TlsError::Pem {
            path: path.to_owned(),
            source,
        },
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source: explained(path, source),
    })
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let hash = digest::digest(&digest::SHA256, certificate);
    let mut text = String::with_capacity(hash.as_ref().len() * 3);
    for byte in hash.as_ref() {
        let colon = if text.is_empty() { "" } else { ":" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::self_signed;
    use super::*;

    fn pair(folder: &Path) -> CertificateFiles {
        self_signed(folder, &[]).unwrap()
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let one = pair(&folder.path().join("one"));
        let two = pair(&folder.path().join("two"));
        let mixed = CertificateFiles {
            certificate: one.certificate,
            key: two.key,
        };
        assert!(matches!(load(&mixed), Err(TlsError::Mismatch { .. })));
        assert!(matches!(
            files_check(&mixed)[..],
            [(Half::Key, TlsError::Mismatch { .. })]
        ));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let good = pair(folder.path());
        let path = folder.path().join("other.pem");
        let certificate = || {
            load(&CertificateFiles {
                certificate: path.clone(),
                key: good.key.clone(),
            })
        };
        let key = || {
            load(&CertificateFiles {
                certificate: good.certificate.clone(),
                key: path.clone(),
            })
        };

        assert!(matches!(certificate(), Err(TlsError::Read { .. })));

        fs::write(&path, "no PEM at all").unwrap();
        assert!(matches!(certificate(), Err(TlsError::CertificateMissing { .. })));
        assert!(matches!(key(), Err(TlsError::Key { source: None, .. })));

        fs::write(&path, "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(certificate(), Err(TlsError::Pem { .. })));

        fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(certificate(), Err(TlsError::CertificateDamaged { .. })));

        fs::write(&path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(matches!(key(), Err(TlsError::Key { source: Some(_), .. })));
        let text = key().unwrap_err().to_string();
        assert!(text.contains("other.pem"), "{text}");

        // Both are looked at, and a good pair gives nothing.
        let wrong = files_check(&CertificateFiles {
            certificate: path.clone(),
            key: folder.path().join("nowhere"),
        });
        assert!(
            matches!(
                wrong[..],
                [
                    (Half::Certificate, TlsError::CertificateMissing { .. }),
                    (Half::Key, TlsError::Read { .. })
                ]
            ),
            "{wrong:?}"
        );
        assert!(files_check(&good).is_empty());
    }

    #[test]
    fn an_expired_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.pem");
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(&path, key.serialize_pem() + &certificate.pem()).unwrap();
        let error = load(&CertificateFiles {
            certificate: path.clone(),
            key: path,
        })
        .unwrap_err();
        assert!(error.to_string().contains("expired on 2001-01-01"), "{error}");
    }

    #[test]
    fn a_fingerprint_is_32_bytes_in_hexadecimal() {
        // SHA-256 of "abc", from FIPS 180-2.
        assert_eq!(
            fingerprint(&CertificateDer::from(b"abc".to_vec())),
            "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
        );
    }
}
