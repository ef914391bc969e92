//! Certificates: made, loaded, checked, and changed while the server runs. Free of HTTP.

mod load;
mod pin;
mod resolver;
mod self_signed;
mod validity;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

use crate::domain::time::Timestamp;
use crate::files::too_many_open;

pub use load::{Certificate, Half, files_check, load};
pub use pin::key_pin;
pub use resolver::CertificateResolver;
pub use self_signed::self_signed;

/// Where a certificate chain and its private key are; one file may hold both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain in PEM form, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key in PEM form.
    pub key: PathBuf,
}

/// Why there is no certificate. Each text names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum TlsError {
    #[error("the file {path} cannot be read; check that it exists and that Hookgate may read it")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the file {path} cannot be written; check the rights and the free space of its folder")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the file {path} is damaged; it must be PEM text, with lines such as -----BEGIN CERTIFICATE-----")]
    Pem {
        path: PathBuf,
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    #[error("the file {path} holds no certificate; give the chain as PEM, the server's own certificate first")]
    CertificateMissing { path: PathBuf },
    #[error("the certificate in {path} cannot be understood; give an X.509 certificate as PEM")]
    CertificateDamaged { path: PathBuf },
    #[error(
        "the file {path} holds no private key that can be used; give an RSA, ECDSA or Ed25519 key as PEM, without a password"
    )]
    Key {
        path: PathBuf,
        #[source]
        source: Option<rustls::Error>,
    },
    #[error(
        "the key in {key} does not belong to the first certificate in {certificate}; give the two that were made together"
    )]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("the certificate in {path} expired on {expired}; replace it with a renewed one")]
    Expired { path: PathBuf, expired: Timestamp },
    #[error("no self-signed certificate can be made for these names: {names}; use plain host names and addresses")]
    Make {
        names: String,
        #[source]
        source: rcgen::Error,
    },
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

impl TlsError {
    /// The file that is there and may not be read by whoever runs this.
    #[must_use]
    pub fn forbidden(&self) -> Option<&Path> {
        match self {
            Self::Read { path, source } if source.kind() == std::io::ErrorKind::PermissionDenied => Some(path),
            _ => None,
        }
    }
}

impl TlsError {
    /// Whether it is worth to try again: nothing is wrong with the file.
    fn passes(&self) -> bool {
        matches!(self, Self::Read { source, .. } if too_many_open(source))
    }
}

/// TLS 1.2 and 1.3 with the certificate that the resolver holds, for HTTP/1.1, without early
/// data (which could be sent a second time by anyone).
///
/// # Errors
/// When the cryptographic library refuses, which it does not with the versions built in.
pub fn server_config(resolver: Arc<CertificateResolver>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Setup)?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Setup)?;
    config.max_early_data_size = 0;
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
