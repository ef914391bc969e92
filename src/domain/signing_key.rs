//! Keys that sign access tokens.

use serde::{Deserialize, Serialize};

use super::bytes;
use super::time::Timestamp;

/// The algorithm that signs a token. The order is part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// RSA (3072 bits) PKCS #1 v1.5 with SHA-256.
    RS256,
}

impl Algorithm {
    /// All algorithms in stored order.
    pub const ALL: [Self; 2] = [Self::ES256, Self::RS256];

    /// The name in JOSE (RFC 7518 section 3.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
        }
    }
}

impl std::str::FromStr for Algorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown algorithm '{text}'; use ES256 or RS256"))
    }
}

/// A signing key. It is published from `created_on`, signs from `active_from` until a newer key of
/// its algorithm signs, and is removed at `removed_on`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKey {
    /// The thumbprint of the public key (RFC 7638).
    pub kid: String,
    pub algorithm: Algorithm,
    /// The private key (PKCS #8, DER), encrypted with the master key.
    #[serde(with = "bytes")]
    pub sealed: Vec<u8>,
    /// The public key as a JWK (RFC 7517).
    pub jwk: String,
    /// When it was created and published.
    pub created_on: Timestamp,
    /// The moment from which it signs.
    pub active_from: Timestamp,
    /// When it is removed; set as soon as a newer key signs in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_on: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("active_from", &self.active_from)
            .finish_non_exhaustive()
    }
}
