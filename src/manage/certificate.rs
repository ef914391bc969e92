//! The certificate, as programs must know it that reach this server.

use serde::Serialize;

use super::Context;
use crate::domain::time::Timestamp;
use crate::tls::key_pin;

/// The certificate in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateView {
    /// Whether Hookgate made it for itself, so that no other program knows it.
    pub self_signed: bool,
    /// The SHA-256 of its public key, as `curl --pinnedpubkey` takes it. Only of a certificate
    /// that no other program knows, and only while URLs name this server itself: behind a
    /// configured public URL there may be a proxy with a certificate of its own.
    pub key_pin: Option<String>,
    /// When it stops being valid.
    pub expires_on: Option<Timestamp>,
}

/// The certificate in use.
#[must_use]
pub fn certificate_show(context: &Context) -> CertificateView {
    let current = context.certificate.as_ref().map(|certificate| certificate.current());
    let self_signed = context
        .operations
        .as_ref()
        .is_some_and(|endpoint| endpoint.certificate.is_some());
    let pinned = current.as_deref().filter(|_| self_signed && !context.public_url_set);
    CertificateView {
        self_signed,
        key_pin: pinned.and_then(key_pin),
        expires_on: current.as_deref().map(|certificate| certificate.expires),
    }
}
