//! The certificate in use.

use super::answer::Json;
use super::{Call, Reply};
use crate::manage::certificate::{CertificateView, certificate_show};

/// What programs must know about the certificate. TLS shows all of it to every client.
pub fn show(call: &Call<'_>) -> Reply<Json<CertificateView>> {
    Ok(Json(certificate_show(call.context)))
}
