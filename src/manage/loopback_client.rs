//! An HTTPS client with which the running server connects to its own listener.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::Endpoint;

/// The timeout of a response: as long as the most patient senders wait.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// The maximum length of a response.
pub(super) const MAX_ANSWER_LENGTH: u64 = 64 * 1024;

/// The URL of a path on the server itself.
pub(super) fn url(endpoint: &Endpoint, path: &str) -> String {
    format!("https://{}:{}{path}", endpoint.server_name, endpoint.address.port())
}

/// Connects to the server itself regardless of the name, and trusts its self-signed certificate. A
/// certificate of the operator is not verified: the connection goes to this process, and only
/// senders can judge names and issuers.
pub(super) fn agent(endpoint: &Endpoint) -> Result<Agent, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    let tls = match &endpoint.certificate {
        Some(path) => tls.root_certs(RootCerts::from(certificates(path)?)),
        None => tls.disable_verification(true),
    };
    let tls = tls.build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(ANSWER_WITHIN))
        .user_agent(concat!("Hookgate/", env!("CARGO_PKG_VERSION"), " (test)"))
        .build();
    Ok(Agent::with_parts(
        config,
        DefaultConnector::default(),
        Fixed(endpoint.address),
    ))
}

/// Describes a failed connection. If systemd denies the service all networks, the test is
/// impossible, but the server is not at fault.
pub(super) fn unreached(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) if error.raw_os_error() == Some(Errno::AFNOSUPPORT.raw_os_error()) => {
            "the service is not allowed to open connections (as with the drop-in for hookgate.socket), so it cannot \
             send this request itself; send it from another program instead"
                .to_owned()
        }
        error => error.to_string(),
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let pem =
        std::fs::read(path).map_err(|error| format!("the certificate {} cannot be read: {error}", path.display()))?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(format!("the file {} contains no certificate", path.display()));
    }
    Ok(certificates)
}

/// Resolves every name to this address.
#[derive(Debug)]
struct Fixed(SocketAddr);

impl Resolver for Fixed {
    fn resolve(&self, _: &Uri, _: &ureq::config::Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(self.0);
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_without_a_network_is_told_from_one_that_does_not_answer() {
        let failed = |number| unreached(&ureq::Error::Io(std::io::Error::from_raw_os_error(number)));
        assert!(failed(97).contains("hookgate.socket"));
        assert!(failed(111).contains("refused"));
    }

    #[test]
    fn a_missing_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let certificate = folder.path().join("cert.pem");
        let endpoint = Endpoint {
            address: ([127, 0, 0, 1], 1).into(),
            server_name: "localhost".to_owned(),
            certificate: Some(certificate.clone()),
        };
        assert!(agent(&endpoint).unwrap_err().contains("cert.pem"));
        std::fs::write(&certificate, "no certificate").unwrap();
        assert!(agent(&endpoint).unwrap_err().contains("contains no certificate"));
    }
}
