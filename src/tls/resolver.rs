//! The certificate in use, changed without a restart.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::load::{Certificate, load};
use super::trust::{Audience, Finding};
use super::{CertificateFiles, TlsError};
use crate::clock;
use crate::domain::time::Timestamp;

/// Holds the certificate that new connections get. Connections that are open keep theirs.
#[derive(Debug)]
pub struct CertificateResolver {
    files: CertificateFiles,
    current: ArcSwap<Certificate>,
    /// The files as they were just before they were last read.
    seen: Mutex<[Option<Stamp>; 2]>,
    audience: Audience,
    /// What was wrong when that was last written to the log, by code.
    logged: Mutex<Vec<&'static str>>,
}

/// What changes when a file is replaced or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: (i64, i64),
    length: u64,
    inode: u64,
}

impl CertificateResolver {
    /// Loads the files for the first time.
    ///
    /// # Errors
    /// When there is no certificate in them that can serve.
    pub fn new(files: CertificateFiles) -> Result<Self, TlsError> {
        let seen = stamps(&files);
        let current = load(&files)?;
        Ok(Self {
            files,
            current: ArcSwap::from_pointee(current),
            seen: Mutex::new(seen),
            audience: Audience::default(),
            logged: Mutex::default(),
        })
    }

    /// The same, knowing how senders reach it.
    #[must_use]
    pub fn shown_to(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    /// What senders find wrong with the certificate in use; the worst first.
    #[must_use]
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        self.current.load().findings(&self.audience, now)
    }

    /// Writes to the log what is wrong now and was not when it was called last.
    pub fn findings_log(&self, now: Timestamp) {
        let warnings = self.findings(now);
        let warnings: Vec<_> = warnings.iter().filter(|finding| finding.is_warning()).collect();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let (part, codes) = ("certificate", warnings.iter().map(|finding| finding.code()).collect());
        for finding in &warnings {
            if !logged.contains(&finding.code()) {
                let detail = finding.detail();
                tracing::warn!(
                    part,
                    status = "warn",
                    finding = finding.code(),
                    detail,
                    "{}",
                    finding.text()
                );
            }
        }
        if warnings.is_empty() && !logged.is_empty() {
            tracing::info!(part, status = "ok", "the certificate has no more problems");
        }
        *logged = codes;
    }

    /// The certificate in use.
    #[must_use]
    pub fn current(&self) -> Arc<Certificate> {
        self.current.load_full()
    }

    /// Whether a file changed since it was last read. Cheap: to be asked every few seconds.
    #[must_use]
    pub fn changed(&self) -> bool {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != stamps(&self.files)
    }

    /// Reads the files again. A pair that cannot serve leaves the one in use; both outcomes are
    /// logged here. A pair that is only half replaced is read again when the other half comes.
    ///
    /// # Errors
    /// When the files hold no certificate that can serve.
    pub fn reload(&self) -> Result<(), TlsError> {
        // Before reading, so that a change in between counts as one not seen yet.
        let seen = stamps(&self.files);
        let loaded = load(&self.files);
        // What could not be opened for want of open files is not seen: it is read again.
        if !loaded.as_ref().is_err_and(TlsError::passes) {
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        }
        match loaded {
            Ok(fresh) => {
                if fresh.fingerprint != self.current.load().fingerprint {
                    tracing::info!(
                        fingerprint = %fresh.fingerprint,
                        expires = %fresh.expires,
                        "new connections use a new certificate"
                    );
                }
                self.current.store(Arc::new(fresh));
                // Of another chain all is news.
                self.logged.lock().unwrap_or_else(PoisonError::into_inner).clear();
                self.findings_log(clock::now());
                Ok(())
            }
            Err(error) => {
                tracing::error!(
                    %error,
                    cause = std::error::Error::source(&error).map(tracing::field::display),
                    "the certificate files cannot be used; the current certificate stays in use"
                );
                Err(error)
            }
        }
    }
}

impl ResolvesServerCert for CertificateResolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().key))
    }
}

fn stamps(files: &CertificateFiles) -> [Option<Stamp>; 2] {
    [stamp(&files.certificate), stamp(&files.key)]
}

/// None while the file is not there.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp {
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        length: metadata.len(),
        inode: metadata.ino(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{self_signed, server_config};
    use super::*;

    /// Certificate and key in two files, as a certificate authority's client leaves them.
    fn pair(folder: &Path) -> CertificateFiles {
        let made = self_signed(folder, &[]).unwrap();
        let files = CertificateFiles {
            certificate: folder.join("chain.pem"),
            key: folder.join("private.pem"),
        };
        fs::copy(folder.join("cert.pem"), &files.certificate).unwrap();
        fs::copy(&made.key, &files.key).unwrap();
        files
    }

    fn replace(from: &Path, to: &Path) {
        let temporary = to.with_extension("new");
        fs::copy(from, &temporary).unwrap();
        fs::rename(&temporary, to).unwrap();
    }

    #[test]
    fn a_new_pair_is_noticed_and_taken() {
        let folder = tempfile::tempdir().unwrap();
        let files = pair(&folder.path().join("one"));
        let other = pair(&folder.path().join("two"));
        let resolver = CertificateResolver::new(files.clone()).unwrap();
        let first = resolver.current().fingerprint.clone();
        assert!(!resolver.changed());

        replace(&other.certificate, &files.certificate);
        replace(&other.key, &files.key);
        assert!(resolver.changed());
        resolver.reload().unwrap();
        assert!(!resolver.changed());
        assert_ne!(resolver.current().fingerprint, first);
    }

    #[test]
    fn a_bad_pair_keeps_the_old_one_until_it_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let files = pair(&folder.path().join("one"));
        let other = pair(&folder.path().join("two"));
        let resolver = CertificateResolver::new(files.clone()).unwrap();
        let first = resolver.current().fingerprint.clone();

        replace(&other.certificate, &files.certificate);
        assert!(matches!(resolver.reload(), Err(TlsError::Mismatch { .. })));
        assert_eq!(resolver.current().fingerprint, first);
        assert!(!resolver.changed(), "a bad pair is complained about once");

        replace(&other.key, &files.key);
        assert!(resolver.changed());
        resolver.reload().unwrap();
        assert_ne!(resolver.current().fingerprint, first);
    }

    #[test]
    fn missing_files_keep_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = pair(folder.path());
        let resolver = CertificateResolver::new(files.clone()).unwrap();
        fs::remove_file(&files.key).unwrap();
        assert!(resolver.changed());
        assert!(resolver.reload().is_err());
        assert!(!resolver.changed());
    }

    #[test]
    fn the_server_speaks_http_1_only_and_takes_no_early_data() {
        let folder = tempfile::tempdir().unwrap();
        let resolver = CertificateResolver::new(pair(folder.path())).unwrap();
        let config = server_config(Arc::new(resolver)).unwrap();
        assert_eq!(config.alpn_protocols, [b"http/1.1".to_vec()]);
        assert_eq!(config.max_early_data_size, 0);
        let versions: Vec<_> = config
            .crypto_provider()
            .cipher_suites
            .iter()
            .map(|suite| suite.version().version)
            .collect();
        assert!(versions.contains(&rustls::ProtocolVersion::TLSv1_2));
        assert!(versions.contains(&rustls::ProtocolVersion::TLSv1_3));
    }
}
