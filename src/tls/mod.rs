//! Certificates: made, loaded, checked, and changed while the server runs. Free of HTTP.

mod load;
mod pem;
mod pin;
mod resolver;
mod self_signed;
mod trust;
mod x509;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

use crate::domain::time::Timestamp;
use crate::files::too_many_open;

pub use load::{Certificate, FilesCheck, Found, MismatchHint, PemPart, files_check, load};
pub use pem::{Label, PemFault};
pub use pin::key_pin;
pub use resolver::CertificateResolver;
pub use self_signed::{replacement_due, self_signed};
pub use trust::{Audience, EXPIRES_SOON_DAYS, Finding, host};

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
pub enum TlsError {
    #[error("the file {path} cannot be read; check that it exists and that Hookgate has permission to read it")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the file {path} cannot be written; check the permissions and the free space of its folder")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is a directory; specify the PEM file in it")]
    Directory { path: PathBuf },
    #[error("the file {path} cannot be used as PEM: {fault}")]
    Pem { path: PathBuf, fault: PemFault },
    #[error(
        "the file {path} contains no certificate{found}; provide the chain as PEM, with the server's own certificate first"
    )]
    CertificateMissing { path: PathBuf, found: Found },
    #[error("the certificate in {path} cannot be parsed; provide an X.509 certificate as PEM")]
    CertificateDamaged { path: PathBuf },
    #[error("the file {path} contains no private key{found}; {}", key_next(*found))]
    KeyMissing { path: PathBuf, found: Found },
    #[error(
        "the private key in {path} cannot be used; provide an RSA key of at least 2048 bits, an ECDSA key on P-256, \
         P-384 or P-521, or an Ed25519 key"
    )]
    KeyUnusable { path: PathBuf },
    #[error("the key in {key} does not belong to the first certificate in {certificate}; {hint}")]
    Mismatch {
        certificate: PathBuf,
        key: PathBuf,
        hint: MismatchHint,
    },
    #[error("the certificate in {path} expired on {expired}; replace it with a renewed one")]
    Expired { path: PathBuf, expired: Timestamp },
    #[error("a self-signed certificate cannot be created for these names: {names}; use plain host names and addresses")]
    Make {
        names: String,
        #[source]
        source: rcgen::Error,
    },
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

impl TlsError {
    /// The file that exists and that this user may not read.
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

/// What to do about a file that holds this instead of a key.
const fn key_next(found: Found) -> &'static str {
    match found.0 {
        Some(Label::Encrypted) => "remove its password: 'openssl pkey -in FILE -out NEW'",
        Some(Label::OpenSsh) => "create a key with openssl, or convert it: 'ssh-keygen -p -m PEM -f FILE'",
        Some(Label::Certificate) => "the certificate and the key may be swapped: tls.key must be the private key",
        Some(Label::Request) => "provide the key that was created together with the request",
        Some(Label::PublicKey) => "provide the private key that belongs to it",
        _ => "provide an RSA, ECDSA or Ed25519 key as PEM, without a password",
    }
}

/// TLS 1.2 and 1.3 with the resolver's certificate, for HTTP/1.1, without early data (which an
/// attacker could replay).
///
/// # Errors
/// When the cryptographic library rejects the configuration, which it does not with the built-in
/// versions.
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
