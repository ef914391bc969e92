//! What a certificate says, and who signed it.

use std::net::{Ipv4Addr, Ipv6Addr};

use x509_parser::prelude::{ASN1Time, FromDer as _, GeneralName, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;

use super::provider;
use crate::domain::time::Timestamp;

/// Senders reject RSA keys below this size.
const MIN_RSA_BITS: usize = 2048;

/// MD5 and SHA-1 with RSA, SHA-1 with ECDSA: no sender accepts a signature by them.
const OLD_SIGNATURES: [&str; 3] = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"];

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// Its name, in short.
    pub subject: String,
    /// The name of the CA that signed it, in short.
    pub issuer: String,
    pub valid_from: Timestamp,
    pub valid_until: Timestamp,
    /// The hosts and addresses that it is for (`subjectAltName`).
    pub names: Vec<String>,
    /// It may sign others.
    pub is_ca: bool,
    /// It may be shown by a server.
    pub for_servers: bool,
    /// The key is too short, or the signature algorithm is no longer accepted.
    pub is_weak: bool,
    raw: Raw,
}

/// What signatures are made over and checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Raw {
    subject: Vec<u8>,
    issuer: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    public_key: Vec<u8>,
}

impl Facts {
    /// None if it cannot be understood.
    pub fn of(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let usage = certificate.extended_key_usage().ok().flatten();
        let names = certificate.subject_alternative_name().ok().flatten();
        let key = certificate.public_key();
        let is_short = matches!(key.parsed(), Ok(PublicKey::RSA(rsa)) if rsa.key_size() < MIN_RSA_BITS);
        let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
        Some(Self {
            subject: short(certificate.subject()),
            issuer: short(certificate.issuer()),
            valid_from: timestamp(certificate.validity().not_before)?,
            valid_until: timestamp(certificate.validity().not_after)?,
            names: names
                .into_iter()
                .flat_map(|names| &names.value.general_names)
                .filter_map(name)
                .collect(),
            is_ca: certificate.is_ca(),
            for_servers: usage.is_none_or(|usage| usage.value.server_auth || usage.value.any),
            is_weak: is_short || OLD_SIGNATURES.contains(&algorithm.as_str()),
            raw: Raw {
                subject: certificate.subject().as_raw().to_vec(),
                issuer: certificate.issuer().as_raw().to_vec(),
                signed: certificate.tbs_certificate.as_ref().to_vec(),
                signature: certificate.signature_value.data.to_vec(),
                public_key: key.subject_public_key.data.to_vec(),
            },
        })
    }

    /// Whether `issuer` signed this certificate, by its name and key. If a signature or key is weak,
    /// only the names are compared: the weakness is the finding to report.
    pub fn is_signed_by(&self, issuer: &Self) -> bool {
        let Raw { signed, signature, .. } = &self.raw;
        self.raw.issuer == issuer.raw.subject
            && (self.is_weak
                || issuer.is_weak
                || provider()
                    .signature_verification_algorithms
                    .all
                    .iter()
                    .any(|algorithm| {
                        algorithm
                            .verify_signature(&issuer.raw.public_key, signed, signature)
                            .is_ok()
                    }))
    }

    pub fn is_self_signed(&self) -> bool {
        self.is_signed_by(self)
    }
}

fn timestamp(time: ASN1Time) -> Option<Timestamp> {
    time.timestamp().checked_mul(1_000_000).map(Timestamp)
}

/// The common name, or all of the name if there is none.
fn short(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().find_map(|common| common.as_str().ok());
    common.map_or_else(|| name.to_string(), str::to_owned)
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(host) => Some((*host).to_owned()),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(|bytes| Ipv4Addr::from(bytes).to_string())
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).to_string()))
            .ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned(), "::1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 2, 28);
        params.not_after = rcgen::date_time_ymd(year, 2, 28);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_forms_of_time_are_read() {
        for (year, wanted) in [(2049, "2049-02-28T00:00:00Z"), (2050, "2050-02-28T00:00:00Z")] {
            let facts = Facts::of(&certificate(year)).unwrap();
            assert_eq!(facts.valid_until.to_string(), wanted);
            assert_eq!(facts.valid_from.to_string(), "2020-02-28T00:00:00Z");
            assert_eq!(facts.names, ["localhost", "::1"]);
            assert!(facts.is_self_signed() && !facts.is_ca && facts.for_servers && !facts.is_weak);
        }
    }

    #[test]
    fn a_cut_certificate_says_nothing() {
        let whole = certificate(2040);
        for length in 0..whole.len() {
            assert_eq!(Facts::of(&whole[..length]), None, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Facts::of(&bytes);
        }

        #[test]
        fn a_changed_byte_is_read_without_panic(at in 0_usize..400, byte in any::<u8>()) {
            let mut bytes = certificate(2040);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = Facts::of(&bytes).map(|facts| facts.is_self_signed());
        }
    }
}
