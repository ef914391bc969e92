//! Reading a certificate and its key, and checking that they can serve.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{Error as RustlsError, InconsistentKeys};

use super::pem::{self, Block, Label, Pem};
use super::trust::{self, Audience, Finding};
use super::x509::Facts;
use super::{CertificateFiles, TlsError, provider};
use crate::clock;
use crate::domain::time::Timestamp;
use crate::files::explained;

/// A certificate chain with its key, checked to belong together.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The key and chain that connections get.
    pub key: Arc<CertifiedKey>,
    /// SHA-256 of the server's own certificate, as `AA:BB:…`.
    pub fingerprint: String,
    /// When it starts to be valid.
    pub valid_from: Timestamp,
    /// When it stops being valid.
    pub expires: Timestamp,
    pub issuer: String,
    facts: Vec<Option<Facts>>,
    /// What is wrong with the chain at any time.
    lasting: Vec<Finding>,
}

impl Certificate {
    /// What senders find wrong with it; the worst first.
    #[must_use]
    pub fn findings(&self, audience: &Audience, now: Timestamp) -> Vec<Finding> {
        findings(&self.key.cert, &self.facts, &self.lasting, audience, now)
    }
}

fn findings(
    certificates: &[CertificateDer<'_>],
    facts: &[Option<Facts>],
    lasting: &[Finding],
    audience: &Audience,
    now: Timestamp,
) -> Vec<Finding> {
    if audience.behind_proxy {
        return vec![Finding::BehindProxy];
    }
    let own = certificates.first().zip(facts.first().and_then(Option::as_ref));
    let of_name = own
        .zip(audience.host.as_deref())
        .and_then(|((own, facts), host)| trust::of_name(own, &facts.names, host));
    let mut found = trust::of_time(facts, now);
    found.extend(lasting.iter().cloned());
    found.extend(of_name);
    found.sort_by_key(Finding::rank);
    found
}

/// Reads a certificate and its key.
///
/// A certificate that is not valid yet is accepted, with a finding: at the start of a machine
/// without a hardware clock, the time is wrong rather than the certificate.
///
/// # Errors
/// When a file cannot be read or used, the two do not match, or the certificate expired. The text
/// says which file and what to do, and shows nothing of the file.
pub fn load(files: &CertificateFiles) -> Result<Certificate, TlsError> {
    let chain = chain_load(&files.certificate)?;
    let key = key_load(&files.key)?;
    paired(files, chain, key)
}

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemPart {
    Certificate,
    Key,
}

/// What a check of the files without a server finds.
#[derive(Debug, Default)]
pub struct FilesCheck {
    /// Every error for which [`load`] would reject the files.
    pub errors: Vec<(PemPart, TlsError)>,
    /// What senders find wrong with a certificate that can serve.
    pub findings: Vec<Finding>,
}

/// Checks each file, whatever the state of the other one.
#[must_use]
pub fn files_check(files: &CertificateFiles, audience: &Audience) -> FilesCheck {
    let chain = chain_load(&files.certificate).map_err(|error| (PemPart::Certificate, error));
    let key = key_load(&files.key).map_err(|error| (PemPart::Key, error));
    let (chain, key) = match (chain, key) {
        (Ok(chain), key) => (chain, key),
        (Err(error), key) => {
            return FilesCheck {
                errors: [Some(error), key.err()].into_iter().flatten().collect(),
                findings: Vec::new(),
            };
        }
    };
    let findings = findings(
        &chain.certificates,
        &chain.facts,
        &chain.lasting,
        audience,
        clock::now(),
    );
    let errors = match key {
        Ok(key) => {
            let refused = paired(files, chain, key).err();
            let part = |error: &TlsError| match error {
                TlsError::Mismatch { .. } => PemPart::Key,
                _ => PemPart::Certificate,
            };
            refused.into_iter().map(|error| (part(&error), error)).collect()
        }
        Err(key) => {
            let expired = not_expired(&files.certificate, chain.expires).err();
            let expired = expired.map(|error| (PemPart::Certificate, error));
            expired.into_iter().chain([key]).collect()
        }
    };
    FilesCheck { errors, findings }
}

/// A chain, and what its certificates say.
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    facts: Vec<Option<Facts>>,
    fingerprint: String,
    valid_from: Timestamp,
    expires: Timestamp,
    issuer: String,
    lasting: Vec<Finding>,
}

fn chain_load(path: &Path) -> Result<Chain, TlsError> {
    let damaged = || TlsError::CertificateDamaged { path: path.to_owned() };
    let (certificates, not_read) = chain_read(path)?;
    let facts: Vec<_> = certificates.iter().map(|certificate| Facts::of(certificate)).collect();
    let (first, own) = certificates
        .first()
        .zip(facts.first().and_then(Option::as_ref))
        .ok_or_else(damaged)?;
    Ok(Chain {
        fingerprint: fingerprint(first),
        valid_from: own.valid_from,
        expires: own.valid_until,
        issuer: own.issuer.clone(),
        lasting: trust::of_chain(&facts, not_read),
        facts,
        certificates,
    })
}

fn key_load(path: &Path) -> Result<Arc<dyn SigningKey>, TlsError> {
    provider()
        .key_provider
        .load_private_key(key_read(path)?)
        // The library's message is left out: it describes the bytes of a key.
        .map_err(|_| TlsError::KeyUnusable { path: path.to_owned() })
}

fn paired(files: &CertificateFiles, chain: Chain, key: Arc<dyn SigningKey>) -> Result<Certificate, TlsError> {
    let Chain {
        certificates,
        facts,
        fingerprint,
        valid_from,
        expires,
        issuer,
        lasting,
    } = chain;
    let key = CertifiedKey::new(certificates, key);
    match key.keys_match() {
        // A key that cannot tell its public half cannot be compared.
        Ok(()) | Err(RustlsError::InconsistentKeys(InconsistentKeys::Unknown)) => {}
        Err(RustlsError::InconsistentKeys(_)) => {
            return Err(TlsError::Mismatch {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
                hint: MismatchHint(place_of_key(&key)),
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
        valid_from,
        expires,
        issuer,
        facts,
        lasting,
    })
}

/// The place in the file, counted from 1, of the certificate that the key belongs to after all.
fn place_of_key(key: &CertifiedKey) -> Option<usize> {
    let mut others = (1..).zip(&key.cert).skip(1);
    others
        .find(|(_, certificate)| {
            let alone = CertifiedKey::new(vec![(*certificate).clone()], Arc::clone(&key.key));
            alone.keys_match().is_ok()
        })
        .map(|(place, _)| place)
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

/// The certificates of a file, and the line of what was not read.
fn chain_read(path: &Path) -> Result<(Vec<CertificateDer<'static>>, Option<usize>), TlsError> {
    let Pem { blocks, faults } = pem::read(&read(path)?);
    let is_there = |label| blocks.iter().any(|block| block.label == label);
    let damaged = |fault| TlsError::Pem {
        path: path.to_owned(),
        fault,
    };
    if !is_there(Label::Certificate) {
        return Err(match (faults.first(), blocks.first()) {
            (Some(fault), _) => damaged(*fault),
            (None, found) => TlsError::CertificateMissing {
                path: path.to_owned(),
                found: Found(found.map(|block| block.label)),
            },
        });
    }
    if let Some(fault) = faults.iter().find(|fault| fault.hides().is_none()) {
        return Err(damaged(*fault));
    }
    let container = |block: &&Block| matches!(block.label, Label::Pkcs7 | Label::TrustedCertificate);
    let container = blocks.iter().find(container).map(|block| block.line);
    let not_read = faults.first().and_then(|fault| fault.hides()).or(container);
    let certificates = blocks.into_iter().filter(|block| block.label == Label::Certificate);
    Ok((certificates.map(|block| block.der.into()).collect(), not_read))
}

fn key_read(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let Pem { blocks, faults } = pem::read(&read(path)?);
    // The curve of an EC key comes before it.
    let found = blocks.iter().map(|block| block.label);
    let found = found.into_iter().find(|label| *label != Label::Parameters);
    let key = blocks.into_iter().find_map(|Block { label, der, .. }| match label {
        Label::Pkcs8 => Some(PrivatePkcs8KeyDer::from(der).into()),
        Label::Pkcs1 => Some(PrivatePkcs1KeyDer::from(der).into()),
        Label::Sec1 => Some(PrivateSec1KeyDer::from(der).into()),
        _ => None,
    });
    key.ok_or_else(|| match faults.first() {
        Some(fault) => TlsError::Pem {
            path: path.to_owned(),
            fault: *fault,
        },
        None => TlsError::KeyMissing {
            path: path.to_owned(),
            found: Found(found),
        },
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::IsADirectory => TlsError::Directory { path: path.to_owned() },
        _ => TlsError::Read {
            path: path.to_owned(),
            source: explained(path, source),
        },
    })
}

pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let hash = digest::digest(&digest::SHA256, certificate);
    let mut text = String::with_capacity(hash.as_ref().len() * 3);
    for byte in hash.as_ref() {
        let colon = if text.is_empty() { "" } else { ":" };
        // Writing to a String cannot fail.
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

/// What a file holds in place of what is looked for, as the end of a clause; nothing for a file
/// without any PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found(pub Option<Label>);

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(label) => write!(f, ", but {label}"),
        }
    }
}

/// Where the certificate for a key is, as its own sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MismatchHint(pub Option<usize>);

impl std::fmt::Display for MismatchHint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => f.write_str("provide the two that were created together"),
            Some(place) => write!(
                f,
                "it belongs to certificate {place} in the file: put that one first, then the one that signed it, and so on"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::self_signed;
    use super::*;

    fn pair(folder: &Path) -> CertificateFiles {
        self_signed(folder, &[]).unwrap()
    }

    fn checked(files: &CertificateFiles) -> Vec<(PemPart, TlsError)> {
        files_check(files, &Audience::default()).errors
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
            checked(&mixed)[..],
            [(PemPart::Key, TlsError::Mismatch { .. })]
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
        assert!(matches!(key(), Err(TlsError::KeyMissing { .. })));

        fs::write(&path, "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(certificate(), Err(TlsError::Pem { .. })));

        fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(certificate(), Err(TlsError::CertificateDamaged { .. })));

        fs::write(&path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(matches!(key(), Err(TlsError::KeyUnusable { .. })));
        let text = key().unwrap_err().to_string();
        assert!(text.contains("other.pem"), "{text}");

        // Both files are checked, and a good pair has no errors.
        let wrong = checked(&CertificateFiles {
            certificate: path.clone(),
            key: folder.path().join("nowhere"),
        });
        assert!(
            matches!(
                wrong[..],
                [
                    (PemPart::Certificate, TlsError::CertificateMissing { .. }),
                    (PemPart::Key, TlsError::Read { .. })
                ]
            ),
            "{wrong:?}"
        );
        assert!(checked(&good).is_empty());
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
