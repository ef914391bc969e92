//! The certificate, as programs that connect to this server must know it.

use schemars::JsonSchema;
use serde::Serialize;

use super::Context;
use crate::domain::time::Timestamp;
use crate::tls::key_pin;

/// The certificate in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CertificateView {
    /// Whether Hookgate generated it, so that other programs do not trust it.
    pub self_signed: bool,
    /// The SHA-256 of its public key in the form of `curl --pinnedpubkey`. Only for a self-signed
    /// certificate, and only while URLs name this server itself: with a configured public URL, a
    /// proxy with its own certificate may be in between.
    pub key_pin: Option<String>,
    pub expires_on: Option<Timestamp>,
}

/// The certificate in use.
#[must_use]
pub fn certificate_show(context: &Context) -> CertificateView {
    let current = context.running.as_ref().map(|running| running.certificate.current());
    let self_signed = context
        .running
        .as_ref()
        .is_some_and(|running| running.operations.certificate.is_some());
    let pinned = current
        .as_deref()
        .filter(|_| self_signed && !context.urls.public_configured);
    CertificateView {
        self_signed,
        key_pin: pinned.and_then(key_pin),
        expires_on: current.as_deref().map(|certificate| certificate.expires),
    }
}
